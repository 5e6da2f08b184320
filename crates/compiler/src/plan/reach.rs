//! What routines reach: the routines they ask, and what of the world they look at. From it follow what an entry reads
//! and what a `with` makes stale.

use super::demand::{self, Demand, of_test};
use super::demands::Demands;
use lictor_ir::{Act, Path, Program, Reads, RoutineKind, Screen, Source, Target, With};

/// What a routine looks at.
#[derive(Default)]
struct Looks {
    routines: Vec<u32>,
    inputs: Vec<u32>,
    data: Vec<u32>,
    mocks: Vec<u32>,
    /// The `with`s in its body.
    enters: Vec<u32>,
    /// Whether it replaces a part of `input`.
    replaces_input: bool,
}

/// What each routine looks at, and who asks whom.
pub(super) struct Reach {
    direct: Vec<Looks>,
    callers: Vec<Vec<u32>>,
    /// The last search that met a routine.
    met: Vec<u32>,
    search: u32,
}

impl Reach {
    pub(super) fn of(program: &Program) -> Reach {
        let direct: Vec<Looks> = (0..program.routines.len()).map(|id| direct(program, id)).collect();
        let mut callers = vec![vec![]; direct.len()];
        for (caller, looks) in (0..).zip(&direct) {
            for callee in &looks.routines {
                if let Some(callers) = callers.get_mut(*callee as usize) {
                    callers.push(caller);
                }
            }
        }
        let met = vec![0; direct.len()];
        Reach { direct, callers, met, search: 0 }
    }

    /// The routines that can be had from `open` through `edges`, those included.
    fn closure(&mut self, mut open: Vec<u32>, edges: impl Fn(&Reach, u32) -> &[u32]) -> Vec<u32> {
        self.search += 1;
        let mut found = vec![];
        while let Some(next) = open.pop() {
            match self.met.get_mut(next as usize) {
                Some(met) if *met != self.search => *met = self.search,
                _ => continue,
            }
            found.push(next);
            open.extend(edges(self, next));
        }
        found
    }

    /// What a routine reads of `input`, and the guards that may be looked at before it is asked; `whole` is the empty path.
    pub(super) fn reads(
        &mut self,
        routine: u32,
        whole: u32,
        guards: Option<&Screen>,
        demands: &Demands<'_>,
        longer: impl FnMut(u32, u32) -> u32,
    ) -> Reads {
        let reached = self.closure(vec![routine], |reach, id| &reach.direct[id as usize].routines);
        let atoms = guards.iter().flat_map(|screen| &screen.guards).flat_map(|guard| &guard.atoms);
        let atoms = atoms.filter_map(|atom| match atom.source {
            Source::Input(path) => Some((path, of_test(&atom.test))),
            _ => None,
        });
        let mut atoms: Vec<(u32, Demand)> = atoms.collect();
        if reached.iter().any(|id| self.direct[*id as usize].replaces_input) {
            atoms.push((whole, Demand::Whole));
        }
        let inputs = reached.iter().flat_map(|id| demands.inputs(*id)).map(|(path, demand)| (*path, demand));
        demand::reads(inputs.chain(atoms.iter().map(|(path, demand)| (*path, demand))), longer)
    }

    /// The routines whose remembered values a `with` makes stale, of those that can be asked while it is in force.
    pub(super) fn drops(&mut self, program: &Program, with: u32) -> Vec<u32> {
        let inside = self.inside(program, with);
        let Some(with) = program.withs.get(with as usize) else { return vec![] };
        let meets = |a: u32, b: u32| {
            let (Some(Path(a)), Some(Path(b))) = (program.paths.get(a as usize), program.paths.get(b as usize)) else {
                return true;
            };
            a.iter().zip(b).all(|(x, y)| x == y)
        };
        let stale = |looks: &Looks| {
            with.mocks.iter().any(|mock| looks.mocks.contains(&mock.id))
                || with.targets.iter().any(|target| match target {
                    Target::Input(path) => looks.inputs.iter().any(|input| meets(*input, *path)),
                    Target::Data { path, rules } => {
                        looks.data.iter().any(|data| meets(*data, *path))
                            || rules.iter().any(|(rule, _)| looks.routines.contains(rule))
                    }
                })
        };
        let stale = (0..).zip(&self.direct).filter(|(_, looks)| stale(looks)).map(|(id, _)| id).collect();
        let mut drops = self.closure(stale, |reach, id| &reach.callers[id as usize]);
        drops.retain(|id| {
            let routine = program.routines.get(*id as usize).filter(|_| inside.binary_search(id).is_ok());
            routine.is_some_and(|routine| match routine.kind {
                RoutineKind::Rule | RoutineKind::Ask => true,
                RoutineKind::Function => routine.memo,
                RoutineKind::Query => false,
            })
        });
        drops.sort_unstable();
        drops
    }

    /// The routines that can be asked while a `with` is in force, in order: what the bodies reach that have it, and what any
    /// replaced function may be replaced by, since a replacement from outside holds inside too.
    fn inside(&mut self, program: &Program, with: u32) -> Vec<u32> {
        let has = |looks: &Looks| looks.enters.contains(&with);
        let mut open: Vec<u32> = (0..).zip(&self.direct).filter(|(_, looks)| has(looks)).map(|(id, _)| id).collect();
        open.extend(program.withs.iter().flat_map(|with| &with.mocks).filter_map(|mock| match mock.by {
            lictor_ir::Replacement::Routine(routine) => Some(routine),
            _ => None,
        }));
        let mut inside = self.closure(open, |reach, id| &reach.direct[id as usize].routines);
        inside.sort_unstable();
        inside
    }
}

/// What a routine's own ops and guards look at.
fn direct(program: &Program, id: usize) -> Looks {
    let mut looks = Looks::default();
    let routine = &program.routines[id];
    looks.mocks.extend(routine.mock);
    let end = program.routines.get(id + 1).map_or(program.code.len(), |next| next.start as usize);
    for op in program.code.get(routine.start as usize..end).unwrap_or_default() {
        match op.act {
            Act::Input { path, .. } | Act::InputOr { path, .. } => looks.inputs.push(path),
            Act::Data { path, .. } => looks.data.push(path),
            Act::Func { routine, .. }
            | Act::Rule { routine, .. }
            | Act::Lookup { routine, .. }
            | Act::Ask { routine, .. } => {
                looks.routines.push(routine);
            }
            Act::Extent { node, .. } => of_node(program, node, &mut looks),
            Act::Names { node, .. } => looks.data.extend(program.nodes.get(node as usize).map(|node| node.path)),
            Act::Call { call, .. } | Act::Test { call, .. } => {
                looks.mocks.extend(program.calls.get(call as usize).and_then(|call| call.mock));
            }
            Act::Enter { with, .. } => {
                looks.enters.push(with);
                if let Some(with) = program.withs.get(with as usize) {
                    of_with(program, with, &mut looks);
                }
            }
            Act::Choose { choice, .. } => {
                let arms = program.choices.get(choice as usize).map(|choice| &choice.arms[..]).unwrap_or_default();
                for atom in arms.iter().flat_map(|arm| &arm.guard.atoms) {
                    match atom.source {
                        Source::Input(path) => looks.inputs.push(path),
                        Source::Data(path) => looks.data.push(path),
                        Source::Argument(_) | Source::Below(..) => {}
                    }
                }
            }
            _ => {}
        }
    }
    looks
}

fn of_node(program: &Program, node: u32, looks: &mut Looks) {
    let Some(node) = program.nodes.get(node as usize) else { return };
    looks.data.push(node.path);
    looks.routines.extend(node.rule);
    node.children.iter().for_each(|(_, child)| of_node(program, *child, looks));
}

fn of_with(program: &Program, with: &With, looks: &mut Looks) {
    for target in &with.targets {
        if let Target::Input(path) = target {
            // The rest of `input` stands around what is replaced.
            looks.replaces_input |= program.paths.get(*path as usize).is_none_or(|path| !path.0.is_empty());
        }
    }
    for mock in &with.mocks {
        if let lictor_ir::Replacement::Routine(routine) = mock.by {
            looks.routines.push(routine);
        }
    }
}
