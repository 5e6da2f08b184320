//! `http.send` over the standard network, against servers that the tests start on loopback. What responses look like is
//! compared with OPA in the command's tests; here is what connections, limits and caches do.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use lictor::{Builder, Error, Host, Network, Policy, Session, StandardHost, StandardNetwork, json};
use lictor_testing::loopback::{Asked, Reply, Server, ok};
use serde_json::{Value as Json, json as object};

/// A policy that sends what the input says.
fn policy(builder: Builder) -> Policy {
    builder.query("send", "x = http.send(input)").strict_builtin_errors(true).build().unwrap()
}

fn allowed(network: StandardNetwork) -> Policy {
    policy(Builder::new().network(Arc::new(network)))
}

fn send(session: &mut Session, request: &Json) -> Result<Json, Error> {
    let input = request.to_string();
    let rows = session.eval("send", Some(input.as_bytes()))?;
    let mut text = Vec::new();
    json::write_json(rows.iter().next().unwrap().bindings().next().unwrap().1, &mut text);
    Ok(serde_json::from_slice(&text).unwrap())
}

fn get(server: &Server, path: &str) -> Json {
    object!({"method": "get", "url": format!("http://127.0.0.1:{}{path}", server.port())})
}

fn with(mut request: Json, more: Json) -> Json {
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// Why there is no response.
fn why(session: &mut Session, request: &Json) -> String {
    send(session, request).unwrap_err().to_string()
}

#[test]
fn nothing_leaves_unless_it_is_allowed() {
    let server = Server::start(|_| ok("", ""));
    let other = Server::start(|_| ok("", ""));
    let off = why(&mut policy(Builder::new()).session(), &get(&server, "/"));
    assert!(off.contains("http.send: the network is off; allow hosts with --allow-net HOST"), "{off}");
    let refused = why(&mut allowed(StandardNetwork::to(["localhost"])).session(), &get(&server, "/"));
    assert!(refused.contains("http.send: disallowed host: 127.0.0.1"), "{refused}");
    assert!(server.asked().is_empty());

    // Nor by a redirect.
    let to = format!("http://localhost:{}/", other.port());
    let from = Server::start(move |_| {
        Reply::Bytes(format!("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {to}\r\n\r\n").into_bytes())
    });
    let request = with(get(&from, "/"), object!({"enable_redirect": true}));
    let refused = why(&mut allowed(StandardNetwork::to(["127.0.0.1"])).session(), &request);
    assert!(refused.contains("disallowed host: localhost"), "{refused}");
    assert!(other.asked().is_empty());
    assert!(send(&mut allowed(StandardNetwork::to(["127.0.0.1", "LOCALHOST"])).session(), &request).is_ok());
    assert_eq!(other.asked().len(), 1);
}

#[test]
fn a_mock_needs_no_network() {
    let module = "package a\n\nallow if http.send({\"method\": \"get\", \"url\": \"http://a.example\"}).body.ok\n\n\
                  mocked(_) := {\"body\": {\"ok\": true}}\n\ntested if allow with http.send as mocked\n";
    let policy = Builder::new().module("a.rego", module).query("tested", "data.a.tested").build().unwrap();
    assert_eq!(policy.session().eval("tested", None).unwrap().len(), 1);
}

#[test]
fn connections_are_used_again_until_the_server_hangs_up() {
    let server = Server::start(|asked| {
        if asked.target() == "/last" { Reply::Last(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()) } else { ok("", "") }
    });
    let mut session = allowed(StandardNetwork::anywhere()).session();
    for path in ["/1", "/2", "/last", "/3", "/4"] {
        send(&mut session, &get(&server, path)).unwrap();
    }
    let asked = server.asked();
    let connections: Vec<_> = asked.iter().map(|asked| (asked.target(), asked.connection)).collect();
    assert_eq!(connections, [("/1", 0), ("/2", 0), ("/last", 0), ("/3", 1), ("/4", 1)]);
    // Those that have a TLS of their own are used once.
    for path in ["/5", "/6"] {
        send(&mut session, &with(get(&server, path), object!({"tls_insecure_skip_verify": true}))).unwrap();
    }
    let asked = server.asked();
    assert_ne!(asked[0].connection, asked[1].connection);
}

#[test]
fn a_response_may_not_be_larger_than_allowed() {
    let packed = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![b'x'; 10 << 20]).unwrap();
        packer.finish().unwrap()
    };
    assert!(packed.len() < 50_000);
    let endless = Arc::new([&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; 1 << 20]].concat());
    let server = Server::start(move |asked| match asked.target() {
        "/packed" => ok("Content-Encoding: gzip\r\n", &packed),
        "/headers" => ok(&format!("X: {}\r\n", "x".repeat(200_000)), ""),
        "/endless" => Reply::Last(endless.to_vec()),
        _ => ok("", vec![b'x'; 99_000]),
    });
    let mut session = allowed(StandardNetwork::anywhere().response_bytes(100_000)).session();
    assert!(send(&mut session, &get(&server, "/fits")).is_ok());
    for path in ["/packed", "/headers", "/endless"] {
        let why = why(&mut session, &get(&server, path));
        assert!(why.contains("the response has more than 100000 bytes"), "{path}: {why}");
    }
    // Nor than the session's memory.
    let limits = lictor::Limits { memory: 200_000, ..lictor::Limits::default() };
    let builder = Builder::new().network(Arc::new(StandardNetwork::anywhere())).limits(limits);
    let why = why(&mut policy(builder).session(), &with(get(&server, "/endless"), object!({"raise_error": false})));
    assert!(why.contains("more memory than allowed"), "{why}");
}

#[test]
fn time_is_up_for_a_request_and_for_an_evaluation() {
    let stall =
        |_: &Asked| Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(), Duration::from_secs(20));
    let server = Server::start(stall);
    let silent = Server::start(|_| Reply::Stall(vec![], Duration::from_secs(20)));
    let start = Instant::now();
    let mut session = allowed(StandardNetwork::anywhere()).session();
    let late = why(&mut session, &with(get(&silent, "/"), object!({"timeout": "100ms"})));
    assert!(
        late.ends_with(&format!("http.send: Get http://127.0.0.1:{}/: request timed out", silent.port())),
        "{late}"
    );
    let late = why(&mut session, &with(get(&server, "/"), object!({"timeout": "100ms"})));
    assert!(late.ends_with("while reading body)"), "{late}");
    let builder = Builder::new().network(Arc::new(StandardNetwork::anywhere())).deadline(Duration::from_millis(200));
    let mut session = policy(builder).session();
    let never = object!({"timeout": 0, "raise_error": false, "max_retry_attempts": 1000});
    assert!(why(&mut session, &with(get(&silent, "/"), never)).contains("passed its deadline"));
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_fails_is_tried_again() {
    let server = Server::start(|asked| if asked.before < 2 { Reply::Last(vec![]) } else { ok("", "third") });
    let mut session = allowed(StandardNetwork::anywhere()).session();
    let response = send(&mut session, &with(get(&server, "/"), object!({"max_retry_attempts": 2}))).unwrap();
    assert_eq!(response["raw_body"], "third");
    let server = Server::start(|_| Reply::Last(vec![]));
    assert!(why(&mut session, &get(&server, "/")).ends_with(": EOF"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_session_may_be_asked_on_a_thread_of_an_asynchronous_runtime() {
    let server = Server::start(|_| ok("", "here"));
    let policy = allowed(StandardNetwork::anywhere());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let response = runtime.block_on(async move {
        let response = send(&mut policy.session(), &get(&server, "/")).unwrap();
        // The client ends here too.
        drop(policy);
        response
    });
    assert_eq!(response["raw_body"], "here");
}

/// A host whose clock a test sets.
struct Clock {
    network: StandardNetwork,
    now_ns: AtomicI64,
}

impl Host for Clock {
    fn now_ns(&self) -> i64 {
        self.now_ns.load(Ordering::Relaxed)
    }

    fn tick_ns(&self) -> i64 {
        StandardHost::default().tick_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        StandardHost::default().random(bytes);
    }

    fn network(&self) -> Option<&dyn Network> {
        Some(&self.network)
    }
}

#[test]
fn sessions_share_what_is_kept() {
    let server = Server::start(|asked| match asked.header("If-None-Match") {
        Some("\"v\"") => Reply::Bytes(
            b"HTTP/1.1 304 Not Modified\r\nDate: Thu, 01 Jan 1970 00:01:00 GMT\r\nCache-Control: max-age=60\r\n\r\n"
                .to_vec(),
        ),
        _ => ok("ETag: \"v\"\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nCache-Control: max-age=60\r\n", "kept"),
    });
    let host = Arc::new(Clock { network: StandardNetwork::anywhere().cache_bytes(2_000), now_ns: AtomicI64::new(0) });
    let policy = policy(Builder::new().host(host.clone()));
    let request = with(get(&server, "/"), object!({"cache": true}));
    for (second, asked) in [(0, 1), (59, 0), (60, 1), (119, 0), (200, 1)] {
        host.now_ns.store(second * 1_000_000_000, Ordering::Relaxed);
        let response = send(&mut policy.session(), &request).unwrap();
        assert_eq!((&response["raw_body"], &response["status_code"]), (&object!("kept"), &object!(200)));
        assert_eq!(server.asked().len(), asked, "after {second} s");
    }
    // Where there is no room the oldest goes.
    host.now_ns.store(0, Ordering::Relaxed);
    for path in ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k"] {
        send(&mut policy.session(), &with(get(&server, path), object!({"cache": true}))).unwrap();
    }
    server.asked();
    send(&mut policy.session(), &with(get(&server, "/k"), object!({"cache": true}))).unwrap();
    assert!(server.asked().is_empty());
    send(&mut policy.session(), &with(get(&server, "/a"), object!({"cache": true}))).unwrap();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_policy_may_speak_with_a_socket_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("x.sock");
    let _server = Server::start_at(&socket, |asked| ok("", asked.line.clone()));
    let socket = socket.display().to_string();
    let request =
        object!({"method": "get", "url": format!("unix://localhost/a?b=1&socket={}", socket.replace('/', "%2F"))});
    let response = send(&mut allowed(StandardNetwork::to([format!("unix:{socket}")])).session(), &request).unwrap();
    assert_eq!(response["raw_body"], "GET /a?b=1 HTTP/1.1");
    let refused = why(&mut allowed(StandardNetwork::to(["localhost"])).session(), &request);
    assert!(refused.contains("disallowed host: unix:"), "{refused}");
}
