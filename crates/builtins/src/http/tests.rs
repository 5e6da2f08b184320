//! `http.send` over a network that a test scripts: nothing here leaves the process.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lictor_value::network::{ExchangeError, HttpRequest, HttpResponse, LookupError, Shelf};
use lictor_value::text::lossy;
use lictor_value::{Arena, Context, Fault, Host, Network, Scratch, json};

use super::FAMILY;

type Outcome = Result<HttpResponse, ExchangeError>;

/// A host whose network answers with what it was told to, in order, and notes what it was asked.
#[derive(Default)]
struct Script {
    outcomes: Mutex<VecDeque<Outcome>>,
    asked: Mutex<Vec<String>>,
    rested: Mutex<Vec<Duration>>,
    refused: Vec<&'static str>,
    shelf: Shelf,
    now_ns: AtomicI64,
    tick_ns: AtomicI64,
    off: bool,
}

impl Script {
    fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        Script { outcomes: Mutex::new(outcomes.into_iter().collect()), ..Script::default() }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Host for Script {
    fn now_ns(&self) -> i64 {
        self.now_ns.load(Ordering::Relaxed)
    }

    fn tick_ns(&self) -> i64 {
        self.tick_ns.load(Ordering::Relaxed)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn network(&self) -> Option<&dyn Network> {
        (!self.off).then_some(self)
    }
}

impl Network for Script {
    fn permits(&self, host: &str) -> bool {
        !self.refused.contains(&host)
    }

    fn exchange(&self, request: &HttpRequest<'_>) -> Outcome {
        let mut asked = format!("{} {}", request.method, if request.secure { "https" } else { "http" });
        asked += &format!("://{}{}", request.authority, lossy(request.target));
        if let Some(socket) = request.socket {
            asked += &format!(" through {}", lossy(socket));
        }
        for (name, value) in request.headers.iter().filter(|(name, _)| name != "User-Agent") {
            asked += &format!("\n{name}: {}", lossy(value));
        }
        if !request.body.is_empty() {
            asked += &format!("\n\n{}", lossy(request.body));
        }
        self.asked.lock().unwrap().push(asked);
        self.tick_ns.fetch_add(1_000_000_000, Ordering::Relaxed);
        self.outcomes.lock().unwrap().pop_front().unwrap_or(Err(ExchangeError::Failed("nobody is there".into())))
    }

    fn look_up(&self, name: &str, _longest: Option<Duration>) -> Result<Vec<String>, LookupError> {
        self.asked.lock().unwrap().push(name.into());
        match name {
            "late.example" => Err(LookupError::TimedOut),
            _ => Ok(vec!["10.0.0.2".into(), "10.0.0.1".into()]),
        }
    }

    fn rest(&self, time: Duration) {
        self.rested.lock().unwrap().push(time);
    }

    fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    fn response_bytes(&self) -> usize {
        100_000
    }
}

fn response(code: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
    Ok(HttpResponse {
        code,
        status: format!("{code} Reason").into_bytes(),
        headers: headers.iter().map(header).collect(),
        body: body.as_bytes().to_vec(),
    })
}

fn failure(why: &str) -> Outcome {
    Err(ExchangeError::Failed(why.into()))
}

/// What calls with these requests give in one evaluation.
fn evaluate_within(host: &Script, deadline: Option<i64>, room: usize, requests: &[&str]) -> Vec<String> {
    let arena = Arena::with_limit(room);
    let mut scratch = Scratch::default();
    scratch.set_place("a.rego:7".into());
    scratch.set_deadline(deadline);
    let give = |request: &&str| {
        let request = json::parse(&arena, request.as_bytes()).expect("requests are JSON");
        let mut cx = Context {
            arena: &arena,
            buffer: &mut Vec::new(),
            host,
            scratch: &mut scratch,
            prepared: None,
            fault: None,
        };
        match ((FAMILY[0].run)(&mut cx, &[request]), cx.fault) {
            (Some(value), _) => {
                let mut text = Vec::new();
                json::write_json_with(value, json::Style { escape_html: false, indent: false }, &mut text);
                String::from_utf8(text).expect("JSON is UTF-8")
            }
            (None, Some(Fault::Failed(why))) => format!("fails: {why}"),
            (None, Some(Fault::OperandText { position, text })) => format!("operand {position} {text}"),
            (None, fault) => format!("{fault:?}"),
        }
    };
    requests.iter().map(give).collect()
}

fn evaluate(host: &Script, requests: &[&str]) -> Vec<String> {
    evaluate_within(host, None, usize::MAX, requests)
}

fn one(host: &Script, request: &str) -> String {
    evaluate(host, &[request]).remove(0)
}

/// The body that the one request of an evaluation gives, as JSON.
fn body(host: &Script, request: &str) -> String {
    let given = one(host, request);
    let given: serde_json::Value = serde_json::from_str(&given).expect(&given);
    given["body"].to_string()
}

#[test]
fn a_response_is_an_object() {
    let headers = [("Content-Type", "application/json"), ("Set-Cookie", "a"), ("set-cookie", "b")];
    let host = Script::of([response(200, &headers, r#"{"a": [1.50]} and more"#)]);
    let given = one(&host, r#"{"method": "get", "url": "http://a.example"}"#);
    let wanted = concat!(
        r#"{"body":{"a":[1.50]},"headers":{"content-type":["application/json"],"set-cookie":["a","b"]},"#,
        r#""raw_body":"{\"a\": [1.50]} and more","status":"200 Reason","status_code":200}"#
    );
    assert_eq!(given, wanted);
    assert_eq!(host.asked(), ["GET http://a.example/\nHost: a.example"]);
}

#[test]
fn a_body_is_read_as_its_type_or_the_policy_says() {
    let request = |more: &str| format!(r#"{{"method": "get", "url": "http://a.example", {more}}}"#);
    for (content_type, text, more, read) in [
        ("text/plain", "[1]", r#""cache": false"#, "null"),
        ("text/plain", "[1]", r#""force_json_decode": true"#, "[1]"),
        ("text/plain", "a: [1]", r#""force_yaml_decode": true"#, r#"{"a":[1]}"#),
        ("application/x-yaml", "a: [1]", r#""cache": false"#, r#"{"a":[1]}"#),
        ("application/yaml", "a: [1", r#""cache": false"#, "null"),
        ("application/problem+json", "[1]", r#""cache": false"#, "[1]"),
        ("application/json", "[1", r#""cache": false"#, "null"),
        ("application/json", "", r#""cache": false"#, "null"),
        ("application/x-yaml", "[1]", r#""force_json_decode": true"#, "[1]"),
    ] {
        let host = Script::of([response(200, &[("Content-Type", content_type)], text)]);
        assert_eq!(body(&host, &request(more)), read, "{content_type} {text} {more}");
    }
}

#[test]
fn a_request_says_what_the_policy_wants() {
    let host = Script::of([response(204, &[], ""), response(204, &[], ""), response(204, &[], "")]);
    one(
        &host,
        r#"{"method": "post", "url": "https://me:secret@a.example:8443/x%2Fy?q=1#top", "body": {"b": "<", "a": 1},
            "headers": {"x-one": "1", "CONTENT-type": "text/x", "content-length": "99", "transfer-encoding": "chunked"}}"#,
    );
    one(
        &host,
        r#"{"method": "PUT", "url": "\"http://a.example\"", "raw_body": "as it is", "body": [], "headers": {"host": "b.example"}}"#,
    );
    one(&host, r#"{"method": "get", "url": "unix://localhost/x?b=2&socket=%2Frun%2Fx.sock&a=1"}"#);
    let asked = [
        "POST https://a.example:8443/x%2Fy?q=1\nHost: a.example:8443\nContent-Type: text/x\nX-One: 1\nAuthorization: Basic bWU6c2VjcmV0\n\n{\"a\":1,\"b\":\"\\u003c\"}",
        "PUT http://a.example/\nHost: b.example\n\nas it is",
        "GET http://localhost/x?a=1&b=2 through /run/x.sock\nHost: localhost",
    ];
    assert_eq!(host.asked(), asked);
}

#[test]
fn what_is_wrong_with_a_request_is_said_as_opa_says_it() {
    let host = Script::default();
    for (request, why) in [
        (r#"{"methods": "get", "url": ""}"#, r#"operand 1 invalid request parameters(s): {"methods"}"#),
        (r#"{"url": ""}"#, r#"operand 1 missing required request parameters(s): {"method"}"#),
        (r#"{"method": "get", "url": "", "raise_error": 1}"#, "fails: invalid value for raise_error field"),
        (r#"{"method": 1, "url": ""}"#, r#"fails: "method" must be a string"#),
        (r#"{"method": "get", "url": "", "tls_ca_cert_file": null}"#, r#"fails: "tls_ca_cert_file" must be a string"#),
        (r#"{"method": "a b", "url": ""}"#, r#"fails: net/http: invalid method "A B""#),
        (r#"{"method": "get", "url": "http://a:x"}"#, r#"fails: parse "http://a:x": invalid port ":x" after host"#),
        (r#"{"method": "get", "url": "ftp://a"}"#, r#"fails: Get "ftp://a": unsupported protocol scheme "ftp""#),
        (r#"{"method": "get", "url": "http:///a"}"#, r#"fails: Get "http:///a": http: no Host in request URL"#),
        (r#"{"method": "get", "url": "", "headers": 1}"#, "fails: invalid type for headers key"),
        (
            r#"{"method": "get", "url": "", "headers": {"a": [1, null, {"b": true}]}}"#,
            r#"fails: invalid type for headers value ["1" %!q(<nil>) map["b":%!q(bool=true)]]"#,
        ),
        (
            r#"{"method": "get", "url": "http://a", "headers": {"a b": ""}}"#,
            r#"fails: Get "http://a": net/http: invalid header field name "a b""#,
        ),
        (
            r#"{"method": "get", "url": "http://a", "headers": {"a": "\n"}}"#,
            r#"fails: Get "http://a": net/http: invalid header field value for "A""#,
        ),
        (
            r#"{"method": "get", "url": "", "enable_redirect": "yes"}"#,
            r#"fails: strconv.ParseBool: parsing "\"yes\"": invalid syntax"#,
        ),
        (
            r#"{"method": "get", "url": "", "timeout": "1d"}"#,
            r#"fails: invalid timeout value "1d": time: unknown unit "d" in duration "1d""#,
        ),
        (r#"{"method": "get", "url": "", "timeout": 1.5}"#, "fails: invalid timeout number value 1.5, must be int64"),
        (
            r#"{"method": "get", "url": "", "timeout": null}"#,
            "operand 1 'timeout' must be one of {string, number} but got null",
        ),
        (
            r#"{"method": "get", "url": "", "max_retry_attempts": -1}"#,
            r#"fails: invalid value -1 for field "max_retry_attempts""#,
        ),
        (r#"{"method": "get", "url": "", "cache": "yes"}"#, r#"fails: invalid value for "cache" field"#),
        (
            r#"{"method": "get", "url": "", "force_cache": true}"#,
            "fails: 'force_cache' set but 'force_cache_duration_seconds' parameter is missing",
        ),
        (
            r#"{"method": "get", "url": "", "force_cache": true, "force_cache_duration_seconds": 1e99}"#,
            r#"fails: strconv.ParseInt: parsing "1e99": invalid syntax"#,
        ),
        (
            r#"{"method": "get", "url": "", "force_cache": true, "force_cache_duration_seconds": 3000000000}"#,
            r#"fails: strconv.ParseInt: parsing "3000000000": value out of range"#,
        ),
        (
            r#"{"method": "get", "url": "", "headers": {}, "cache_ignored_headers": ["a", 1]}"#,
            "fails: cache_ignored_headers must be an array of strings",
        ),
    ] {
        assert_eq!(one(&host, request), why, "{request}");
    }
    assert!(host.asked().is_empty());
}

#[test]
fn errors_that_are_not_raised_are_objects() {
    let late = Err(ExchangeError::TimedOut { reading: false });
    let host =
        Script::of([failure("dial tcp"), late.clone(), late, Err(ExchangeError::Broken("unexpected EOF".into()))]);
    let given = evaluate(
        &host,
        &[
            r#"{"method": "get", "url": "http://a.example/1", "raise_error": false}"#,
            r#"{"method": "get", "url": "http://u:p@a.example/2", "raise_error": false}"#,
            r#"{"method": "get", "url": "http://a.example/3"}"#,
            r#"{"method": "get", "url": "http://a.example/4", "raise_error": false}"#,
            r#"{"method": "get", "raise_error": false}"#,
            r#"{"method": "get", "url": "", "raise_error": false, "max_retry_attempts": "x"}"#,
        ],
    );
    let object = |code: &str, message: &str| {
        let message = serde_json::to_string(message).unwrap();
        format!(r#"{{"error":{{"code":"eval_http_send_{code}_error","message":{message}}},"status_code":0}}"#)
    };
    let wanted = [
        object("network", r#"Get "http://a.example/1": dial tcp"#),
        object(
            "network",
            r#"Get "http://u:***@a.example/2": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"#,
        ),
        "fails: Get http://a.example/3: request timed out".into(),
        object("internal", "a.rego:7: eval_builtin_error: http.send: unexpected EOF"),
        object(
            "internal",
            r#"a.rego:7: eval_type_error: http.send: operand 1 missing required request parameters(s): {"url"}"#,
        ),
        object("internal", r#"invalid value "x" for field "max_retry_attempts""#),
    ];
    assert_eq!(given, wanted);
}

#[test]
fn nothing_leaves_without_a_network() {
    let host = Script { off: true, ..Script::default() };
    let off = format!("fails: {}", super::OFF);
    assert_eq!(one(&host, r#"{"method": "get", "url": "http://a.example"}"#), off);
    assert_eq!(one(&host, r#"{"method": "get", "url": "http://a.example", "cache": true}"#), off);
    assert!(one(&host, r#"{"method": "get", "url": "http://a.example", "raise_error": false}"#).contains("is off"));
}

#[test]
fn only_allowed_hosts_are_spoken_with() {
    let host = Script { refused: vec!["a.example", "::1", "unix:/run/x.sock"], ..Script::default() };
    for (url, refused) in [
        ("http://a.example:80/x", "a.example"),
        ("http://b.example@a.example", "a.example"),
        ("https://[::1]:8443", "::1"),
        ("unix://b.example/?socket=%2Frun%2Fx.sock", "unix:/run/x.sock"),
    ] {
        let given = one(&host, &format!(r#"{{"method": "get", "url": "{url}"}}"#));
        assert_eq!(given, format!("fails: disallowed host: {refused}"));
    }
    assert!(host.asked().is_empty());
    one(&host, r#"{"method": "get", "url": "http://b.example/?http://a.example"}"#);
    assert_eq!(host.asked().len(), 1);
}

#[test]
fn redirects_are_followed_where_the_policy_wants_it() {
    let to = |code, location| response(code, &[("Location", location)], "");
    let request = r#"{"method": "post", "url": "http://a.example/x/y", "raw_body": "b", "enable_redirect": true,
        "headers": {"authorization": "secret", "content-type": "text/x"}}"#;
    let host =
        Script::of([to(307, "z?q"), to(302, "https://b.a.example/"), to(301, "//c.example"), response(200, &[], "")]);
    assert!(one(&host, request).contains("200 Reason"));
    let asked = [
        "POST http://a.example/x/y\nHost: a.example\nAuthorization: secret\nContent-Type: text/x\n\nb",
        "POST http://a.example/x/z?q\nHost: a.example\nAuthorization: secret\nContent-Type: text/x\nReferer: http://a.example/x/y\n\nb",
        "GET https://b.a.example/\nHost: b.a.example\nAuthorization: secret\nReferer: http://a.example/x/z?q",
        "GET https://c.example/\nHost: c.example\nReferer: https://b.a.example/",
    ];
    assert_eq!(host.asked(), asked);

    let host = Script::of([to(302, "/b")]);
    assert!(one(&host, r#"{"method": "get", "url": "http://a.example"}"#).contains("302 Reason"));

    let host = Script::of([response(302, &[], "")]);
    assert!(one(&host, request).contains("302 Reason"));
}

#[test]
fn a_host_that_the_policy_names_stays_while_the_way_does() {
    let to = |location| response(302, &[("Location", location)], "");
    let host = Script::of([to("/b"), to("http://a.example/c"), response(200, &[], "")]);
    one(
        &host,
        r#"{"method": "get", "url": "http://a.example", "enable_redirect": true, "headers": {"Host": "v.example", "Referer": "r"}}"#,
    );
    let asked = [
        "GET http://a.example/\nHost: v.example\nReferer: r",
        "GET http://a.example/b\nHost: v.example\nReferer: r",
        "GET http://a.example/c\nHost: a.example\nReferer: r",
    ];
    assert_eq!(host.asked(), asked);
}

#[test]
fn redirects_end_at_hosts_that_are_not_allowed_and_after_ten_requests() {
    let to = |location| response(302, &[("Location", location)], "");
    let request = r#"{"method": "get", "url": "http://a.example", "enable_redirect": true, "timeout": "60s"}"#;
    let host = Script { refused: vec!["b.example"], ..Script::of([to("http://b.example/x")]) };
    assert_eq!(one(&host, request), r#"fails: Get "http://b.example/x": disallowed host: b.example"#);
    assert_eq!(host.asked().len(), 1);

    let host = Script::of((0..20).map(|_| to("/again")));
    assert_eq!(one(&host, request), r#"fails: Get "/again": stopped after 10 redirects"#);
    assert_eq!(host.asked().len(), 10);

    let host = Script::of([to("file:///etc/passwd")]);
    assert_eq!(one(&host, request), r#"fails: Get "file:///etc/passwd": unsupported protocol scheme "file""#);

    let host = Script::of([to("http://a:x")]);
    let why = r#"failed to parse Location header "http://a:x": parse "http://a:x": invalid port ":x" after host"#;
    assert_eq!(one(&host, request), format!(r#"fails: Get "http://a.example": {why}"#));
}

#[test]
fn failures_are_tried_again_after_pauses_that_grow() {
    let request = r#"{"method": "get", "url": "http://a.example", "max_retry_attempts": 3}"#;
    let host = Script::of([failure("1"), failure("2"), failure("3"), response(500, &[], "")]);
    assert!(one(&host, request).contains("500 Reason"));
    // The pauses grow by six tenths; the host's random numbers are the least, a fifth less.
    let pauses = [0, 128, 204].map(Duration::from_millis);
    let rested: Vec<_> =
        host.rested.lock().unwrap().iter().map(|it| Duration::from_millis(it.as_millis() as u64)).collect();
    assert_eq!(rested, pauses);

    let host = Script::of([failure("1"), failure("2"), failure("3"), failure("4")]);
    assert_eq!(one(&host, request), r#"fails: Get "http://a.example": 4"#);
    assert_eq!(host.asked().len(), 4);

    let host = Script::of([Err(ExchangeError::Settings("no key".into()))]);
    assert_eq!(one(&host, request), "fails: no key");
}

#[test]
fn time_is_limited_by_the_request_and_by_the_evaluation() {
    let late = || Err(ExchangeError::TimedOut { reading: false });
    let request = r#"{"method": "get", "url": "http://a.example", "raise_error": false}"#;
    let host = Script::of([late()]);
    let given = evaluate_within(&host, Some(4_000_000_000), usize::MAX, &[request]);
    assert_eq!(given, ["Some(Halt(Deadline))"]);
    let host = Script::of([late()]);
    let given = evaluate_within(&host, Some(6_000_000_000), usize::MAX, &[request]);
    assert!(given[0].contains("network_error"), "{given:?}");

    // Each exchange takes a second here, and hops share the time.
    let to = || response(302, &[("Location", "/again")], "");
    let request = r#"{"method": "get", "url": "http://a.example", "enable_redirect": true, "timeout": "2s"}"#;
    let host = Script::of([to(), to(), to()]);
    assert_eq!(one(&host, request), "fails: Get http://a.example/again: request timed out");
    assert_eq!(host.asked().len(), 2);
}

#[test]
fn a_response_has_no_more_bytes_than_fit() {
    let request = r#"{"method": "get", "url": "http://a.example", "raise_error": false}"#;
    let host = Script::of([Err(ExchangeError::TooLarge)]);
    assert!(one(&host, request).contains("the response has more than 100000 bytes"));
    let host = Script::of([Err(ExchangeError::TooLarge)]);
    assert_eq!(evaluate_within(&host, None, 50_000, &[request]), ["Some(Halt(Memory))"]);
    let host = Script::of([response(200, &[], &"x".repeat(40_000))]);
    assert_eq!(evaluate_within(&host, None, 50_000, &[request]), ["Some(Halt(Memory))"]);
}

#[test]
fn an_evaluation_asks_once() {
    let request = r#"{"method": "get", "url": "http://a.example"}"#;
    let host = Script::of([response(200, &[], "first"), response(200, &[], "second")]);
    let given = evaluate(&host, &[request, request]);
    assert_eq!(given[0], given[1]);
    assert_eq!(host.asked().len(), 1);
    assert!(one(&host, request).contains("second"));

    // A failure is one for all, and what may not be used again is asked for again.
    let host = Script::of([failure("1"), response(200, &[], "")]);
    assert_eq!(evaluate(&host, &[request, request])[1], r#"fails: Get "http://a.example": 1"#);
    let host = Script::of([response(500, &[], ""), response(200, &[], "")]);
    assert!(evaluate(&host, &[request, request])[1].contains("200 Reason"));
}

#[test]
fn headers_that_are_ignored_do_not_tell_requests_apart() {
    let request = |id: &str, ignored: &str| {
        format!(
            r#"{{"method": "get", "url": "http://a.example", "headers": {{"a": "1", "id": "{id}"}}, "cache_ignored_headers": {ignored}}}"#
        )
    };
    let host = Script::of((0..9).map(|_| response(200, &[], "")));
    evaluate(&host, &[&request("1", r#"["id"]"#), &request("2", r#"["id"]"#), &request("2", r#"["id", "x"]"#)]);
    assert_eq!(host.asked().len(), 1);
    evaluate(&host, &[&request("1", r#"["a"]"#), &request("2", r#"["a"]"#)]);
    assert_eq!(host.asked().len(), 2);
}

const DATE: (&str, &str) = ("Date", "Thu, 01 Jan 1970 00:00:00 GMT");

#[test]
fn a_response_is_used_again_while_it_is_fresh() {
    for (mode, headers) in [
        ("serialized", [DATE, ("Cache-Control", "max-age=10")]),
        ("deserialized", [DATE, ("Expires", "Thu, 01 Jan 1970 00:00:10 GMT")]),
    ] {
        let request =
            format!(r#"{{"method": "get", "url": "http://a.example", "cache": true, "caching_mode": "{mode}"}}"#);
        let host = Script::of([response(200, &headers, "first"), response(200, &headers, "second")]);
        assert!(one(&host, &request).contains("first"));
        host.now_ns.store(9_999_999_999, Ordering::Relaxed);
        assert!(one(&host, &request).contains("first"));
        host.now_ns.store(10_000_000_000, Ordering::Relaxed);
        assert!(one(&host, &request).contains("second"));
        assert_eq!(host.asked().len(), 2);
    }
}

#[test]
fn what_must_or_can_not_be_kept_is_asked_for_again() {
    for first in [
        response(200, &[DATE, ("Cache-Control", "max-age=10, no-store")], ""),
        response(500, &[DATE, ("Cache-Control", "max-age=10")], ""),
        response(200, &[("Cache-Control", "max-age=10")], ""),
        response(200, &[DATE], ""),
    ] {
        let host = Script::of([first.clone(), response(200, &[], "second")]);
        let request = r#"{"method": "get", "url": "http://a.example", "cache": true}"#;
        one(&host, request);
        assert!(one(&host, request).contains("second"), "{first:?}");
    }
    let host = Script::of([response(200, &[DATE, ("Cache-Control", "max-age=10")], ""), response(200, &[], "second")]);
    let request = r#"{"method": "get", "url": "http://a.example", "cache": true, "caching_mode": "neither"}"#;
    one(&host, request);
    assert!(one(&host, request).contains("second"));
}

#[test]
fn a_forced_cache_does_not_ask_the_response() {
    let request =
        r#"{"method": "get", "url": "http://a.example", "force_cache": true, "force_cache_duration_seconds": 10}"#;
    let host = Script::of([response(200, &[("Cache-Control", "no-store")], "first"), response(200, &[], "second")]);
    one(&host, request);
    host.now_ns.store(9_999_999_999, Ordering::Relaxed);
    assert!(one(&host, request).contains("first"));
    host.now_ns.store(10_000_000_000, Ordering::Relaxed);
    assert!(one(&host, request).contains("second"));
}

#[test]
fn what_is_stale_is_used_when_the_server_says_that_it_holds() {
    let tagged = [("ETag", "\"v1\""), ("Last-Modified", "then"), ("X", "old")];
    let newer = [DATE, ("Cache-Control", "max-age=10"), ("x", "new")];
    let request = r#"{"method": "get", "url": "http://a.example", "cache": true}"#;
    let host = Script::of([response(200, &tagged, "first"), response(304, &newer, ""), response(200, &[], "second")]);
    one(&host, request);
    host.asked();
    let given = one(&host, request);
    assert_eq!(
        host.asked(),
        ["GET http://a.example/\nHost: a.example\nIf-Modified-Since: then\nIf-None-Match: \"v1\""]
    );
    assert!(given.contains("first") && given.contains(r#""x":["new"]"#) && given.contains("200 Reason"), "{given}");
    // It is fresh from now on.
    assert!(one(&host, request).contains("first"));
    host.now_ns.store(10_000_000_000, Ordering::Relaxed);
    assert!(one(&host, request).contains("second"));
    assert_eq!(host.asked().len(), 1);
}

#[test]
fn a_server_that_knows_no_more_of_what_is_stale_is_asked_anew() {
    let request = r#"{"method": "get", "url": "http://a.example", "cache": true}"#;
    let tagged = || response(200, &[("ETag", "\"v1\"")], "first");
    let host = Script::of([tagged(), response(412, &[], ""), response(200, &[], "second")]);
    one(&host, request);
    assert!(one(&host, request).contains("second"));
    let host = Script::of([tagged(), failure("gone"), response(200, &[], "second")]);
    one(&host, request);
    assert_eq!(evaluate(&host, &[request, request]), [r#"fails: Get "http://a.example": gone"#; 2]);
    assert!(one(&host, request).contains("second"));
    let host = Script::of([tagged(), response(304, &[("Cache-Control", "max-age=1")], "")]);
    one(&host, request);
    assert_eq!(one(&host, request), "fails: no date header");
}

#[test]
fn names_are_looked_up_once_and_where_it_is_allowed() {
    let arena = Arena::default();
    let look_up = |host: &Script, scratch: &mut Scratch, name: &str| {
        let builtin = crate::net::FAMILY.iter().find(|it| it.name == "net.lookup_ip_addr").unwrap();
        let mut cx = Context { arena: &arena, buffer: &mut Vec::new(), host, scratch, prepared: None, fault: None };
        let given = (builtin.run)(&mut cx, &[lictor_value::Value::str(arena.slice(name.as_bytes()))]);
        given.map(super::rego).ok_or(cx.fault)
    };
    let fails = |why: &str| Err(Some(Fault::Failed(why.into())));
    let host = Script { refused: vec!["b.example"], ..Script::default() };
    let scratch = &mut Scratch::default();
    let found = Ok(r#"{"10.0.0.1", "10.0.0.2"}"#.into());
    assert_eq!(look_up(&host, scratch, "a.example"), found);
    assert_eq!(look_up(&host, scratch, "a.example"), found);
    assert_eq!(look_up(&host, scratch, "b.example"), fails("disallowed host: b.example"));
    assert_eq!(look_up(&host, scratch, "late.example"), fails("lookup late.example: i/o timeout"));
    assert_eq!(host.asked(), ["a.example", "late.example"]);
    scratch.set_deadline(Some(0));
    let ended = look_up(&host, scratch, "late.example");
    assert_eq!(ended, Err(Some(Fault::Halt(lictor_value::Halt::Deadline))));
    assert_eq!(look_up(&Script { off: true, ..Script::default() }, scratch, "a.example"), fails(super::OFF));
}
