//! R1 to R25: policy as code for API keys and tokens.

use std::path::Path;

use lictor_testing::Repository;
use serde_json::{Value as Json, json};

use crate::stage::{DAY, NOW, Stage, but, repository, saved, token};

const LAST_VALID: i64 = 1_779_647_400_000;
const LAST_EXPIRY: i64 = 1_771_957_800_000;

/// The decision and messages of OPA on one policy of the seed; nothing where there is no OPA.
fn opa(policy: &str, event: &Json) -> Option<Vec<String>> {
    let program = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    let mut command = assert_cmd::Command::new(program);
    let policy = repository(&format!("policies/seed/policies/{policy}.rego"));
    command.args(["eval", "--v0-compatible", "--stdin-input", "-f", "json", "-d", &policy, "data.opapolicy.deny"]);
    let Ok(output) = command.write_stdin(event.to_string()).output() else {
        eprintln!("SKIPPED: there is no opa on the path, and LICTOR_OPA names none");
        return None;
    };
    let answer: Json = serde_json::from_slice(&output.stdout).unwrap();
    let messages = answer["result"][0]["expressions"][0]["value"].as_array().unwrap();
    Some(messages.iter().map(|message| message.as_str().unwrap().to_owned()).collect())
}

#[test]
fn r01_rules_in_rego_say_what_opa_says() {
    let events = [
        token("USER"),
        token("SERVICE_ACCOUNT"),
        saved("token", json!({"apiKeyType": 5, "validTo": "soon", "scheduledExpireTime": []})),
        saved("token", json!({"apiKeyType": null, "validTo": LAST_VALID + 1, "scheduledExpireTime": LAST_EXPIRY})),
        saved("token", json!({"apiKeyType": "x", "validTo": 1.779_647_400_000_5e12, "scheduledExpireTime": true})),
    ];
    for policy in ["deny-user-type", "deny-service-type", "valid-to", "scheduled-expire-time"] {
        let rego = std::fs::read_to_string(repository(&format!("policies/seed/policies/{policy}.rego"))).unwrap();
        let stage = Stage::policy("on_save", &rego);
        for event in &events {
            let ours = stage.denials(event);
            let Some(theirs) = opa(policy, event) else { return };
            assert_eq!(ours, theirs, "{policy} on {event}");
        }
    }
}

#[test]
fn r02_tokens_are_judged_when_they_are_created_updated_rotated_revoked_and_used() {
    let stage = Stage::empty();
    let events = ["create", "update", "rotate", "revoke", "use"];
    for event in events {
        let rego = format!("package ours\n\ndeny contains \"judged at {event}\"\n");
        stage.set(event, &format!("[{event}]"), &rego, true);
    }
    for event in events {
        assert_eq!(stage.denials(&json!({"event": event, "token": {"id": "t"}})), [format!("judged at {event}")]);
    }
}

#[test]
fn r03_the_life_of_a_token_can_be_limited() {
    let stage = Stage::library(&["lifetime.maximum", "lifetime.expiry_required", "lifetime.key_default"]);
    let lives = |days: i64| {
        let token = json!({"validFrom": NOW * 1000, "validTo": (NOW + days * DAY) * 1000});
        json!({"event": "create", "time_ns": NOW * 1_000_000_000, "token": token})
    };
    assert!(stage.allows(&lives(90)));
    assert_eq!(stage.denials(&lives(91)), ["token lives 91 days, and may live 90"]);
    let endless = but(lives(90), "/token", json!({"validFrom": NOW * 1000}));
    assert!(stage.denials(&endless).iter().all(|message| message.contains("token.validTo must be a number")));
    assert!(!stage.denials(&but(lives(90), "/token/validTo", "soon")).is_empty());
    let key = |days: i64| saved("apiKey", json!({"identifier": "ci", "defaultTimeToExpireToken": days * DAY * 1000}));
    assert!(stage.allows(&key(30)) && !stage.allows(&key(31)));
}

#[test]
fn r04_names_and_tags_can_be_required() {
    let stage = Stage::library(&["naming.token", "tags.required"]);
    let named = |name: &str, tags: Json| saved("token", json!({"name": name, "tags": tags}));
    let tags = json!({"team": "payments", "owner": "jroe", "env": "prod"});
    assert!(stage.allows(&named("payments-deployer", tags.clone())));
    let said = stage.denials(&named("My Token", tags));
    assert!(said[0].starts_with("token name 'My Token' does not match"), "{said:?}");
    assert!(!stage.denials(&named("payments-deployer", json!({}))).is_empty());
}

#[test]
fn r05_rotation_can_be_required_from_time_to_time() {
    let stage = Stage::library(&["rotation.due", "rotation.overlap"]);
    let aged = |days: i64| but(crate::stage::request(), "/token/iat", NOW - days * DAY);
    assert!(stage.allows(&aged(90)));
    assert_eq!(stage.denials(&aged(91)), ["token is 91 days old, and must be rotated every 90"]);
    let rotated = |days: i64| {
        let ends = (NOW + days * DAY) * 1000;
        json!({"event": "rotate", "time_ns": NOW * 1_000_000_000, "token": {"scheduledExpireTime": ends}})
    };
    assert!(stage.allows(&rotated(7)) && !stage.allows(&rotated(8)));
}

#[test]
fn r06_keys_and_tokens_are_judged_when_they_are_saved_and_by_no_other_set() {
    let stage = Stage::empty();
    stage.set("tokens", "on_save", "package ours\n\ndeny contains \"token\"\n", true);
    stage.set("keys", "on_save", "package ours\n\ndeny contains \"key\"\n", true);
    stage.replace("sets/keys.yaml", "entity: token", "entity: api_key");
    let cases = [
        ("apiKey", "create", "key"),
        ("apiKey", "update", "key"),
        ("token", "create", "token"),
        ("token", "update", "token"),
        ("token", "rotate", "token"),
    ];
    for (entity, event, said) in cases {
        assert_eq!(stage.denials(&json!({"event": event, entity: {"id": "x"}})), [said], "{event} of {entity}");
    }
    for (entity, event) in [("token", "use"), ("token", "revoke"), ("apiKey", "revoke")] {
        assert!(stage.allows(&json!({"event": event, entity: {"id": "x"}})), "{event} of {entity} is no saving");
    }
}

#[test]
fn r07_what_the_documentation_links_to_is_there() {
    for page in
        ["README.md", "policies/seed/README.md", "policies/library/README.md", "ARCHITECTURE.md", "benches/README.md"]
    {
        let path = repository(page);
        let folder = Path::new(&path).parent().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let target = link.split('#').next().unwrap();
            let here = target.is_empty() || target.starts_with("http") || folder.join(target).exists();
            assert!(here, "{page} links to {link}");
        }
    }
}

#[test]
fn r08_user_service_account_and_personal_tokens_are_told_apart() {
    let stage = Stage::library(&["type.denied"]);
    stage.replace("data/type.denied.yaml", "denied: [\"USER\"]", "denied: [\"USER\", \"PAT\"]");
    assert_eq!(stage.denials(&token("USER")).len(), 1);
    assert_eq!(stage.denials(&token("PAT")).len(), 1);
    assert!(stage.allows(&token("SERVICE_ACCOUNT")));
}

#[test]
fn r09_a_set_of_an_account_organization_or_project_judges_all_below_it() {
    let places = [("{account: a}", [true, true, true]), ("{account: a, org: o}", [false, true, true])];
    let places = places.into_iter().chain([("{account: a, org: o, project: p}", [false, false, true])]);
    for (scope, applies) in places {
        let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
        stage.replace("sets/ours.yaml", "enforced:", &format!("scope: {scope}\nenforced:"));
        let events = [
            json!({"accountIdentifier": "a"}),
            json!({"accountIdentifier": "a", "orgIdentifier": "o"}),
            json!({"accountIdentifier": "a", "orgIdentifier": "o", "projectIdentifier": "p"}),
        ];
        for (event, applies) in events.into_iter().zip(applies) {
            assert_eq!(!stage.allows(&saved("token", event.clone())), applies, "{scope} and {event}");
        }
        assert!(stage.allows(&saved("token", json!({"accountIdentifier": "other"}))));
    }
}

#[test]
fn r10_a_policy_has_a_name_and_is_shown_by_it() {
    let stage = Stage::seed();
    let shown = stage.lictor(&["sets", "show", "account-tokens", "-s", "sets", "--format", "json"]).json();
    let shown = shown.get(0).unwrap_or(&shown);
    assert_eq!(shown["policies"][0]["name"], "deny-user-type");
    assert_eq!(shown["policies"][0]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn r11_a_policy_decides_the_same_in_a_file_in_its_set_and_in_a_repository() {
    let stage = Stage::seed();
    let from_file = stage.denials(&token("USER"));
    if let Some(repository) = Repository::new() {
        let id = stage.commit(&repository);
        let sets = format!("git+{}#main:sets", repository.url());
        let said = stage.lictor_reading(&["validate", "-", "-s", &sets, "-f", "json"], &token("USER").to_string());
        assert_eq!(said.first(), ("deny".to_owned(), from_file.clone()));
        assert_eq!(said.json()["summary"]["policy"]["commits"][0]["id"], id);
    }
    stage.write("sets/account-tokens.yaml", "name: account-tokens\nentity: token\nenforced: true\npolicies:\n  - name: deny-user-type\n    severity: error\n    rego: |\n      package opapolicy\n\n      deny[msg] {\n          contains(input.token.apiKeyType, \"USER\")\n          msg = sprintf(\"Token APIKeyType %s contains 'USER'\", [input.token.apiKeyType])\n      }\n");
    assert_eq!(stage.denials(&token("USER")), from_file);
}

#[test]
fn r12_a_policy_can_be_picked_from_a_library_and_tried_on_its_sample() {
    let stage = Stage::empty();
    let listed = stage.lictor(&["library", "list", "--format", "json"]).json();
    let listed = listed.get("policies").unwrap_or(&listed).as_array().unwrap().clone();
    assert!(listed.len() >= 40);
    let id = "type.denied";
    assert!(stage.lictor(&["library", "show", id]).out.contains("package lictor.library.type.denied"));
    assert_eq!(stage.lictor(&["library", "use", id, "--to", "."]).code, 0);
    assert_eq!(stage.lictor(&["test", "policies"]).code, 0);
    let said =
        stage.lictor(&["validate", "events/type/denied.denied.json", "-s", "sets", "-d", "data", "--enforce-all"]);
    assert_eq!(said.code, 1, "{}", said.out);
}

#[test]
fn r13_a_policy_that_is_wrong_is_refused_with_its_line() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains msg if input.x\n");
    let said = stage.lictor(&["sets", "check", "-s", "sets"]);
    assert_eq!(said.code, 1);
    let all = said.out + &said.err;
    assert!(all.contains("ours.rego:3") && all.contains("rego_unsafe_var_error"), "{all}");
    assert_eq!(stage.judge(&token("USER")).code, 2, "nothing is judged by it");
}

#[test]
fn r14_a_set_has_a_name_and_may_have_a_description() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
    assert_eq!(stage.lictor(&["sets", "check", "-s", "sets"]).code, 0, "no description");
    stage.replace("sets/ours.yaml", "name: ours\n", "");
    let said = stage.lictor(&["sets", "check", "-s", "sets"]);
    assert!(said.code != 0 && (said.out + &said.err).contains("name"));
}

#[test]
fn r15_a_set_is_for_tokens_or_for_api_keys() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
    assert!(stage.allows(&saved("apiKey", json!({"identifier": "k"}))));
    assert!(!stage.allows(&token("USER")));
    stage.replace("sets/ours.yaml", "entity: token", "entity: pipeline");
    let said = stage.lictor(&["sets", "check", "-s", "sets"]);
    assert!((said.out + &said.err).contains("api_key"), "an error says what there is");
}

#[test]
fn r16_a_set_says_at_which_events_it_judges() {
    let stage = Stage::policy("[rotate]", "package ours\n\ndeny contains \"no\"\n");
    for (event, allowed) in [("create", true), ("update", true), ("rotate", false), ("use", true)] {
        assert_eq!(stage.allows(&json!({"event": event, "token": {"id": "t"}})), allowed, "{event}");
    }
}

#[test]
fn r17_a_set_has_many_policies_and_a_policy_is_in_many_sets() {
    let stage = Stage::empty();
    stage.write("policies/no.rego", "package no\n\ndeny contains \"no\"\n");
    stage.write("policies/never.rego", "package no\n\ndeny contains \"never\"\n");
    let policies = "policies:\n  - {path: ../policies/no.rego, severity: error}\n  - {path: ../policies/never.rego, severity: warning}\n";
    for set in ["first", "second"] {
        stage.write(&format!("sets/{set}.yaml"), &format!("name: {set}\nentity: token\nenforced: true\n{policies}"));
    }
    let findings = stage.judge(&token("USER")).json()["events"][0]["findings"].as_array().unwrap().clone();
    let said: Vec<_> =
        findings.iter().map(|finding| [&finding["set"], &finding["policy"], &finding["message"]]).collect();
    for set in ["first", "second"] {
        for (policy, message) in [("no", "no"), ("never", "never")] {
            let wanted = [&json!(set), &json!(policy), &json!(message)];
            assert_eq!(said.iter().filter(|said| **said == wanted).count(), 1, "policies with one package stay apart");
        }
    }
}

#[test]
fn r18_error_and_exit_refuses_with_the_message() {
    let said = Stage::seed().judge(&token("USER"));
    assert_eq!((said.code, said.first().0.as_str()), (1, "deny"));
    assert!(said.out.contains("Token APIKeyType USER contains 'USER'"));
}

#[test]
fn r19_warn_and_continue_lets_pass_with_the_message() {
    let stage = Stage::seed();
    stage.replace(
        "sets/account-tokens.yaml",
        "deny-user-type.rego\n    severity: error",
        "deny-user-type.rego\n    severity: warning",
    );
    let said = stage.judge(&token("USER"));
    assert_eq!(said.code, 0);
    assert_eq!(said.first(), ("warn".to_owned(), vec!["Token APIKeyType USER contains 'USER'".to_owned()]));
}

#[test]
fn r20_a_new_set_refuses_nothing_until_it_is_switched_on() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
    stage.replace("sets/ours.yaml", "enforced: true\n", "");
    assert_eq!(stage.judge(&token("USER")).code, 0);
    assert_eq!(stage.lictor(&["sets", "enable", "ours", "-s", "sets"]).code, 0);
    assert_eq!(stage.judge(&token("USER")).code, 1);
    assert_eq!(stage.lictor(&["sets", "disable", "ours", "-s", "sets"]).code, 0);
    assert_eq!(stage.judge(&token("USER")).code, 0);
}

#[test]
fn r21_the_key_is_saved_and_its_token_is_refused() {
    let stage = Stage::seed();
    assert!(stage.allows(&saved("apiKey", json!({"identifier": "ci", "apiKeyType": "USER"}))));
    assert_eq!(stage.denials(&token("USER")), ["Token APIKeyType USER contains 'USER'"]);
}

#[test]
fn r22_user_tokens_are_refused_in_the_words_of_the_policy() {
    assert_eq!(Stage::seed().denials(&token("USER")), ["Token APIKeyType USER contains 'USER'"]);
}

#[test]
fn r23_service_account_tokens_are_refused_by_a_part_of_their_type() {
    let stage = Stage::seed();
    stage.lictor(&["sets", "enable", "service-tokens", "-s", "sets"]);
    assert_eq!(stage.denials(&token("SERVICE_ACCOUNT")), ["Token APIKeyType SERVICE_ACCOUNT contains 'SERVICE'"]);
}

#[test]
fn r24_valid_to_is_a_limit_to_the_millisecond() {
    let stage = Stage::seed();
    let until = |time: i64| saved("token", json!({"apiKeyType": "ROBOT", "validTo": time}));
    assert!(stage.allows(&until(LAST_VALID)));
    let said = "For CreateToken, Token APIKeyType ValidTo 1779647400001 greater than X date";
    assert_eq!(stage.denials(&until(LAST_VALID + 1)), [said]);
}

#[test]
fn r25_scheduled_expire_time_is_a_limit_where_a_token_is_rotated() {
    let stage = Stage::seed();
    let ends = |time: i64| saved("token", json!({"apiKeyType": "ROBOT", "scheduledExpireTime": time}));
    assert!(stage.allows(&ends(LAST_EXPIRY)));
    assert!(stage.allows(&token("ROBOT")), "a token that is created has none");
    let said = "For RotateToken, Token APIKeyType ScheduledExpireTime 1771957800001 greater than X date";
    assert_eq!(stage.denials(&ends(LAST_EXPIRY + 1)), [said]);
}
