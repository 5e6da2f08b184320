//! Linking: routines one behind the other, labels made absolute, and the tables that need the whole program.

use std::collections::HashMap;

use lictor_ir::{
    Arm, Choice, Entry, Expression, NOWHERE, Op, Path, Place, Program, Reads, RulePath, Screen, Table, With,
};

use lictor_syntax::Name;

use super::demands::Demands;
use super::optimise::optimise;
use super::part::Part;
use super::reach::Reach;
use super::rules::{Guards, Planned};
use super::shared::Shared;
use crate::hir::{At, Query, Unit};

/// Makes the program, and what it takes to put it behind others.
pub(super) fn link(shared: Shared<'_>, planned: Vec<Planned>, entries: Vec<(Box<str>, u32, Option<&Query>)>) -> Part {
    let unit = shared.unit;
    let mut shared = shared;
    let whole = shared.constants.path(&[]);
    let (names, rules) = rule_paths(&mut shared);
    let (sites, mocks) = (shared.sites(), shared.mocks());
    let (constants, keys, paths) = shared.constants.freeze();
    let mut program = Program {
        code: vec![],
        places: vec![],
        files: unit.files.iter().map(|file| file.name().clone()).collect(),
        routines: vec![],
        constants: constants.into(),
        keys,
        paths,
        calls: shared.calls,
        tables: (0..shared.tables).map(|_| Table::default()).collect(),
        choices: (0..shared.choices).map(|_| Choice { arms: vec![] }).collect(),
        withs: vec![],
        nodes: shared.nodes,
        rules,
        entries: vec![],
        screens: vec![],
        marks: shared.marks,
    };
    let mut places = Places { unit, last: None };
    for Planned { mut routine, code, screen } in planned {
        let code = optimise(code);
        let base = program.code.len() as u32;
        routine.start = base;
        let id = program.routines.len() as u32;
        program.screens.extend(screen.map(|guards| match guards {
            Guards::Own(guards) => Screen { routine: id, choice: None, guards },
            Guards::Choice(choice) => Screen { routine: id, choice: Some(choice), guards: vec![] },
        }));
        program.routines.push(routine);
        let moved = |to: u32| if to == NOWHERE { NOWHERE } else { to + base };
        program.code.extend(code.ops.iter().map(|op| Op { act: op.act, to: moved(op.to) }));
        program.places.extend(code.places.iter().map(|at| places.of(*at)));
        for (id, arms) in code.tables {
            let arms = arms.into_iter().map(|(k, to)| (k, moved(to)));
            let constants = program.constants.root().as_array().unwrap_or_default();
            if let Some(table) = program.tables.get_mut(id as usize) {
                *table = Table::new(arms, constants);
            }
        }
        for (id, arms) in code.choices {
            let arms = arms.into_iter().map(|(guard, to)| Arm { guard, label: moved(to) }).collect();
            if let Some(choice) = program.choices.get_mut(id as usize) {
                *choice = Choice { arms };
            }
        }
    }
    program.withs =
        shared.withs.into_iter().map(|w| With { targets: w.targets, mocks: w.mocks, drops: vec![] }).collect();
    let mut reach = Reach::of(&program);
    let withs = 0..u32::try_from(program.withs.len()).unwrap_or(u32::MAX);
    let drops: Vec<_> = withs.map(|with| reach.drops(&program, with)).collect();
    program.withs.iter_mut().zip(drops).for_each(|(with, drops)| with.drops = drops);
    // What asks for entries' values asks for all of them.
    program.entries =
        entries.into_iter().map(|(name, routine, query)| entry(name, routine, query, Reads::default())).collect();
    let mut paths = Paths::of(&program);
    let demands = Demands::of(&program);
    let reads = program.entries.iter().map(|entry| {
        let guards = program.screen_of(entry.routine);
        reach.reads(entry.routine, whole, guards, &demands, |path, key| paths.longer(path, key))
    });
    let reads: Vec<Reads> = reads.collect();
    program.entries.iter_mut().zip(reads).for_each(|(entry, reads)| entry.reads = reads);
    program.paths = paths.all;
    program.entries.sort_by(|a, b| a.name.cmp(&b.name));
    Part { program, constants: shared.constants.into_list(), sites, rules: names, mocks }
}

/// The program's paths, and those that only the lens needs.
struct Paths {
    all: Vec<Path>,
    ids: HashMap<Box<[u32]>, u32>,
}

impl Paths {
    fn of(program: &Program) -> Self {
        let all = program.paths.clone();
        let ids = all.iter().map(|path| path.0.clone()).zip(0..).collect();
        Paths { all, ids }
    }

    /// The path with one more key.
    fn longer(&mut self, path: u32, key: u32) -> u32 {
        let longer: Box<[u32]> = self.all[path as usize].0.iter().copied().chain([key]).collect();
        let all = &mut self.all;
        *self.ids.entry(longer).or_insert_with_key(|longer| {
            all.push(Path(longer.clone()));
            all.len() as u32 - 1
        })
    }
}

fn entry(name: Box<str>, routine: u32, query: Option<&Query>, reads: Reads) -> Entry {
    let text = |expression: &crate::hir::QueryExpression| Expression {
        text: (*expression.text).into(),
        row: expression.position.0,
        col: expression.position.1,
    };
    Entry {
        name,
        routine,
        reads,
        bindings: query.map(|q| q.bindings.iter().map(|(name, _)| (**name).into()).collect()).unwrap_or_default(),
        expressions: query.map(|q| q.expressions.iter().map(text).collect()).unwrap_or_default(),
        shows_false: query.is_some_and(|q| q.shows_false),
    }
}

/// Places, of which many in a row are the same.
struct Places<'u> {
    unit: &'u Unit,
    last: Option<(At, Place)>,
}

impl Places<'_> {
    fn of(&mut self, at: At) -> Place {
        match self.last {
            Some((last, place)) if last == at => place,
            _ => self.last.insert((at, place(self.unit, at))).1,
        }
    }
}

fn place(unit: &Unit, at: At) -> Place {
    let (row, col) = unit.files.get(at.file as usize).map_or((1, 1), |file| file.position(at.span.start));
    Place { file: at.file, row, col }
}

fn rule_paths(shared: &mut Shared<'_>) -> (Vec<Vec<Name>>, Vec<RulePath>) {
    let unit = shared.unit;
    let mut rules: Vec<_> = unit
        .rules
        .iter()
        .map(|rule| {
            let steps: Vec<u32> = rule.path.iter().map(|name| shared.constants.name(name)).collect();
            let at = rule.definitions.first().or(rule.default.as_deref()).map(|d| d.at).unwrap_or_default();
            (rule.path.clone(), RulePath { path: Path(steps.into()), place: place(unit, at) })
        })
        .collect();
    rules.sort_by(|a, b| a.0.cmp(&b.0));
    rules.into_iter().unzip()
}
