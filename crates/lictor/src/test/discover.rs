//! Discovery: which rules are tests, and what they are called.
//!
//! A rule is a test where the constant part of its reference has a name with the prefix, at any depth. Two rules of one
//! name are two tests: the second one's rule is renamed `test_x#01`, which nothing else can mean.

use std::collections::HashMap;

use lictor_compiler::hir::Document;
use lictor_compiler::{Options, analyse};
use lictor_syntax::{Diagnostic, Dialect, Module, Name, Rule, Term, TermKind, Version};

use super::Outcome;
use crate::builder::QueryText;

const TEST: &str = "test_";
const TODO: &str = "todo_test_";

/// A rule that is a test.
pub(super) struct Found {
    /// Its module and its place there.
    pub(super) module: usize,
    pub(super) rule: usize,
    /// How many terms of its reference are its name; what follows names the cases.
    pub(super) named: usize,
    /// Its file and place.
    pub(super) file: Name,
    pub(super) row: u32,
    pub(super) col: u32,
    /// Its package: `data.authz_test`.
    pub(super) package: String,
    /// Its name there, and with the package as a reference: the entry's name.
    pub(super) name: String,
    pub(super) full: String,
    /// The path from `data`.
    path: Vec<Name>,
    /// Whether it is not to be run.
    pub(super) todo: bool,
    /// Whether its value is an object of cases.
    pub(super) table: bool,
    /// Whether it takes arguments, so that nobody can ask for it.
    function: bool,
    /// Why it cannot be run.
    pub(super) rejected: Vec<Diagnostic>,
}

impl Found {
    /// What the program is to answer.
    pub(super) fn document(&self) -> Option<Document> {
        let asked = !self.todo && !self.function;
        asked.then(|| Document { name: self.full.as_str().into(), root: 0, path: self.path.clone() })
    }

    /// How it ends without being run.
    pub(super) fn settled(&self) -> Option<Outcome> {
        match self {
            Found { todo: true, .. } => Some(Outcome::Skip),
            Found { function: true, rejected, .. } => Some(Outcome::Rejected(rejected.clone())),
            _ => None,
        }
    }
}

/// Finds the tests of all modules, in order, and gives each rule a name of its own.
pub(super) fn tests(modules: &mut [Module]) -> Vec<Found> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut found = vec![];
    for (number, module) in modules.iter_mut().enumerate() {
        for place in 0..module.rules.len() {
            let rule = &mut module.rules[place];
            let Some((at, name)) = test_name(rule) else { continue };
            let todo = name.starts_with(TODO);
            if !todo {
                let key = data_path(module.package.path.iter().chain(&names(&rule.head.reference[..=at])));
                let count = seen.entry(key).or_default();
                if *count > 0 {
                    rename(&mut rule.head.reference[at], &format!("{name}#{count:02}"));
                }
                *count += 1;
            }
            found.push(of(number, module, place, at, todo));
        }
    }
    found
}

fn of(number: usize, module: &Module, place: usize, at: usize, todo: bool) -> Found {
    let rule = &module.rules[place];
    let own = names(&rule.head.reference[..=at]);
    let path: Vec<Name> = module.package.path.iter().chain(&own).cloned().collect();
    let (row, col) = module.source.position(rule.span.start);
    Found {
        module: number,
        rule: place,
        named: at + 1,
        file: module.source.name().clone(),
        row,
        col,
        package: data_path(&module.package.path),
        name: text(own.first().cloned().unwrap_or_default().to_string(), own.iter().skip(1)),
        full: data_path(&path),
        path,
        todo,
        table: rule.head.key.is_none() && rule.head.reference.iter().skip(1).any(|term| !is_scalar(term)),
        function: rule.head.args.is_some(),
        rejected: vec![],
    }
}

/// The first segment of a rule's constant reference that has the prefix, and its position.
fn test_name(rule: &Rule) -> Option<(usize, Name)> {
    let constant = rule.head.reference.iter().enumerate().take_while(|(at, term)| *at == 0 || is_scalar(term));
    constant
        .filter_map(|(at, term)| match &term.kind {
            TermKind::Var(name) | TermKind::String(name) => Some((at, name.clone())),
            _ => None,
        })
        .find(|(_, name)| name.starts_with(TEST) || name.starts_with(TODO))
}

fn is_scalar(term: &Term) -> bool {
    matches!(term.kind, TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_))
}

fn rename(term: &mut Term, to: &str) {
    term.kind = match term.kind {
        TermKind::Var(_) => TermKind::Var(to.into()),
        _ => TermKind::String(to.into()),
    };
}

/// The terms of a constant reference as names.
fn names(reference: &[Term]) -> Vec<Name> {
    let name = |term: &Term| match &term.kind {
        TermKind::Var(name) | TermKind::String(name) | TermKind::Number(name) => name.clone(),
        TermKind::Bool(it) => if *it { "true" } else { "false" }.into(),
        _ => "null".into(),
    };
    reference.iter().map(name).collect()
}

fn data_path<'n>(path: impl IntoIterator<Item = &'n Name>) -> String {
    text("data".to_owned(), path)
}

/// A reference as OPA writes it: `data.authz["x-y"]`.
fn text<'n>(head: String, path: impl IntoIterator<Item = &'n Name>) -> String {
    path.into_iter().fold(head, |mut text, name| {
        let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if word && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            text.push('.');
            text.push_str(name);
        } else {
            let mut quoted = vec![];
            lictor_value::text::write_quoted(name.as_bytes(), &mut quoted);
            text.push('[');
            text.push_str(&String::from_utf8_lossy(&quoted));
            text.push(']');
        }
        text
    })
}

/// Says of functions that are called as tests are why nobody can ask for them.
pub(super) fn reject(found: &mut [Found], modules: &[Module]) {
    for test in found.iter_mut().filter(|test| test.function && !test.todo) {
        let query = QueryText { name: "test".into(), text: test.full.clone(), package: None, imports: vec![] };
        let said = query.parse(Dialect::new(Version::V1)).map(|parsed| {
            let registry = lictor_builtins::registry();
            analyse(modules, &[parsed.source()], &registry, &Options { print: true, ..Options::default() }).as_opa()
        });
        test.rejected = said.unwrap_or_else(|diagnostics| diagnostics);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Found> {
        let parsed = lictor_syntax::parse_module("t.rego", text, lictor_syntax::Version::V1);
        assert!(parsed.diagnostics.is_empty());
        super::tests(&mut [parsed.tree.unwrap()])
    }

    #[test]
    fn tests_are_rules_with_the_prefix_anywhere_in_their_constant_reference() {
        let text = "package a.b\n\ntest_x if true\nfoo.test_y if true\ntodo_test_z if true\ntested if true\nfoo[test_no] if { test_no := 1 }";
        let names: Vec<_> = found(text).iter().map(|test| (test.full.clone(), test.row, test.todo)).collect();
        let expected =
            [("data.a.b.test_x", 3, false), ("data.a.b.foo.test_y", 4, false), ("data.a.b.todo_test_z", 5, true)];
        assert_eq!(names, expected.map(|(name, row, todo)| (name.to_owned(), row, todo)));
    }

    #[test]
    fn the_second_test_of_a_name_gets_a_number() {
        let found = found("package a\n\ntest_x if true\ntest_x if false\ntest_x := true");
        let names: Vec<_> = found.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names, ["test_x", "test_x#01", "test_x#02"]);
        assert_eq!(found[1].full, r#"data.a["test_x#01"]"#);
    }

    #[test]
    fn a_rule_with_keys_is_a_table() {
        let found = found("package a\n\ntest_x[note] if some note in [\"p\"]\ntest_y.z if true\ntest_s contains 1");
        assert_eq!(found.iter().map(|test| test.table).collect::<Vec<_>>(), [true, false, false]);
    }
}
