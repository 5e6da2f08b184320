//! Any bytes as an event before the seed's policy sets: judged or refused with a reason; what is no JSON is never allowed,
//! and a user's token never is either.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use lictor::{Policy, PolicySet, Session};
use serde_json::Value as Json;

fn sessions() -> (Session, Session) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/seed/sets");
    let fast = Policy::load_sets(folder).expect("the seed's sets compile");
    let sets = PolicySet::load_all(folder).expect("the seed's sets are well-formed");
    let slow = lictor::Builder::new().sets(sets).without_fast_rooms().build().expect("the seed's sets compile");
    (fast.session(), slow.session())
}

thread_local! {
    static SESSIONS: RefCell<(Session, Session)> = RefCell::new(sessions());
}

fuzz_target!(|bytes: &[u8]| {
    SESSIONS.with_borrow_mut(|(fast, slow)| {
        let decision = match (fast.decide(bytes), slow.decide(bytes)) {
            (Ok(fast), Ok(slow)) => {
                assert_eq!(fast, slow);
                Some(fast)
            }
            (Err(fast), Err(slow)) => {
                assert_eq!(fast.to_string(), slow.to_string());
                None
            }
            (fast, slow) => panic!("with fast rooms {fast:?}, without {slow:?}"),
        };
        let Some(decision) = decision else { return };
        let event: Json = match serde_json::from_slice(bytes) {
            Ok(event) => event,
            // Both take JSON that the other does not: lone surrogates here, depth past 128 there.
            Err(error) => {
                let taken = ["surrogate", "escape", "recursion", "number out of range"];
                let reason = error.to_string();
                assert!(taken.iter().any(|word| reason.contains(word)), "{reason}, but judged");
                return;
            }
        };
        let is_token = event["metadata"]["type"] == "token";
        let is_users = event["token"]["apiKeyType"].as_str().is_some_and(|kind| kind.contains("USER"));
        let saves = ["/event", "/metadata/event", "/token/scheduledExpireTime", "/request/method"];
        let saves = saves.iter().all(|path| event.pointer(path).is_none())
            && event.pointer("/attributes/request/http/method").is_none();
        assert!(!(is_token && is_users && saves && decision.is_allowed()), "a user's token is allowed");
    });
});
