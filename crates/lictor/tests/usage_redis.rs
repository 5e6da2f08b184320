//! Usage in a real Redis or Valkey: what many instances share, and what becomes of requests when it is away.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use lictor::usage::{HybridStore, Kind, Moment, RedisOptions, RedisStore, StoreError, Subject};
use lictor::{Builder, Error, Host, MemoryStore, Policy, PolicySet, Tracked, UsageStore};
use lictor_testing::{Authority, Identity};
use serde_json::{Map, json};

#[path = "common/redis_server.rs"]
mod redis_server;

use redis_server::Server;

const START: i64 = 1_800_000_000_000_000_000;
const SECOND: i64 = 1_000_000_000;
/// For machines that have more to do.
const PATIENCE: Duration = Duration::from_secs(10);

/// The clocks of an instance: the system's, with the one on the wall set wrong.
#[derive(Default)]
struct Wrong(AtomicI64);

impl Host for Wrong {
    fn now_ns(&self) -> i64 {
        lictor::StandardHost::default().now_ns() + self.0.load(Ordering::Relaxed) * SECOND
    }

    fn tick_ns(&self) -> i64 {
        lictor::StandardHost::default().tick_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn subject(token: &str) -> Subject<'_> {
    Subject { token: Some(token), user: Some("ann"), roles: &["teller"], country: Some("DE"), key: None }
}

fn now() -> Moment {
    Moment::of_host(&lictor::StandardHost::default())
}

fn facts(risk: i64) -> Map<String, serde_json::Value> {
    Map::from_iter([("risk".into(), json!(risk))])
}

fn request(token: &str) -> String {
    json!({"event": "use", "request": {"method": "GET", "country": "DE"}, "token": {"id": token}}).to_string()
}

/// A policy set with a cap of requests a day, so that no window ends while a test runs, but at midnight.
fn capped(most: u64, rule: &str) -> Policy {
    capped_by(most, rule, Arc::new(lictor::StandardHost::default()))
}

fn capped_by(most: u64, rule: &str, host: Arc<dyn Host>) -> Policy {
    let set = format!(
        "{{name: s, entity: token, events: on_use, enforced: true, {rule} policies: [{{name: p, severity: error, rego: \
         'package p\n\n  deny contains input.usage.status if input.usage.count_1d > {most}'}}]}}"
    );
    let set = PolicySet::parse(&set, Path::new("set.yaml")).unwrap();
    Builder::new().sets(vec![set]).host(host).build().unwrap()
}

fn allowed(session: &mut Tracked, token: &str, times: usize) -> usize {
    (0..times).filter(|_| session.decide(request(token)).unwrap().is_allowed()).count()
}

#[test]
fn the_server_counts_and_remembers_as_the_store_in_memory_does() {
    let Some(server) = Server::start(&[]) else { return };
    let (redis, memory) = (RedisStore::open(&server.url()).unwrap(), MemoryStore::new());
    let stores: [&dyn UsageStore; 2] = [&redis, &memory];
    // Instants that fill, slide and leave each window, one that goes back a little, and one that is long after.
    let seconds =
        [0, 0, 0, 1, 1, 30, 59, 60, 61, 90, 119, 121, 3_000, 3_600, 5_400, 86_399, 86_400, 100_000, 1_000_000];
    for (n, second) in seconds.into_iter().enumerate() {
        let at = START + second * SECOND + 7_000 * n as i64;
        let subject = Subject { country: Some(["C0", "C1", "C2"][n % 3]), ..subject("t") };
        let said = stores.map(|store| store.consume(&subject, at.into()).unwrap());
        assert_eq!(said[0], said[1], "after {second} s");
        if n % 2 == 0 {
            stores.iter().for_each(|store| store.commit(&subject, at).unwrap());
        }
        if n == 5 {
            stores.iter().for_each(|store| store.push(Kind::User, "ann", facts(7)).unwrap());
        }
        let said = stores.map(|store| store.read(&subject, at.into()).unwrap());
        assert_eq!(said[0], said[1], "read after {second} s");
    }
    let end = (START + 1_000_001 * SECOND).into();
    for (kind, id) in [(Kind::Token, "t"), (Kind::User, "ann"), (Kind::Role, "teller"), (Kind::Key, "none")] {
        let said = stores.map(|store| store.look(kind, id, end).unwrap());
        assert_eq!(said[0], said[1], "{kind:?}");
        let said = stores.map(|store| store.clear(kind, id).unwrap());
        assert_eq!(said, [kind != Kind::Key; 2]);
        assert_eq!(stores.map(|store| store.look(kind, id, end).unwrap()), [None, None]);
    }
}

#[test]
fn of_many_threads_of_two_instances_as_many_pass_as_may_and_no_more() {
    let Some(server) = Server::start(&[]) else { return };
    let policy = capped(40, "");
    let stores = [0, 1].map(|_| Arc::new(RedisStore::open(&server.url()).unwrap()));
    let passed: usize = std::thread::scope(|scope| {
        let ask = |n: usize| {
            let (policy, store) = (&policy, stores[n % 2].clone());
            scope.spawn(move || allowed(&mut Tracked::new(policy.session(), store), "t", 4))
        };
        let threads: Vec<_> = (0..16).map(ask).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 40);
}

#[test]
fn a_denied_request_does_not_refresh_last_used_and_keys_have_a_prefix_and_an_end() {
    let Some(server) = Server::start(&[]) else { return };
    let store =
        RedisOptions::default().prefix("{acme}:").expire(Duration::from_secs(1_000)).open(&server.url()).unwrap();
    let store = Arc::new(store);
    let mut session = Tracked::new(capped(1, "").session(), store.clone());
    assert!(session.decide(request("t")).unwrap().is_allowed());
    let first = store.look(Kind::Token, "t", now()).unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert!(!session.decide(request("t")).unwrap().is_allowed());
    let second = store.look(Kind::Token, "t", now()).unwrap().unwrap();
    assert_eq!((first.last_used_ms, first.counts[3]), (second.last_used_ms, 1));
    assert_eq!((second.counts[3], &*second.countries), (2, &["DE".into()][..]));
    let mut client = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut client).unwrap();
    keys.sort();
    assert_eq!(keys, ["{acme}:began", "{acme}:token:t"]);
    let left: i64 = redis::cmd("TTL").arg("{acme}:token:t").query(&mut client).unwrap();
    assert!((1..=1_000).contains(&left), "{left}");
    let other = RedisStore::open(&server.url()).unwrap();
    assert_eq!(other.look(Kind::Token, "t", now()).unwrap(), None, "another prefix has other tokens");
}

#[test]
fn who_comes_after_records_may_have_expired_is_told_from_who_is_new() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisOptions::default().expire(Duration::from_secs(1_000)).open(&server.url()).unwrap();
    let since = |token: &str, seconds: i64| {
        let at = (START + seconds * SECOND).into();
        store.consume(&subject(token), at).unwrap().token.unwrap().known_since_ms
    };
    assert_eq!(since("a", 0), None);
    assert_eq!(since("b", 999), None);
    assert_eq!(since("c", 1_001), Some(START / 1_000_000 + 1_000));
    assert_eq!(since("c", 1_100), Some(START / 1_000_000 + 1_000), "and it stays so");
}

#[test]
fn while_the_server_is_away_each_set_s_rule_says_what_becomes_of_requests() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = Arc::new(RedisStore::open(&server.url()).unwrap());
    let with = |rule: &str| Tracked::new(capped(5, rule).session(), store.clone());
    let (mut denying, mut allowing) = (with(""), with("on_state_error: allow,"));
    let mut stale = with("on_state_error: {stale: 1h},");
    assert!(denying.decide(request("t")).unwrap().is_allowed());
    assert!(stale.decide(request("t")).unwrap().is_allowed());
    server.kill();
    for _ in 0..3 {
        assert!(matches!(denying.decide(request("t")), Err(Error::Usage(StoreError::Unreachable(_)))));
    }
    assert_eq!(allowed(&mut allowing, "t", 20), 20);
    // Two were counted when it was seen last: three more pass.
    assert_eq!(allowed(&mut stale, "t", 20), 3);
    assert!(stale.decide(request("never-seen")).is_err());
    server.restart();
    // It tries again every 100 ms; the functions have to be loaded again too.
    let started = Instant::now();
    while denying.decide(request("t")).is_err() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come back");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(stale.decide(request("t")).unwrap().is_allowed(), "the server has forgotten everything");
}

#[test]
fn a_connection_that_broke_while_it_was_idle_is_made_again_within_the_same_decision() {
    let Some(mut server) = Server::start(&[]) else { return };
    let mut session = Tracked::new(capped(100, "").session(), Arc::new(RedisStore::open(&server.url()).unwrap()));
    assert!(session.decide(request("t")).is_ok());
    server.kill();
    server.restart();
    assert!(session.decide(request("t")).unwrap().is_allowed());
}

#[test]
fn a_server_that_hangs_is_given_up_after_the_timeout() {
    let Some(server) = Server::start(&[]) else { return };
    let options = RedisOptions::default().timeouts(Duration::from_millis(100), Duration::from_millis(50));
    let mut session = Tracked::new(capped(100, "").session(), Arc::new(options.open(&server.url()).unwrap()));
    assert!(session.decide(request("t")).is_ok());
    let signal =
        |name: &str| assert!(Command::new("kill").args([name, &server.id().to_string()]).status().unwrap().success());
    signal("-STOP");
    // The first has a connection, the second has to make one.
    let both = [session.decide(request("t")), session.decide(request("t"))];
    signal("-CONT");
    assert!(both.iter().all(|decision| matches!(decision, Err(Error::Usage(_)))), "{both:?}");
    let started = Instant::now();
    while session.decide(request("t")).is_err() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come back");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn functions_that_were_flushed_are_loaded_again() {
    let Some(server) = Server::start(&[]) else { return };
    let mut session = Tracked::new(capped(100, "").session(), Arc::new(RedisStore::open(&server.url()).unwrap()));
    assert!(session.decide(request("t")).is_ok());
    let mut client = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    redis::cmd("SCRIPT").arg("FLUSH").query::<()>(&mut client).unwrap();
    assert!(session.decide(request("t")).is_ok());
}

#[test]
fn a_server_with_a_password_wants_the_right_one_and_no_error_says_it() {
    let Some(server) = Server::start(&["--requirepass", "hunter2"]) else { return };
    let url = |login: &str| format!("redis://{login}127.0.0.1:{}/0", server.port);
    let ask = |login: &str| {
        let store = Arc::new(RedisStore::open(&url(login)).unwrap());
        Tracked::new(capped(100, "").session(), store).decide(request("t"))
    };
    assert!(ask(":hunter2@").unwrap().is_allowed());
    assert!(ask("default:hunter2@").unwrap().is_allowed());
    for login in ["", ":tulip@"] {
        let error = ask(login).unwrap_err().to_string();
        assert!(!error.contains("tulip") && !error.contains("hunter2"), "{error}");
    }
    assert!(RedisStore::open("http://tulip@nowhere").is_err_and(|error| !error.to_string().contains("tulip")));
}

#[test]
fn a_server_without_tls_is_no_server_where_tls_is_asked_for() {
    let Some(server) = Server::start(&[]) else { return };
    let url = server.url().replace("redis://", "rediss://");
    let mut session = Tracked::new(capped(100, "").session(), Arc::new(RedisStore::open(&url).unwrap()));
    assert!(matches!(session.decide(request("t")), Err(Error::Usage(StoreError::Unreachable(_)))));
}

/// What the store at a server's URL says of a request.
fn asked(server: &Server, options: RedisOptions) -> Result<bool, String> {
    let store = options.timeouts(PATIENCE, PATIENCE).open(&server.url_tls()).map_err(|error| error.to_string())?;
    let decision = Tracked::new(capped(100, "").session(), Arc::new(store)).decide(request("t"));
    decision.map(|decision| decision.is_allowed()).map_err(|error| error.to_string())
}

#[test]
fn over_tls_a_server_is_asked_whose_authority_is_trusted_and_no_other() {
    let (authority, other) = (Authority::new(), Authority::new());
    let identity = authority.issue(&["localhost"]);
    let Some(server) = Server::start_tls(&identity.certificate, &identity.key, None) else { return };
    let trusting = |authority: &Authority| RedisOptions::default().authority(authority.certificate());
    assert_eq!(asked(&server, trusting(&authority)), Ok(true));
    for options in [RedisOptions::default(), trusting(&other)] {
        let error = asked(&server, options).unwrap_err();
        assert!(error.contains("no authority that this machine trusts") && error.contains("SSL_CERT_FILE"), "{error}");
    }
    let allowing = capped(100, "on_state_error: allow,");
    let store = RedisStore::open(&server.url_tls()).unwrap();
    let decision = Tracked::new(allowing.session(), Arc::new(store)).decide(request("t"));
    assert!(decision.unwrap().is_allowed(), "the set's rule counts");
    let error = asked(&server, RedisOptions::default().authority("tulip")).unwrap_err();
    assert!(error.contains("has no certificate"), "{error}");
}

#[test]
fn a_certificate_for_another_name_or_of_another_time_is_none() {
    let authority = Authority::new();
    for (identity, said) in
        [(authority.issue(&["redis.internal"]), "another name"), (authority.issue_expired(&["localhost"]), "expired")]
    {
        let Some(server) = Server::start_tls(&identity.certificate, &identity.key, None) else { return };
        let error = asked(&server, RedisOptions::default().authority(authority.certificate())).unwrap_err();
        assert!(error.to_lowercase().contains(said), "{error}");
    }
}

#[test]
fn a_server_that_wants_to_see_the_client_s_certificate_sees_it() {
    let authority = Authority::new();
    let (identity, client) = (authority.issue(&["localhost"]), authority.issue(&["gateway"]));
    let wants = authority.certificate();
    let Some(server) = Server::start_tls(&identity.certificate, &identity.key, Some(&wants)) else { return };
    let options = || RedisOptions::default().authority(authority.certificate());
    assert_eq!(asked(&server, options().identity(client.certificate, client.key.clone())), Ok(true));
    let error = asked(&server, options()).unwrap_err();
    assert!(error.contains("wants to see a certificate of the client"), "{error}");
    let stranger = Identity::of_its_own(&["gateway"], false);
    let error = asked(&server, options().identity(stranger.certificate, stranger.key.clone())).unwrap_err();
    assert!(!error.contains("PRIVATE") && !error.contains(&stranger.key), "{error}");
    assert!(!format!("{:?}", options().identity("c", client.key)).contains("PRIVATE"));
}

#[test]
fn an_instance_whose_clock_jumped_is_told_and_is_right_again_when_its_clock_is() {
    let Some(server) = Server::start(&[]) else { return };
    let clock = Arc::new(Wrong::default());
    let policy = capped_by(100, "", clock.clone());
    let mut session = Tracked::new(policy.session(), Arc::new(RedisStore::open(&server.url()).unwrap()));
    assert!(session.decide(request("t")).is_ok());
    for wrong in [3_600, -3_600] {
        clock.0.store(wrong, Ordering::Relaxed);
        let error = session.decide(request("t")).unwrap_err();
        assert!(matches!(error, Error::Usage(StoreError::Differs { .. })), "{error}");
        clock.0.store(30, Ordering::Relaxed);
        assert!(session.decide(request("t")).is_ok(), "the server's clock counts, and half a minute is no jump");
    }
}

#[test]
fn hybrid_instances_let_no_more_pass_than_their_formula_says() {
    let Some(server) = Server::start(&[]) else { return };
    let (most, each) = (100, 80);
    let policy = capped(most, "");
    // So seldom that syncs are those of the test.
    let store = || {
        let redis = RedisStore::open(&server.url()).unwrap();
        Arc::new(HybridStore::new(redis, Duration::from_secs(3_600)).unwrap())
    };
    let (one, two) = (store(), store());
    let session = |store: &Arc<HybridStore>| Tracked::new(policy.session(), store.clone() as Arc<dyn UsageStore>);
    let (mut at_one, mut at_two) = (session(&one), session(&two));
    // The first request of each goes to the server itself, so the second instance knows of one.
    assert_eq!(allowed(&mut at_one, "t", each), each);
    assert_eq!(allowed(&mut at_two, "t", each), each);
    // One other instance, each of whose requests since the last sync was not known: 160 - 100 is less than its 80.
    let overshoot = 2 * each - most as usize;
    assert!(overshoot <= each);
    one.sync().unwrap();
    two.sync().unwrap();
    one.sync().unwrap();
    assert_eq!((allowed(&mut at_one, "t", 50), allowed(&mut at_two, "t", 50)), (0, 0), "each knows of the other");
    for store in [&one, &two] {
        store.sync().unwrap();
    }
    let known = one.look(Kind::Token, "t", now()).unwrap().unwrap();
    assert_eq!(known.counts[3], 2 * each as u64 + 100, "none is lost, and none counted twice");
    assert_eq!(known.countries.join(" "), "DE");
}

#[test]
fn hybrid_instances_that_sync_by_themselves_stop_each_other() {
    let Some(server) = Server::start(&[]) else { return };
    let policy = capped(50, "");
    let mut sessions = [0, 1].map(|_| {
        let redis = RedisStore::open(&server.url()).unwrap();
        let store = HybridStore::new(redis, Duration::from_millis(20)).unwrap();
        Tracked::new(policy.session(), Arc::new(store) as Arc<dyn UsageStore>)
    });
    let (mut passed, mut refused) = ([0, 0], [0, 0]);
    let started = Instant::now();
    while refused.iter().any(|refused| *refused < 100) {
        assert!(started.elapsed() < Duration::from_secs(120), "{passed:?} {refused:?}");
        for (n, session) in sessions.iter_mut().enumerate() {
            match session.decide(request("t")).unwrap().is_allowed() {
                true => passed[n] += 1,
                false => refused[n] += 1,
            }
        }
    }
    // Of two instances each lets its own pass, and at most a cap's worth of the other's is not known.
    assert!((50..=100).contains(&(passed[0] + passed[1])), "{passed:?}");
}

#[test]
fn a_hybrid_instance_whose_server_went_away_goes_by_the_rule_and_tells_later() {
    let Some(mut server) = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let redis = RedisStore::open(&server.url()).unwrap();
    let store = Arc::new(HybridStore::new(redis, Duration::from_millis(20)).unwrap());
    let mut session = Tracked::new(capped(1_000_000, "").session(), store.clone() as Arc<dyn UsageStore>);
    assert!(session.decide(request("t")).unwrap().is_allowed());
    server.kill();
    let started = Instant::now();
    let mut counted = 1;
    while session.decide(request("t")).is_ok() {
        assert!(started.elapsed() < Duration::from_secs(60), "it goes on without its server");
        counted += 1;
    }
    server.restart();
    let started = Instant::now();
    while store.sync().is_err() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come back");
        std::thread::sleep(Duration::from_millis(10));
    }
    let known = store.look(Kind::Token, "t", now()).unwrap().unwrap();
    assert!(known.counts[3] >= counted, "{known:?} after {counted} requests");
    assert!(server.folder().join("appendonlydir").exists() || server.folder().join("appendonly.aof").exists());
}
