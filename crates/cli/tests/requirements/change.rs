//! R33, R44 and R46 to R59: policies that change, are tested, watched and told about.

use std::time::{Duration, Instant};

use lictor::Watch;
use lictor::git::Access;
use lictor_testing::Repository;
use serde_json::{Value as Json, json};

use crate::stage::{Stage, but, request, saved, token};

/// What is promised of a build for use; compilers that are not optimized may take longer on a machine that is busy.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

/// Waits until a running process says this of an event.
fn becomes(session: &mut lictor::Session, event: &Json, wanted: &[&str]) {
    let begin = Instant::now();
    loop {
        let decision = session.decide(event.to_string()).unwrap();
        let said: Vec<_> = decision.findings.iter().map(|finding| finding.message.as_str()).collect();
        if said == wanted {
            return;
        }
        assert!(begin.elapsed() < SOON, "still {said:?}, not {wanted:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn watched(stage: &Stage) -> lictor::Live {
    Watch::new().sets(stage.path("sets")).data(stage.path("data").to_string_lossy()).start().unwrap()
}

#[test]
fn r33_a_change_takes_effect_in_a_running_process_and_a_bad_one_does_not() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"old\"\n");
    let live = watched(&stage);
    let mut session = live.session();
    becomes(&mut session, &token("USER"), &["old"]);
    stage.write("policies/ours.rego", "package ours\n\ndeny contains \"new\"\n");
    becomes(&mut session, &token("USER"), &["new"]);
    stage.write("policies/ours.rego", "package ours\n\ndeny contains\n");
    let begin = Instant::now();
    while live.status().refused.is_none() {
        assert!(begin.elapsed() < SOON, "nothing is said of the bad change");
        std::thread::sleep(Duration::from_millis(2));
    }
    becomes(&mut session, &token("USER"), &["new"]);
}

#[test]
fn r44_every_decision_has_an_id_of_its_own() {
    let stage = Stage::seed();
    let events = format!("{}\n{}\n{}\n", token("USER"), token("ROBOT"), token("USER"));
    stage.lictor_reading(&["validate", "-", "-s", "sets", "--decision-log", "log"], &events);
    let log = std::fs::read_to_string(stage.path("log")).unwrap();
    let ids: std::collections::BTreeSet<_> =
        log.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()["decision_id"].to_string()).collect();
    assert_eq!(ids.len(), 3, "{log}");
}

#[test]
fn r46_a_log_line_leads_to_the_file_the_rule_and_why() {
    let stage = Stage::seed();
    let said = stage.lictor_reading(
        &["validate", "-", "-s", "sets", "--decision-log", "log", "--record", "kept.redb"],
        &token("USER").to_string(),
    );
    assert_eq!(said.code, 1);
    let log: Json = serde_json::from_str(&std::fs::read_to_string(stage.path("log")).unwrap()).unwrap();
    let text = log.to_string();
    assert!(text.contains("deny-user-type.rego:3") && text.contains("revision"), "{text}");
    stage.write("event.json", &token("USER").to_string());
    let why = stage.lictor(&["explain", "event.json", "-s", "sets"]);
    assert!(why.out.contains("deny-user-type") && why.out.contains("\"USER\""), "{}", why.out);
}

#[test]
fn r47_a_token_is_revoked_by_one_line_of_data() {
    let stage = Stage::library(&["revocation.revoked"]);
    stage.write("data/control.json", "{}");
    let live = watched(&stage);
    let mut session = live.session();
    becomes(&mut session, &request(), &[]);
    let hash = request()["token"]["hash"].clone();
    let revoked = json!({"control": {"revoked": {hash.as_str().unwrap(): true}}});
    stage.write("data/control.json", &revoked.to_string());
    becomes(&mut session, &request(), &["token is revoked"]);
}

#[test]
fn r48_a_policy_may_read_a_field_that_nobody_knew_before() {
    let rego = "package ours\n\ndeny contains \"not on a Friday\" if input.token.madeOn == \"Friday\"\n";
    let stage = Stage::policy("on_save", rego);
    assert_eq!(stage.denials(&saved("token", json!({"madeOn": "Friday"}))), ["not on a Friday"]);
    assert!(stage.allows(&saved("token", json!({"madeOn": "Monday"}))));
}

#[test]
fn r49_a_temporary_restriction_ends_by_itself() {
    let stage = Stage::library(&["hours.freeze"]);
    let at = |ns: i64| json!({"event": "create", "time_ns": ns, "token": {"id": "t"}});
    let (within, after) = (1_798_000_000_000_000_000, 1_799_020_801_000_000_000);
    assert_eq!(stage.denials(&at(within)), ["changes of tokens are frozen until 2027-01-04T00:00:00Z"]);
    assert!(stage.allows(&at(after)));
}

#[test]
fn r50_requests_are_allowed_by_country() {
    let stage = Stage::library(&["region.countries"]);
    assert!(stage.allows(&request()));
    assert_eq!(stage.denials(&but(request(), "/request/country", "KP")), ["requests from 'KP' are not allowed"]);
}

#[test]
fn r51_an_emergency_shutdown_is_one_file_or_one_commit_and_so_is_its_end() {
    let stage = Stage::library(&["shutdown.all"]);
    stage.write("data/control.yaml", "control: {}\n");
    let live = watched(&stage);
    let mut session = live.session();
    becomes(&mut session, &request(), &[]);
    stage.write("data/control.yaml", "control: {shutdown: {all: true}}\n");
    becomes(&mut session, &request(), &["emergency shutdown"]);
    stage.write("data/control.yaml", "control: {}\n");
    becomes(&mut session, &request(), &[]);
    let Some(repository) = Repository::new() else { return };
    stage.commit(&repository);
    let of = |folder: &str| format!("git+{}#main:{folder}", repository.url());
    let watch = Watch::new().access(Access::default().cache(stage.path("cache")));
    let live = watch.sets_from(of("sets").parse().unwrap()).data(of("data")).start().unwrap();
    let mut session = live.session();
    becomes(&mut session, &request(), &[]);
    repository.commit(&[("data/control.yaml", "control: {shutdown: {all: true}}\n")]);
    becomes(&mut session, &request(), &["emergency shutdown"]);
    repository.git(&["revert", "--no-edit", "HEAD"]);
    repository.commit(&[]);
    becomes(&mut session, &request(), &[]);
}

#[test]
fn r52_policies_are_tested_and_what_tests_reach_is_counted() {
    let stage = Stage::policy(
        "on_save",
        "package ours\n\ndeny contains \"no\" if input.x\n\ndeny contains \"never\" if input.y\n",
    );
    let test = "package ours_test\n\ntest_no if data.ours.deny == {\"no\"} with input as {\"x\": true}\n";
    stage.write("policies/ours_test.rego", test);
    assert_eq!(stage.lictor(&["test", "policies"]).code, 0);
    let covered = stage.lictor(&["test", "policies", "--coverage", "--format", "json"]).json();
    let share = covered["coverage"].as_f64().unwrap();
    assert!(share > 0.0 && share < 100.0, "{share}");
    stage.replace("policies/ours_test.rego", "{\"no\"}", "{\"yes\"}");
    assert_eq!(stage.lictor(&["test", "policies"]).code, 2);
}

#[test]
fn r53_a_policy_is_shared_by_teams_and_what_it_decided_can_be_looked_up() {
    let stage = Stage::empty();
    stage.write(
        "sets/shared.yaml",
        "kind: policies\npolicies: [{name: no, rego: \"package no\\n\\ndeny contains \\\"no\\\"\"}]\n",
    );
    for team in ["payments", "search"] {
        let set = format!(
            "name: {team}\nentity: token\nenforced: true\npolicies: [{{policy: account.no, severity: error}}]\n"
        );
        stage.write(&format!("sets/{team}.yaml"), &set);
    }
    let said =
        stage.lictor_reading(&["validate", "-", "-s", "sets", "--record", "kept.redb"], &token("USER").to_string());
    assert_eq!(said.code, 1, "{}", said.err);
    let listed =
        stage.lictor(&["evaluations", "list", "--store", "kept.redb", "--status", "error", "--format", "json"]);
    let text = listed.json().to_string();
    assert!(text.contains("payments") && text.contains("search"), "{text}");
}

#[test]
fn r54_a_pipeline_fails_where_a_policy_is_wrong_or_an_event_is_denied() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
    assert_eq!(stage.lictor(&["check", "policies"]).code, 0);
    assert_eq!(stage.judge(&token("USER")).code, 1);
    stage.write("policies/ours.rego", "package ours\n\ndeny contains undefined_thing(1)\n");
    assert_ne!(stage.lictor(&["check", "policies"]).code, 0);
    assert_eq!(stage.judge(&token("USER")).code, 2);
}

/// Two folders of sets that differ in one rule.
fn old_and_new() -> Stage {
    let stage = Stage::empty();
    for (side, kind) in [("old", "USER"), ("new", "ROBOT")] {
        let rego = format!("package ours\n\ndeny contains \"no {kind}\" if input.token.apiKeyType == \"{kind}\"\n");
        stage.write(&format!("{side}/ours.rego"), &rego);
        let set = "name: ours\nentity: token\nenforced: true\npolicies: [{path: ours.rego, severity: error}]\n";
        stage.write(&format!("{side}/ours.yaml"), set);
    }
    let events = ["USER", "ROBOT", "ROBOT", "OTHER"].map(|kind| token(kind).to_string() + "\n").concat();
    stage.write("events.ndjson", &events);
    stage
}

#[test]
fn r55_what_a_change_would_do_to_recorded_events_is_seen_before() {
    let stage = old_and_new();
    let asked = ["replay", "events.ndjson", "--old", "old", "--new", "new"];
    let said = stage.lictor(&asked);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("no ROBOT") && said.out.contains("no USER"), "{}", said.out);
    assert_eq!(stage.lictor(&[&asked[..], &["--fail-on", "3"]].concat()).code, 0, "2 are newly denied");
    assert_eq!(stage.lictor(&[&asked[..], &["--fail-on", "2"]].concat()).code, 1);
    assert_eq!(stage.lictor(&[&asked[..], &["--fail-on-newly-allowed"]].concat()).code, 1);
}

#[test]
fn r56_a_policy_on_trial_refuses_nothing_and_is_counted() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
    stage.lictor(&["sets", "disable", "ours", "-s", "sets"]);
    let said = stage.judge(&token("USER"));
    assert_eq!((said.code, said.json()["summary"]["warned"].as_u64()), (0, Some(1)));
    assert_eq!(said.json()["events"][0]["findings"][0]["enforced"], false);
}

#[test]
fn r57_every_event_is_in_the_log() {
    let stage = Stage::seed();
    let events: String =
        (0..500).map(|n| token(if n % 5 == 0 { "USER" } else { "ROBOT" }).to_string() + "\n").collect();
    let asked = ["validate", "-", "-s", "sets", "--decision-log", "log", "--exit-zero", "-p", "2"];
    assert_eq!(stage.lictor_reading(&asked, &events).code, 0);
    assert_eq!(std::fs::read_to_string(stage.path("log")).unwrap().lines().count(), 500);
}

#[test]
fn r59_what_a_query_costs_can_be_measured_by_anybody() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\" if input.x\n");
    stage.write("event.json", "{\"x\": true}");
    let asked = ["bench", "-d", "policies", "-i", "event.json", "--format", "json", "data.ours.deny"];
    let said = stage.lictor(&asked);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.json()["N"].as_u64().unwrap() > 0, "{}", said.out);
}
