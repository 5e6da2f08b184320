//! Any bytes are decided alike with the lens and without.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use lictor::{Builder, PolicySet, Session};

fn session(slow: bool) -> Session {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/seed/sets");
    let builder = Builder::new().sets(PolicySet::load_all(folder).expect("the seed's sets are well-formed"));
    let builder = if slow { builder.without_fast_rooms() } else { builder };
    builder.build().expect("the seed's policies compile").session()
}

thread_local! {
    static SESSIONS: RefCell<(Session, Session)> = RefCell::new((session(false), session(true)));
}

fuzz_target!(|event: &[u8]| {
    SESSIONS.with_borrow_mut(|(fast, slow)| {
        let (fast, slow) = (fast.decide(event), slow.decide(event));
        assert_eq!(fast.map_err(|e| e.to_string()), slow.map_err(|e| e.to_string()));
    });
});
