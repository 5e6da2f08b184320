//! A tracked session: it asks a store before each decision, and tells it afterwards.
//!
//! Requests (events of the kind `use`) are counted before they are judged, so that of many at once none is missed, and
//! noted as use only where they are allowed: a denied request does not keep a token alive. Other events are judged by what
//! is known, and change nothing.
//!
//! Policies see the instant and the record as `input.time_ns` and `input.usage`: whatever an event says there of itself does not
//! count. The event is read once, and what policies read there is put in its place as values. Records of evaluations and
//! decision logs have them as the event's last members, and tell what policies were told.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::turns::{Place, Turn};
use super::{Moment, OnStateError, StoreError, Subject, Usage, UsageStore};
use crate::decision::Decision;
use crate::error::Error;
use crate::event::{Event, Route};
use crate::judge::Judges;
use crate::record::Evaluation;
use crate::session::{Keeper, Said, Session};

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
    /// What was seen last, where a rule is to go by that.
    seen: HashMap<String, Usage>,
}

impl Tracked {
    /// A session that asks a store.
    pub fn new(session: Session, store: Arc<dyn UsageStore>) -> Self {
        Tracked { session, store, rule: OnStateError::default(), recorded: false, place: None, seen: HashMap::new() }
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

    /// Begins a group of events, where these wait for those before them. What cannot be read is not judged either.
    pub(crate) fn begin(&mut self, group: u64, events: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        let session = &mut self.session;
        if let Some(place) = &mut self.place {
            place.begin(group, |of_subject| events(&mut |event| session.whose(event, of_subject)));
        }
    }

    /// Ends the group.
    pub(crate) fn end(&mut self) {
        if let Some(place) = &mut self.place {
            place.end();
        }
    }

    /// Decides an event: JSON as bytes or text. The payload says what it is about ([`crate::event`]) and whose usage it is
    /// ([`Subject`]).
    ///
    /// # Errors
    /// As [`Session::decide`], where the event is not an object or does not say what it is about, and where the store does
    /// not answer and the rule is to deny.
    pub fn decide(&mut self, event: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.judge(None, event.as_ref())
    }

    /// Decides an event whose sender knows what it is about.
    ///
    /// # Errors
    /// As [`Tracked::decide`].
    pub fn decide_routed(&mut self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.judge(Some(route), event.as_ref())
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

    fn judge(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Result<Decision, Error> {
        let (session, mut keeping) = self.parts();
        let (decision, fault) = session.judge_tracked(route, event, &mut keeping, &mut (), None)?;
        fault.map_or(decision, Err)
    }

    fn follow(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Evaluation {
        let (session, mut keeping) = self.parts();
        session.follow_tracked(route, event, &mut keeping)
    }

    fn parts(&mut self) -> (&mut Session, Keeping<'_>) {
        let (store, place, seen) = (&*self.store, self.place.as_ref(), &mut self.seen);
        (&mut self.session, Keeping { store, rule: self.rule, recorded: self.recorded, place, turn: None, seen })
    }
}

/// Keeps the usage of one event.
struct Keeping<'t> {
    store: &'t dyn UsageStore,
    rule: OnStateError,
    recorded: bool,
    place: Option<&'t Place>,
    /// Until it is over, events about the same wait.
    turn: Option<Turn<'t>>,
    seen: &'t mut HashMap<String, Usage>,
}

impl Keeper for Keeping<'_> {
    fn ask(&mut self, said: &Said<'_>, judges: &Judges) -> Result<(Usage, &'static str), Error> {
        self.turn = self.place.map(|place| place.turn(&said.subject));
        let counted = said.route.event == Event::Use;
        let at = match said.time_ns {
            Some(time_ns) if self.recorded => time_ns.into(),
            _ => said.moment,
        };
        let answer = if counted { self.store.consume(&said.subject, at) } else { self.store.read(&said.subject, at) };
        match answer {
            Ok(usage) => {
                if judges.remembers || matches!(self.rule, OnStateError::Stale(_)) {
                    remember(self.seen, judges.rule(&said.route, self.rule), &said.subject, &usage);
                }
                Ok((usage, "ok"))
            }
            Err(error) => without(self.seen, judges.rule(&said.route, self.rule), &said.subject, at, counted, error),
        }
    }

    fn tell(&mut self, said: &Said<'_>, judges: &Judges, usage: &Usage, allowed: bool) -> Option<Error> {
        let told = match said.route.event == Event::Use && allowed {
            true => self.store.commit(&said.subject, usage.now_ns),
            false => Ok(()),
        };
        self.turn = None;
        told.err().filter(|_| judges.rule(&said.route, self.rule) == OnStateError::Deny).map(Error::from)
    }
}

fn remember(seen: &mut HashMap<String, Usage>, rule: OnStateError, subject: &Subject<'_>, usage: &Usage) {
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
    subject: &Subject<'_>,
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
fn name_of(subject: &Subject<'_>) -> String {
    format!("{:?}", (&subject.token, &subject.key, &subject.user, &subject.roles))
}
