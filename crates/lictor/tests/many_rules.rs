//! Many rules decide the same with index and gate as without them, in one policy and in many policies of many sets.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use lictor::policy_set::PolicySet;
use lictor::{Builder, Host, Session};
use proptest::prelude::*;

/// Constants that rules compare with and events hold: of all types, and equal in several spellings.
const VALUES: [&str; 16] = [
    "1",
    "1.0",
    "1e0",
    "5",
    "12345678901234567890",
    "12345678901234567891",
    "-0.5",
    "true",
    "false",
    "null",
    "\"\"",
    "\"ab\"",
    "\"abc\"",
    "\"b\"",
    "[\"ab\", 1]",
    "{\"k\": 5}",
];
/// The strings among them.
const TEXTS: std::ops::Range<usize> = 10..14;
const FIELDS: [&str; 4] = ["a", "b", "c.d", "c.e"];

/// A condition of a rule's body.
fn condition() -> impl Strategy<Value = String> {
    let field = || prop::sample::select(&FIELDS[..]);
    let value = || prop::sample::select(&VALUES[..]);
    let text = || prop::sample::select(&VALUES[TEXTS]);
    prop_oneof![
        4 => (field(), prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]), value())
            .prop_map(|(field, sign, value)| format!("input.{field} {sign} {value}")),
        2 => (field(), value(), value())
            .prop_map(|(field, lower, upper)| format!("input.{field} >= {lower}; {upper} > input.{field}")),
        3 => (prop::sample::select(vec!["startswith", "endswith", "contains"]), field(), text())
            .prop_map(|(test, field, text)| format!("{test}(input.{field}, {text})")),
        2 => (field(), prop::collection::vec(value(), 1..4))
            .prop_map(|(field, values)| format!("input.{field} in {{{}}}", values.join(", "))),
        1 => (field(), value()).prop_map(|(field, value)| format!("{value} in input.{field}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("input.{field}[_] == {value}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("not input.{field} == {value}")),
        1 => field().prop_map(|field| format!("not input.{field}")),
        1 => field().prop_map(|field| format!("input.{field}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("x := input.{field}; x == {value}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("x := {value}; input.{field} >= x")),
        1 => (field(), value()).prop_map(|(field, value)| format!("x := input.{field}[_]; x == {value}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("x := input.{field}[_]; not x == {value}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("every x in input.{field} {{ x == {value} }}")),
        1 => field().prop_map(|field| format!("input.{field} in some_values")),
        1 => field().prop_map(|field| format!("not input.{field} in some_values")),
        1 => field().prop_map(|field| format!("startswith(input.{field}, data.many.some_text)")),
        1 => (field(), value()).prop_map(|(field, value)| format!("count(input.{field}) > 1; input.a != {value}")),
        1 => (field(), value()).prop_map(|(field, value)| format!("chosen(input.{field}, {value})")),
        1 => (field(), prop::sample::select(vec!["string", "number", "object", "null"]), prop::sample::select(vec!["", "not "]))
            .prop_map(|(field, name, not)| format!("{not}is_{name}(input.{field})")),
        2 => (prop::sample::select(vec!["", "not "]), prop::sample::select(vec!["is_one", "has_b", "is_long", "is_odd"]))
            .prop_map(|(not, name)| format!("{not}{name}")),
        1 => value().prop_map(|value| format!("inner.d == {value}")),
        1 => value().prop_map(|value| format!("object.get(input, \"a\", 5) == {value}")),
        1 => value().prop_map(|value| format!("object.get(input.c, \"d\", inner) != {value}")),
        1 => value().prop_map(|value| format!("object.get(inner, [\"d\", \"k\"], {value}) == 5")),
        1 => value().prop_map(|value| format!("y := input.c; y.e == {value}")),
        1 => value().prop_map(|value| format!("at(input, \"b\") == {value}")),
        1 => value().prop_map(|value| format!("some k in [\"a\", \"b\"]; input[k] == {value}")),
    ]
}

fn module(rules: &[Vec<String>]) -> String {
    let mut text = String::from("package many\n\nsome_values := {1.0, \"ab\", null}\n\nsome_text := \"ab\"\n\n");
    text.push_str(
        "is_one if input.a == 1\n\nhas_b if input.b\n\ndefault is_long := false\n\nis_long if { startswith(input.a, \"ab\"); has_b }\n\n\
         is_odd if input.c.d in [1, 5]\n\nis_odd if input.c.e == null\n\ninner := input.c\n\nat(x, k) := x[k]\n\n",
    );
    // Whole events are read where one is named: half of all modules name none.
    let shown = if rules.len().is_multiple_of(2) { "input" } else { "1" };
    for (number, body) in rules.iter().enumerate() {
        let body = if body.is_empty() { "true".to_owned() } else { body.join("; ") };
        let _ = writeln!(text, "deny contains sprintf(\"rule {number}: %v\", [{shown}]) if {{ {body} }}");
    }
    // A function of many definitions is a choice too.
    for value in VALUES {
        let _ = writeln!(text, "chosen({value}, y) if y != {value}");
    }
    text
}

fn event() -> impl Strategy<Value = String> {
    let value = || prop::option::weighted(0.8, prop::sample::select(&VALUES[..]));
    (value(), value(), value(), value()).prop_map(|(a, b, d, e)| {
        let object = |fields: &[(&str, Option<&str>)]| {
            let fields: Vec<String> =
                fields.iter().filter_map(|(name, value)| Some(format!("\"{name}\": {}", (*value)?))).collect();
            format!("{{{}}}", fields.join(", "))
        };
        let c = object(&[("d", d), ("e", e)]);
        object(&[("a", a), ("b", b), ("c", Some(&c))])
    })
}

fn sessions(text: &str) -> (Session, Session) {
    let builder = || Builder::new().module("many.rego", text);
    (builder().build().unwrap().session(), builder().without_fast_rooms().build().unwrap().session())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_index_changes_no_decision(
        rules in prop::collection::vec(prop::collection::vec(condition(), 1..4), 1..160),
        events in prop::collection::vec(event(), 8),
    ) {
        // What names the same thing twice in one body is no policy.
        let text = module(&rules.into_iter().map(once).collect::<Vec<_>>());
        let (mut fast, mut slow) = sessions(&text);
        for event in events {
            prop_assert_eq!(fast.decide(&event).unwrap(), slow.decide(&event).unwrap(), "{} {}", event, text);
        }
    }
}

const ACCOUNTS: [&str; 3] = ["one", "two", "three"];

/// A policy set: its entity, events and scope, and its policies by number.
type Set = (&'static str, &'static str, Option<usize>, Vec<usize>);

fn set(policies: usize) -> impl Strategy<Value = Set> {
    let entity = prop::sample::select(vec!["token", "token", "api_key"]);
    let events = prop::sample::select(vec!["on_save", "on_use", "create", "revoke"]);
    let scope = prop::option::of(0..ACCOUNTS.len());
    (entity, events, scope, prop::collection::vec(0..policies, 1..6))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_gate_changes_no_decision(
        // Policies of few rules and of many, with and without guards.
        policies in prop::collection::vec(prop::collection::vec(prop::collection::vec(condition(), 0..3), 1..12), 10),
        sets in prop::collection::vec(set(10), 1..12),
        events in prop::collection::vec((event(), 0..4usize, 0..5usize), 8),
    ) {
        let policies: Vec<String> =
            policies.into_iter().map(|rules| module(&rules.into_iter().map(once).collect::<Vec<_>>())).collect();
        let sets: Vec<PolicySet> = sets.iter().enumerate().map(|(number, set)| written(number, set, &policies)).collect();
        let builder = || Builder::new().sets(sets.clone());
        let mut fast = builder().build().unwrap().session();
        let mut slow = builder().without_fast_rooms().build().unwrap().session();
        for (event, account, kind) in events {
            let kind = ["\"token\": {", "\"event\": \"use\", \"token\": {", "\"event\": \"create\", \"token\": {",
                "\"event\": \"revoke\", \"token\": {", "\"apiKey\": {\"name\": 1, "][kind];
            let account = ACCOUNTS.get(account).map(|name| format!("\"accountIdentifier\": \"{name}\", "));
            let event = format!("{{{kind}{}\"id\": 1}}, {}", account.unwrap_or_default(), &event[1..]);
            prop_assert_eq!(fast.decide(&event).unwrap(), slow.decide(&event).unwrap(), "{}", event);
            prop_assert_eq!(fast.evaluate(&event).sets.len(), slow.evaluate(&event).sets.len(), "{}", event);
        }
    }
}

fn written(number: usize, (entity, events, scope, chosen): &Set, policies: &[String]) -> PolicySet {
    let scope = scope.map_or("account".to_owned(), |account| format!("{{account: {}}}", ACCOUNTS[account]));
    let mut chosen = chosen.clone();
    chosen.sort_unstable();
    chosen.dedup();
    let policies: Vec<String> = (chosen.iter())
        .map(|policy| {
            let text: String = policies[*policy].lines().map(|line| format!("    {line}\n")).collect();
            format!("- name: p{policy}\n  severity: error\n  rego: |\n{text}")
        })
        .collect();
    let head = format!("name: s{number}\nentity: {entity}\nevents: {events}\nscope: {scope}\nenforced: true");
    let text = format!("{head}\npolicies:\n{}", policies.concat());
    PolicySet::parse(&text, Path::new("sets.yaml")).unwrap()
}

/// A body that gives at most one field a name.
fn once(body: Vec<String>) -> Vec<String> {
    let mut named = false;
    body.into_iter()
        .filter(|condition| {
            !condition.contains(":=") && !condition.starts_with("some") || !std::mem::replace(&mut named, true)
        })
        .collect()
}

#[test]
fn of_many_rules_with_messages_those_that_hold_are_found() {
    let rules = (0..600).map(|n| {
        let body = format!("some k, v in input.tags; v == \"t{n}\"; message := sprintf(\"%v is %v\", [k, [v, {n}]])");
        format!("deny contains message if {{ {body} }}\n")
    });
    let (mut fast, mut slow) = sessions(&format!("package many\n{}", rules.collect::<String>()));
    let event = r#"{"tags": {"a": "t599", "b": "other", "c": "t7"}}"#;
    let decision = fast.decide(event).unwrap();
    let messages: Vec<&str> = decision.findings.iter().map(|finding| &*finding.message).collect();
    assert_eq!(messages, [r#"a is ["t599", 599]"#, r#"c is ["t7", 7]"#]);
    assert_eq!(slow.decide(event).unwrap(), decision);
}

/// Notes what policies print.
#[derive(Default)]
struct Printed(Mutex<Vec<String>>);

impl Host for Printed {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn print(&self, _at: &str, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

#[test]
fn rules_are_evaluated_once_whether_the_event_passes_or_not() {
    let rule = |name: &str| format!("deny contains \"{name}\" if {{ print(\"{name}\"); input.{name} > 1 }}\n\n");
    let text = format!("package p\n\n{}{}", rule("a"), rule("b"));
    for slow in [false, true] {
        let printed = Arc::new(Printed::default());
        let builder = Builder::new().module("p.rego", text.as_str()).print(true).host(printed.clone());
        let builder = if slow { builder.without_fast_rooms() } else { builder };
        let mut session = builder.build().unwrap().session();
        for (event, denied) in [(r#"{"a": 1, "b": 1}"#, 0), (r#"{"a": 2, "b": 2}"#, 2)] {
            assert_eq!(session.decide(event).unwrap().findings.len(), denied);
            assert_eq!(std::mem::take(&mut *printed.0.lock().unwrap()), ["a", "b"], "{event}");
        }
    }
}
