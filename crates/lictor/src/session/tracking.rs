//! Deciding where usage is kept: the event is read once, for whose it is and for what its judges read; a [`Keeper`] is asked
//! what is known of them, and judges see that in the place of what the event says there itself.

use lictor_engine::{Evaluation, Input};
use lictor_fast::LensScratch;
use lictor_value::{Arena, Value, json};

use super::{Asking, Session, malformed, read};
use crate::decision::Decision;
use crate::error::Error;
use crate::event::Route;
use crate::fast::Tracking;
use crate::judge::{Judges, Observer};
use crate::policy::Shared;
use crate::route;
use crate::usage::known::Known;
use crate::usage::subject::{self, Subject};
use crate::usage::{Moment, Usage};

/// Keeps usage: is asked before an event is judged, and told afterwards.
pub(crate) trait Keeper {
    /// What is known, and how.
    fn ask(&mut self, said: &Said<'_>, judges: &Judges) -> Result<(Usage, &'static str), Error>;
    /// Hears whether the event is allowed by its judges. Says why it is not allowed after all.
    fn tell(&mut self, said: &Said<'_>, judges: &Judges, usage: &Usage, allowed: bool) -> Option<Error>;
}

/// What an event says, as far as usage needs it.
pub(crate) struct Said<'e> {
    pub(crate) subject: Subject<'e>,
    pub(crate) route: Route<'e>,
    /// When it says that it happens.
    pub(crate) time_ns: Option<i64>,
    /// When it is judged.
    pub(crate) moment: Moment,
}

/// What judges made of an event, and why it is not allowed though they allow it.
pub(crate) type Judged = (Result<Decision, Error>, Option<Error>);

impl Session {
    /// Decides an event whose usage is kept. `as_judged` gets the event with what judges were told.
    pub(crate) fn judge_tracked(
        &mut self,
        route: Option<&Route<'_>>,
        event: &[u8],
        keeper: &mut impl Keeper,
        observer: &mut impl Observer,
        as_judged: Option<&mut Vec<u8>>,
    ) -> Result<Judged, Error> {
        self.renew();
        let shared = &*self.shared;
        let judges = &shared.judges;
        let mut evaluation = self.engine.begin();
        let arena = evaluation.arena();
        let found = Found::of(shared, event, &evaluation, &mut self.lens, &mut self.reader)?;
        let said = Said {
            subject: found.whose(arena),
            route: match route {
                Some(route) => *route,
                None => route::of_reads(|position| found.route(position), || json::parse(arena, event).ok())?,
            },
            time_ns: found.subject(subject::TIME).and_then(Value::as_int),
            moment: shared.settings.now_ns.map_or_else(|| Moment::of_host(&*shared.host), Moment::from),
        };
        let (usage, status) = keeper.ask(&said, judges)?;
        let known = Known { usage: &usage, subject: &said.subject, status };
        if let Some(to) = as_judged {
            known.write_into(event, to)?;
        }
        let input = found.told(&known, arena)?;
        observer.routed(judges, &said.route, judges.routed || route.is_some());
        let cancel = self.cancel.as_deref();
        let asking = Asking { shared, route: &said.route, input, cancel, now_ns: Some(usage.now_ns) };
        let outcome = asking.decide(&mut evaluation, &mut self.gate, observer);
        let allowed = outcome.as_ref().is_ok_and(Decision::is_allowed);
        let fault = keeper.tell(&said, judges, &usage, allowed);
        Ok((outcome, fault))
    }

    /// Tells whose usage an event is; nobody's, where it cannot be read.
    pub(crate) fn whose(&mut self, event: &[u8], tell: &mut dyn FnMut(&Subject<'_>)) {
        let evaluation = self.engine.begin();
        let found = Found::of(&self.shared, event, &evaluation, &mut self.lens, &mut self.reader);
        if let Ok(found) = found {
            tell(&found.whose(evaluation.arena()));
        }
    }
}

/// An event as read: an object.
enum Found<'s> {
    Paths(&'s Tracking, &'s mut [Value<'s>]),
    Tree(Value<'s>),
}

impl<'s> Found<'s> {
    fn of(
        shared: &'s Shared,
        event: &'s [u8],
        evaluation: &Evaluation<'s>,
        lens: &mut LensScratch,
        reader: &mut json::Reader,
    ) -> Result<Self, Error> {
        let tracking = shared.fast.as_ref().and_then(|fast| fast.tracking());
        // What the lens refuses, and what is no object, the tree reader finds words for.
        let is_object = event.trim_ascii_start().starts_with(b"{");
        if let Some(tracking) = tracking
            && is_object
            && let Some(values) = tracking.read(event, evaluation.arena(), lens)
        {
            return Ok(Found::Paths(tracking, values));
        }
        std::str::from_utf8(event)
            .map_err(|e| malformed(json::JsonError::at(event, e.valid_up_to(), json::JsonErrorKind::NotUtf8)))?;
        let tree = read(reader, evaluation, event)?;
        if tree.as_object().is_some() { Ok(Found::Tree(tree)) } else { Err(route::NO_OBJECT) }
    }

    /// The value at a position of [`subject::PATHS`].
    fn subject(&self, position: usize) -> Option<Value<'s>> {
        match self {
            Found::Paths(tracking, values) => tracking.subject(values, position),
            Found::Tree(tree) => subject::at_path(*tree, position),
        }
    }

    /// The value at a position of [`route::PATHS`].
    fn route(&self, position: usize) -> Option<Value<'s>> {
        match self {
            Found::Paths(tracking, values) => tracking.route(values, position),
            Found::Tree(tree) => route::at_path(*tree, position),
        }
    }

    fn whose(&self, arena: &'s Arena) -> Subject<'s> {
        Subject::of(|position| self.subject(position), arena)
    }

    /// The event with what is known in the place of what it says there itself.
    fn told(self, known: &Known<'_>, arena: &'s Arena) -> Result<Input<'s>, Error> {
        match self {
            Found::Paths(tracking, values) => Ok(Input::Paths(tracking.tell(values, known, arena)?)),
            Found::Tree(tree) => match tree.as_object() {
                Some(object) => Ok(Input::Tree(known.within(object, arena)?)),
                None => Err(route::NO_OBJECT),
            },
        }
    }
}
