//! Tracked batches: events of a token, key or user in their order.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lictor::{Error, Worker};

use super::*;

#[test]
fn a_batch_judges_events_of_a_token_key_or_user_in_their_order() {
    // Each event says how many requests of the same came before it, and where they came from.
    let text = "package p\n\ndeny contains \"out of order\" if {\n\tsome place in input.places\n\tusage := \
                object.get(input.usage, place, input.usage)\n\tusage.count_1d != input.wanted[place]\n}\n\ndeny contains \
                \"not noted\" if {\n\tinput.wanted.token > 1\n\tnot input.before in input.usage.countries\n}";
    let stage = Stage::of(Builder::new().module("p.rego", text));
    let (mut tokens, mut users, mut last) = (HashMap::new(), HashMap::new(), HashMap::new());
    let events: Vec<String> = (0..2_000u64)
        .map(|n| {
            let (token, user) = (n * n % 17, n * n * n % 5);
            let count = |of: &mut HashMap<u64, u64>, name| {
                *of.entry(name).or_insert(0) += 1;
                of[&name]
            };
            let (token_count, user_count) = (count(&mut tokens, token), count(&mut users, user));
            let country = format!("C{}", n % 40);
            let before = last.insert(token, country.clone());
            json!({
                "event": "use", "request": {"country": country}, "token": {"id": token.to_string()},
                "principal": {"id": user.to_string()}, "places": ["token", "user"],
                "wanted": {"token": token_count, "user": user_count}, "before": before,
            })
            .to_string()
        })
        .collect();
    for (threads, group) in [(1, 64), (4, 1), (3, 7), (8, 64)] {
        let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
        let batch = stage.policy.batch().threads(threads).group(group).tracked(&store);
        for (event, decision) in events.iter().zip(batch.decide(&events)) {
            let decision = decision.unwrap();
            assert!(decision.is_allowed(), "{threads} threads: {event}: {decision:?}");
        }
    }
}

#[test]
fn a_tracked_batch_goes_on_after_bad_events_and_ends_with_whoever_panics() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.count_1d > 100000"));
    let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
    let event = |n: u32| match n % 5 {
        0 => "{".to_owned(),
        1 => r#"{"token": {"id": "t"}, "event": "burn"}"#.to_owned(),
        _ => r#"{"token": {"id": "t"}, "event": "use"}"#.to_owned(),
    };
    let events: Vec<String> = (0..2_000).map(event).collect();
    let batch = stage.policy.batch().threads(4).group(3).tracked(&store);
    let decisions = batch.decide(&events);
    assert!(decisions.iter().enumerate().all(|(n, decision)| decision.is_ok() == (n % 5 > 1)));
    // Who judges only some of a group keeps nobody waiting, and neither does who panics.
    let run = |panics: bool| {
        let judge = |worker: &mut Worker, group: Vec<&String>| {
            assert!(!panics || !std::ptr::eq(group[0], &raw const events[600]), "on purpose");
            batch.judge(worker, group[0].as_bytes()).is_ok()
        };
        let groups = events.chunks(3).map(|group| group.iter().collect::<Vec<_>>());
        let of = |group: &Vec<&String>, of_event: &mut dyn FnMut(&[u8])| {
            group.iter().for_each(|event| of_event(event.as_bytes()));
        };
        let mut judged = 0;
        let _: ControlFlow<()> = batch.in_order(groups, of, judge, |_| {
            judged += 1;
            ControlFlow::Continue(())
        });
        judged
    };
    assert_eq!(run(false), 667);
    assert!(catch_unwind(AssertUnwindSafe(|| run(true))).is_err());
}

#[test]
fn recorded_batches_go_by_the_events_own_time() {
    let stage = Stage::of(Builder::new().module(
        "p.rego",
        "package p\n\ndeny contains \"idle\" if time.now_ns() / 1000000 - input.usage.last_used_ms > 45 * 86400000",
    ));
    let store: Arc<dyn UsageStore> = Arc::new(MemoryStore::new());
    let event = |day: i64| json!({"event": "use", "token": {"id": "t"}, "time_ns": START + day * DAY}).to_string();
    let decisions = stage.policy.batch().tracked(&store).recorded(true).decide([0, 44, 90].map(event));
    assert_eq!(decisions.map_each(), [true, true, false]);
}

trait MapEach {
    fn map_each(self) -> Vec<bool>;
}

impl MapEach for Vec<Result<Decision, Error>> {
    fn map_each(self) -> Vec<bool> {
        self.into_iter().map(|decision| decision.unwrap().is_allowed()).collect()
    }
}
