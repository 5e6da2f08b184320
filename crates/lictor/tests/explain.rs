//! Explanations agree with decisions: of every policy of the library, for the events that it is shown with.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use lictor::explain::{DefinitionOutcome, Explainer, Explanation, Outcome};
use lictor::library::Library;
use lictor::{Builder, PolicySet, Severity, Verdict};

/// The instant of the library's events.
const NOW_NS: i64 = 1_771_957_800_000_000_000;

fn explainer(rego: &str) -> Explainer {
    let rego: String = rego.lines().map(|row| format!("      {row}\n")).collect();
    let text = format!(
        "name: s\nentity: token\nenforced: true\npolicies:\n  - name: p\n    severity: error\n    rego: |\n      package \
         p\n\n{rego}"
    );
    Builder::new().sets(vec![PolicySet::parse(&text, "s.yaml".as_ref()).unwrap()]).explainer().unwrap()
}

fn explained(rego: &str, event: &str) -> Explanation {
    explainer(rego).explain(format!(r#"{{"metadata": {{"type": "token"}}, {event}}}"#)).unwrap()
}

#[test]
fn what_is_explained_is_what_is_decided() {
    let mut events = 0;
    for entry in &Library::embedded().unwrap().entries {
        let data = lictor::json_of_yaml(entry.data.unwrap_or("{}").as_bytes().to_vec()).unwrap();
        let builder = || Builder::new().sets(vec![entry.policy_set()]).data(data.clone()).now_ns(NOW_NS);
        let explainer = builder().explainer().unwrap();
        let mut session = builder().build().unwrap().session();
        for event in [entry.denied, entry.allowed] {
            let decision = session.decide(event).unwrap();
            let explanation = explainer.explain(event).unwrap();
            let policy = &explanation.policies[0];
            let id = &entry.id;
            assert_eq!(explanation.verdict, Some(decision.verdict), "{id}");
            let found = decision.findings.len();
            assert_eq!(policy.messages.len(), found, "{id}: {policy:#?}");
            assert_eq!(policy.outcome == Outcome::Denies, found > 0, "{id}");
            let held = policy.definitions.iter().filter(|definition| !definition.messages.is_empty());
            assert_eq!(held.count() > 0, found > 0, "{id}: {policy:#?}");
            for definition in &policy.definitions {
                let why = definition.failed.is_some();
                assert_eq!(why, definition.outcome == DefinitionOutcome::Failed, "{id}: {definition:#?}");
                assert!(definition.outcome != DefinitionOutcome::NoValue, "{id}: {definition:#?}");
            }
            events += 1;
        }
    }
    assert!(events >= 80, "{events}");
}

#[test]
fn each_way_in_which_a_definition_held_has_its_own_values() {
    let rego = r#"deny contains sprintf("no %s", [scope]) if {
	some scope in input.scopes
	scope != "read"
}"#;
    let explanation = explained(rego, r#""scopes": ["a", "read", "b", "read"]"#);
    let definition = &explanation.policies[0].definitions[0];
    assert_eq!(definition.messages, ["no a", "no b"]);
    let values: Vec<_> = definition.held.iter().map(|way| way[1].values[0].value.as_deref().unwrap()).collect();
    assert_eq!(values, ["\"a\"", "\"b\""]);
}

#[test]
fn what_a_negated_rule_lacked_is_told() {
    let rego = "deny contains \"not owned\" if not owned\n\nowned if input.owner == \"ann\"";
    let explanation = explained(rego, r#""owner": "bob""#);
    let literal = &explanation.policies[0].definitions[0].held[0][0];
    assert_eq!((&*literal.text, &*literal.because[0].text), ("not owned", "input.owner == \"ann\""));
    assert_eq!(literal.because[0].values[0].value.as_deref(), Some("\"bob\""));
}

#[test]
fn a_policy_that_fails_says_so_and_nothing_is_decided() {
    let explanation = explained("deny := input.a[_]", r#""a": [1, 2]"#);
    assert_eq!((explanation.verdict, explanation.policies[0].outcome), (None, Outcome::Fails));
    assert!(explanation.policies[0].error.as_ref().unwrap().contains("conflict"), "{explanation:#?}");
    assert!(explanation.error.is_some());
}

#[test]
fn a_set_that_everybody_has_to_obey_is_shown_as_such() {
    let set =
        "name: s\nentity: token\npolicies:\n  - {name: p, severity: error, rego: \"package p\\n\\ndeny contains 1\"}";
    let set = PolicySet::parse(set, "s.yaml".as_ref()).unwrap();
    let event = r#"{"metadata": {"type": "token"}}"#;
    for (all, verdict) in [(false, Verdict::Warn), (true, Verdict::Deny)] {
        let explainer = Builder::new().sets(vec![set.clone()]).enforce_all(all).explainer().unwrap();
        let explanation = explainer.explain(event).unwrap();
        assert_eq!((explanation.verdict, explanation.policies[0].enforced), (Some(verdict), all));
        assert_eq!(explanation.policies[0].severity, Severity::Error);
    }
}

#[test]
fn without_a_set_there_is_nothing_to_explain() {
    assert!(Builder::new().module("a.rego", "package a\n\ndeny if true").explainer().is_err());
}

#[test]
fn an_error_that_is_only_met_in_looking_for_reasons_changes_no_outcome() {
    // `both` has two values, but a definition that reads what is missing is not evaluated that far.
    let rego = "both := input.a[_]\n\ndeny contains \"x\" if {\n\tboth > 0\n\tinput.missing\n}";
    let explanation = explained(rego, r#""a": [1, 2]"#);
    let policy = &explanation.policies[0];
    assert_eq!((explanation.verdict, policy.outcome), (Some(Verdict::Allow), Outcome::Passes), "{explanation:#?}");
    assert!(policy.error.as_ref().unwrap().contains("conflict"), "{policy:#?}");
}
