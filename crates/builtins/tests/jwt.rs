//! The builtins `io.jwt.*`: a golden file of calls, and what must hold of every token.
//!
//! Keys and tokens of `jwt/material.json` were made with openssl. Outcomes in `jwt/calls.txt` are values as JSON, or the words
//! of errors.
#![expect(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;

use lictor_value::{Arena, Context, Fault, NoHost, Scratch, json};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/jwt").join(name)
}

fn material() -> HashMap<String, String> {
    serde_json::from_slice(&std::fs::read(file("material.json")).unwrap()).unwrap()
}

/// What a builtin makes of arguments in JSON, in a session of its own or one that went on before: JSON, or why not.
fn call(scratch: &mut Scratch, name: &str, args: &str) -> Result<String, String> {
    let arena = Arena::default();
    let args = json::parse(&arena, args.as_bytes()).unwrap().as_array().unwrap();
    let builtin = lictor_builtins::registry().get(name).unwrap();
    assert_eq!(builtin.args.len(), args.len(), "{name}");
    scratch.begin();
    let mut cx =
        Context { arena: &arena, buffer: &mut Vec::new(), host: &NoHost, scratch, prepared: None, fault: None };
    match ((builtin.run)(&mut cx, args), cx.fault) {
        (Some(value), _) => {
            let mut text = Vec::new();
            json::write_json(value, &mut text);
            Ok(String::from_utf8(text).unwrap())
        }
        (None, Some(Fault::Failed(why))) => Err(why.into()),
        (None, Some(Fault::Operand { position, expected, found })) => {
            Err(format!("operand {position} must be {expected} but got {found}"))
        }
        (None, fault) => panic!("{name}: {fault:?}"),
    }
}

/// The arguments with the texts that `"@NAME"` stands for.
fn filled(args: &str, material: &HashMap<String, String>) -> String {
    let mut filled = args.to_owned();
    for (name, text) in material {
        filled = filled.replace(&format!("\"@{name}\""), &serde_json::to_string(text).unwrap());
    }
    assert!(!filled.contains("\"@"), "no such material: {args}");
    filled
}

#[test]
fn calls_give_what_the_golden_file_says() {
    let material = material();
    let golden = std::fs::read_to_string(file("calls.txt")).unwrap();
    let mut found = String::new();
    // One session for all: what it keeps must change nothing.
    let mut scratch = Scratch::default();
    for line in golden.lines().filter(|line| !line.starts_with("    ")) {
        writeln!(found, "{line}").unwrap();
        let Some((name, args)) = line.split_once(' ').filter(|_| line.starts_with("io.")) else {
            continue;
        };
        let args = filled(args, &material);
        let outcome = call(&mut scratch, name, &args);
        assert_eq!(
            outcome,
            call(&mut Scratch::default(), name, &args),
            "{line}: a session's memory changes the outcome"
        );
        match outcome {
            Ok(value) => writeln!(found, "    {value}").unwrap(),
            Err(why) => writeln!(found, "    fails: {why}").unwrap(),
        }
    }
    if std::env::var_os("LICTOR_UPDATE").is_some() {
        std::fs::write(file("calls.txt"), found).unwrap();
    } else if found != golden {
        let differing = golden.lines().zip(found.lines()).find(|(golden, found)| golden != found);
        panic!("calls.txt differs: {differing:#?}");
    }
}

const SIGNED: &[(&str, &str, &str)] = &[
    ("rs256", "rsa.pem", "rsa.jwk"),
    ("rs384", "rsa.pem", "rsa.jwk"),
    ("rs512", "rsa.crt", "rsa.jwk"),
    ("ps256", "rsa.pem", "rsa.jwk"),
    ("ps384", "rsa.pem", "rsa.jwk"),
    ("ps512", "rsa.crt", "rsa.jwk"),
    ("es256", "p256.pem", "p256.jwk"),
    ("es384", "p384.pem", "p384.jwk"),
    ("es512", "p521.pem", "p521.jwk"),
    ("eddsa", "ed25519.pem", "ed25519.jwk"),
];

/// A JSON array of texts.
fn args(texts: &[&str]) -> String {
    serde_json::to_string(texts).unwrap()
}

fn verify(scratch: &mut Scratch, algorithm: &str, token: &str, key: &str) -> Result<String, String> {
    call(scratch, &format!("io.jwt.verify_{algorithm}"), &args(&[token, key]))
}

fn decode_verify(scratch: &mut Scratch, token: &str, constraints: serde_json::Value) -> Result<String, String> {
    call(scratch, "io.jwt.decode_verify", &serde_json::json!([token, constraints]).to_string())
}

#[test]
fn a_token_signed_here_is_good_here() {
    let material = material();
    for (algorithm, public, private) in
        SIGNED.iter().chain(&[("rs256", "short.pem", "short.jwk"), ("ps384", "short.pem", "short.jwk")])
    {
        let alg = if *algorithm == "eddsa" { "EdDSA" } else { &algorithm.to_uppercase() };
        let new = args(&[&format!(r#"{{"alg":"{alg}"}}"#), r#"{"a":1}"#, &material[*private]]);
        let token = call(&mut Scratch::default(), "io.jwt.encode_sign_raw", &new).unwrap();
        let token = token.trim_matches('"');
        let (public, mut scratch) = (&material[*public], Scratch::default());
        assert_eq!(verify(&mut scratch, algorithm, token, public).as_deref(), Ok("true"), "{alg}");
        let verified = decode_verify(&mut scratch, token, serde_json::json!({"cert": public, "alg": alg}));
        assert_eq!(verified, Ok(format!(r#"[true,{{"alg":"{alg}"}},{{"a":1}}]"#)));
    }
}

#[test]
fn a_token_changed_anywhere_is_good_no_more() {
    let material = material();
    let time = 1_750_000_000_000_000_000u64;
    let mut scratch = Scratch::default();
    for (algorithm, public, _) in SIGNED.iter().chain(&[("hs256", "", "")]) {
        let (token, key) =
            (&material[&format!("{algorithm}.token")], material.get(*public).map_or("secret", |key| key));
        let constraint = if *algorithm == "hs256" { "secret" } else { "cert" };
        let constraints = serde_json::json!({constraint: key, "aud": "api", "time": time});
        assert_eq!(verify(&mut scratch, algorithm, token, key).as_deref(), Ok("true"), "{algorithm}");
        assert!(decode_verify(&mut scratch, token, constraints.clone()).unwrap().starts_with("[true,"), "{algorithm}");
        // But for the last digit, some of whose bits stand for nothing.
        for at in (0..token.len() - 1).step_by(7).chain([token.len() - 2]) {
            let mut changed = token.clone().into_bytes();
            changed[at] = match changed[at] {
                b'.' => continue,
                b'A' => b'B',
                _ => b'A',
            };
            let changed = String::from_utf8(changed).unwrap();
            // Some changes make a token that cannot be read.
            assert_ne!(verify(&mut scratch, algorithm, &changed, key).as_deref(), Ok("true"), "{changed}");
            let verified = decode_verify(&mut scratch, &changed, constraints.clone());
            assert!(!verified.is_ok_and(|answer| answer.starts_with("[true,")), "{changed}");
        }
    }
}

#[test]
fn what_a_session_knows_of_a_token_holds_for_the_same_key_algorithm_and_time_only() {
    let material = material();
    let (token, key, other) = (&material["rs256.token"], &material["rsa.pem"], &material["other.pem"]);
    let mut scratch = Scratch::default();
    let ask = |scratch: &mut Scratch, algorithm, key: &str| verify(scratch, algorithm, token, key).unwrap();
    for _ in 0..2 {
        assert_eq!(ask(&mut scratch, "rs256", key), "true");
        assert_eq!(ask(&mut scratch, "rs256", other), "false", "the key changed");
        assert_eq!(ask(&mut scratch, "ps256", key), "false", "the algorithm changed");
        for (time, good) in [(1_750_000_000u64, true), (1_900_000_000, false), (1_600_000_000, false)] {
            let constraints = serde_json::json!({"cert": key, "aud": "api", "time": time * 1_000_000_000});
            let verified = decode_verify(&mut scratch, token, constraints).unwrap();
            assert_eq!(verified.starts_with("[true,"), good, "{time}");
        }
        let constraints = serde_json::json!({"cert": other, "aud": "api", "time": 1_750_000_000_000_000_000u64});
        assert_eq!(decode_verify(&mut scratch, token, constraints).unwrap(), "[false,{},{}]", "the key changed");
    }
}

#[test]
fn a_session_asked_for_more_than_it_keeps_still_answers_rightly() {
    let material = material();
    let (token, key) = (&material["hs256.token"], &material["rsa.pem"]);
    let rs256 = &material["rs256.token"];
    let mut scratch = Scratch::default();
    // Texts of keys that differ in what comes before the block, 40 KB each: some 4 MB.
    for number in 0..100 {
        let padded = format!("{number}{}\n{key}", " ".repeat(40_000));
        assert_eq!(verify(&mut scratch, "rs256", rs256, &padded).as_deref(), Ok("true"), "{number}");
        assert_eq!(verify(&mut scratch, "rs256", token, &padded).as_deref(), Ok("false"), "{number}");
    }
    assert_eq!(verify(&mut scratch, "rs256", rs256, key).as_deref(), Ok("true"));
}

#[test]
fn keys_that_would_take_long_are_refused() {
    let material = material();
    let token = &material["rs256.token"];
    let long = |bytes: usize| "_".repeat(bytes * 4 / 3);
    let start = std::time::Instant::now();
    // A modulus of 400,000 bits, an exponent of 63, and a private exponent of 400,000.
    let key = format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, long(49_998));
    let mut scratch = Scratch::default();
    assert_eq!(verify(&mut scratch, "rs256", token, &key).as_deref(), Ok("false"));
    let key = format!(r#"{{"kty":"RSA","n":"{}","e":"f_________8"}}"#, long(255));
    assert_eq!(verify(&mut scratch, "ps256", token, &key).as_deref(), Ok("false"));
    let key = format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB","d":"{}","p":"Aw","q":"BQ"}}"#, long(129), long(49_998));
    let signed = call(&mut scratch, "io.jwt.encode_sign_raw", &args(&[r#"{"alg":"RS256"}"#, "{}", &key]));
    assert_eq!(signed, Err("input overflows the modulus size".into()));
    // Computing with them would take hours.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn tokens_within_tokens_end() {
    use std::iter::repeat_n;
    // Each layer is a third longer than what it holds, so a text can only hold so many.
    let url =
        |text: &str| call(&mut Scratch::default(), "base64url.encode_no_pad", &args(&[text])).unwrap().replace('"', "");
    let header = url(r#"{"cty":"JWT"}"#);
    let token =
        repeat_n(header, 30).fold(format!("{}.e30.", url("{}")), |inner, header| format!("{header}.{}.", url(&inner)));
    assert_eq!(call(&mut Scratch::default(), "io.jwt.decode", &args(&[&token])).as_deref(), Ok(r#"[{},{},""]"#));
}
