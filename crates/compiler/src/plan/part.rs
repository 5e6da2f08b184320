//! Parts: units that are planned by themselves, and put together as object files are.
//!
//! A part is a whole program. Putting it behind others moves its ids: routines, places in code and such by how many there
//! are in front of it, constants, keys, paths and call sites to those with the same content. So a policy that did not
//! change is not planned again because another one did.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use lictor_ir::{
    Act, Arm, Atom, Call, Choice, Entry, Guard, NOWHERE, Node, Op, Path, Place, Program, Reads, Replacement, RulePath,
    Screen, Source, Table, Target, With,
};
use lictor_syntax::Name;

use super::constants::Constants;
use crate::hir::Constant;

/// A unit that is planned.
pub struct Part {
    pub(super) program: Program,
    /// The constants by id.
    pub(super) constants: Vec<Constant>,
    /// What tells call sites apart, by id.
    pub(super) sites: Vec<Site>,
    /// The paths of [`Program::rules`].
    pub(super) rules: Vec<Vec<Name>>,
    /// How many functions and builtins some `with` replaces.
    pub(super) mocks: u32,
}

/// A builtin's name, the constants that were prepared for it, and the number under which a `with` replaces it.
pub(super) type Site = (&'static str, Vec<Option<u32>>, Option<u32>);

impl Part {
    /// The program of this part alone.
    pub fn into_program(self) -> Program {
        self.program
    }

    /// The program of this part with others behind it. Their entries' names get the text in front that stands beside each.
    /// `None` where all together have too many keys for the program's format: then the units have to be merged and planned as
    /// one.
    pub fn link<'p>(self, others: impl IntoIterator<Item = (String, &'p Part)>) -> Option<Program> {
        let mut others = others.into_iter().peekable();
        if others.peek().is_none() {
            return Some(self.program);
        }
        let mut whole = Whole::new(self);
        for (front, part) in others {
            whole.add(&front, part)?;
        }
        Some(whole.finish())
    }
}

type Map<K, V> = HashMap<K, V, FixedState>;

/// Parts put together.
struct Whole {
    program: Program,
    constants: Constants,
    sites: Map<Site, u32>,
    rules: Vec<(Vec<Name>, RulePath)>,
    /// Arms of jump tables: those are made once the constants are.
    tables: Vec<Vec<(u32, u32)>>,
    mocks: u32,
}

/// How a part's ids move.
struct Moves {
    code: u32,
    files: u32,
    routines: u32,
    tables: u32,
    choices: u32,
    withs: u32,
    nodes: u32,
    marks: u32,
    mocks: u32,
    constants: Vec<u32>,
    keys: Vec<u16>,
    paths: Vec<u32>,
    calls: Vec<u32>,
}

impl Whole {
    fn new(first: Part) -> Self {
        let Part { mut program, constants, sites, rules, mocks } = first;
        let (keys, paths) = (std::mem::take(&mut program.keys), std::mem::take(&mut program.paths));
        let tables = program.tables.iter().map(|table| table.arms().collect()).collect();
        let rules = rules.into_iter().zip(std::mem::take(&mut program.rules)).collect();
        let sites = sites.into_iter().zip(0..).collect();
        Whole { program, constants: Constants::of(constants, keys, paths), sites, rules, tables, mocks }
    }

    fn add(&mut self, front: &str, part: &Part) -> Option<()> {
        let moves = self.moves(part)?;
        let Program {
            code,
            places,
            files,
            routines,
            calls,
            tables,
            choices,
            withs,
            nodes,
            entries,
            screens,
            marks,
            ..
        } = &part.program;
        let all = &mut self.program;
        for (at, Call { builtin, prepared, .. }) in calls.iter().enumerate() {
            // Sites are numbered as they come: one that is new is the next.
            if moves.calls[at] as usize == all.calls.len() {
                let mock = part.sites[at].2.map(|mock| mock + moves.mocks);
                all.calls.push(Call { builtin, prepared: prepared.clone(), mock });
            }
        }
        all.files.extend(files.iter().cloned());
        all.code.extend(code.iter().map(|op| Op { act: moves.act(op.act), to: moves.label(op.to) }));
        all.places.extend(places.iter().map(|place| moves.place(*place)));
        all.routines.extend(routines.iter().cloned().map(|mut routine| {
            routine.start += moves.code;
            routine.mock = routine.mock.map(|mock| mock + moves.mocks);
            routine
        }));
        self.tables.extend(tables.iter().map(|table| moves.table(table)));
        all.choices.extend(choices.iter().map(|choice| moves.choice(choice)));
        all.withs.extend(withs.iter().map(|with| moves.with(with)));
        all.nodes.extend(nodes.iter().map(|node| moves.node(node)));
        all.screens.extend(screens.iter().map(|screen| moves.screen(screen)));
        all.entries.extend(entries.iter().map(|entry| moves.entry(front, entry)));
        all.marks.extend(marks.iter().cloned().map(|mut mark| {
            mark.file += moves.files;
            mark
        }));
        let rules = part.rules.iter().zip(&part.program.rules);
        self.rules.extend(rules.map(|(names, RulePath { path, place })| {
            (names.clone(), RulePath { path: moves.path(path), place: moves.place(*place) })
        }));
        self.mocks += part.mocks;
        Some(())
    }

    /// How the ids of a part move that comes next; what it has of constants, keys, paths and call sites is there then.
    fn moves(&mut self, part: &Part) -> Option<Moves> {
        let constants: Vec<u32> = part.constants.iter().map(|constant| self.constants.id(constant)).collect();
        let of = |id: &u32| constants[*id as usize];
        let keys = part.program.keys.iter().map(|id| self.constants.key(of(id))).collect::<Option<_>>()?;
        let mut steps = vec![];
        let mut path = |Path(path): &Path| {
            steps.clear();
            steps.extend(path.iter().map(of));
            self.constants.path(&steps)
        };
        let paths = part.program.paths.iter().map(&mut path).collect();
        let mut next = self.program.calls.len() as u32;
        let mut site = |(name, prepared, mock): &Site| {
            let prepared = prepared.iter().map(|id| id.as_ref().map(of)).collect();
            *self.sites.entry((name, prepared, mock.map(|mock| mock + self.mocks))).or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        let calls = part.sites.iter().map(&mut site).collect();
        let all = &self.program;
        Some(Moves {
            code: all.code.len() as u32,
            files: all.files.len() as u32,
            routines: all.routines.len() as u32,
            tables: self.tables.len() as u32,
            choices: all.choices.len() as u32,
            withs: all.withs.len() as u32,
            nodes: all.nodes.len() as u32,
            marks: all.marks.len() as u32,
            mocks: self.mocks,
            constants,
            keys,
            paths,
            calls,
        })
    }

    fn finish(self) -> Program {
        let Whole { mut program, mut constants, mut rules, tables, .. } = self;
        let (frozen, keys, paths) = constants.freeze();
        (program.constants, program.keys, program.paths) = (frozen.into(), keys, paths);
        program.tables = tables.into_iter().map(|arms| Table::new(arms, program.constants())).collect();
        rules.sort_by(|a, b| a.0.cmp(&b.0));
        program.rules = rules.into_iter().map(|(_, rule)| rule).collect();
        program.entries.sort_by(|a, b| a.name.cmp(&b.name));
        program
    }
}

impl Moves {
    fn act(&self, mut act: Act) -> Act {
        use Act::*;
        match &mut act {
            Const { k, .. } => *k = self.constant(*k),
            Input { path, .. } | InputOr { path, .. } | Data { path, .. } => *path = self.paths[*path as usize],
            Field { key, .. } | FieldOr { key, .. } => *key = self.keys[usize::from(*key)],
            Test { call, .. } | Call { call, .. } => *call = self.calls[*call as usize],
            Func { routine, .. } | Rule { routine, .. } | Lookup { routine, .. } | Ask { routine, .. } => {
                *routine += self.routines;
            }
            Extent { node, .. } | Names { node, .. } => *node += self.nodes,
            Enter { with, .. } => *with += self.withs,
            Switch { table, .. } => *table += self.tables,
            Choose { choice, .. } | NextChoice { choice, .. } => *choice += self.choices,
            Mark { mark, .. } => *mark += self.marks,
            Move { .. }
            | Get { .. }
            | Find { .. }
            | Array { .. }
            | Set { .. }
            | Object { .. }
            | Holds { .. }
            | IsFalse { .. }
            | Eq { .. }
            | Ne { .. }
            | Lt { .. }
            | Le { .. }
            | Gt { .. }
            | Ge { .. }
            | In { .. }
            | NotIn { .. }
            | Shape { .. }
            | IsObject { .. }
            | Collection { .. }
            | Add { .. }
            | Sub { .. }
            | Mul { .. }
            | Div { .. }
            | Rem { .. }
            | Each { .. }
            | EachPair { .. }
            | Next { .. }
            | NextPair { .. }
            | EachWalk { .. }
            | NextWalk { .. }
            | Begin { .. }
            | Emit { .. }
            | EmitPair { .. }
            | EmitEntry { .. }
            | EmitAt { .. }
            | Finish { .. }
            | Clear { .. }
            | Settle { .. }
            | Known { .. }
            | Leave
            | Jump
            | Return { .. }
            | Undefined
            | Print { .. } => {}
        }
        act
    }

    fn constant(&self, id: u32) -> u32 {
        self.constants[id as usize]
    }

    fn label(&self, to: u32) -> u32 {
        if to == NOWHERE { NOWHERE } else { to + self.code }
    }

    fn place(&self, place: Place) -> Place {
        Place { file: place.file + self.files, ..place }
    }

    fn path(&self, Path(steps): &Path) -> Path {
        Path(steps.iter().map(|id| self.constant(*id)).collect())
    }

    fn table(&self, table: &Table) -> Vec<(u32, u32)> {
        table.arms().map(|(k, to)| (self.constant(k), self.label(to))).collect()
    }

    fn choice(&self, choice: &Choice) -> Choice {
        let arm = |arm: &Arm| Arm { guard: self.guard(&arm.guard), label: self.label(arm.label) };
        Choice { arms: choice.arms.iter().map(arm).collect() }
    }

    fn screen(&self, screen: &Screen) -> Screen {
        let guards = screen.guards.iter().map(|guard| self.guard(guard)).collect();
        let choice = screen.choice.map(|choice| choice + self.choices);
        Screen { routine: screen.routine + self.routines, choice, guards }
    }

    fn guard(&self, guard: &Guard) -> Guard {
        Guard { atoms: guard.atoms.iter().map(|atom| self.atom(atom)).collect() }
    }

    fn atom(&self, atom: &Atom) -> Atom {
        let path = |id: u32| self.paths[id as usize];
        let source = match atom.source {
            Source::Input(id) => Source::Input(path(id)),
            Source::Data(id) => Source::Data(path(id)),
            Source::Below(slot, id) => Source::Below(slot, path(id)),
            Source::Argument(slot) => Source::Argument(slot),
        };
        let mut test = atom.test.clone();
        test.renumber(|id| self.constant(id));
        Atom { source, negated: atom.negated, test }
    }

    fn with(&self, with: &With) -> With {
        let target = |target: &Target| match target {
            Target::Input(path) => Target::Input(self.paths[*path as usize]),
            Target::Data { path, rules } => Target::Data {
                path: self.paths[*path as usize],
                rules: rules.iter().map(|(rule, path)| (rule + self.routines, self.path(path))).collect(),
            },
        };
        let mock = |mock: &lictor_ir::Mock| lictor_ir::Mock {
            id: mock.id + self.mocks,
            by: match mock.by {
                Replacement::Value(slot) => Replacement::Value(slot),
                Replacement::Routine(routine) => Replacement::Routine(routine + self.routines),
                Replacement::Call(call) => Replacement::Call(self.calls[call as usize]),
            },
        };
        With {
            targets: with.targets.iter().map(target).collect(),
            mocks: with.mocks.iter().map(mock).collect(),
            drops: with.drops.iter().map(|routine| routine + self.routines).collect(),
        }
    }

    fn node(&self, node: &Node) -> Node {
        Node {
            path: self.paths[node.path as usize],
            rule: node.rule.map(|rule| rule + self.routines),
            children: node.children.iter().map(|(name, child)| (self.constant(*name), child + self.nodes)).collect(),
            only_functions: node.only_functions,
        }
    }

    fn entry(&self, front: &str, entry: &Entry) -> Entry {
        let moved = |paths: &[u32]| {
            let mut paths: Vec<u32> = paths.iter().map(|path| self.paths[*path as usize]).collect();
            paths.sort_unstable();
            paths
        };
        let Reads { paths, kinds, parts } = &entry.reads;
        let parts = parts
            .iter()
            .map(|part| lictor_ir::Part { path: self.paths[part.path as usize], below: moved(&part.below) });
        let reads = Reads { paths: moved(paths), kinds: moved(kinds), parts: parts.collect() };
        let name = format!("{front}{}", entry.name).into();
        Entry { name, routine: entry.routine + self.routines, reads, ..entry.clone() }
    }
}
