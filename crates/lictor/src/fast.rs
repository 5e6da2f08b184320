//! The fast way in: an event's bytes straight to the values that its judges read.
//!
//! It never changes an answer. Where a judge reads the whole input there is no fast way; where an event is malformed, the
//! slow way says what is wrong with it.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};

use lictor_engine::Input;
use lictor_fast::{Lens, LensOptions, LensScratch};
use lictor_ir::{Program, Reads};
use lictor_value::json::{JsonError, JsonErrorKind};
use lictor_value::{Arena, Object, Value};

use crate::error::Error;
use crate::judge::Judges;
use crate::route;
use crate::session::malformed;
use crate::usage::known::{self, Known, Maker};
use crate::usage::subject;

/// The lenses of a policy.
pub(crate) struct Fast {
    program: Arc<Program>,
    /// The entries of the judges.
    judges: Vec<usize>,
    options: LensOptions,
    /// Reads what the judges read.
    judged: Lens,
    /// Reads what the judges read, and [`route::PATHS`]; where events are routed.
    routing: Option<Lens>,
    /// Made when it is asked for first; `None` in it where it cannot be had.
    tracking: OnceLock<Option<Tracking>>,
    /// How many paths the judges read, for people.
    paths: usize,
}

/// What reads events whose usage is kept.
pub(crate) struct Tracking {
    /// Reads what the judges read, [`route::PATHS`] and [`subject::PATHS`].
    lens: Lens,
    told: Vec<Told>,
}

/// A path that the judges read, whose value is not the event's but told.
struct Told {
    id: u32,
    /// Whether it is the instant, or below it; else it is usage.
    instant: bool,
    /// The keys below that.
    keys: Box<[Box<str>]>,
    /// Whether it is read wholly.
    whole: bool,
}

impl Fast {
    /// The lenses of a program; `None` where nobody judges, or some judge reads all of the input.
    pub(crate) fn new(program: &Arc<Program>, judges: &Judges, trusted: bool) -> Option<Self> {
        let options = LensOptions { trusted, ..LensOptions::default() };
        let asked = judges.units.iter().flat_map(|unit| &unit.denies).map(|deny| deny.routine);
        let asked: HashSet<u32> = asked.collect();
        let entries = program.entries.iter().enumerate().filter(|(_, entry)| asked.contains(&entry.routine));
        let entries: Vec<usize> = entries.map(|(at, _)| at).collect();
        let reads: Vec<&Reads> = entries.iter().map(|at| &program.entries[*at].reads).collect();
        let paths: HashSet<u32> = reads.iter().flat_map(|reads| reads.all()).collect();
        let whole = |id: &u32| program.paths[*id as usize].0.is_empty();
        if asked.is_empty() || reads.iter().flat_map(|reads| &reads.paths).any(whole) {
            return None;
        }
        let judged = Lens::new(program, &reads, options)?;
        let routing = if judges.routed { Some(Lens::with(program, &reads, &route::PATHS, options)?) } else { None };
        let (paths, tracking) = (paths.len(), OnceLock::new());
        Some(Fast { program: Arc::clone(program), judges: entries, options, judged, routing, tracking, paths })
    }

    /// What the judges of `event` read; with `routed`, what routing reads too. `None` where the event is malformed.
    #[inline]
    pub(crate) fn read<'s>(
        &'s self,
        event: &'s [u8],
        arena: &'s Arena,
        scratch: &'s mut LensScratch,
        routed: bool,
    ) -> Option<&'s [Value<'s>]> {
        let lens = match &self.routing {
            Some(routing) if routed => routing,
            _ => &self.judged,
        };
        lens.read(event, arena, scratch).ok()
    }

    /// The value at a position of [`route::PATHS`].
    #[inline]
    pub(crate) fn route<'s>(&self, values: &[Value<'s>], position: usize) -> Option<Value<'s>> {
        at(values, self.routing.as_ref()?.also()[position])
    }

    /// What reads events whose usage is kept.
    pub(crate) fn tracking(&self) -> Option<&Tracking> {
        self.tracking.get_or_init(|| Tracking::new(self)).as_ref()
    }

    /// How many paths the judges read.
    pub(crate) fn paths(&self) -> usize {
        self.paths
    }
}

impl Tracking {
    fn new(fast: &Fast) -> Option<Self> {
        let program = &fast.program;
        let reads: Vec<&Reads> = fast.judges.iter().map(|at| &program.entries[*at].reads).collect();
        let also: Vec<&[&str]> = route::PATHS.into_iter().chain(subject::PATHS).collect();
        let lens = Lens::with(program, &reads, &also, fast.options)?;
        let whole: HashSet<u32> = reads.iter().flat_map(|reads| &reads.paths).copied().collect();
        let all: BTreeSet<u32> = reads.iter().flat_map(|reads| reads.all()).collect();
        let told = all.into_iter().filter_map(|id| {
            let keys = program.paths[id as usize].0.iter();
            let mut keys = keys.map(|key| program.constants()[*key as usize].as_text().unwrap_or_default());
            let first = keys.next().filter(|first| [known::TIME, known::USAGE].contains(first))?;
            let keys = keys.map(Box::from).collect();
            Some(Told { id, instant: first == known::TIME, keys, whole: whole.contains(&id) })
        });
        Some(Tracking { lens, told: told.collect() })
    }

    /// What the judges of `event` and [`Tracking::route`] and [`Tracking::subject`] read. `None` where the event is malformed.
    pub(crate) fn read<'s>(
        &'s self,
        event: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
    ) -> Option<&'s mut [Value<'s>]> {
        self.lens.find(event, arena, scratch).ok()
    }

    /// The value at a position of [`route::PATHS`].
    pub(crate) fn route<'s>(&self, values: &[Value<'s>], position: usize) -> Option<Value<'s>> {
        at(values, self.lens.also()[position])
    }

    /// The value at a position of [`subject::PATHS`].
    pub(crate) fn subject<'s>(&self, values: &[Value<'s>], position: usize) -> Option<Value<'s>> {
        at(values, self.lens.also()[route::PATHS.len() + position])
    }

    /// Puts what is known in the place of what the event says there itself.
    pub(crate) fn tell<'s>(
        &'s self,
        values: &'s mut [Value<'s>],
        known: &Known<'_>,
        arena: &'s Arena,
    ) -> Result<&'s [Value<'s>], Error> {
        let mut maker = Maker::new(arena);
        for Told { id, instant, keys, whole } in &self.told {
            let value = match instant {
                true => keys.is_empty().then(|| known.time()),
                false => known.at(keys, &mut maker)?,
            };
            values[*id as usize] = match value {
                None => Value::ABSENT,
                // Only its kind is asked for, or it is put together from its parts.
                Some(value) if !whole && value.as_object().is_some() => Value::object(&Object::EMPTY),
                Some(value) => value,
            };
        }
        let full = |_| malformed(JsonError::at(&[], 0, JsonErrorKind::Memory));
        self.lens.put_together(arena, values).map_err(full)?;
        Ok(values)
    }
}

fn at<'s>(values: &[Value<'s>], id: u32) -> Option<Value<'s>> {
    values.get(id as usize).copied().filter(|value| !value.is_absent())
}

/// An event as read: what `input` is, and what routing finds.
pub(crate) enum Read<'s> {
    Paths(&'s [Value<'s>]),
    Tree(Value<'s>),
}

impl<'s> Read<'s> {
    pub(crate) fn input(&self) -> Input<'s> {
        match self {
            Read::Paths(values) => Input::Paths(values),
            Read::Tree(tree) => Input::Tree(*tree),
        }
    }
}
