//! What keeping usage adds to a decision: alone, with the store in memory, with the hybrid store, through Redis.
//!
//!     cargo run --release -p lictor-benches --example tracked [ROUNDS [STORE..]]
//!
//! Requests of the generator, 1.1 KB in the mean, are judged by policies that look at usage and deny nobody. Prints ns a
//! request and allocations: rounds take turns, and the least of each 100 requests' passes counts, so that a busy machine shows
//! little. `valkey-server` or `redis-server` is started where there is one; else what needs it is left out.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::hint::black_box;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lictor::usage::{HybridStore, RedisOptions};
use lictor::{MemoryStore, Policy, Session, Tracked, UsageStore};
use lictor_benches::{Events, Mix};

const REQUESTS: usize = 5_000;
const GROUP: usize = 100;
const PATIENCE: Duration = Duration::from_secs(10);
const REQUEST: &str = r#"{"event":"request""#;
/// Through Redis a request takes a hundred times as long.
const REDIS_REQUESTS: usize = 500;

const POLICY: &str = r#"package rate
deny contains "too many with this token" if input.usage.count_1m > 1000000000
deny contains "too many of this user" if input.usage.user.count_1d > 1000000000
deny contains "too risky" if input.usage.risk > 90
"#;

enum Judge {
    Alone(Session),
    Tracked(Tracked),
}

impl Judge {
    fn decide(&mut self, event: &str) -> bool {
        match self {
            Judge::Alone(session) => session.decide(event).unwrap().is_allowed(),
            Judge::Tracked(session) => session.decide(event).unwrap().is_allowed(),
        }
    }
}

struct Contender {
    name: &'static str,
    judge: Judge,
    events: usize,
    /// The least time of each group of events.
    best: Vec<Duration>,
    allocations: f64,
}

impl Contender {
    fn new(name: &'static str, judge: Judge, events: usize) -> Self {
        Contender { name, judge, events, best: vec![Duration::MAX; events / GROUP], allocations: 0.0 }
    }

    fn round(&mut self, events: &[String]) {
        let events = &events[..self.events];
        let judge = &mut self.judge;
        for (events, best) in events.chunks(GROUP).zip(&mut self.best) {
            let begin = Instant::now();
            events.iter().for_each(|event| assert!(judge.decide(black_box(event))));
            *best = begin.elapsed().min(*best);
        }
    }

    fn count(&mut self, events: &[String]) {
        let judge = &mut self.judge;
        let pass = || events[..self.events].iter().for_each(|event| assert!(judge.decide(event)));
        self.allocations = allocation_counter::measure(pass).count_total as f64 / self.events as f64;
    }

    fn ns(&self) -> f64 {
        self.best.iter().sum::<Duration>().as_nanos() as f64 / self.events as f64
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let rounds: usize = words.next().map_or(9, |word| word.parse().unwrap());
    let only: Vec<String> = words.collect();
    let policy = Policy::of_module("rate.rego", POLICY).unwrap();
    println!("{}", policy.describe());
    // At a gateway the kind of the event is the request's; here it says of itself that it is a use.
    let requests = Events::new(1, Mix::Main).filter(|event| event.starts_with(REQUEST));
    let uses = requests.map(|event| event.replacen(REQUEST, r#"{"event":"use""#, 1));
    let events: Vec<String> = uses.take(REQUESTS).collect();
    let bytes: usize = events.iter().map(String::len).sum();
    println!("{} requests, {} bytes in the mean", events.len(), bytes / events.len());

    let tracked = |store: Arc<dyn UsageStore>| Judge::Tracked(Tracked::new(policy.session(), store));
    let mut all = vec![
        Contender::new("alone", Judge::Alone(policy.session()), REQUESTS),
        Contender::new("memory", tracked(Arc::new(MemoryStore::new())), REQUESTS),
    ];
    let server = Server::start();
    if let Some(Server { url, .. }) = &server {
        // On a busy machine an answer may take long.
        let patient = || RedisOptions::default().timeouts(PATIENCE, PATIENCE).open(url).unwrap();
        let hybrid = HybridStore::new(patient(), Duration::from_millis(100)).unwrap();
        all.push(Contender::new("hybrid", tracked(Arc::new(hybrid)), REQUESTS));
        all.push(Contender::new("redis", tracked(Arc::new(patient())), REDIS_REQUESTS));
    } else {
        eprintln!("neither valkey-server nor redis-server is on the path: hybrid and redis are left out");
    }
    all.retain(|contender| only.is_empty() || only.iter().any(|name| name == contender.name));
    for _ in 0..rounds {
        all.iter_mut().for_each(|contender| contender.round(&events));
    }
    all.iter_mut().for_each(|contender| contender.count(&events));
    let alone = all[0].ns();
    println!("{:8} {:>10} {:>7} {:>12}", "store", "ns", "times", "allocations");
    for contender in &all {
        let (name, ns) = (contender.name, contender.ns());
        println!("{name:8} {ns:>10.0} {:>7.2} {:>12.2}", ns / alone, contender.allocations);
    }
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Option<Server> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let start = |program: &str| {
            let arguments = ["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"];
            Command::new(program).args(arguments).stdout(Stdio::null()).spawn().ok()
        };
        let child = start("valkey-server").or_else(|| start("redis-server"))?;
        let server = Server { child, url: format!("redis://127.0.0.1:{port}/") };
        let up = (0..1_000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
        up.then_some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
