//! Policies that are written once and used by sets of several scopes.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fs;

use lictor::{Policy, PolicySet, Watch};
use tempfile::TempDir;

/// An account's policy, used by a set of the account and by one of a project in it.
fn governance() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    write("no-users.rego", "package no_users\n\ndeny contains \"no users\" if input.token.apiKeyType == \"USER\"\n");
    write("shared.yaml", "kind: policies\nscope: {account: a}\npolicies:\n  - path: no-users.rego\n");
    let set = |name: &str, scope: &str, policy: &str, severity: &str| {
        format!(
            "name: {name}\nentity: token\nscope: {scope}\nenforced: true\npolicies:\n  - policy: {policy}\n    severity: {severity}\n"
        )
    };
    write("1.yaml", &set("whole-account", "{account: a}", "no-users", "warning"));
    write("2.yaml", &set("one-project", "{account: a, org: o, project: p}", "account.no-users", "error"));
    folder
}

fn event(project: &str) -> String {
    format!(
        r#"{{"event": "create", "token": {{"id": "t", "apiKeyType": "USER", "accountIdentifier": "a", "orgIdentifier": "o", "projectIdentifier": "{project}"}}}}"#
    )
}

#[test]
fn one_policy_judges_for_many_sets_as_severely_as_each_says() {
    let folder = governance();
    let policy = Policy::load_sets(folder.path()).unwrap();
    assert!(policy.describe().starts_with("2 policy sets, 1 polic"), "compiled once: {}", policy.describe());
    assert_eq!(policy.policy_hash("whole-account", "no-users"), policy.policy_hash("one-project", "no-users"));
    let mut session = policy.session();
    let decision = session.decide(event("q")).unwrap();
    assert!(decision.is_allowed() && decision.findings.len() == 1, "elsewhere it only warns");
    let decision = session.decide(event("p")).unwrap();
    assert!(!decision.is_allowed());
    let sets: Vec<_> = decision.findings.iter().map(|finding| (&*finding.set, &*finding.policy)).collect();
    assert_eq!(sets, [("whole-account", "no-users"), ("one-project", "no-users")]);
}

#[test]
fn a_set_that_uses_what_it_cannot_see_is_refused() {
    let folder = governance();
    let other = "name: other\nentity: token\nscope: {account: b}\npolicies: [{policy: no-users, severity: error}]\n";
    fs::write(folder.path().join("3.yaml"), other).unwrap();
    let error = PolicySet::load_all(folder.path()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "3.yaml: policies[0]: there is no policy `no-users` at the set's account; the one of that name is kept at another \
             account, and is not visible here"
        ),
        "{error}"
    );
}

#[test]
fn a_shared_policy_that_changes_changes_every_set_that_uses_it() {
    let folder = governance();
    let live = Watch::new().sets(folder.path()).start().unwrap();
    let mut session = live.session();
    assert!(!session.decide(event("p")).unwrap().is_allowed());
    fs::write(folder.path().join("no-users.rego"), "package no_users\n\ndeny contains \"no robots\" if false\n")
        .unwrap();
    let start = std::time::Instant::now();
    while !session.decide(event("p")).unwrap().findings.is_empty() {
        assert!(start.elapsed().as_secs() < 5);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
