//! The cases of table tests: the call that tells which one begins, and what is known of them in the end.
//!
//! The call stands where the keys are first known, so that a case counts as begun even where what follows it fails:
//!
//! ```text
//! test_concat[tc.note] if {
//!     some tc in [{"note": "empty", "a": [], "b": []}]
//!     internal.test_case([tc.note])                       # put here
//!     array.concat(tc.a, tc.b) == []
//! }
//! ```

use std::collections::HashSet;

use lictor_syntax::ast::Call;
use lictor_syntax::{Literal, LiteralKind, Module, Name, Rule, Span, Term, TermKind};
use lictor_value::{Value, View, json};

use super::discover::Found;
use super::walk::Walk;
use super::{Case, Cases, Reason};

const FUNCTION: [&str; 2] = ["internal", "test_case"];

/// Puts the call into every table test that does not make it itself.
pub(super) fn note(modules: &mut [Module], found: &[Found]) {
    for test in found.iter().filter(|test| test.table && !test.todo) {
        let rule = &mut modules[test.module].rules[test.rule];
        if let Some((at, call)) = call(rule, test.named)
            && let Some(body) = &mut rule.body
        {
            body.insert(at, call);
        }
    }
}

/// The call and its position, which is behind the first mention of the last key to be known.
fn call(rule: &Rule, named: usize) -> Option<(usize, Literal)> {
    let body = rule.body.as_ref()?;
    let keys = rule.head.reference.get(named..)?;
    let mut calls_it = false;
    let mut names = HashSet::new();
    let mut in_keys = Look { names: &mut names, calls_it: &mut calls_it };
    keys.iter().for_each(|key| in_keys.term(key));
    let mut first: Vec<(Name, usize)> = vec![];
    for (at, literal) in body.iter().enumerate() {
        let mut here = HashSet::new();
        Look { names: &mut here, calls_it: &mut calls_it }.literal(literal);
        // `some x` only declares.
        if matches!(literal.kind, LiteralKind::Some(_)) {
            continue;
        }
        for name in here.into_iter().filter(|name| names.contains(name)) {
            if !first.iter().any(|(known, _)| *known == name) {
                first.push((name, at));
            }
        }
    }
    if calls_it {
        return None;
    }
    let at = first.iter().map(|(_, at)| at + 1).max().unwrap_or(0);
    let span = keys.iter().map(|key| key.span).reduce(Span::to).unwrap_or(rule.head.span);
    let term = |kind| Term { kind, span };
    let function = term(TermKind::Ref(
        Box::new(term(TermKind::Var(FUNCTION[0].into()))),
        vec![term(TermKind::String(FUNCTION[1].into()))],
    ));
    let args = vec![term(TermKind::Array(keys.to_vec()))];
    let kind = LiteralKind::Term(term(TermKind::Call(Box::new(Call { function, args, operator: false }))));
    Some((at, Literal { negated: false, kind, with: vec![], span }))
}

/// The names in a piece of syntax, and whether it calls the function.
struct Look<'l> {
    names: &'l mut HashSet<Name>,
    calls_it: &'l mut bool,
}

impl Walk for Look<'_> {
    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Var(name) => drop(self.names.insert(name.clone())),
            TermKind::Call(call) => {
                if let TermKind::Ref(base, keys) = &call.function.kind
                    && let (TermKind::Var(name), [Term { kind: TermKind::String(rest), .. }]) = (&base.kind, &keys[..])
                {
                    *self.calls_it |= [&**name, &**rest] == FUNCTION;
                }
            }
            _ => {}
        }
        self.in_term(term);
    }
}

/// The cases that a table test's value holds.
pub(super) fn of_value(value: Value<'_>) -> Cases {
    let pairs = value.as_object().into_iter().flat_map(|object| object.iter());
    pairs.map(|(key, value)| (key_text(key), of_case(value))).collect()
}

fn of_case(value: Value<'_>) -> Case {
    match value.as_object() {
        Some(_) => {
            let cases = of_value(value);
            Case { fail: any_failed(&cases), cases, reason: None }
        }
        // OPA takes `null` for passed.
        None => Case { fail: !matches!(value.view(), View::Null | View::Bool(true)), ..Case::default() },
    }
}

/// Adds a case that was begun: it failed, unless it is known to have a value. Whether it failed.
pub(super) fn begun(cases: &mut Cases, names: &[String]) -> bool {
    let Some((name, rest)) = names.split_first() else { return true };
    let case = cases.entry(name.clone()).or_insert_with(|| Case { fail: true, ..Case::default() });
    if rest.is_empty() {
        return case.fail;
    }
    let fail = begun(&mut case.cases, rest);
    case.fail |= fail;
    fail
}

/// Says why a case failed that has none below it.
pub(super) fn explain(cases: &mut Cases, names: &[String], reason: Reason) {
    let Some((name, rest)) = names.split_first() else { return };
    let Some(case) = cases.get_mut(name) else { return };
    if !rest.is_empty() {
        explain(&mut case.cases, rest, reason);
    } else if case.fail && case.cases.is_empty() {
        case.reason = Some(reason);
    }
}

/// Whether a case failed.
pub(super) fn any_failed(cases: &Cases) -> bool {
    cases.values().any(|case| case.fail)
}

/// A key as a name: a string as it is, anything else as JSON.
pub(super) fn key_text(key: Value<'_>) -> String {
    match key.as_bytes() {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => {
            let mut text = vec![];
            json::write_json(key, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}
