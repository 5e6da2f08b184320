//! Checking a signature alone: `io.jwt.verify_*`.

use lictor_value::{Arena, Context, Fault, Value};

use super::algorithm::{Algorithm, Hash};
use super::header::Header;
use super::keys::Material;
use super::public::Form;
use super::ring::{By, Ring};
use super::token::Token;
use super::{failed, string};

/// Whether the secret signed the token.
pub(super) fn by_secret(cx: &mut Context<'_, '_>, hash: Hash, jwt: &[u8], secret: &[u8]) -> Option<bool> {
    let token = cx.catch(Token::split(jwt))?;
    let signature = cx.catch(token.signature().map_err(failed))?;
    Some(hash.is_mac(secret, token.signed, &signature))
}

/// Whether one of the keys signed the token.
pub(super) fn by_key(
    cx: &mut Context<'_, '_>,
    algorithm: Algorithm,
    jwt: Value<'_>,
    certificate: Value<'_>,
) -> Option<bool> {
    let arena = cx.arena;
    let ring = cx.scratch.of_session::<Ring>();
    let verified = verify(arena, ring, algorithm, jwt, certificate);
    cx.catch(verified)
}

fn verify(
    arena: &Arena,
    ring: &mut Ring,
    algorithm: Algorithm,
    jwt: Value<'_>,
    certificate: Value<'_>,
) -> Result<bool, Fault> {
    let text = string(jwt, 1)?;
    let token = Token::split(text)?;
    let keys = ring.keys(string(certificate, 2)?).map_err(failed)?;
    if ring.knows(text, &keys, By::Builtin(algorithm)) {
        return Ok(true);
    }
    let signature = token.signature().map_err(failed)?;
    let header = Header::read(token.header(arena)?)?;
    let verified = keys.any(&header, |material| match material {
        Material::Public(key) => key.verify(algorithm, token.signed, &signature, Form::Loose),
        _ => false,
    });
    if verified {
        ring.learn(text, &keys, By::Builtin(algorithm));
    }
    Ok(verified)
}
