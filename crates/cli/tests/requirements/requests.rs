//! R26 to R45: what is decided when a token is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lictor::usage::Kind;
use lictor::{Builder, Host, Library, MemoryStore, Tracked, UsageStore};
use serde_json::{Value as Json, json};

use crate::stage::{DAY, NOW, Stage, but, request, sample, token};

/// A clock that is set by hand.
struct Clock(AtomicI64);

impl Host for Clock {
    fn now_ns(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }

    fn print(&self, _at: &str, _message: &str) {}
}

/// A policy of the library over a store of what is known of use, at an instant that the test says.
struct Kept {
    clock: Arc<Clock>,
    policy: lictor::Policy,
    store: Arc<MemoryStore>,
}

impl Kept {
    fn new(id: &str, parameters: &Json) -> Kept {
        let library = Library::embedded().unwrap();
        let (family, name) = id.split_once('.').unwrap();
        let data = json!({"lictor": {"parameters": {family: {name: parameters}}}});
        let clock = Arc::new(Clock(AtomicI64::new(NOW * 1_000_000_000)));
        let source = library.entry(id).unwrap().source;
        let builder = Builder::new().module(id, source).data(data.to_string()).host(clock.clone());
        Kept { clock, policy: builder.build().unwrap(), store: Arc::new(MemoryStore::new()) }
    }

    fn session(&self) -> Tracked {
        Tracked::new(self.policy.session(), self.store.clone())
    }

    fn on_day(&self, day: i64) {
        self.clock.0.store((NOW + day * DAY) * 1_000_000_000, Ordering::Relaxed);
    }
}

fn of(user: &str, roles: &[&str]) -> String {
    json!({"event": "use", "token": {"id": "t"}, "principal": {"id": user, "roles": roles}}).to_string()
}

#[test]
fn r26_a_key_that_lay_open_for_half_a_year_is_denied_by_age_and_by_its_flag() {
    let stage = Stage::library(&["rotation.due", "leaks.flagged"]);
    assert!(stage.allows(&request()));
    let old = but(request(), "/token/iat", NOW - 183 * DAY);
    assert_eq!(stage.denials(&old), ["token is 183 days old, and must be rotated every 90"]);
    assert_eq!(stage.denials(&but(request(), "/token/leaked", true)), ["token has leaked"]);
}

#[test]
fn r27_what_cannot_be_judged_is_never_allowed() {
    let stage = Stage::seed();
    let token = token("ROBOT").to_string();
    for event in ["", "{", "[]", "null", "{\"token\": 3}", &token[..token.len() - 1], &format!("{token}}}")] {
        let said = stage.lictor_reading(&["validate", "-", "-s", "sets", "--format", "ndjson", "--show", "all"], event);
        assert!(!said.out.contains("\"allow\"") || event.is_empty(), "{event}: {}", said.out);
        assert_eq!(said.code, 2, "{event}: {}{}", said.out, said.err);
    }
    stage.write("policies/valid-to.rego", "package opapolicy\n\ndeny[msg] {\n");
    assert_eq!(stage.judge(&crate::stage::token("ROBOT")).code, 2, "a policy that is broken allows nothing");
}

#[test]
fn r28_an_expired_token_is_denied_whatever_else_calls_it_active() {
    let stage = Stage::library(&["expiry.expired", "introspection.active"]);
    assert!(stage.allows(&request()));
    let expired = but(but(request(), "/token/exp", NOW - 1), "/token/active", true);
    assert_eq!(stage.denials(&expired), ["token is expired"]);
}

#[test]
fn r29_a_stolen_token_is_told_by_country_network_risk_and_key() {
    let stolen = [
        ("region.countries", "/request/country", json!("KP")),
        ("network.of_token", "/request/source_ip", json!("198.51.100.7")),
        ("risk.score", "/principal/risk", json!(93)),
        ("risk.writes", "/principal/risk", json!(60)),
        ("binding.certificate", "/request/certificate_thumbprint", json!("another")),
        ("region.new_country", "/request/country", json!("KP")),
    ];
    for (policy, place, value) in stolen {
        let stage = Stage::library(&[policy]);
        let mut event = sample(&format!("{}.allowed", policy.replace('.', "/")));
        if policy == "risk.writes" {
            event = but(event, "/request/method", "POST");
        }
        assert!(stage.allows(&event), "{policy}");
        assert!(!stage.allows(&but(event, place, value)), "{policy}");
    }
}

#[test]
fn r30_a_token_reads_nothing_that_it_was_not_made_for() {
    let stage = Stage::library(&["scopes.endpoint", "audience.expected"]);
    assert!(stage.allows(&request()));
    let elsewhere = but(request(), "/request/parsed_path", json!(["v1", "payrolls"]));
    assert_eq!(stage.denials(&elsewhere), ["GET /v1/payrolls needs scope 'payrolls:read'"]);
    assert_eq!(
        stage.denials(&but(request(), "/token/aud", json!(["other"]))),
        ["token is not for https://api.example.com"]
    );
}

#[test]
fn r31_a_policy_sees_the_token_who_uses_it_what_for_and_what_is_known() {
    let rego = "package ours\n\ndeny contains message if {\n\tsome part in [\"token\", \"principal\", \"request\", \"usage\"]\n\tmessage := sprintf(\"%s: %d\", [part, count(input[part])])\n\tcount(input[part]) > 0\n}\n";
    let said = Stage::policy("[use]", rego).denials(&request());
    let parts: Vec<&str> = said.iter().map(|message| message.split(':').next().unwrap()).collect();
    assert_eq!(parts, ["principal", "request", "token", "usage"]);
}

#[test]
fn r32_policies_are_files_beside_the_program() {
    let stage = Stage::policy("on_save", "package ours\n\ndeny contains \"no\"\n");
    assert_eq!(stage.denials(&token("USER")), ["no"]);
    stage.write(
        "policies/ours.rego",
        "package ours\n\ndeny contains \"no robots\" if input.token.apiKeyType == \"ROBOT\"\n",
    );
    assert!(stage.allows(&token("USER")));
    assert_eq!(stage.denials(&token("ROBOT")), ["no robots"]);
}

#[test]
fn r34_library_and_command_decide_alike() {
    let stage = Stage::library(&["scopes.endpoint", "window.fixed", "region.countries", "rate.token"]);
    let sets = lictor::PolicySet::load_all(stage.path("sets")).unwrap();
    let mut session = Builder::new().sets(sets).build().unwrap().session();
    for event in ["scopes/endpoint", "window/fixed", "region/countries", "rate/token"] {
        for case in ["allowed", "denied"] {
            let event = sample(&format!("{event}.{case}"));
            let decision = session.decide(event.to_string()).unwrap();
            let said: Vec<_> = decision.findings.iter().map(|finding| finding.message.clone()).collect();
            assert_eq!(stage.denials(&event), said);
            assert_eq!(decision.is_allowed(), case == "allowed", "{event}");
        }
    }
}

#[test]
fn r35_an_endpoint_needs_its_scope() {
    let stage = Stage::library(&["scopes.endpoint"]);
    stage.replace("data/scopes.endpoint.yaml", "endpoints: {}", "endpoints: {\"GET /v1/accounts\": \"ledger:read\"}");
    assert_eq!(stage.denials(&request()), ["GET /v1/accounts/8842 needs scope 'ledger:read'"]);
    assert!(stage.allows(&but(request(), "/token/scopes", json!(["ledger:read"]))));
}

#[test]
fn r36_a_fixed_window_ends_whatever_the_expiry_says() {
    let stage = Stage::library(&["window.fixed"]);
    let aged = |seconds: i64| but(but(request(), "/token/iat", NOW - seconds), "/token/exp", NOW + 365 * DAY);
    assert!(stage.allows(&aged(3600)));
    assert_eq!(stage.denials(&aged(3601)), ["token is older than the fixed window of 3600 s"]);
}

#[test]
fn r37_an_unused_token_is_denied_and_being_denied_is_no_use() {
    let kept = Kept::new("inactivity.unused", &json!({}));
    kept.store.push(Kind::Token, "t", json!({"created_ms": NOW * 1000}).as_object().unwrap().clone()).unwrap();
    let mut session = kept.session();
    assert!(session.decide(of("ann", &[])).unwrap().is_allowed());
    kept.on_day(44);
    assert!(session.decide(of("ann", &[])).unwrap().is_allowed());
    for day in [44 + 46, 44 + 47, 44 + 48] {
        kept.on_day(day);
        let decision = session.decide(of("ann", &[])).unwrap();
        assert_eq!(decision.findings[0].message, "token was unused for more than 45 days", "on day {day}");
    }
}

#[test]
fn r38_rates_differ_by_user_and_role_and_hold_among_threads() {
    let kept = Kept::new("rate.user", &json!({"max_per_minute": 50}));
    let passed = |user: &'static str| {
        std::thread::scope(|scope| {
            let ask = || scope.spawn(|| usize::from(kept.session().decide(of(user, &[])).unwrap().is_allowed()));
            let threads: Vec<_> = (0..64).map(|_| ask()).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        })
    };
    assert_eq!((passed("ann"), passed("ben")), (50, 50));
    let caps = json!({"max_per_minute": {"teller": 5, "viewer": 2}, "otherwise": 1});
    for (role, most) in [("teller", 5), ("viewer", 2), ("nobody", 1)] {
        let kept = Kept::new("rate.role", &caps);
        let mut session = kept.session();
        let passed = (0..9).filter(|_| session.decide(of("ann", &[role])).unwrap().is_allowed()).count();
        assert_eq!(passed, most, "{role}");
    }
}

#[test]
fn r39_access_depends_on_user_role_and_risk() {
    let stage = Stage::library(&["risk.writes", "scopes.by_role"]);
    let write = but(but(request(), "/request/method", "POST"), "/principal/risk", 49);
    assert!(stage.allows(&write));
    assert!(!stage.allows(&but(write.clone(), "/principal/risk", 50)));
    assert!(!stage.allows(&but(write, "/principal/roles", json!([]))));
    let missing = but(request(), "/principal", json!({"id": "jroe", "roles": ["teller"]}));
    assert!(!stage.allows(&missing), "a signal that is missing is no good signal");
}

#[test]
fn r41_how_long_deciding_took_is_said_with_every_batch() {
    let summary = &Stage::seed().judge(&token("ROBOT")).json()["summary"];
    let of = |name: &str| summary[name].as_u64().unwrap();
    assert!(0 < of("p50_ns") && of("p50_ns") <= of("p99_ns"), "{summary}");
}

#[test]
fn r43_events_are_judged_as_token_service_and_gateway_send_them() {
    let stage = Stage::seed();
    stage.set("requests", "on_use", "package ours\n\ndeny contains \"late\" if input.token.exp < 5\n", true);
    let service = token("USER");
    let gateway = json!({"request": {"method": "GET"}, "token": {"exp": 4}, "event": "use"});
    assert_eq!(stage.denials(&service).len(), 1);
    assert_eq!(stage.denials(&gateway), ["late"]);
}

#[test]
fn r45_the_same_events_have_the_same_decisions_anywhere() {
    let stage = Stage::library(&["region.countries", "window.fixed"]);
    let events: String = (0..400)
        .map(|n| but(request(), "/request/country", if n % 3 == 0 { "DE" } else { "KP" }).to_string() + "\n")
        .collect();
    let asked = ["validate", "-", "-s", "sets", "-d", "data", "--format", "ndjson"];
    let decisions = |threads: &str| {
        let said = stage.lictor_reading(&[&asked[..], &["-p", threads]].concat(), &events);
        said.out.lines().filter(|line| !line.contains("\"summary\"")).map(str::to_owned).collect::<Vec<_>>()
    };
    let one = decisions("1");
    assert_eq!(one.len(), 400);
    assert_eq!(one, decisions("2"));
    assert_eq!(one, decisions("4"));
}
