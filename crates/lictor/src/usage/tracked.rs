//! A tracked session: it asks a store before each decision, and tells it afterwards.
//!
//! Requests (events of the kind `use`) are counted before they are judged, so that of many at once none is missed, and
//! noted as use only where they are allowed: a denied request does not keep a token alive. Other events are judged by what
//! is known, and change nothing.
//!
//! The record and the instant are written into the event as its last members, `time_ns` and `usage`, and of two members of
//! a name the last one counts: whatever an event says there of itself does not. Records of evaluations and decision logs have
//! the event so, and tell what policies were told.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lictor_value::{Arena, Value, json};
use serde_json::Map;

use super::turns::Place;
use super::{Moment, OnStateError, StoreError, Subject, Usage, UsageStore};
use crate::decision::Decision;
use crate::error::Error;
use crate::event::{Event, Route};
use crate::record::Evaluation;
use crate::route;
use crate::session::Session;

/// How many subjects a session remembers for when the store does not answer.
const REMEMBERED: usize = 4096;

/// A session with a store of usage. One a thread; the store is shared.
///
/// ```
/// use std::sync::Arc;
/// use lictor::{MemoryStore, Policy, Tracked};
///
/// let policy = Policy::of_module("rate.rego", r#"package rate
///     deny contains "too many" if input.usage.count_1m > 2"#)?;
/// let store = Arc::new(MemoryStore::new());
/// let mut session = Tracked::new(policy.session(), store);
/// let request = r#"{"event": "use", "token": {"id": "t1"}, "usage": {"count_1m": 0}}"#;
/// assert!(session.decide(request)?.is_allowed());
/// assert!(session.decide(request)?.is_allowed());
/// assert!(!session.decide(request)?.is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tracked {
    session: Session,
    store: Arc<dyn UsageStore>,
    rule: OnStateError,
    recorded: bool,
    /// Where events wait for those before them.
    place: Option<Place>,
    arena: Arena,
    reader: json::Reader,
    event: Vec<u8>,
    /// What was seen last, where a rule is to go by that.
    seen: HashMap<String, Usage>,
}

/// What an event says, as far as usage needs it.
struct Said<'e> {
    subject: Subject,
    route: Route<'e>,
    /// When it says that it happens.
    time_ns: Option<i64>,
}

/// How a tracked session asks the one within it: for a decision, or for one and who made it.
trait Ask {
    type Answer;
    fn ask(session: &mut Session, now_ns: i64, route: Option<&Route<'_>>, event: &[u8]) -> Self::Answer;
    fn is_allowed(answer: &Self::Answer) -> bool;
}

struct Deciding;
struct Evaluating;

impl Ask for Deciding {
    type Answer = Result<Decision, Error>;

    fn ask(session: &mut Session, now_ns: i64, route: Option<&Route<'_>>, event: &[u8]) -> Self::Answer {
        session.decide_at(now_ns, route, event)
    }

    fn is_allowed(answer: &Self::Answer) -> bool {
        answer.as_ref().is_ok_and(Decision::is_allowed)
    }
}

impl Ask for Evaluating {
    type Answer = Evaluation;

    fn ask(session: &mut Session, now_ns: i64, route: Option<&Route<'_>>, event: &[u8]) -> Self::Answer {
        Evaluation { judged: Some(event.to_vec()), ..session.evaluate_at(now_ns, route, event) }
    }

    fn is_allowed(answer: &Self::Answer) -> bool {
        answer.outcome.as_ref().is_ok_and(Decision::is_allowed)
    }
}

impl Tracked {
    /// A session that asks a store.
    pub fn new(session: Session, store: Arc<dyn UsageStore>) -> Self {
        Tracked {
            session,
            store,
            rule: OnStateError::default(),
            recorded: false,
            place: None,
            arena: Arena::default(),
            reader: json::Reader::default(),
            event: vec![],
            seen: HashMap::new(),
        }
    }

    /// What becomes of requests while the store does not answer, where no policy set says: policies without sets, and sets
    /// without `on_state_error`.
    #[must_use]
    pub fn on_state_error(mut self, rule: OnStateError) -> Self {
        self.rule = rule;
        self
    }

    /// Whether events are recorded ones, which happened when their `time_ns` says, where they have one. Not for events
    /// from outside: they would choose their time.
    #[must_use]
    pub fn recorded(mut self, recorded: bool) -> Self {
        self.recorded = recorded;
        self
    }

    /// Lets another thread end evaluations, as [`Session::cancel_with`] does. A request that is ended so was counted, and is
    /// not noted as use.
    pub fn cancel_with(&mut self, flag: Arc<AtomicBool>) {
        self.session.cancel_with(flag);
    }

    /// Makes events wait for those before them.
    pub(crate) fn wait_at(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// The place where events wait.
    pub(crate) fn place(&mut self) -> Option<&mut Place> {
        self.place.as_mut()
    }

    /// Decides an event: JSON as bytes or text. The payload says what it is about ([`crate::event`]) and whose usage it is
    /// ([`Subject`]).
    ///
    /// # Errors
    /// As [`Session::decide`], where the event is not an object or does not say what it is about, and where the store does
    /// not answer and the rule is to deny.
    pub fn decide(&mut self, event: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.judge::<Deciding>(None, event.as_ref()).and_then(|(decision, fault)| fault.map_or(decision, Err))
    }

    /// Decides an event whose sender knows what it is about.
    ///
    /// # Errors
    /// As [`Tracked::decide`].
    pub fn decide_routed(&mut self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.judge::<Deciding>(Some(route), event.as_ref()).and_then(|(decision, fault)| fault.map_or(decision, Err))
    }

    /// Decides an event and tells who judged it, with what was known of the token's use: [`Evaluation::judged`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lictor::record::Recorder;
    /// use lictor::{MemoryStore, Policy, Tracked};
    ///
    /// let policy = Policy::of_module("rate.rego", "package rate\n\ndeny if input.usage.count_1m > 2")?;
    /// let mut session = Tracked::new(policy.session(), Arc::new(MemoryStore::new()));
    /// let request = br#"{"event": "use", "token": {"id": "t1"}}"#;
    /// let record = Recorder::new(&policy).record(&session.evaluate(request), request);
    /// assert_eq!(record.usage.unwrap()["count_1m"], 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn evaluate(&mut self, event: impl AsRef<[u8]>) -> Evaluation {
        self.follow(None, event.as_ref())
    }

    /// Does so for an event whose sender knows what it is about.
    pub fn evaluate_routed(&mut self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Evaluation {
        self.follow(Some(route), event.as_ref())
    }

    fn follow(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Evaluation {
        match self.judge::<Evaluating>(route, event) {
            Ok((evaluation, None)) => evaluation,
            // Nobody denied it, and still it is not allowed.
            Ok((evaluation, Some(fault))) => Evaluation { outcome: Err(fault), sets: vec![], ..evaluation },
            Err(error) => self.session.failed(error),
        }
    }

    /// Asks the store, judges, and tells the store. The second of what it gives says why an event that policies allow is not
    /// allowed.
    fn judge<A: Ask>(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Result<(A::Answer, Option<Error>), Error> {
        self.arena.reset();
        let said = look(&self.arena, &mut self.reader, route, event)?;
        let turn = self.place.as_ref().map(|place| place.turn(&said.subject));
        let counted = said.route.event == Event::Use;
        let at = match said.time_ns {
            Some(time_ns) if self.recorded => time_ns.into(),
            _ => self.session.moment(),
        };
        let answer = if counted { self.store.consume(&said.subject, at) } else { self.store.read(&said.subject, at) };
        let (usage, status) = match answer {
            Ok(usage) => {
                if self.session.remembers() || matches!(self.rule, OnStateError::Stale(_)) {
                    let rule = self.session.rule(&said.route, self.rule);
                    remember(&mut self.seen, rule, &said.subject, &usage);
                }
                (usage, "ok")
            }
            Err(error) => {
                let rule = self.session.rule(&said.route, self.rule);
                without(&mut self.seen, rule, &said.subject, at, counted, error)?
            }
        };
        splice(&mut self.event, event, &usage, status)?;
        let answer = A::ask(&mut self.session, usage.now_ns, route, &self.event);
        let mut fault = None;
        if counted
            && A::is_allowed(&answer)
            && let Err(error) = self.store.commit(&said.subject, usage.now_ns)
            && self.session.rule(&said.route, self.rule) == OnStateError::Deny
        {
            fault = Some(error.into());
        }
        drop(turn);
        Ok((answer, fault))
    }
}

/// Whom an event is about, what happens, and when it says that it does.
fn look<'e>(
    arena: &'e Arena,
    reader: &mut json::Reader,
    route: Option<&Route<'e>>,
    event: &'e [u8],
) -> Result<Said<'e>, Error> {
    std::str::from_utf8(event).map_err(|e| {
        crate::session::malformed(json::JsonError::at(event, e.valid_up_to(), json::JsonErrorKind::NotUtf8))
    })?;
    let tree = reader.parse(arena, event).map_err(crate::session::malformed)?;
    if tree.as_object().is_none() {
        return Err(Error::Unrouted("it is not an object"));
    }
    let route = match route {
        Some(route) => *route,
        None => route::of_tree(tree)?,
    };
    let time_ns = tree.get(Value::str(b"time_ns")).and_then(Value::as_int);
    Ok(Said { subject: Subject::of(tree), route, time_ns })
}

/// Writes the event with instant and usage as its last members.
fn splice(into: &mut Vec<u8>, event: &[u8], usage: &Usage, status: &str) -> Result<(), Error> {
    // It was read as an object: without its last brace, it is open for more.
    let open = event.trim_ascii_end();
    let open = open.strip_suffix(b"}").unwrap_or(open).trim_ascii_end();
    into.clear();
    into.extend_from_slice(open);
    if !open.ends_with(b"{") {
        into.push(b',');
    }
    let mut last = Map::new();
    last.insert("time_ns".into(), usage.now_ns.into());
    last.insert("usage".into(), usage.to_json(status).into());
    let last = serde_json::to_vec(&last).map_err(|e| Error::Unserializable(e.to_string()))?;
    into.extend_from_slice(&last[1..]);
    Ok(())
}

fn remember(seen: &mut HashMap<String, Usage>, rule: OnStateError, subject: &Subject, usage: &Usage) {
    let OnStateError::Stale(most) = rule else { return };
    let name = name_of(subject);
    if seen.len() >= REMEMBERED && !seen.contains_key(&name) {
        seen.retain(|_, seen| is_fresh(seen, usage.now_ns, most));
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
    }
    seen.insert(name, usage.clone());
}

/// What a request is judged by where the store does not answer.
fn without(
    seen: &mut HashMap<String, Usage>,
    rule: OnStateError,
    subject: &Subject,
    at: Moment,
    counted: bool,
    error: StoreError,
) -> Result<(Usage, &'static str), Error> {
    match rule {
        OnStateError::Deny => Err(error.into()),
        OnStateError::Allow => Ok((Usage::harmless(subject, at.now_ns), "unavailable")),
        OnStateError::Stale(most) => match seen.get_mut(&name_of(subject)) {
            Some(seen) if is_fresh(seen, at.now_ns, most) => {
                if counted {
                    seen.count_one();
                }
                Ok((Usage { now_ns: at.now_ns.max(seen.now_ns), ..seen.clone() }, "stale"))
            }
            _ => Err(error.into()),
        },
    }
}

fn is_fresh(seen: &Usage, now_ns: i64, most: std::time::Duration) -> bool {
    u128::try_from(now_ns.saturating_sub(seen.now_ns)).unwrap_or(0) <= most.as_nanos()
}

/// All of a subject that records depend on, as one text.
fn name_of(subject: &Subject) -> String {
    format!("{:?}", (&subject.token, &subject.key, &subject.user, &subject.roles))
}
