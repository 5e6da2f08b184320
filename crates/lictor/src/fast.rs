//! The fast way in: an event's bytes straight to the values that its judges read.
//!
//! It never changes an answer. Where a judge reads the whole input there is no fast way; where an event is malformed, the
//! slow way says what is wrong with it.

use std::collections::HashSet;
use std::sync::Arc;

use lictor_engine::Input;
use lictor_fast::{Lens, LensOptions, LensScratch};
use lictor_ir::{Program, Reads};
use lictor_syntax::ast::Import;
use lictor_syntax::{Diagnostic, Dialect, Source, Version};
use lictor_value::{Arena, Value};

use crate::builder::ParsedQuery;
use crate::judge::Judges;
use crate::route;

/// The lenses of a policy.
pub(crate) struct Fast {
    /// Reads what the judges read.
    judged: Lens,
    /// Where events are routed.
    routing: Option<Routing>,
    /// How many paths the judges read, for people.
    paths: usize,
}

/// What finds out whom an event concerns.
struct Routing {
    /// Reads what the judges read, and what says where an event belongs.
    lens: Lens,
    /// Of each of [`route::PATHS`], its id in the program.
    ids: [u32; route::PATHS.len()],
}

/// The name of the query that stands for routing; names of judges and of a user's queries are never empty.
pub(crate) const ROUTING: &str = "";

/// A query that reads what routing reads, so that the program has a path for each.
pub(crate) fn routing_query() -> Result<ParsedQuery, Vec<Diagnostic>> {
    let reads = route::PATHS.map(|path| format!("input.{}", path.join(".")));
    let dialect = Dialect::new(Version::V1);
    let (source, parsed): (Arc<Source>, _) = lictor_syntax::parse_query(&reads.join("; "), dialect);
    let body = parsed.tree.ok_or(parsed.diagnostics)?;
    Ok(ParsedQuery { name: ROUTING.into(), body, source, package: None, imports: Vec::<Import>::new(), dialect })
}

impl Fast {
    /// The lenses of a program; `None` where nobody judges, or some judge reads all of the input. Events are routed where
    /// the program has the query for it.
    pub(crate) fn new(program: &Arc<Program>, judges: &Judges, trusted: bool) -> Option<Self> {
        let options = LensOptions { trusted, ..LensOptions::default() };
        let asked = judges.units.iter().flat_map(|unit| &unit.denies).map(|deny| deny.routine);
        let asked: HashSet<u32> = asked.collect();
        let entries = program.entries.iter().filter(|entry| asked.contains(&entry.routine));
        let mut reads: Vec<&Reads> = entries.map(|entry| &entry.reads).collect();
        let paths: HashSet<u32> = reads.iter().flat_map(|reads| reads.all()).collect();
        let whole = |id: &u32| program.paths[*id as usize].0.is_empty();
        if asked.is_empty() || reads.iter().flat_map(|reads| &reads.paths).any(whole) {
            return None;
        }
        let judged = Lens::new(program, &reads, options)?;
        let routing = match program.entry(ROUTING) {
            None => None,
            Some(entry) => {
                reads.push(&entry.reads);
                let lens = Lens::new(program, &reads, options)?;
                Some(Routing { lens, ids: route_ids(program, &entry.reads)? })
            }
        };
        Some(Fast { judged, routing, paths: paths.len() })
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
            Some(routing) if routed => &routing.lens,
            _ => &self.judged,
        };
        lens.read(event, arena, scratch).ok()
    }

    /// The value at a position of [`route::PATHS`].
    #[inline]
    pub(crate) fn route<'s>(&self, values: &[Value<'s>], position: usize) -> Option<Value<'s>> {
        let id = self.routing.as_ref()?.ids[position];
        values.get(id as usize).copied().filter(|value| !value.is_absent())
    }

    /// How many paths the judges read.
    pub(crate) fn paths(&self) -> usize {
        self.paths
    }
}

/// The ids of [`route::PATHS`].
fn route_ids(program: &Program, reads: &Reads) -> Option<[u32; route::PATHS.len()]> {
    let constants = program.constants();
    let is = |id: u32, keys: &[&str]| {
        let path = &program.paths[id as usize].0;
        path.len() == keys.len()
            && path.iter().zip(keys).all(|(at, key)| constants[*at as usize].as_bytes() == Some(key.as_bytes()))
    };
    let mut ids = [0; route::PATHS.len()];
    for (id, keys) in ids.iter_mut().zip(route::PATHS) {
        *id = reads.all().find(|id| is(*id, keys))?;
    }
    Some(ids)
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
