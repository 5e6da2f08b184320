//! Conflicts: all definitions of one path are of one kind and arity, a rule that is one value has no rules below it, at
//! most one default, and no package has a rule's path.

use std::collections::BTreeSet;

use lictor_syntax::{Code, Module};

use crate::front::analysis::Stage;
use crate::front::draft::{Rule, Term};
use crate::front::report::Report;
use crate::front::text;
use crate::front::tree::{NodeId, Tree};
use crate::hir::Constant;

/// Checks the whole tree.
pub(crate) fn check(modules: &[&Module], rules: &[Rule], tree: &Tree, report: &mut Report) {
    for at in tree.below(0) {
        node(at, modules, rules, tree, report);
    }
    packages(modules, rules, tree, report);
}

/// Whether the path of a definition has no variables.
pub(crate) fn is_ground(rule: &Rule) -> bool {
    rule.path.iter().all(Term::is_constant)
}

/// A definition's path as messages write it.
pub(crate) fn path_text(rule: &Rule) -> String {
    let mut terms = vec![Term::var(crate::front::draft::DATA, rule.head_at)];
    terms.extend(rule.path.iter().cloned());
    text::reference(&terms, &rule.vars)
}

fn node(at: NodeId, modules: &[&Module], all: &[Rule], tree: &Tree, report: &mut Report) {
    let node = tree.node(at);
    let rules: Vec<&Rule> = node.rules.iter().filter_map(|number| all.get(*number)).collect();
    let (Some(first), Some(last)) = (rules.first(), rules.last()) else { return };
    let is_set = |rule: &Rule| rule.key.is_some() && rule.branches.first().is_some_and(|b| b.value.is_none());
    let name = || path_text(last);
    let kinds: BTreeSet<bool> = rules.iter().map(|rule| is_set(rule)).collect();
    let arities: BTreeSet<usize> = rules.iter().map(|rule| rule.args.as_ref().map_or(0, Vec::len)).collect();
    let complete = rules.iter().any(|rule| !is_set(rule) && is_ground(rule));
    let partial = rules.iter().any(|rule| is_set(rule) || !is_ground(rule));
    let sets = rules.iter().any(|rule| is_set(rule) && is_ground(rule));
    let objects_of_sets = rules.iter().any(|rule| is_set(rule) && !is_ground(rule));
    let defaults: Vec<&&Rule> = rules.iter().filter(|rule| rule.default).collect();
    let mut below = vec![];
    if !node.children.is_empty() {
        if rules.iter().any(|rule| is_ground(rule)) {
            below = conflicts_below(at, all, tree, &|_| true);
        } else {
            below = conflicts_below(at, all, tree, &|rule| rule.args.is_some());
        }
    }
    if !below.is_empty() {
        let lines: Vec<String> = below
            .iter()
            .map(|rule| format!("\n  rule {} at {}", path_text(rule), report.place(rule.file, rule.at)))
            .collect();
        let message = format!("rule {} conflicts with:{}", name(), lines.concat());
        report.add(Stage::Conflicts, Code::Type, first.file, first.at, message);
    } else if kinds.len() > 1 || arities.len() > 1 || (complete && partial) || (sets && objects_of_sets) {
        let message = format!("conflicting rules {} found", name());
        report.add(Stage::Conflicts, Code::Type, first.file, first.at, message);
    } else if defaults.len() > 1 {
        let places: Vec<String> = defaults.iter().map(|rule| report.place(rule.file, rule.at)).collect();
        let message = format!("multiple default rules {} found at {}", name(), places.join(", "));
        if let (Some(rule), Some(module)) =
            (defaults.first(), defaults.first().and_then(|rule| modules.get(rule.file as usize)))
        {
            report.add(Stage::Conflicts, Code::Type, rule.file, module.package.span, message);
        }
    }
}

/// The definitions below a node, those left out that lie below another of them; by path.
fn conflicts_below<'a>(at: NodeId, all: &'a [Rule], tree: &Tree, wanted: &dyn Fn(&Rule) -> bool) -> Vec<&'a Rule> {
    let mut found: Vec<(&[Constant], &Rule)> = vec![];
    for child in tree.node(at).children.values() {
        for below in tree.below(*child) {
            let node = tree.node(below);
            for rule in node.rules.iter().filter_map(|number| all.get(*number)).filter(|rule| wanted(rule)) {
                if !found.iter().any(|(path, _)| node.path.starts_with(path)) {
                    found.push((&node.path, rule));
                }
            }
        }
    }
    found.sort_by_key(|(path, _)| path.to_vec());
    found.into_iter().map(|(_, rule)| rule).collect()
}

fn packages(modules: &[&Module], rules: &[Rule], tree: &Tree, report: &mut Report) {
    for (_, rule) in rules.iter().enumerate().filter(|(number, _)| tree.node(tree.of_rule(*number)).package) {
        // Where the path goes on with variables, the node is not the whole of it.
        let Some(path) = rule.path.iter().map(|term| term.as_string().cloned()).collect::<Option<Vec<_>>>() else {
            continue;
        };
        for other in modules.iter().filter(|module| module.package.path == path) {
            let head = text::path(path.get(rule.package..).unwrap_or_default());
            let package = text::path(&other.package.path);
            let place = report.place(rule.file, rule.at);
            let message = format!("package {package} conflicts with rule {head} defined at {place}");
            if let Some(module) = modules.get(rule.file as usize) {
                report.add(Stage::Conflicts, Code::Type, rule.file, module.package.span, message);
            }
        }
    }
}
