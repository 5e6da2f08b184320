//! Types: what can never hold is an error. `1 == "a"`, `count(7)`, `p.b` where the rule `p` is `{"a": 1}`.
//!
//! Definitions are taken callee first; each gives its rule a type, which those that ask for it build on. Input and base
//! data may be anything. What is found are OPA's errors, in its words.

mod check;
pub(crate) mod details;
mod kind;
mod refs;
mod schemas;
mod tree;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use lictor_syntax::Code;
use lictor_value::Builtin;

use self::check::{Check, Problem};
use self::kind::{Kind, Maybe};
use self::refs::root_key;
use self::schemas::Annotated;
use self::tree::Tree;
use crate::front::analysis::Stage;
use crate::front::draft::{Body, Branch, DATA, Rule, Term, TermKind, Vars, With};
use crate::front::recursion::{self, Graph};
use crate::front::report::Report;
use crate::front::text;
use crate::front::tree as rule_tree;
use crate::front::vars::{ALL, VarSet};
use crate::hash::Map;
use crate::hir::Constant;

/// What the whole check may cost, in nodes of trees and literals looked at. Past it nothing more is found.
const MOST: u64 = 20_000_000;

/// The types of all rules, and what else the check needs to know of them.
pub(crate) struct Types<'a> {
    rules: &'a [Rule],
    graph: &'a Graph,
    nodes: &'a rule_tree::Tree,
    documents: Rc<Tree>,
    /// For each definition, the schemas of its annotations.
    annotated: Vec<Annotated>,
    left: Cell<u64>,
    /// For each definition, those that ask for it.
    callers: OnceCell<Vec<Vec<usize>>>,
    /// Of each builtin that was met.
    builtins: RefCell<Map<&'static str, Kind>>,
    /// For each replaced document, the rules that may change with it, all of any type.
    dependents: RefCell<Map<String, Option<Rc<Tree>>>>,
}

impl<'a> Types<'a> {
    /// Nothing known yet.
    pub(crate) fn new(rules: &'a [Rule], graph: &'a Graph, nodes: &'a rule_tree::Tree) -> Self {
        Types {
            rules,
            graph,
            nodes,
            documents: Rc::default(),
            annotated: vec![],
            left: Cell::new(MOST),
            callers: OnceCell::new(),
            builtins: RefCell::default(),
            dependents: RefCell::default(),
        }
    }

    /// The type of a builtin.
    fn declared(&self, builtin: &'static Builtin) -> Kind {
        let declare = || {
            let args = builtin.args.iter().map(|arg| Some(Kind::declared(&arg.ty))).collect();
            Kind::function(args, Some(Kind::declared(&builtin.result.ty)))
        };
        self.builtins.borrow_mut().entry(builtin.name).or_insert_with(declare).clone()
    }

    /// Checks all definitions.
    pub(crate) fn rules(&mut self, report: &mut Report) {
        let graph = self.graph;
        let uses = |rule: usize| graph.uses(rule).collect::<Vec<_>>();
        for number in recursion::components(self.rules.len(), &uses).into_iter().flatten() {
            let Some(rule) = self.rules.get(number) else { continue };
            for (at, branch) in rule.branches.iter().enumerate() {
                let overlay = self.overlay(number, at > 0, rule, report);
                self.branch(rule, at, branch, overlay.as_ref(), report);
            }
        }
    }

    /// Checks a query.
    pub(crate) fn query(&self, body: &Body, vars: &Vars, file: u32, report: &mut Report) {
        let problems = Check::new(vars, self, true).body(body);
        add(problems, file, report);
    }

    /// Checks a branch and adds its type to its rule's.
    fn branch(&mut self, rule: &Rule, number: usize, branch: &Branch, overlay: Option<&Rc<Tree>>, report: &mut Report) {
        let mut check = Check::new(&rule.vars, self, false);
        check.overlays.extend(overlay.cloned());
        let problems = check.body(&branch.body);
        let prefix: Vec<Constant> =
            std::iter::once(root_key(DATA)).chain(rule.path.iter().map_while(Term::as_constant)).collect();
        let failed = !problems.is_empty();
        let kind = if failed { Some(Kind::any()) } else { defined(rule, number, branch, &prefix, &mut check) };
        drop(check);
        add(problems, rule.file, report);
        let Some(documents) = Rc::get_mut(&mut self.documents) else { return };
        match kind {
            Some(kind) if failed => documents.put(&prefix, kind),
            Some(kind) => documents.insert(&prefix, kind),
            None => {}
        }
    }

    /// Takes from what the check may cost; `None` when nothing is left.
    fn spend(&self, cost: u64) -> Option<()> {
        let left = self.left.get().checked_sub(cost);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    /// The rules that depend on what a `with` replaces.
    fn dependents(&self, with: &With, vars: &Vars) -> Option<Rc<Tree>> {
        let TermKind::Ref(target) = &with.target.kind else { return None };
        let keys = target.get(1..).filter(|_| target.first().and_then(Term::as_var) == Some(DATA))?;
        let function = with.target_function.is_some();
        let name = format!("{function} {}", text::reference(target, vars));
        if let Some(known) = self.dependents.borrow().get(&name) {
            return known.clone();
        }
        let callers = self.callers.get_or_init(|| {
            let mut callers = vec![vec![]; self.rules.len()];
            for caller in 0..self.rules.len() {
                for callee in self.graph.uses(caller) {
                    if let Some(callers) = callers.get_mut(callee) {
                        callers.push(caller);
                    }
                }
            }
            callers
        });
        let mut open: Vec<usize> = recursion::selected(keys, self.rules, self.nodes).into_iter().collect();
        let targets = open.clone();
        let mut met = vec![false; self.rules.len()];
        let mut tree = Tree::default();
        let mut any = false;
        while let Some(next) = open.pop() {
            match met.get_mut(next) {
                Some(met) if !*met => *met = true,
                _ => continue,
            }
            open.extend(callers.get(next).into_iter().flatten());
            if let Some(rule) = self.rules.get(next)
                && !(function && targets.contains(&next))
            {
                let path: Vec<Constant> =
                    std::iter::once(root_key(DATA)).chain(rule.path.iter().map_while(Term::as_constant)).collect();
                tree.put(&path, Kind::any());
                any = true;
            }
        }
        let found = any.then(|| Rc::new(tree));
        self.dependents.borrow_mut().insert(name, found.clone());
        found
    }
}

fn add(problems: Vec<Problem>, file: u32, report: &mut Report) {
    for problem in problems {
        let Problem { at, message, hint, details, .. } = problem;
        report.detailed(Stage::Types, Code::Type, file, at, message, hint, details);
    }
}

/// The type that a branch without mistakes gives its rule.
fn defined(rule: &Rule, number: usize, branch: &Branch, prefix: &[Constant], check: &mut Check<'_>) -> Maybe {
    let value = match &branch.value {
        Some(value) => check.term(value),
        None => Some(Kind::Boolean),
    };
    if let Some(args) = &rule.args {
        let mut vars = VarSet::new();
        args.iter().for_each(|arg| vars.add(&ALL.term(arg)));
        for var in vars.iter() {
            // What the body does not mention may be anything.
            if check.var(var).is_none() {
                check.set_var(var, Kind::any());
            }
        }
        let kinds = args.iter().map(|arg| check.term(arg)).collect();
        let value = branch.value.as_ref().map_or(value, |value| check.term(value));
        return Some(Kind::function(kinds, value));
    }
    let kind = match &rule.key {
        Some(key) if number == 0 => Kind::set(Some(check.term(key)?)),
        _ => value?,
    };
    // What stands below variables in the path is an object of objects.
    let below = rule.path.get(prefix.len() - 1..).unwrap_or_default();
    below
        .iter()
        .rev()
        .try_fold(kind, |kind, key| Some(Kind::object(vec![], Some((Some(check.term(key)?), Some(kind))))))
}
