//! `http.send` of `lictor eval` beside that of `opa eval`: the same requests to the same servers on loopback, and equal
//! objects of whatever comes back. And what `lictor validate` does about policies that want the network.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use lictor_testing::loopback::{Asked, Reply, Secure, Server, ok};
use lictor_testing::proxy::Proxy;
use lictor_testing::{Authority, Identity, Oracle};
use serde_json::{Value as Json, json};

/// `{"a": 1}` and a line break, compressed.
const PACKED: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xab, 0x56, 0x4a, 0x54, 0xb2, 0x52, 0x30, 0xac, 0xe5,
    0x02, 0x00, 0xfa, 0xa1, 0x47, 0x5c, 0x09, 0x00, 0x00, 0x00,
];

/// The policy that both evaluate: what comes of each request of the input.
const POLICY: &str =
    "package ask\n\nanswers := [answer |\n\tsome request in input\n\tanswer := http.send(request)\n]\n";

fn answer(asked: &Asked) -> Reply {
    let bytes = |head: &str, body: &str| format!("{head}\r\n\r\n{body}").into_bytes();
    let text = |head: &str, body: &str| Reply::Bytes(bytes(head, body));
    let json = "Content-Type: application/json\r\n";
    match asked.target() {
        "/text" => ok("X-A: 1\r\nx-a: 2\r\nSet-Cookie: b=c\r\n", "some text"),
        "/json" => ok(json, r#"{"n": 1.50, "big": 12345678901234567890, "s": "\u00e9"}"#),
        "/json-and-more" => ok(json, "[1] and more"),
        "/no-json" => ok(json, "[1"),
        "/empty-json" => ok(json, ""),
        "/problem" => ok("Content-Type: application/problem+json; charset=utf-8\r\n", "[1]"),
        "/bad-parameter" => ok("Content-Type: application/json; charset\r\n", "[1]"),
        "/yaml" => ok("Content-Type: application/yaml\r\n", "a: [1, x]\n"),
        "/x-yaml" => ok("Content-Type: application/x-yaml\r\n", "- on\n- 0x10\n"),
        "/bytes" => ok("", [0xff, b'a', 0xc3, 0xa9]),
        "/packed" => match asked.header("Accept-Encoding") {
            Some("gzip") => ok("Content-Encoding: gzip\r\nContent-Type: application/json\r\n", PACKED),
            _ => ok("", "not asked for"),
        },
        "/packed-badly" => ok("Content-Encoding: gzip\r\n", "this is not compressed"),
        "/chunked" => text(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-After\r\nContent-Type: application/json",
            "3\r\n[1,\r\n2\r\n2]\r\n0\r\nX-After: 1\r\n\r\n",
        ),
        "/until-closed" => Reply::Last(bytes("HTTP/1.1 200 OK\r\nConnection: close", "all there is")),
        "/old" => Reply::Last(bytes("HTTP/1.0 200 OK\r\nConnection: close", "all there is")),
        "/reason" => text("HTTP/1.1 299 Because I say so\r\nContent-Length: 0", ""),
        "/no-reason" => text("HTTP/1.1 200 \r\nContent-Length: 0", ""),
        "/pragma" => ok("Pragma: no-cache\r\n", ""),
        "/nothing" => Reply::Bytes(b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n".to_vec()),
        "/error" => Reply::Bytes(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno".to_vec()),
        "/hang-up" => Reply::Last(vec![]),
        "/broken" => Reply::Last(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec()),
        "/slow" => Reply::Stall(vec![], Duration::from_secs(3)),
        "/slow-body" => {
            Reply::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(), Duration::from_secs(3))
        }
        "/to/absolute" => text(
            &format!(
                "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: http://{}/echo?1",
                asked.header("Host").unwrap()
            ),
            "",
        ),
        "/to/relative" => text("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ../echo", ""),
        "/to/other" => text("HTTP/1.1 303 See Other\r\nContent-Length: 0\r\nLocation: /echo", ""),
        "/to/same" => text("HTTP/1.1 307 Temporary\r\nContent-Length: 0\r\nLocation: /echo", ""),
        "/to/itself" => text("HTTP/1.1 308 Permanent\r\nContent-Length: 0\r\nLocation: /to/relative", ""),
        "/to/nowhere" => text("HTTP/1.1 302 Found\r\nContent-Length: 0", ""),
        "/to/file" => text("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: file:///etc/passwd", ""),
        "/to/nonsense" => text("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://a:b", ""),
        _ => echo(asked),
    }
}

/// What came in, but for how the client calls itself.
fn echo(asked: &Asked) -> Reply {
    let mut headers: Vec<_> = asked.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    headers.retain(|(name, value)| name != "user-agent" || !value.contains('/'));
    headers.sort();
    let echoed = json!({
        "line": asked.line,
        "headers": headers,
        "body": String::from_utf8_lossy(&asked.body),
    });
    ok("Content-Type: application/json\r\n", echoed.to_string())
}

/// What a command makes of the requests; the place of the call is the same for both.
fn answers(program: impl AsRef<std::ffi::OsStr>, folder: &Path, proxy: &str) -> Vec<Json> {
    let mut command = Command::new(program);
    command
        .env("LICTOR_TEST_CERTIFICATE", std::fs::read_to_string(folder.join("client.pem")).unwrap())
        .env("LICTOR_TEST_KEY", std::fs::read_to_string(folder.join("client.key")).unwrap())
        .env("LICTOR_TEST_CA", std::fs::read_to_string(folder.join("ca.pem")).unwrap());
    answers_of(&mut command, folder, proxy)
}

fn answers_of(command: &mut Command, folder: &Path, proxy: &str) -> Vec<Json> {
    let output = command
        .args(["eval", "-d", "ask.rego", "-i", "input.json", "--format", "values", "data.ask.answers"])
        .current_dir(folder)
        .env("HTTP_PROXY", proxy)
        .env("NO_PROXY", "direct.example")
        .env("HTTPS_PROXY", proxy)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let rows: Vec<Vec<Json>> = serde_json::from_slice(&output.stdout).unwrap();
    rows.into_iter().next().unwrap()
}

#[test]
fn objects_of_responses_are_opas() {
    if Oracle::installed_or_skip("the comparison of http.send with OPA").is_none() {
        return;
    }
    let authority = Authority::new();
    let identity = authority.issue(&["localhost", "127.0.0.1", "named.example"]);
    let selfmade = Identity::of_its_own(&["localhost"], true);
    let expired = authority.issue_expired(&["127.0.0.1"]);
    let client = authority.issue(&["client.example"]);
    let stranger = Authority::new().issue(&["client.example"]);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for (name, text) in [
        ("ask.rego", POLICY),
        ("ca.pem", &authority.certificate()),
        ("client.pem", &client.certificate),
        ("client.key", &client.key),
        ("not.pem", "nothing"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let secure = |identity, clients| Server::start_secure(Secure { identity: Some(identity), clients }, answer);
    let ca = authority.certificate();
    let (plain, tls, mutual) = (Server::start(answer), secure(&identity, None), secure(&identity, Some(&ca)));
    let (self_signed, late) = (secure(&selfmade, None), secure(&expired, None));
    let socket = at("server.sock");
    let _unix = Server::start_at(Path::new(&socket), answer);
    let proxy = Server::start(answer);
    let proxy = format!("http://user:word@127.0.0.1:{}", proxy.port());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let get = |path: &str| json!({"method": "get", "url": format!("http://127.0.0.1:{}{path}", plain.port())});
    let with = |mut request: Json, more: Json| {
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let https = |server: &Server, more: Json| {
        with(json!({"method": "get", "url": format!("https://127.0.0.1:{}/echo", server.port())}), more)
    };
    let known = json!({"tls_ca_cert": ca});
    let mut requests: Vec<Json> = [
        "/text",
        "/json",
        "/json-and-more",
        "/no-json",
        "/empty-json",
        "/problem",
        "/bad-parameter",
        "/yaml",
        "/x-yaml",
        "/bytes",
        "/packed",
        "/packed-badly",
        "/chunked",
        "/until-closed",
        "/old",
        "/reason",
        "/no-reason",
        "/pragma",
        "/nothing",
        "/error",
        "/hang-up",
        "/broken",
        "/to/relative",
        "/echo?a=b%20c&d",
        "/a%2Fb/./c",
    ]
    .map(get)
    .into();
    let redirected = json!({"enable_redirect": true, "headers": {"Authorization": "secret", "Content-Type": "text/x"}});
    for path in ["absolute", "relative", "other", "same", "itself", "nowhere", "file", "nonsense"] {
        let to = with(get(&format!("/to/{path}")), redirected.clone());
        requests.push(to.clone());
        requests.push(with(to, json!({"method": "POST", "raw_body": "kept?"})));
    }
    requests.extend([
        with(get("/text"), json!({"method": "HEAD"})),
        with(get("/text"), json!({"force_json_decode": true})),
        with(get("/json"), json!({"force_yaml_decode": true})),
        with(get("/text"), json!({"force_yaml_decode": true})),
        with(get("/echo"), json!({"method": "post", "body": {"b": "<&>", "a": [1.50, null]}})),
        with(get("/echo"), json!({"method": "post", "raw_body": "as it is", "body": 1})),
        with(get("/echo"), json!({"method": "post"})),
        with(
            get("/echo"),
            json!({"method": "delete", "headers": {"x-one": "1", "User-Agent": "me", "Accept-Encoding": "br"}}),
        ),
        with(get("/echo"), json!({"headers": {"host": "named.example", "user-agent": "", "content-length": "77"}})),
        with(get("/slow"), json!({"timeout": "150ms"})),
        with(get("/slow-body"), json!({"timeout": 150_000_000})),
        with(get("/hang-up"), json!({"max_retry_attempts": 1})),
        json!({"method": "get", "url": format!("http://me:secret@127.0.0.1:{}/echo", plain.port())}),
        json!({"method": "get", "url": format!("http://127.0.0.1:{nobody}/")}),
        json!({"method": "get", "url": format!("http://me:secret@127.0.0.1:{nobody}/")}),
        json!({"method": "get", "url": format!("https://127.0.0.1:{}/", plain.port())}),
        json!({"method": "get", "url": format!("unix://localhost/echo?socket={}&x=1", socket.replace('/', "%2F"))}),
        json!({"method": "get", "url": "unix://localhost/echo?socket=%2Fno%2Fsuch"}),
        json!({"method": "get", "url": "http://proxied.example/echo?a"}),
        json!({"method": "post", "url": "http://proxied.example:8080/echo", "body": {}}),
        https(&tls, json!({})),
        https(&tls, known.clone()),
        https(&tls, json!({"tls_ca_cert": ca.replace('\n', "\\n")})),
        https(&tls, json!({"tls_ca_cert_file": at("ca.pem")})),
        https(&tls, json!({"tls_ca_cert_env_variable": "LICTOR_TEST_CA"})),
        https(&tls, json!({"tls_use_system_certs": true})),
        https(&tls, json!({"tls_use_system_certs": true, "tls_ca_cert": ca})),
        https(&tls, json!({"tls_insecure_skip_verify": true})),
        https(&tls, with(known.clone(), json!({"tls_server_name": "named.example"}))),
        https(&tls, with(known.clone(), json!({"headers": {"Host": "named.example"}}))),
        https(&self_signed, json!({"tls_ca_cert": selfmade.certificate, "tls_server_name": "localhost"})),
        https(&late, json!({"tls_insecure_skip_verify": true})),
        https(
            &mutual,
            with(known.clone(), json!({"tls_client_cert": client.certificate, "tls_client_key": client.key})),
        ),
        https(
            &mutual,
            with(
                known.clone(),
                json!({"tls_client_cert_file": at("client.pem"), "tls_client_key_file": at("client.key")}),
            ),
        ),
        https(
            &mutual,
            with(
                known.clone(),
                json!({
                    "tls_client_cert_env_variable": "LICTOR_TEST_CERTIFICATE",
                    "tls_client_key_env_variable": "LICTOR_TEST_KEY",
                }),
            ),
        ),
        https(&tls, json!({"tls_ca_cert": "nothing"})),
        https(&tls, json!({"tls_ca_cert_file": at("not.pem")})),
        https(&tls, json!({"tls_ca_cert_file": at("missing.pem")})),
        https(&tls, json!({"tls_ca_cert_env_variable": "LICTOR_TEST_NOT_SET"})),
        https(&tls, json!({"tls_client_cert": "nothing", "tls_client_key": client.key})),
        https(&tls, json!({"tls_client_cert": client.certificate, "tls_client_key": "nothing"})),
        https(&tls, json!({"tls_client_cert": client.certificate, "tls_client_key": stranger.key})),
    ]);
    let requests: Vec<Json> =
        requests.into_iter().map(|request| with(request, json!({"raise_error": false}))).collect();
    std::fs::write(folder.path().join("input.json"), json!(requests).to_string()).unwrap();

    let opa = std::env::var_os("LICTOR_OPA").unwrap_or_else(|| "opa".into());
    let (theirs, ours) =
        (answers(opa, folder.path(), &proxy), answers(env!("CARGO_BIN_EXE_lictor"), folder.path(), &proxy));
    assert_eq!((theirs.len(), ours.len()), (requests.len(), requests.len()));
    let mut differing = String::new();
    for ((request, theirs), ours) in requests.iter().zip(&theirs).zip(&ours) {
        if theirs != ours {
            let mut request = request.to_string();
            request.truncate(request.floor_char_boundary(300));
            differing += &format!("{request}\n  OPA    {theirs}\n  lictor {ours}\n");
        }
    }
    assert!(differing.is_empty(), "\n{differing}");

    // What differs in words only: both refuse.
    for request in [
        https(&late, known.clone()),
        https(&self_signed, json!({"tls_ca_cert": ca, "tls_server_name": "localhost"})),
        https(&self_signed, json!({"tls_ca_cert": selfmade.certificate, "tls_server_name": "other.example"})),
        https(&tls, with(known.clone(), json!({"tls_server_name": "other.example"}))),
        https(&mutual, known.clone()),
        https(&mutual, with(known, json!({"tls_client_cert": stranger.certificate, "tls_client_key": stranger.key}))),
    ] {
        let request = with(request, json!({"raise_error": false}));
        std::fs::write(folder.path().join("input.json"), json!([request]).to_string()).unwrap();
        let ours = answers(env!("CARGO_BIN_EXE_lictor"), folder.path(), &proxy).remove(0);
        assert_eq!(ours["error"]["code"], "eval_http_send_network_error", "{ours}");
    }
}

#[test]
fn requests_take_the_proxy_that_the_environment_names() {
    let oracle = Oracle::installed_or_skip("the comparison of proxies with OPA").is_some();
    let authority = Authority::new();
    let (identity, own) = (authority.issue(&["secure.example"]), authority.issue(&["127.0.0.1"]));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ask.rego"), POLICY).unwrap();
    let plain = Server::start(answer);
    let tls = Server::start_secure(Secure { identity: Some(&identity), clients: None }, answer);
    let ports = [(80, plain.port()), (443, tls.port()), (8443, tls.port())];
    let known = json!({"tls_ca_cert": authority.certificate(), "raise_error": false, "method": "get"});
    let requests: Vec<Json> =
        ["http://plain.example/echo", "https://secure.example/echo", "https://secure.example:8443/json"]
            .map(|url| {
                let mut request = known.clone();
                request["url"] = url.into();
                request
            })
            .into();
    std::fs::write(folder.path().join("input.json"), json!(requests).to_string()).unwrap();

    let socks = Proxy::start_socks(&ports);
    let (open, guarded) = (Proxy::start_connect(&ports, None), Proxy::start_connect(&ports, Some(&own)));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let tunnels = ["Basic dXNlcjp3b3Jk secure.example:443", "Basic dXNlcjp3b3Jk secure.example:8443"];
    let places = ["user:word plain.example:80", "user:word secure.example:443", "user:word secure.example:8443"];
    // A proxy for HTTP is asked for what is not secure as a server would be: this one does not know how.
    for (scheme, port, proxy, asked, reached) in [
        ("socks5", socks.port(), Some(&socks), &places[..], 3),
        ("socks5h", socks.port(), Some(&socks), &places[..], 3),
        ("http", open.port(), Some(&open), &tunnels[..], 2),
        ("https", guarded.port(), Some(&guarded), &tunnels[..], 2),
        ("socks5", nobody, None, &[], 0),
        ("http", nobody, None, &[], 0),
        ("https", nobody, None, &[], 0),
    ] {
        let named = format!("{scheme}://user:word@127.0.0.1:{port}");
        let answers = |program: &std::ffi::OsStr| answers_of(&mut Command::new(program), folder.path(), &named);
        // What is asked for without a tunnel has no place.
        let tunnelled = || {
            let asked = proxy.map(Proxy::asked).unwrap_or_default();
            asked.into_iter().filter(|place| !place.ends_with(' ')).collect::<Vec<_>>()
        };
        let ours = answers(env!("CARGO_BIN_EXE_lictor").as_ref());
        assert_eq!(tunnelled(), asked, "{named}");
        assert_eq!(ours.iter().filter(|answer| answer["status_code"] == 200).count(), reached, "{named}: {ours:?}");
        if oracle {
            let opa = std::env::var_os("LICTOR_OPA").unwrap_or_else(|| "opa".into());
            let theirs = answers(&opa);
            assert_eq!(tunnelled(), asked, "{named}");
            let from = proxy.map_or(0, |_| ours.len() - reached);
            assert_eq!(ours[from..], theirs[from..], "{named}");
        }
    }
}

fn lictor(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn eval_reaches_every_host_unless_it_is_told_which() {
    let server = Server::start(|_| ok("", "here"));
    let folder = tempfile::tempdir().unwrap();
    let query = format!(r#"http.send({{"method": "get", "url": "http://127.0.0.1:{}"}}).raw_body"#, server.port());
    for (allowed, said) in [
        (&[][..], "here\n"),
        (&["--allow-net", "a.example", "--allow-net", "127.0.0.1"], "here\n"),
        (&["--allow-net", "localhost"], ""),
    ] {
        let output = lictor(folder.path(), &[&["eval", "--format", "raw", &query], allowed].concat());
        assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{allowed:?}");
    }
    assert_eq!(server.asked().len(), 2);
    let output = lictor(folder.path(), &["eval", &query, "--allow-net", "localhost", "--strict-builtin-errors"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("http.send: disallowed host: 127.0.0.1"));
}

#[test]
fn tests_reach_hosts_as_eval_does() {
    let server = Server::start(|_| ok("", "here"));
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}", server.port());
    let test = format!(
        "package a_test\n\ntest_here if http.send({{\"method\": \"get\", \"url\": \"{url}\"}}).raw_body == \"here\"\n"
    );
    std::fs::write(folder.path().join("a_test.rego"), test).unwrap();
    assert_eq!(lictor(folder.path(), &["test", "a_test.rego"]).status.code(), Some(0));
    assert_eq!(lictor(folder.path(), &["test", "a_test.rego", "--allow-net", "localhost"]).status.code(), Some(2));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn validate_does_not_judge_by_policies_that_cannot_ask() {
    let server = Server::start(|_| ok("Content-Type: application/json\r\n", r#"{"revoked": true}"#));
    let folder = tempfile::tempdir().unwrap();
    let policy = format!(
        "package revoked\n\ndeny contains \"revoked\" if http.send({{\"method\": \"get\", \"url\": \"http://127.0.0.1:{}\"}}).body.revoked\n",
        server.port()
    );
    let set = "name: all\nentity: token\nevents: on_save\nscope: account\nenforced: true\npolicies:\n  - path: revoked.rego\n    severity: error\n";
    for (name, text) in [("revoked.rego", &*policy), ("set.yaml", set), ("event.json", "{}")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let judge =
        ["validate", "event.json", "-s", "set.yaml", "--entity", "token", "--event", "create", "--format", "ndjson"];
    let output = lictor(folder.path(), &judge);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("a policy calls http.send; say which hosts it may reach: --allow-net HOST"), "{said}");
    assert!(server.asked().is_empty());
    let output = lictor(folder.path(), &[&judge[..], &["--allow-net", "127.0.0.1"]].concat());
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.asked().len(), 1);
}
