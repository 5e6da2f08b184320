//! `http.send` and `net.lookup_ip_addr` over the standard network, against servers that the tests start on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;

use lictor::{Builder, StandardNetwork, json};

#[test]
fn a_policy_asks_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let head: Vec<_> = BufReader::new(stream.try_clone().unwrap())
            .lines()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        stream
            .write_all(b"HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
            .unwrap();
        head
    });
    let policy = Builder::new()
        .network(Arc::new(StandardNetwork::to(["127.0.0.1"])))
        .query("ask", format!(r#"x = http.send({{"method": "get", "url": "http://127.0.0.1:{port}/a?b"}})"#))
        .build()
        .unwrap();
    let mut session = policy.session();
    let rows = session.eval("ask", None).unwrap();
    let mut text = Vec::new();
    json::write_json(rows.iter().next().unwrap().bindings().next().unwrap().1, &mut text);
    assert_eq!(
        String::from_utf8_lossy(&text),
        r#"{"body":[],"headers":{"content-length":["2"],"content-type":["application/json"]},"raw_body":"[]","status":"200 Fine","status_code":200}"#
    );
    assert_eq!(server.join().unwrap()[0], "GET /a?b HTTP/1.1");
}
