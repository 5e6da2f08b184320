//! Parameters of one use of a policy: two sets, one text, different limits.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::Path;

use lictor::{Builder, Policy, PolicySet};

const TEXT: &str = r#"package lictor.library.life.days

default most := 90

most := data.lictor.parameters.life.days.most

words := object.get(data.lictor.parameters, ["life", "days"], {})

deny contains sprintf("more than %v days (%v)", [most, words.word]) if input.token.days > most
"#;

fn set(name: &str, parameters: &str) -> PolicySet {
    let text = format!(
        "name: {name}\nentity: token\npolicies:\n  - name: days\n    severity: error\n{parameters}    rego: |\n      {}\n",
        TEXT.replace('\n', "\n      ")
    );
    // One file, so that one text is one policy.
    PolicySet::parse(&text, Path::new("sets.yaml")).unwrap()
}

fn said(policy: &Policy, days: u32) -> Vec<String> {
    let event = format!(r#"{{"event": "create", "token": {{"id": "t", "days": {days}}}}}"#);
    let decision = policy.session().decide(event).unwrap();
    decision.findings.iter().map(|finding| format!("{}: {}", finding.set, finding.message)).collect()
}

#[test]
fn each_use_sees_its_own_parameters_and_the_others_those_of_the_data() {
    let sets = vec![set("data", ""), set("strict", "    parameters: {most: 30}\n"), set("data-too", "")];
    let data = r#"{"lictor": {"parameters": {"life": {"days": {"most": 60, "word": "w"}}}}}"#;
    let policy = Builder::new().sets(sets.clone()).data(data).build().unwrap();
    assert!(policy.describe().starts_with("3 policy sets, 2 policies"), "{}", policy.describe());
    assert_eq!(said(&policy, 40), ["strict: more than 30 days (w)"], "what is not given is that of the data");
    let all = ["data: more than 60 days (w)", "strict: more than 30 days (w)", "data-too: more than 60 days (w)"];
    assert_eq!(said(&policy, 70), all);
    let explainer = Builder::new().sets(sets).data(data).explainer().unwrap();
    let explanation = explainer.explain(r#"{"event": "create", "token": {"id": "t", "days": 40}}"#.as_bytes()).unwrap();
    let messages: Vec<_> = explanation.policies.iter().map(|policy| policy.messages.join("")).collect();
    assert_eq!(messages, ["", "more than 30 days (w)", ""]);
}

#[test]
fn parameters_are_part_of_the_revision_and_of_nothing_where_there_are_none() {
    let revision =
        |parameters: &str| Builder::new().sets(vec![set("s", parameters)]).build().unwrap().revision().to_owned();
    assert_eq!(revision(""), revision("    parameters: {}\n"));
    assert_ne!(revision(""), revision("    parameters: {most: 30}\n"));
    assert_ne!(revision("    parameters: {most: 31}\n"), revision("    parameters: {most: 30}\n"));
}

#[test]
fn a_parameter_that_the_policy_does_not_read_is_refused() {
    let text = "name: s\nentity: token\npolicies:\n  - {severity: error, rego: 'package a\n\n    deny if input.n > data.lictor.parameters.a.most', parameters: {mots: 3}}\n";
    let set = PolicySet::parse(text, Path::new("s.yaml")).unwrap();
    let error = Builder::new().sets(vec![set]).build().unwrap_err().to_string();
    assert_eq!(error, "s.yaml#s/1: policy `s/1` reads no parameter `mots`");
}

#[test]
fn any_name_and_any_value_may_be_a_parameter() {
    for (name, value) in [("max-days", "[1, {\"a\": \"q\\\"\\u0041\"}]"), ("deny", "true"), ("if", "null")] {
        let text = format!(
            "name: s\nentity: token\nenforced: true\npolicies:\n  - severity: error\n    parameters: {{'{name}': {value}}}\n    rego: |\n      package a.b\n      deny contains json.marshal(data.lictor.parameters.a.b[\"{name}\"])\n"
        );
        let set = PolicySet::parse(&text, Path::new("s.yaml")).unwrap();
        let policy = Builder::new().sets(vec![set]).build().unwrap();
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        assert_eq!(said(&policy, 1), [format!("s: {value}")], "{name}");
    }
}
