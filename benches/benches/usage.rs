//! What a tracked decision costs: with the store in memory, with Redis on the loopback address, and with the hybrid of both.
//!
//! `cargo bench -p lictor-benches --bench usage`. It starts `valkey-server` or `redis-server`, where there is one, and leaves
//! the last two out where there is none. The policy is one comparison, so that the figures are those of usage: beside them is
//! the same event with its usage in it, judged by a plain session.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark may stop where its own data is broken")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use lictor::usage::{HybridStore, RedisStore};
use lictor::{MemoryStore, Policy, Tracked, UsageStore};

const POLICY: &str = "package rate\n\ndeny contains \"too many\" if input.usage.count_1m < 0\n";

fn event(n: u64) -> String {
    format!(
        r#"{{"event":"use","request":{{"method":"GET","country":"DE","path":"/v1/accounts/8842"}},"token":{{"id":"tok_{}","scopes":["accounts:read"]}},"principal":{{"id":"user_{}","roles":["teller"]}}}}"#,
        n % 10_000,
        n % 1_000,
    )
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

fn usage(c: &mut Criterion) {
    let policy = Policy::of_module("rate.rego", POLICY).unwrap();
    let events: Vec<String> = (0..10_000).map(event).collect();
    let mut group = c.benchmark_group("usage");
    let plain: Vec<String> =
        events.iter().map(|event| event.replacen('{', r#"{"usage":{"status":"ok","count_1m":7},"#, 1)).collect();
    let mut session = policy.session();
    let mut next = plain.iter().cycle();
    group.bench_function("none", |b| b.iter(|| session.decide(next.next().unwrap()).unwrap()));
    let mut tracked = |name: &str, store: Arc<dyn UsageStore>| {
        let mut session = Tracked::new(policy.session(), store);
        let mut next = events.iter().cycle();
        group.bench_function(name, |b| b.iter(|| session.decide(next.next().unwrap()).unwrap()));
    };
    tracked("memory", Arc::new(MemoryStore::new()));
    if let Some(server) = Server::start() {
        tracked("redis", Arc::new(RedisStore::open(&server.url).unwrap()));
        let hybrid = |ms| HybridStore::new(RedisStore::open(&server.url).unwrap(), Duration::from_millis(ms)).unwrap();
        tracked("hybrid, 100 ms", Arc::new(hybrid(100)));
        tracked("hybrid, 1 s", Arc::new(hybrid(1_000)));
    } else {
        eprintln!("neither valkey-server nor redis-server is on the path: left out");
    }
    group.finish();
}

criterion_group!(benches, usage);
criterion_main!(benches);
