//! The store in memory: what it forgets, and what outlives the process.

use super::*;

#[test]
fn a_full_store_forgets_who_was_idle_longest_and_keeps_what_was_pushed() {
    let store = MemoryStore::with_limit(100);
    store.push(Kind::Token, "pushed", Map::from_iter([("risk".into(), json!(90))])).unwrap();
    for n in 0..1000 {
        store.consume(&of_token(&format!("t{n}")), (START + n).into()).unwrap();
        store.consume(&of_token("busy"), (START + n).into()).unwrap();
        assert!(store.tokens() <= 100);
    }
    let counts = |token: &str| store.read(&of_token(token), (START + 1000).into()).unwrap().token.unwrap();
    assert_eq!(counts("busy").counts, [1000; 4]);
    assert_eq!(counts("t999").counts, [1; 4]);
    assert_eq!(counts("t0").counts, [0; 4]);
    assert!(counts("pushed").facts.is_some());
}

#[test]
fn a_token_that_the_store_may_have_forgotten_is_told_from_a_new_one() {
    let store = MemoryStore::with_limit(64);
    let since =
        |token: &str, at: i64| store.consume(&of_token(token), at.into()).unwrap().token.unwrap().known_since_ms;
    assert_eq!(since("first", START), None);
    for n in 0..100 {
        since(&format!("t{n}"), START + n * 1_000_000);
    }
    let forgotten = since("first", START + DAY).unwrap();
    assert!(forgotten > START / 1_000_000 && forgotten < START / 1_000_000 + 100, "{forgotten}");
    let read = store.read(&of_token("never"), (START + DAY).into()).unwrap().token.unwrap();
    assert_eq!(read.known_since_ms, Some(forgotten), "whoever only looks is told as well");
    store.push(Kind::Token, "never", Map::from_iter([("known_since_ms".into(), json!(1))])).unwrap();
    assert_eq!(
        store.look(Kind::Token, "never", START.into()).unwrap().unwrap().to_json().unwrap()["known_since_ms"],
        forgotten
    );
}

#[test]
fn a_forgotten_token_may_not_turn_up_anywhere_as_if_it_were_new() {
    let stage = Stage::new(&["region/new_country"], &json!({}));
    let store = Arc::new(MemoryStore::with_limit(64));
    let mut session = Tracked::new(stage.policy.session(), store.clone());
    let from = |token: &str, country: &str| request(token, "ann", &[]).replace("DE", country);
    assert!(session.decide(from("old", "DE")).unwrap().is_allowed());
    for n in 0..100 {
        stage.clock.set(START + (n + 1) * SECOND);
        session.decide(from(&format!("t{n}"), "DE")).unwrap();
    }
    let decision = session.decide(from("old", "BR")).unwrap();
    assert_eq!(messages(&decision), ["where this token was used before is forgotten, and it is used in 'BR'"]);
    // One that is younger than what was forgotten is new for sure.
    let facts = Map::from_iter([("created_ms".into(), json!(START / 1_000_000 + 99_000))]);
    store.push(Kind::Token, "young", facts).unwrap();
    assert!(session.decide(from("young", "BR")).unwrap().is_allowed());
}

#[cfg(feature = "store")]
mod snapshots {
    use std::time::Duration;

    use lictor::usage::Snapshots;

    use super::*;

    #[test]
    fn what_was_cleared_or_forgotten_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.redb");
        let open = || Snapshots::open(&path, MemoryStore::with_limit(64)).unwrap();
        let first = open();
        for n in 0..100 {
            let name = format!("t{n}");
            let subject = of_token(&name);
            first.store().consume(&subject, (START + n).into()).unwrap();
        }
        first.close().unwrap();
        let second = open();
        assert!(second.store().clear(Kind::Token, "t99").unwrap());
        second.close().unwrap();
        let third = open();
        assert!(!third.store().clear(Kind::Token, "t99").unwrap());
        let subject = of_token("t0");
        assert!(third.store().read(&subject, START.into()).unwrap().token.unwrap().known_since_ms.is_some());
    }

    #[test]
    fn what_is_known_outlives_the_process_and_a_crash_loses_a_second_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.redb");
        let subject = Subject { country: Some("DE"), ..of_token("t") };
        let first = Snapshots::open(&path, MemoryStore::new()).unwrap();
        first.store().push(Kind::Token, "t", Map::from_iter([("risk".into(), json!(7))])).unwrap();
        first.store().consume(&subject, START.into()).unwrap();
        first.store().commit(&subject, START).unwrap();
        let known = first.store().read(&subject, START.into()).unwrap();
        // As a crash would leave it: copied while it is open, after a second and a little for slow machines.
        let crashed = folder.path().join("crashed.redb");
        std::thread::sleep(Duration::from_secs(3));
        std::fs::copy(&path, &crashed).unwrap();
        let after = Snapshots::open(&crashed, MemoryStore::new()).unwrap();
        assert_eq!(
            after.store().read(&subject, (START - DAY).into()).unwrap(),
            known,
            "and its clock does not go back"
        );
        first.store().consume(&subject, START.into()).unwrap();
        first.close().unwrap();
        let second = Snapshots::open(&path, MemoryStore::new()).unwrap();
        assert_eq!(second.store().read(&subject, START.into()).unwrap().token.unwrap().counts, [2; 4]);
        assert!(Snapshots::open(&path, MemoryStore::new()).is_err(), "it is open already");
        assert_eq!(second.failure(), None);
    }
}
