//! JSON Web Tokens: taking them apart, checking their signatures and claims, and signing them.
//!
//! The sources are RFC 7515 (signatures), 7517 (keys), 7518 (algorithms), 7519 (tokens) and 8037 (Ed25519). Only signed tokens
//! in compact form are read: no encryption, no JSON form. Certificates are looked at for their public key alone; whether
//! one is trusted or expired is the matter of `crypto.x509`.
//!
//! The mathematics is aws-lc's, through aws-lc-rs: it has all that OPA has but keys and salts that RFC 7518 rules out (those
//! are checked in [`rsa`]), it is written to leak nothing through timing, and it is fast where tokens are checked: RSA of 2048
//! bits in 25 µs, P-256 in 83, P-384 in 325, P-521 in 361, where Go took 38, 120, 641 and 1,746 on the same machine, and the
//! crates `rsa`, `p256`, `p384` and `p521` took 115, 516, 1,529 and 1,874. It drags in five small crates and its own C code,
//! which a C compiler builds in a minute; like mimalloc it needs nothing else. HMAC stays with `hmac` and `sha2`.
//!
//! The salts and nonces of new signatures are the one thing random that does not come from the host: they are aws-lc's own.
//! A nonce that a host repeats would give the private key away.

mod algorithm;
mod constraints;
mod decode_verify;
mod header;
mod jwk;
mod keys;
mod loose;
mod public;
mod ring;
mod rsa;
mod sign;
mod token;
mod verify;

use lictor_value::{Builtin, Context, Fault, Type, Value};

use crate::encoding::hex;
use crate::family;
use algorithm::Algorithm::{EdDsa, Es, Ps, Rs};
use algorithm::Hash::{Sha256, Sha384, Sha512};
use token::Token;

const OBJECT: Type = Type::Object(&Type::Any, &Type::Any);
const RECORD: Type = Type::Object(&Type::String, &Type::Any);
const DECODED: Type = Type::Tuple(&[OBJECT, OBJECT, Type::String], None);
const VERIFIED: Type = Type::Tuple(&[Type::Boolean, OBJECT, OBJECT], None);

const PUBLIC_KEYS: &str = "a certificate or a public key in PEM, or a JSON Web Key or a set of them";

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// Header, payload and signature of a token, which nobody has checked; the signature in hexadecimal digits.
    "io.jwt.decode" in "tokens" |cx, jwt ("the token"): &[u8]|
    -> "output" ("`[header, payload, signature]`"): Option<Value<'_>> [DECODED] { decode(cx, jwt) }
    /// `[true, header, payload]` of a token whose signature is right and whose claims fit, else `[false, {}, {}]`. The
    /// constraints are `cert` (a certificate, a public key or a key set) or `secret`; and if wanted `alg`, `iss`, `aud`,
    /// and `time` in ns since 1970 instead of now. `exp` and `nbf` always count; a token with `aud` fits no one but
    /// whom `aud` names.
    ///
    /// ```rego
    /// [valid, header, payload] := io.jwt.decode_verify(input.token, {"cert": data.keys, "iss": "login", "aud": "api"})
    /// ```
    "io.jwt.decode_verify" in "tokens" { nondeterministic: true } |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        constraints ("what must be true of it, and by which keys"): Value<'_> [RECORD],
    | -> "output" ("`[valid, header, payload]`, empty where not valid"): Option<Value<'_>> [VERIFIED] {
        decode_verify::decode_verify(cx, jwt, constraints)
    }
    /// A token of a header and a payload, signed by a JSON Web Key.
    "io.jwt.encode_sign" in "tokensign" { nondeterministic: true } |
        cx,
        headers ("the header"): Value<'_> [RECORD],
        payload ("the claims"): Value<'_> [RECORD],
        key ("the private key or the secret"): Value<'_> [RECORD],
    | -> "output" ("the signed token"): Option<Vec<u8>> {
        sign::encode_sign(cx, headers, payload, key)
    }
    /// A token of a header and a payload, signed by a JSON Web Key; all three as text, which stays as it is.
    "io.jwt.encode_sign_raw" in "tokensign" { nondeterministic: true } |
        cx,
        headers ("the header, in JSON"): Value<'_> [Type::String],
        payload ("the payload, in JSON or any other text"): Value<'_> [Type::String],
        key ("the private key or the secret, in JSON"): Value<'_> [Type::String],
    | -> "output" ("the signed token"): Option<Vec<u8>> { sign::encode_sign_raw(cx, headers, payload, key) }
    /// Whether the secret signed the token, by HMAC with SHA-256.
    "io.jwt.verify_hs256" in "tokens" |
        cx,
        jwt ("the token"): &[u8],
        secret ("the secret that is shared"): &[u8],
    | -> "result" ("whether the signature is right"): Option<bool> { verify::by_secret(cx, Sha256, jwt, secret) }
    /// Whether the secret signed the token, by HMAC with SHA-384.
    "io.jwt.verify_hs384" in "tokens" |
        cx,
        jwt ("the token"): &[u8],
        secret ("the secret that is shared"): &[u8],
    | -> "result" ("whether the signature is right"): Option<bool> { verify::by_secret(cx, Sha384, jwt, secret) }
    /// Whether the secret signed the token, by HMAC with SHA-512.
    "io.jwt.verify_hs512" in "tokens" |
        cx,
        jwt ("the token"): &[u8],
        secret ("the secret that is shared"): &[u8],
    | -> "result" ("whether the signature is right"): Option<bool> { verify::by_secret(cx, Sha512, jwt, secret) }
    /// Whether the certificate's or public key's owner signed the token, by RSA of PKCS #1 with SHA-256.
    "io.jwt.verify_rs256" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Rs(Sha256), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by RSA of PKCS #1 with SHA-384.
    "io.jwt.verify_rs384" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Rs(Sha384), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by RSA of PKCS #1 with SHA-512.
    "io.jwt.verify_rs512" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Rs(Sha512), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by RSA-PSS with SHA-256.
    "io.jwt.verify_ps256" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Ps(Sha256), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by RSA-PSS with SHA-384.
    "io.jwt.verify_ps384" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Ps(Sha384), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by RSA-PSS with SHA-512.
    "io.jwt.verify_ps512" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Ps(Sha512), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by ECDSA with SHA-256.
    "io.jwt.verify_es256" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Es(Sha256), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by ECDSA with SHA-384.
    "io.jwt.verify_es384" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Es(Sha384), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by ECDSA with SHA-512.
    "io.jwt.verify_es512" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, Es(Sha512), jwt, certificate)
    }
    /// Whether the certificate's or public key's owner signed the token, by Ed25519.
    "io.jwt.verify_eddsa" in "tokens" |
        cx,
        jwt ("the token"): Value<'_> [Type::String],
        certificate (PUBLIC_KEYS): Value<'_> [Type::String],
    | -> "result" ("whether the signature is right"): Option<bool> {
        verify::by_key(cx, EdDsa, jwt, certificate)
    }
};

/// A token that holds another one is gone through to the innermost.
fn decode<'v>(cx: &mut Context<'_, 'v>, jwt: &[u8]) -> Option<Value<'v>> {
    let arena = cx.arena;
    let mut text = std::borrow::Cow::Borrowed(jwt);
    let decoded = loop {
        let token = cx.catch(Token::split(&text))?;
        let header = cx.catch(token.header(arena))?;
        let payload = cx.catch(token.payload())?;
        // Whoever nests tokens may have put the inner one in quotes.
        if header.get_str("cty").and_then(Value::as_bytes) == Some(b"JWT") {
            let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
            let start = payload.iter().position(|byte| !is_quote(byte)).unwrap_or(payload.len());
            let end = payload.iter().rposition(|byte| !is_quote(byte)).map_or(start, |last| last + 1);
            text = std::borrow::Cow::Owned(payload[start..end].to_vec());
            continue;
        }
        let payload = cx.catch(token::object(arena, &payload))?;
        let signature =
            cx.catch(token.signature().map_err(|why| failed(format!("JWT signature had invalid encoding: {why}"))))?;
        break [Value::object(header), Value::object(payload), cx.string(hex(&signature))];
    };
    Some(Value::array(arena.slice(&decoded)))
}

fn failed(text: impl Into<Box<str>>) -> Fault {
    Fault::Failed(text.into())
}

/// The bytes of an operand that must be a string.
fn string<'v>(value: Value<'v>, position: usize) -> Result<&'v [u8], Fault> {
    value.as_bytes().ok_or(Fault::Operand { position, expected: "string", found: value.type_name() })
}
