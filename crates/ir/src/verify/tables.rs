//! What the tables of a program must keep.

use crate::program::{Program, Replacement, Target};

use super::Fault;

/// What the tables name exists.
pub(super) fn check_tables(program: &Program, faults: &mut Vec<Fault>) {
    let mut fault = |what: String| faults.push(Fault { routine: "program".into(), at: None, what: what.into() });
    let constants = program.constants().len();
    let routines = program.routines.len() as u32;
    let all_paths = program.paths.iter().chain(program.rules.iter().map(|rule| &rule.path));
    if all_paths.flat_map(|path| path.0.iter()).chain(&program.keys).any(|key| *key as usize >= constants) {
        fault("a path or key names a constant that is not there".to_owned());
    }
    let mut parents = vec![None; program.nodes.len()];
    for (id, node) in program.nodes.iter().enumerate() {
        for (_, child) in &node.children {
            match parents.get_mut(*child as usize) {
                Some(parent @ None) => *parent = Some(id),
                _ => fault(format!("node {id} has the child {child}, which is not there, or another node's")),
            }
        }
        if node.path as usize >= program.paths.len() || node.rule.is_some_and(|rule| rule >= routines) {
            fault(format!("node {id} names a path or rule that is not there"));
        }
        if node.children.iter().any(|(name, _)| *name as usize >= constants) {
            fault(format!("node {id} names a constant that is not there"));
        }
    }
    let above = |id: &usize| parents[*id];
    if (0..parents.len()).any(|id| std::iter::successors(Some(id), above).nth(parents.len()).is_some()) {
        fault("a node is below itself".to_owned());
    }
    for (id, with) in program.withs.iter().enumerate() {
        let of_targets = with.targets.iter().flat_map(|target| match target {
            Target::Input(_) => &[][..],
            Target::Data { rules, .. } => rules,
        });
        let of_mocks = with.mocks.iter().filter_map(|mock| match mock.by {
            Replacement::Routine(routine) => Some(routine),
            _ => None,
        });
        let named = of_targets.map(|(rule, _)| *rule).chain(with.drops.iter().copied()).chain(of_mocks);
        if named.into_iter().any(|routine| routine >= routines) {
            fault(format!("with {id} names a routine that is not there"));
        }
    }
    for entry in &program.entries {
        match program.routines.get(entry.routine as usize) {
            Some(routine) if routine.args == 0 => {}
            _ => fault(format!("entry {} is no routine without arguments", entry.name)),
        }
    }
    if !program.entries.is_sorted_by(|a, b| a.name <= b.name) {
        fault("entries are not sorted by name".to_owned());
    }
    if !program.screens.is_sorted_by(|a, b| a.routine < b.routine) {
        fault("screens are not sorted by routine".to_owned());
    }
    for screen in &program.screens {
        if screen.choice.is_some_and(|choice| choice as usize >= program.choices.len()) {
            fault(format!("the screen of routine {} names a choice that is not there", screen.routine));
        }
        if program.guards_of(screen).any(|guard| guard.atoms.is_empty()) {
            fault(format!("the screen of routine {} has an empty guard", screen.routine));
        }
    }
}
