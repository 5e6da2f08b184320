//! What checking a signed token costs, from an input's bytes to the answer of `io.jwt.decode_verify`: a token that the session
//! has seen before, whose signature is not computed again, and one that it has not.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lictor::{Builder, Session};

const MATERIAL: &str = include_str!("../../crates/builtins/tests/jwt/material.json");

/// Some more than a session keeps, so that none is known when its turn comes again.
const NEW: usize = 12_000;

const POLICY: &str = "
    package tokens

    allow if {
        [valid, _, claims] := io.jwt.decode_verify(input.token, object.union(data.trusted, {\"aud\": \"api\"}))
        valid
        claims.sub != \"nobody\"
    }

    signed := [io.jwt.encode_sign({\"alg\": data.alg}, claims, data.private) |
        some number in numbers.range(1, input.count)
        claims := {\"aud\": \"api\", \"iss\": \"login\", \"exp\": 4000000000, \"sub\": sprintf(\"user %d\", [number])}
    ]";

fn session(alg: &str, trusted: serde_json::Value, private: &str) -> Session {
    let private: serde_json::Value = serde_json::from_str(private).unwrap();
    let data = serde_json::json!({"alg": alg, "trusted": trusted, "private": private});
    let builder = Builder::new().module("tokens.rego", POLICY).data(data.to_string());
    builder.query("allow", "data.tokens.allow").query("signed", "data.tokens.signed").build().unwrap().session()
}

/// The inputs of some tokens.
fn inputs(session: &mut Session, count: usize) -> Vec<String> {
    let input = serde_json::json!({"count": count}).to_string();
    let rows = session.eval("signed", Some(input.as_bytes())).unwrap();
    let tokens = rows.value().unwrap().as_array().unwrap();
    tokens.iter().map(|token| serde_json::json!({"token": token.as_text().unwrap()}).to_string()).collect()
}

fn check(criterion: &mut Criterion) {
    let material: HashMap<String, String> = serde_json::from_str(MATERIAL).unwrap();
    let mut group = criterion.benchmark_group("a signed token");
    for (alg, public, private) in [
        ("HS256", "", r#"{"kty": "oct", "k": "c2VjcmV0"}"#),
        ("RS256", "rsa.pem", &material["rsa.jwk"]),
        ("ES256", "p256.pem", &material["p256.jwk"]),
        ("EdDSA", "ed25519.pem", &material["ed25519.jwk"]),
    ] {
        let trusted = match public {
            "" => serde_json::json!({"secret": "secret"}),
            public => serde_json::json!({"cert": material[public]}),
        };
        let mut session = session(alg, trusted, private);
        let inputs = inputs(&mut session, NEW);
        let mut ask = |input: &String| {
            let rows = session.eval("allow", Some(black_box(input).as_bytes())).unwrap();
            assert_eq!(rows.len(), 1, "the token is good");
        };
        group.bench_function(BenchmarkId::new(alg, "seen before"), |bencher| bencher.iter(|| ask(&inputs[0])));
        let mut next = inputs.iter().cycle();
        group.bench_function(BenchmarkId::new(alg, "new"), |bencher| bencher.iter(|| ask(next.next().unwrap())));
    }
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
