//! A tracked session: it asks a store before each decision, and tells it afterwards.
//!
//! Requests (events of the kind `use`) are counted before they are judged, so that of many at once none is missed, and
//! noted as use only where they are allowed: a denied request does not keep a token alive. Other events are judged by what
//! is known, and change nothing.
//!
//! The record and the instant are written into the event as its last members, `time_ns` and `usage`, and of two members of
//! a name the last one counts: whatever an event says there of itself does not.

use std::collections::HashMap;
use std::sync::Arc;

use lictor_value::{Arena, Value, json};
use serde_json::Map;

use super::{OnStateError, StoreError, Subject, Usage, UsageStore};
use crate::decision::Decision;
use crate::error::Error;
use crate::event::{Event, Route};
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
    arena: Arena,
    reader: json::Reader,
    event: Vec<u8>,
    /// What was seen last, where the rule is to go by that.
    seen: HashMap<String, Usage>,
}

impl Tracked {
    /// A session that asks a store.
    pub fn new(session: Session, store: Arc<dyn UsageStore>) -> Self {
        Tracked {
            session,
            store,
            rule: OnStateError::default(),
            recorded: false,
            arena: Arena::default(),
            reader: json::Reader::default(),
            event: vec![],
            seen: HashMap::new(),
        }
    }

    /// What becomes of requests while the store does not answer.
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

    fn judge(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Result<Decision, Error> {
        let (subject, kind, said_ns) = self.look(route, event)?;
        let counted = kind == Event::Use;
        let now_ns = said_ns.filter(|_| self.recorded).unwrap_or_else(|| self.session.now_ns());
        let answer = if counted { self.store.consume(&subject, now_ns) } else { self.store.read(&subject, now_ns) };
        let (usage, status) = match answer {
            Ok(usage) => {
                self.remember(&subject, &usage);
                (usage, "ok")
            }
            Err(error) => self.without(&subject, now_ns, counted, error)?,
        };
        self.splice(event, &usage, status)?;
        let decision = self.session.decide_at(usage.now_ns, route, &self.event)?;
        if counted
            && decision.is_allowed()
            && let Err(error) = self.store.commit(&subject, usage.now_ns)
            && self.rule == OnStateError::Deny
        {
            return Err(error.into());
        }
        Ok(decision)
    }

    /// Whom an event is about, what happens, and when it says that it does.
    fn look(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Result<(Subject, Event, Option<i64>), Error> {
        self.arena.reset();
        std::str::from_utf8(event).map_err(|e| {
            crate::session::malformed(json::JsonError::at(event, e.valid_up_to(), json::JsonErrorKind::NotUtf8))
        })?;
        let tree = self.reader.parse(&self.arena, event).map_err(crate::session::malformed)?;
        if tree.as_object().is_none() {
            return Err(Error::Unrouted("it is not an object"));
        }
        let kind = match route {
            Some(route) => route.event,
            None => route::of_tree(tree)?.event,
        };
        let said_ns = tree.get(Value::str(b"time_ns")).and_then(Value::as_int);
        Ok((Subject::of(tree), kind, said_ns))
    }

    /// Writes the event with instant and usage as its last members.
    fn splice(&mut self, event: &[u8], usage: &Usage, status: &str) -> Result<(), Error> {
        // It was read as an object: without its last brace, it is open for more.
        let open = event.trim_ascii_end();
        let open = open.strip_suffix(b"}").unwrap_or(open).trim_ascii_end();
        self.event.clear();
        self.event.extend_from_slice(open);
        if !open.ends_with(b"{") {
            self.event.push(b',');
        }
        let mut last = Map::new();
        last.insert("time_ns".into(), usage.now_ns.into());
        last.insert("usage".into(), usage.to_json(status).into());
        let last = serde_json::to_vec(&last).map_err(|e| Error::Unserializable(e.to_string()))?;
        self.event.extend_from_slice(&last[1..]);
        Ok(())
    }

    fn remember(&mut self, subject: &Subject, usage: &Usage) {
        let OnStateError::Stale(most) = self.rule else { return };
        let name = name_of(subject);
        if self.seen.len() >= REMEMBERED && !self.seen.contains_key(&name) {
            self.seen.retain(|_, seen| is_fresh(seen, usage.now_ns, most));
            if self.seen.len() >= REMEMBERED {
                self.seen.clear();
            }
        }
        self.seen.insert(name, usage.clone());
    }

    /// What a request is judged by where the store does not answer.
    fn without(
        &mut self,
        subject: &Subject,
        now_ns: i64,
        counted: bool,
        error: StoreError,
    ) -> Result<(Usage, &'static str), Error> {
        match self.rule {
            OnStateError::Deny => Err(error.into()),
            OnStateError::Allow => Ok((Usage::harmless(subject, now_ns), "unavailable")),
            OnStateError::Stale(most) => match self.seen.get_mut(&name_of(subject)) {
                Some(seen) if is_fresh(seen, now_ns, most) => {
                    if counted {
                        seen.count_one();
                    }
                    Ok((Usage { now_ns: now_ns.max(seen.now_ns), ..seen.clone() }, "stale"))
                }
                _ => Err(error.into()),
            },
        }
    }
}

fn is_fresh(seen: &Usage, now_ns: i64, most: std::time::Duration) -> bool {
    u128::try_from(now_ns.saturating_sub(seen.now_ns)).unwrap_or(0) <= most.as_nanos()
}

/// All of a subject that records depend on, as one text.
fn name_of(subject: &Subject) -> String {
    format!("{:?}", (&subject.token, &subject.key, &subject.user, &subject.roles))
}
