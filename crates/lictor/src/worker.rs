//! A worker: what a thread of a batch judges with, a session of its own, tracked or not.

use std::sync::Arc;

use crate::decision::Decision;
use crate::error::Error;
use crate::event::Route;
use crate::record::Evaluation;
use crate::session::Session;
use crate::usage::turns::{Place, Turns};
use crate::usage::{Tracked, UsageStore};

/// What a thread of a batch judges with.
pub struct Worker(Kind);

enum Kind {
    Plain(Box<Session>),
    Tracked(Box<Tracked>),
}

/// How usage is kept while a batch is judged.
#[derive(Clone, Copy)]
pub(crate) struct Tracking<'p> {
    pub(crate) store: &'p Arc<dyn UsageStore>,
    pub(crate) recorded: bool,
}

impl Worker {
    pub(crate) fn new(session: Session, tracking: Option<Tracking<'_>>, turns: Option<&Arc<Turns>>) -> Self {
        let Some(Tracking { store, recorded }) = tracking else { return Worker(Kind::Plain(Box::new(session))) };
        let mut tracked = Tracked::new(session, Arc::clone(store)).recorded(recorded);
        if let Some(turns) = turns {
            tracked.wait_at(Place::new(Arc::clone(turns)));
        }
        Worker(Kind::Tracked(Box::new(tracked)))
    }

    /// Begins a group of events, which may have to be judged in turn.
    pub(crate) fn begin(&mut self, group: u64, events: impl FnOnce(&mut dyn FnMut(&[u8]))) {
        if let Kind::Tracked(tracked) = &mut self.0 {
            tracked.begin(group, events);
        }
    }

    /// Ends the group.
    pub(crate) fn end(&mut self) {
        if let Kind::Tracked(tracked) = &mut self.0 {
            tracked.end();
        }
    }

    /// Decides an event.
    ///
    /// # Errors
    /// As [`Session::decide`] and [`Tracked::decide`], or what decides events with a route.
    #[inline]
    pub fn decide(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Result<Decision, Error> {
        match (&mut self.0, route) {
            (Kind::Plain(session), None) => session.decide(event),
            (Kind::Plain(session), Some(route)) => session.decide_routed(route, event),
            (Kind::Tracked(tracked), None) => tracked.decide(event),
            (Kind::Tracked(tracked), Some(route)) => tracked.decide_routed(route, event),
        }
    }

    /// Decides an event and tells who judged it.
    pub fn evaluate(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Evaluation {
        match (&mut self.0, route) {
            (Kind::Plain(session), None) => session.evaluate(event),
            (Kind::Plain(session), Some(route)) => session.evaluate_routed(route, event),
            (Kind::Tracked(tracked), None) => tracked.evaluate(event),
            (Kind::Tracked(tracked), Some(route)) => tracked.evaluate_routed(route, event),
        }
    }
}
