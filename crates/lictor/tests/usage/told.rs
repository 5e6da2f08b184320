//! What policies are told: counts, times, countries, facts, and nothing that an event says of itself.

use super::*;

#[test]
fn a_token_that_was_idle_for_46_days_is_denied_and_one_for_44_days_passes() {
    for (days, allowed) in [(44, true), (46, false)] {
        let stage = Stage::new(&["inactivity/unused"], &json!({}));
        stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
        let mut session = stage.session();
        assert!(session.decide(request("t", "ann", &[])).unwrap().is_allowed());
        stage.clock.set(START + days * DAY);
        let decision = session.decide(request("t", "ann", &[])).unwrap();
        assert_eq!(decision.is_allowed(), allowed, "{days} days: {decision:?}");
    }
}

#[test]
fn a_denied_request_does_not_refresh_last_used() {
    let stage = Stage::new(&["inactivity/unused"], &json!({}));
    stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
    let mut session = stage.session();
    assert!(session.decide(request("t", "ann", &[])).unwrap().is_allowed());
    for days in [46, 47, 60] {
        stage.clock.set(START + days * DAY);
        let decision = session.decide(request("t", "ann", &[])).unwrap();
        assert_eq!(messages(&decision), ["token was unused for more than 45 days"], "after {days} days");
    }
}

#[test]
fn a_token_of_which_nothing_is_known_is_denied_until_its_creation_is_pushed() {
    let stage = Stage::new(&["inactivity/unused"], &json!({}));
    let mut session = stage.session();
    let decision = session.decide(request("t", "ann", &[])).unwrap();
    assert_eq!(messages(&decision), ["usage has neither last_used_ms nor created_ms"]);
    stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
    assert!(session.decide(request("t", "ann", &[])).unwrap().is_allowed());
}

#[test]
fn of_64_threads_at_once_as_many_pass_as_may_and_no_more() {
    let most = 40;
    let stage =
        Stage::new(&["rate/token"], &json!({"lictor": {"parameters": {"rate": {"token": {"max_per_minute": most}}}}}));
    let passed: usize = std::thread::scope(|scope| {
        let ask = || scope.spawn(|| stage.session().decide(request("t", "ann", &[])).unwrap().is_allowed());
        let threads: Vec<_> = (0..64).map(|_| ask()).collect();
        threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
    });
    assert_eq!(passed, most);
}

#[test]
fn the_cap_differs_by_role() {
    let caps = json!({"lictor": {"parameters": {"rate": {"role": {"max_per_minute": {"teller": 5, "viewer": 2}, "otherwise": 1}}}}});
    for (roles, most) in [(&["teller"][..], 5), (&["viewer"], 2), (&["teller", "viewer"], 5), (&[], 1)] {
        let stage = Stage::new(&["rate/role"], &caps);
        let mut session = stage.session();
        let passed = (0..10).filter(|_| session.decide(request("t", "ann", roles)).unwrap().is_allowed()).count();
        assert_eq!(passed, most, "{roles:?}");
    }
}

#[test]
fn a_user_is_counted_over_all_of_their_tokens() {
    let stage =
        Stage::new(&["rate/user"], &json!({"lictor": {"parameters": {"rate": {"user": {"max_per_minute": 3}}}}}));
    let mut session = stage.session();
    let mut ask = |token: &str, user: &str| session.decide(request(token, user, &[])).unwrap().is_allowed();
    assert!(["a", "b", "c"].into_iter().all(|token| ask(token, "ann")));
    assert!(!ask("d", "ann"));
    assert!(ask("e", "bob"));
}

#[test]
fn a_token_that_turns_up_in_a_new_country_is_denied_each_time() {
    let stage = Stage::new(&["region/new_country"], &json!({}));
    let mut session = stage.session();
    let from = |country: &str| request("t", "ann", &[]).replace("DE", country);
    assert!(session.decide(from("DE")).unwrap().is_allowed());
    assert!(!session.decide(from("BR")).unwrap().is_allowed());
    assert!(!session.decide(from("BR")).unwrap().is_allowed());
    assert!(session.decide(from("DE")).unwrap().is_allowed());
}

#[test]
fn a_clock_that_jumps_back_gains_nobody_requests_and_makes_nothing_younger() {
    let cap = json!({"lictor": {"parameters": {"rate": {"token": {"max_per_minute": 2}}}}});
    let stage = Stage::new(&["rate/token", "inactivity/unused"], &cap);
    stage.push(Kind::Token, "t", json!({"created_ms": START / 1_000_000}));
    let mut session = stage.session();
    let mut ask = |now_ns| {
        stage.clock.set(now_ns);
        session.decide(request("t", "ann", &[])).unwrap().is_allowed()
    };
    assert!(ask(START) && ask(START));
    assert!(!ask(START - 3600 * SECOND) && !ask(START - DAY) && !ask(START + SECOND));
    assert!(ask(START + 180 * SECOND));
    assert!(!ask(START + 60 * DAY));
    assert!(!ask(START), "what was found idle stays idle");
}

#[test]
fn nothing_that_an_event_says_of_its_own_use_or_time_counts() {
    let policy = "package p\n\ndeny contains json.marshal([input.usage.count_1m, object.get(input.usage, \"extra\", null), \
                  input.time_ns == time.now_ns()])";
    for builder in [Builder::new(), Builder::new().without_fast_rooms()] {
        let stage = Stage::of(builder.module("p.rego", policy));
        let mut session = stage.session();
        for (n, said) in [
            r#"{"usage":{"count_1m":0,"extra":1},"time_ns":1,"event":"use","token":{"id":"t"}}"#,
            r#"{"event":"use","token":{"id":"t"},"usage":{"count_1m":0,"extra":1},"time_ns":1,"usage":3} "#,
            "{\"event\":\"use\",\"token\":{\"id\":\"t\"},\"us\\u0061ge\":{\"count_1m\":0}\n}\n",
        ]
        .iter()
        .enumerate()
        {
            let decision = session.decide(said).unwrap();
            assert_eq!(messages(&decision), [format!("[{},null,true]", n + 1)], "{said}");
        }
    }
}

#[test]
fn events_that_are_no_requests_see_what_is_pushed_and_count_nothing() {
    let stage = Stage::new(&["ownership/keys_per_owner"], &json!({}));
    stage.push(Kind::User, "acme/sa", json!({"active_keys": 1}));
    let create = r#"{"event":"create","apiKey":{"identifier":"k","accountIdentifier":"acme","parentIdentifier":"sa"}}"#;
    let mut session = stage.session();
    assert_eq!(messages(&session.decide(create).unwrap()), ["owner has 1 active keys, and may have 1"]);
    stage.push(Kind::User, "acme/sa", json!({"active_keys": 0}));
    assert!(session.decide(create).unwrap().is_allowed());
    let subject = Subject { user: Some("acme/sa"), ..Subject::default() };
    assert_eq!(stage.store.read(&subject, START.into()).unwrap().user.unwrap().counts, [0; 4]);
}

#[test]
fn what_is_no_object_or_no_json_is_an_error() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.count_1m > 100"));
    let mut session = stage.session();
    for event in
        ["3", "[]", "{}", "", "{\"event\":\"use\"", "{\"event\":\"use\",\"token\":{\"id\":\"t\"}}}", "\u{feff}{}"]
    {
        assert!(session.decide(event).is_err(), "{event}");
    }
    assert!(session.decide([b'{', b'"', 0xff, b'"', b':', b'1', b'}']).is_err());
    assert_eq!(stage.store.tokens(), 0);
}

/// Policies that look at usage in every way: by members, by kind, by parts, as a whole, through roles that are not known
/// before, beside all of the input.
const LOOKS: [&str; 10] = [
    "deny contains json.marshal([input.usage.count_1s, input.usage.count_1m, input.usage.countries, input.time_ns])",
    "deny contains json.marshal(input.usage)",
    "deny contains json.marshal([input.usage.key, input.usage.user.risk, input.usage.user.known_since_ms])",
    "deny contains json.marshal({role: usage | some role, usage in input.usage.roles})",
    "deny contains json.marshal([input.usage.roles.teller.count_1d, input.usage.roles[input.principal.roles[0]]])",
    "deny contains \"there\" if { input.usage; input.usage.user; not input.usage.nothing; input.time_ns > 7 }",
    "deny contains json.marshal([object.get(input, \"usage\", 0).status, object.get(input.usage, \"risk\", 1), \
     object.get(input.usage.user, \"risk\", 2), object.get(input, [\"usage\", \"facts\", \"deep\", 1, \"x\"], 3)])",
    "deny contains json.marshal([input.usage.facts.deep, input.usage.status.x, input.time_ns.x, input.usage.risk])",
    "deny contains json.marshal([input.usage.active_keys, input.usage.active_tokens, input.usage.float, input.usage.big])",
    "deny contains json.marshal(input)",
];

#[test]
fn policies_see_the_same_as_stands_in_the_event_that_is_recorded() {
    let events = [
        request("t", "ann", &["teller", "clerk", "teller"]),
        request("t", "ann", &[]),
        request("unknown", "bob", &["nobody"]),
        r#"{"event":"use","token":{"id":"t"},"usage":{"count_1m":0,"roles":{"x":1},"facts":7},"time_ns":{"x":3}}"#
            .into(),
        r#"{"event":"use","token":{"identifier":"a","accountIdentifier":"acme","apiKeyIdentifier":"k"}, "usage": 3 } "#
            .into(),
        r#"{"event":"create","apiKey":{"identifier":"k","accountIdentifier":"acme"},"principal":{"roles":[3,"z"]}}"#
            .into(),
        "{\"event\":\"use\",\"us\\u0061ge\":{\"risk\":1},\"token\":{\"id\":\"t\\u00e9\"}}\n".into(),
        r#"{"token":{}}"#.into(),
    ];
    let facts = json!({
        "risk": 90, "float": 1.5e3, "big": 1e300, "countries": ["FR", "DE"], "key": "none", "status": "none", "roles": 3,
        "facts": {"deep": ["<a>", {"x": null}]}, "last_used_ms": 7, "known_since_ms": 8, "count_1m": 9, "": true,
    });
    for look in LOOKS {
        for builder in [Builder::new(), Builder::new().without_fast_rooms()] {
            let stage = Stage::of(builder.module("p.rego", format!("package p\n\n{look}")));
            stage.push(Kind::Token, "t", facts.clone());
            stage.push(Kind::User, "ann", json!({"active_keys": 3, "risk": 0.25}));
            stage.push(Kind::Key, "acme/k", json!({"active_tokens": u64::MAX}));
            stage.push(Kind::Role, "teller", json!({"roles": "kept", "user": 1}));
            let (mut tracked, mut plain) = (stage.session(), stage.policy.session());
            for event in events.iter().chain(&events) {
                let evaluation = tracked.evaluate(event);
                let judged = evaluation.judged.unwrap();
                let (told, seen) = (evaluation.outcome.unwrap(), plain.decide(&judged).unwrap());
                assert_eq!(messages(&told), messages(&seen), "{look}: {}", String::from_utf8_lossy(&judged));
                // Whoever decides is told as whoever records; a request was counted, but for that.
                if !event.contains("\"use\"") {
                    assert_eq!(messages(&tracked.decide(event).unwrap()), messages(&told), "{look}: {event}");
                }
            }
        }
    }
}

#[test]
fn facts_that_are_nested_without_end_are_an_error() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.deep == 3"));
    let deep = (0..2_000).fold(json!(1), |deep, _| Value::Array(vec![deep]));
    stage.store.push(Kind::Token, "t", Map::from_iter([("deep".into(), deep)])).unwrap();
    let error = stage.session().decide(request("t", "ann", &[])).unwrap_err().to_string();
    assert!(error.ends_with("what was pushed to the usage store is nested too deep"), "{error}");
}
