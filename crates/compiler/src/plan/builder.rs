//! The builder of one routine: which locals are bound where, where failing leads, and what is loaded already.
//!
//! Regions nest: a scope is a body with a place of its own to fail to; a loop lasts until its scope closes; a world is
//! the inside of a `with`. What is bound, loaded or opened inside a region is forgotten with it. Slots are written once a
//! turn and never used twice within a definition, so that a local is merely a name for a slot.
//!
//! A load whose failing only means "the next turn" goes in front of the loop: there, failing means leaving it.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use lictor_ir::{Act, Slot};

use super::code::{Code, Label, written};
use super::solutions::{Bound, term_loops};
use super::trace::Watching;
use super::{Failure, Outcome, Shared};
use crate::hir::{At, Literal, LocalId, NodeId, Term};

/// A value that is the same wherever it is loaded between two changes of the world.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Load {
    /// A constant.
    Const(u32),
    /// `input` at a path.
    Input(u32),
    /// Base data at a path.
    Data(u32),
    /// A slot's value at a constant key.
    Field(Slot, u16),
    /// A rule's value.
    Rule(u32),
}

enum Region {
    Loop {
        /// The op that starts it.
        start: u32,
        top: Label,
        next: Label,
        /// Where to go when there are no more elements.
        exit: Label,
        step: Act,
        at: At,
        /// Whether something in it must not run less often: nothing behind it moves out.
        opaque: bool,
    },
    /// An `every`: ends where it began.
    Turns {
        /// The op that starts it.
        start: u32,
    },
    Scope,
    World,
}

/// What [`Builder::close`] needs to know.
pub(super) struct Scope {
    regions: usize,
    trail: usize,
    fail: Label,
    loops: u32,
}

/// Writes one routine.
pub(super) struct Builder<'p, 'u> {
    pub(super) shared: &'p mut Shared<'u>,
    pub(super) code: Code,
    /// The node that `data` means.
    pub(super) root: NodeId,
    /// Where failing leads.
    pub(super) fail: Label,
    /// Where in the source we are.
    pub(super) at: At,
    /// How often each local is written in the definition: one that is written once is a wildcard.
    pub(super) uses: Vec<u32>,
    locals: Vec<Option<Slot>>,
    trail: Vec<LocalId>,
    regions: Vec<Region>,
    /// What is loaded: where, and in how many regions.
    loaded: HashMap<Load, (Slot, usize), FixedState>,
    /// The path of `input` that was loaded into a slot, of this definition or one before.
    inputs: HashMap<Slot, u32, FixedState>,
    /// For each number of regions, what was loaded in so many.
    loaded_in: Vec<Vec<Load>>,
    /// The region in which each slot is written.
    region_of: Vec<u32>,
    is_function: bool,
    next_slot: u32,
    most_slots: u32,
    loops: u32,
    most_loops: u32,
    /// Comprehensions, templates, arguments of print and `not`s around.
    pub(super) closures: u32,
    pub(super) watching: Watching,
}

impl<'p, 'u> Builder<'p, 'u> {
    /// A builder for a routine with its arguments in the first `args` slots.
    pub(super) fn new(shared: &'p mut Shared<'u>, root: NodeId, at: At, args: u16) -> Self {
        Builder {
            shared,
            code: Code::default(),
            root,
            fail: Label::NONE,
            at,
            uses: vec![],
            locals: vec![],
            trail: vec![],
            regions: vec![],
            loaded: HashMap::default(),
            inputs: HashMap::default(),
            loaded_in: vec![],
            region_of: vec![0; usize::from(args)],
            is_function: args > 0,
            next_slot: u32::from(args),
            most_slots: u32::from(args),
            loops: 0,
            most_loops: 0,
            closures: 0,
            watching: Watching::default(),
        }
    }

    /// Slots and loops that the routine needs.
    pub(super) fn needs(&self) -> (u16, u8) {
        (self.most_slots as u16, self.most_loops as u8)
    }

    /// Begins a definition with `locals` locals, none bound; its slots are those after `keep`.
    pub(super) fn start_definition(&mut self, locals: usize, keep: u32) {
        self.locals.clear();
        self.locals.resize(locals, None);
        self.trail.clear();
        self.uses.clear();
        self.uses.resize(locals, 0);
        self.next_slot = keep;
        self.region_of.truncate(keep as usize);
    }

    /// How many slots are taken.
    pub(super) fn taken(&self) -> u32 {
        self.next_slot
    }

    /// A slot that nobody uses.
    pub(super) fn slot(&mut self) -> Outcome<Slot> {
        self.slots(1)
    }

    /// The first of `n` slots in a row.
    pub(super) fn slots(&mut self, n: usize) -> Outcome<Slot> {
        let first = self.next_slot;
        let end = first as usize + n;
        if end > usize::from(u16::MAX) {
            return Err(Failure::slots(self.at));
        }
        self.next_slot = end as u32;
        self.most_slots = self.most_slots.max(self.next_slot);
        self.region_of.resize(end, self.region());
        Ok(first as Slot)
    }

    fn region(&self) -> u32 {
        self.regions.len() as u32
    }

    /// Adds an op that fails to where failing leads now.
    pub(super) fn emit(&mut self, act: Act) {
        self.emit_to(act, self.fail);
    }

    /// Adds an op with a label of its own.
    pub(super) fn emit_to(&mut self, act: Act, to: Label) {
        if let Some(dst) = written(&act) {
            self.written_here(dst);
        }
        self.code.emit(act, to, self.at);
    }

    /// Adds a jump.
    pub(super) fn jump(&mut self, to: Label) {
        self.code.emit(Act::Jump, to, self.at);
    }

    /// Adds an op that neither fails nor jumps.
    pub(super) fn just(&mut self, act: Act) {
        self.emit_to(act, Label::NONE);
    }

    /// The slot of a local that is bound.
    pub(super) fn bound(&self, local: LocalId) -> Option<Slot> {
        self.locals.get(local as usize).copied().flatten()
    }

    /// Whether nobody else looks at a local.
    pub(super) fn is_wildcard(&self, local: LocalId) -> bool {
        self.uses.get(local as usize).is_some_and(|uses| *uses <= 1)
    }

    /// From here on, `local` is the value in `slot`.
    pub(super) fn bind_local(&mut self, local: LocalId, slot: Slot) {
        let at = local as usize;
        if self.locals.len() <= at {
            self.locals.resize(at + 1, None);
        }
        self.locals[at] = Some(slot);
        self.trail.push(local);
    }

    /// A local of no name.
    pub(super) fn fresh_local(&mut self) -> LocalId {
        self.locals.push(None);
        self.uses.resize(self.locals.len(), 0);
        self.locals.len() as LocalId - 1
    }

    /// How many locals were bound so far; see [`Builder::bound_since`].
    pub(super) fn trail(&self) -> usize {
        self.trail.len()
    }

    /// The locals bound since [`Builder::trail`] was asked, with their slots.
    pub(super) fn bound_since(&self, trail: usize) -> Vec<(LocalId, Slot)> {
        self.trail[trail..].iter().filter_map(|local| Some((*local, self.bound(*local)?))).collect()
    }

    /// Opens a body of its own, which fails to `fail`.
    pub(super) fn open(&mut self, fail: Label) -> Scope {
        let scope = Scope { regions: self.regions.len(), trail: self.trail.len(), fail: self.fail, loops: self.loops };
        self.regions.push(Region::Scope);
        self.fail = fail;
        scope
    }

    /// Closes a body: its loops turn, and when the last has ended, the body fails.
    pub(super) fn close(&mut self, scope: Scope) {
        while self.regions.len() > scope.regions {
            if let Some(Region::Loop { top, next, exit, step, at, .. }) = self.regions.pop() {
                self.code.bind(next);
                self.code.emit(step, top, at);
                self.jump(exit);
            }
        }
        for local in self.trail.drain(scope.trail..) {
            self.locals[local as usize] = None;
        }
        self.fail = scope.fail;
        self.loops = scope.loops;
        self.forget();
    }

    /// Forgets what was loaded in regions that are closed.
    fn forget(&mut self) {
        let keep = self.regions.len() + 1;
        while self.loaded_in.len() > keep {
            let depth = self.loaded_in.len() - 1;
            for load in self.loaded_in.pop().into_iter().flatten() {
                if self.loaded.get(&load).is_some_and(|(_, region)| *region == depth) {
                    self.loaded.remove(&load);
                }
            }
        }
    }

    /// Enters the world of a `with`.
    pub(super) fn enter_world(&mut self) -> usize {
        self.regions.push(Region::World);
        self.regions.len() - 1
    }

    /// Leaves it; what was bound inside stays bound.
    pub(super) fn leave_world(&mut self, world: usize) {
        self.regions.truncate(world);
        self.forget();
    }

    /// How many loops are open.
    pub(super) fn open_loops(&self) -> u32 {
        self.loops
    }

    /// The number of the next loop.
    pub(super) fn next_loop(&mut self) -> Outcome<u8> {
        let it = self.loops;
        if it >= 255 {
            return Err(Failure::loops(self.at));
        }
        self.loops += 1;
        self.most_loops = self.most_loops.max(self.loops);
        Ok(it as u8)
    }

    /// Opens a loop over the values of `of`, and over its keys where a slot for them is given. It lasts until the scope
    /// closes.
    pub(super) fn each(&mut self, of: Slot, key: Option<Slot>, val: Slot) -> Outcome<()> {
        let it = self.next_loop()?;
        let (start, step) = match key {
            Some(key) => (Act::EachPair { it, of, key, val }, Act::NextPair { it, key, val }),
            None => (Act::Each { it, of, val }, Act::Next { it, val }),
        };
        self.open_loop(start, step, key, val);
        Ok(())
    }

    /// Opens a walk over `of`.
    pub(super) fn each_walk(&mut self, of: Slot, path: Option<Slot>, val: Slot) -> Outcome<()> {
        let it = self.next_loop()?;
        let path_slot = path.unwrap_or(lictor_ir::NO_SLOT);
        let start = Act::EachWalk { it, of, path: path_slot, val };
        self.open_loop(start, Act::NextWalk { it, path: path_slot, val }, path, val);
        Ok(())
    }

    fn open_loop(&mut self, first: Act, step: Act, key: Option<Slot>, val: Slot) {
        let (top, next) = (self.code.label(), self.code.label());
        let start = self.code.position();
        let exit = self.fail;
        self.emit(first);
        self.code.bind(top);
        self.regions.push(Region::Loop { start, top, next, exit, step, at: self.at, opaque: false });
        self.fail = next;
        key.into_iter().chain([val]).for_each(|slot| self.written_here(slot));
    }

    /// Starts a loop that ends where its scope does; what the caller opens next is its body.
    pub(super) fn start_turns(&mut self, first: Act, exit: Label) {
        let start = self.code.position();
        self.emit_to(first, exit);
        self.regions.push(Region::Turns { start });
    }

    /// Gives the number of the last loop back.
    pub(super) fn end_loop(&mut self) {
        self.loops -= 1;
    }

    /// Ends what [`Builder::start_turns`] started.
    pub(super) fn end_turns(&mut self) {
        self.regions.pop();
        self.end_loop();
        self.forget();
    }

    /// The slot is written where we are now.
    pub(super) fn written_here(&mut self, slot: Slot) {
        let region = self.region();
        if let Some(of) = self.region_of.get_mut(usize::from(slot)) {
            *of = region;
        }
    }

    /// The locals that a literal mentions and that are bound.
    pub(super) fn bound_in(&self, literal: &Literal) -> Bound {
        let mut bound = Bound::default();
        super::solutions::locals_of_literal(literal, &mut |local| {
            if self.bound(local).is_some() {
                bound.insert(local);
            }
        });
        bound
    }

    /// How many locals there are.
    pub(super) fn local_count(&self) -> usize {
        self.locals.len()
    }

    /// Whether what stands here may be evaluated many times: it is in a loop, or in a function.
    pub(super) fn is_repeated(&self) -> bool {
        let turns = |region: &Region| matches!(region, Region::Loop { .. } | Region::Turns { .. });
        self.is_function || self.regions.iter().any(turns)
    }

    /// Whether evaluating a term, or matching it with keys, may loop.
    pub(super) fn loops(&self, term: &Term) -> bool {
        let mut bound = Bound::default();
        super::solutions::locals_of_term(term, &mut |local| {
            if self.bound(local).is_some() {
                bound.insert(local);
            }
        });
        self.is_open(term) || term_loops(term, &bound)
    }

    /// Nothing that follows may move in front of what stands here.
    pub(super) fn keep_order(&mut self) {
        for region in &mut self.regions {
            if let Region::Loop { opaque, .. } = region {
                *opaque = true;
            }
        }
    }

    /// The path of `input` whose value is in a slot, in this world.
    pub(super) fn input_in(&self, slot: Slot) -> Option<u32> {
        let path = *self.inputs.get(&slot)?;
        let (known, region) = self.loaded.get(&Load::Input(path))?;
        (*known == slot && self.is_of_this_world(Load::Input(path), *region)).then_some(path)
    }

    /// The slot of a value that is the same wherever it is loaded; loaded as early as may be.
    pub(super) fn load(&mut self, load: Load) -> Outcome<Slot> {
        // What is below a path is at a path too, where the lens may find it.
        let load = match load {
            Load::Field(of, key) if !self.shared.traced => {
                match (self.input_in(of), self.shared.constants.key_name(key)) {
                    (Some(path), Some(name)) => Load::Input(self.shared.constants.longer(path, &[name])),
                    _ => load,
                }
            }
            load => load,
        };
        if let Some((slot, region)) = self.loaded.get(&load)
            && self.is_of_this_world(load, *region)
        {
            return Ok(*slot);
        }
        let slot = self.slot()?;
        let act = match load {
            Load::Const(k) => Act::Const { dst: slot, k },
            Load::Input(path) => Act::Input { dst: slot, path },
            Load::Data(path) => Act::Data { dst: slot, path },
            Load::Field(of, key) => Act::Field { dst: slot, of, key },
            Load::Rule(routine) => Act::Rule { dst: slot, routine },
        };
        let (depth, position, fail) = match self.front(load) {
            Some((depth, position, fail)) => (depth, Some(position), fail),
            None => (self.regions.len(), None, self.fail),
        };
        match position {
            Some(position) => self.code.insert(position, act, fail, self.at),
            None => self.code.emit(act, fail, self.at),
        }
        self.region_of[usize::from(slot)] = depth as u32;
        if let Load::Input(path) = load {
            self.inputs.insert(slot, path);
        }
        // An older load of another world is shadowed for good: it would be found again only to be asked for its world.
        self.loaded.insert(load, (slot, depth));
        if self.loaded_in.len() <= depth {
            self.loaded_in.resize_with(depth + 1, Vec::new);
        }
        self.loaded_in[depth].push(load);
        Ok(slot)
    }

    /// Whether what was loaded is still what a load would give: no `with` began since.
    fn is_of_this_world(&self, load: Load, region: usize) -> bool {
        if matches!(load, Load::Const(_) | Load::Field(..)) {
            return true;
        }
        let world = self.regions.iter().rposition(|region| matches!(region, Region::World)).map_or(0, |at| at + 1);
        region >= world
    }

    /// The loop in front of which a load may stand: the regions then open, the position, and where failing leads there.
    fn front(&self, load: Load) -> Option<(usize, u32, Label)> {
        if self.shared.traced {
            return None;
        }
        let mut found = None;
        match load {
            // Constants never fail: in front of the outermost loop.
            Load::Const(_) => {
                found = self.regions.iter().enumerate().find_map(|(depth, region)| match region {
                    Region::Loop { start, .. } | Region::Turns { start } => Some((depth, *start, Label::NONE)),
                    _ => None,
                });
            }
            // A rule may raise, which a loop without turns would not.
            Load::Rule(_) => {}
            Load::Input(_) | Load::Data(_) | Load::Field(..) => {
                let needs = match load {
                    Load::Field(of, _) => self.region_of.get(usize::from(of)).copied().unwrap_or(u32::MAX),
                    _ => 0,
                };
                let mut fail = self.fail;
                for (depth, region) in self.regions.iter().enumerate().rev() {
                    match region {
                        Region::Loop { start, next, exit, opaque: false, .. }
                            if *next == fail && needs as usize <= depth =>
                        {
                            fail = *exit;
                            found = Some((depth, *start, fail));
                        }
                        _ => break,
                    }
                }
            }
        }
        found
    }
}
