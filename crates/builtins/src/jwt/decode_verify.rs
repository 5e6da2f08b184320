//! Checking signature and claims of a token: `io.jwt.decode_verify`.

use std::borrow::Cow;

use lictor_value::{Arena, Context, Fault, Object, Value};

use super::algorithm::Algorithm;
use super::constraints::{Constraints, Trusted};
use super::header::Header;
use super::keys::Material;
use super::public::Form;
use super::ring::{By, Ring};
use super::token::{self, Token};
use super::{failed, string};

pub(super) fn decode_verify<'v>(cx: &mut Context<'_, 'v>, jwt: Value<'v>, constraints: Value<'v>) -> Option<Value<'v>> {
    let Some(constraints) = constraints.as_object() else {
        return cx.wrong_operand(2, "object", constraints);
    };
    let constraints = Constraints::read(cx, constraints);
    let constraints = cx.catch(constraints)?;
    let arena = cx.arena;
    let verified = verify(arena, cx.scratch.of_session::<Ring>(), jwt, &constraints);
    let answer = match cx.catch(verified)? {
        Some((header, claims)) => [Value::TRUE, Value::object(header), Value::object(claims)],
        None => {
            let nothing = Value::object(arena.one(Object::from_unsorted(arena, &mut Vec::new())));
            [Value::FALSE, nothing, nothing]
        }
    };
    Some(Value::array(arena.slice(&answer)))
}

/// Header and claims of the innermost token, where all signatures are good and the claims fit.
fn verify<'v>(
    arena: &'v Arena,
    ring: &mut Ring,
    jwt: Value<'v>,
    constraints: &Constraints<'v>,
) -> Result<Option<(&'v Object<'v>, &'v Object<'v>)>, Fault> {
    let mut text = Cow::Borrowed(string(jwt, 1)?);
    loop {
        let token = Token::split(&text)?;
        let decoded = token.header(arena)?;
        let header = Header::read(decoded)?;
        if !header.is_valid() || (!constraints.alg.is_empty() && constraints.alg != header.alg) {
            return Ok(None);
        }
        let signature = token.signature().map_err(failed)?;
        let good = match &constraints.trusted {
            Trusted::Secret(secret) => is_by_secret(secret, &header, &token, &signature),
            Trusted::Keys(keys) => {
                let known = ring.knows(&text, keys, By::Header);
                let good = known || keys.any(&header, |material| is_by(material, &header, &token, &signature));
                if good && !known {
                    ring.learn(&text, keys, By::Header);
                }
                good
            }
        };
        if !good {
            return Ok(None);
        }
        let payload = token.payload()?;
        if header.is_nested() {
            text = Cow::Owned(payload);
            continue;
        }
        let claims = token::object(arena, &payload)?;
        return Ok(constraints.admit(arena, claims)?.then_some((decoded, claims)));
    }
}

/// Whether this key made the signature, by the algorithm that the header names.
fn is_by(material: &Material, header: &Header<'_>, token: &Token<'_>, signature: &[u8]) -> bool {
    match material {
        Material::Public(key) | Material::Private(key) => {
            // RFC 9864 gives EdDSA with Ed25519 a name of its own.
            let name = if header.alg == b"Ed25519" { b"EdDSA" } else { header.alg };
            Algorithm::named(name).is_some_and(|algorithm| key.verify(algorithm, token.signed, signature, Form::Strict))
        }
        Material::Secret(secret) => is_by_secret(secret, header, token, signature),
        Material::Useless => false,
    }
}

fn is_by_secret(secret: &[u8], header: &Header<'_>, token: &Token<'_>, signature: &[u8]) -> bool {
    match Algorithm::named(header.alg) {
        Some(Algorithm::Hs(hash)) => hash.is_mac(secret, token.signed, signature),
        _ => false,
    }
}
