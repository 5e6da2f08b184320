//! The walk-through of the seed documents: API keys are saved, tokens of users are refused, dates are limits to the
//! millisecond.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use lictor::{Decision, Policy, PolicySet, Session, Verdict};
use serde_json::{Value as Json, json};

const LAST_VALID: i64 = 1_779_647_400_000;
const LAST_EXPIRY: i64 = 1_771_957_800_000;

fn seed() -> Session {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed/sets");
    Policy::load_sets(folder).unwrap().session()
}

fn saved(entity: &str, fields: Json) -> Json {
    let (name, kind) = if entity == "token" { ("token", "token") } else { ("apiKey", "apikey") };
    json!({
        name: fields,
        "metadata": {"action": "onsave", "type": kind, "timestamp": 1771957800, "principalType": "USER"},
    })
}

fn decide(event: &Json) -> Decision {
    seed().decide_value(event).unwrap()
}

fn denials(decision: &Decision) -> Vec<&str> {
    let enforced = decision.findings.iter().filter(|finding| finding.verdict() == Verdict::Deny);
    enforced.map(|finding| finding.message.as_str()).collect()
}

#[test]
fn an_api_key_of_a_user_is_saved() {
    let decision = decide(&saved("apiKey", json!({"identifier": "ci", "apiKeyType": "USER"})));
    assert_eq!(decision, Decision::ALLOW);
}

#[test]
fn a_token_of_a_user_is_refused() {
    let decision = decide(&saved("token", json!({"identifier": "t", "apiKeyType": "USER"})));
    assert_eq!(decision.verdict, Verdict::Deny);
    assert_eq!(denials(&decision), ["Token APIKeyType USER contains 'USER'"]);
    let finding = &decision.findings[0];
    assert_eq!((finding.set.as_str(), finding.policy.as_str()), ("account-tokens", "deny-user-type"));
    assert!(finding.rule.ends_with("deny-user-type.rego:3"), "{}", finding.rule);
}

#[test]
fn a_token_of_a_service_account_is_saved_with_a_warning_while_that_set_is_not_enforced() {
    let decision = decide(&saved("token", json!({"identifier": "t", "apiKeyType": "SERVICE_ACCOUNT"})));
    assert_eq!(decision.verdict, Verdict::Warn);
    assert!(decision.is_allowed() && denials(&decision).is_empty());
    assert_eq!(decision.findings[0].set, "service-tokens");
    assert!(!decision.findings[0].enforced);
}

#[test]
fn valid_to_may_be_at_the_limit_and_not_a_millisecond_past_it() {
    let token = |valid_to: i64| saved("token", json!({"apiKeyType": "ROBOT", "validTo": valid_to}));
    assert_eq!(decide(&token(LAST_VALID)).verdict, Verdict::Allow);
    let past = decide(&token(LAST_VALID + 1));
    assert_eq!(denials(&past), ["For CreateToken, Token APIKeyType ValidTo 1779647400001 greater than X date"]);
}

#[test]
fn scheduled_expire_time_may_be_at_the_limit_and_not_a_millisecond_past_it() {
    let token = |time: i64| saved("token", json!({"apiKeyType": "ROBOT", "scheduledExpireTime": time}));
    assert_eq!(decide(&token(LAST_EXPIRY)).verdict, Verdict::Allow);
    assert_eq!(
        denials(&decide(&token(LAST_EXPIRY + 1))),
        ["For RotateToken, Token APIKeyType ScheduledExpireTime 1771957800001 greater than X date"]
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let fields = json!({"apiKeyType": "USER", "validTo": LAST_VALID + 1, "scheduledExpireTime": LAST_EXPIRY + 1});
    assert_eq!(denials(&decide(&saved("token", fields))).len(), 3);
}

#[test]
fn a_set_applies_within_its_scope_at_its_events_and_denies_only_when_it_is_enforced() {
    let set = |extra: &str| {
        let text = format!(
            "name: s\nentity: token\n{extra}policies:\n  - name: never\n    severity: error\n    rego: |\n      package p\n      deny contains \"no\"\n"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.yaml"), text).unwrap();
        lictor::Builder::new().sets(PolicySet::load_all(folder.path()).unwrap()).build().unwrap().session()
    };
    let verdict = |extra: &str, event: &Json| set(extra).decide_value(event).unwrap().verdict;
    let event = saved("token", json!({"accountIdentifier": "a", "orgIdentifier": "o", "projectIdentifier": "p"}));
    assert_eq!(verdict("enforced: true\n", &event), Verdict::Deny);
    assert_eq!(verdict("", &event), Verdict::Warn, "a set is not enforced unless it says so");
    assert_eq!(verdict("enforced: true\nevents: [use]\n", &event), Verdict::Allow);
    assert_eq!(verdict("enforced: true\nscope: {account: a}\n", &event), Verdict::Deny, "scopes are inherited");
    assert_eq!(verdict("enforced: true\nscope: {account: a, org: other}\n", &event), Verdict::Allow);
    assert_eq!(verdict("enforced: true\n", &saved("apiKey", json!({"identifier": "k"}))), Verdict::Allow);
}

#[test]
fn a_finding_names_the_definition_that_says_so() {
    let rules = |text: &str, event: Json| {
        let policy = lictor::Builder::new().module("p.rego", text).build().unwrap();
        let decision = policy.session().decide_value(&event).unwrap();
        decision.findings.into_iter().map(|f| (f.message, f.rule)).collect::<Vec<_>>()
    };
    let said = |list: &[(&str, &str)]| list.iter().map(|(m, r)| ((*m).to_owned(), (*r).to_owned())).collect::<Vec<_>>();

    let members = "package p

deny contains \"a\" if input.a

deny contains msg if {
	some x in input.xs
	msg := sprintf(\"x %v\", [{y | some y in [x, x]}])
}

deny contains \"a\" if input.b

deny contains msg if some msg in other

other contains \"o\" if input.xs

other contains \"p\" if input.xs
";
    assert_eq!(
        rules(members, json!({"a": true, "b": true, "xs": [1, 2]})),
        said(&[
            ("a", "p.rego:3"),
            ("o", "p.rego:12"),
            ("p", "p.rego:12"),
            ("x {1}", "p.rego:5"),
            ("x {2}", "p.rego:5")
        ])
    );
    assert_eq!(rules(members, json!({"b": true})), said(&[("a", "p.rego:10")]));

    let values = "package p\n\ndeny := \"no\" if input.a\n\ndeny := \"never\" if input.b\n";
    assert_eq!(rules(values, json!({"b": 1})), said(&[("never", "p.rego:5")]));
    let lists = "package p\n\ndeny := [\"one\", \"two\"] if input.a\n\ndeny := [\"three\"] if input.b\n";
    assert_eq!(rules(lists, json!({"b": 1})), said(&[("three", "p.rego:5")]));
    assert_eq!(rules(lists, json!({"a": 1})), said(&[("one", "p.rego:3"), ("two", "p.rego:3")]));

    let many: String = (0..2000).map(|n| format!("deny contains \"{n}\" if input.n == {n}\n")).collect();
    assert_eq!(rules(&format!("package p\n{many}"), json!({"n": 1999})), said(&[("1999", "p.rego:2001")]));
}

#[test]
fn lens_and_index_change_no_decision() {
    let sets = || PolicySet::load_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/seed/sets")).unwrap();
    let mut fast = lictor::Builder::new().sets(sets()).build().unwrap().session();
    let mut slow = lictor::Builder::new().sets(sets()).without_fast_rooms().build().unwrap().session();
    for kind in [json!("USER"), json!("ROBOT"), json!(3), json!(null), json!({"a": "USER"}), json!(["USER"])] {
        for time in [json!(LAST_VALID + 1), json!(0), json!("x"), json!(1.5e12), json!(true), json!([])] {
            let event = saved("token", json!({"apiKeyType": kind, "validTo": time, "scheduledExpireTime": time}));
            assert_eq!(fast.decide_value(&event).unwrap(), slow.decide_value(&event).unwrap(), "{event}");
        }
    }
}
