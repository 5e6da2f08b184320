//! What `io.jwt.decode_verify` asks of a token.

use std::sync::Arc;

use lictor_value::text::lossy;
use lictor_value::{Arena, Context, Fault, Object, Value, View, number, order};

use super::failed;
use super::keys::Keys;
use super::ring::Ring;

/// The constraints. Of an empty string OPA says that there is no constraint.
#[derive(Debug)]
pub(super) struct Constraints<'v> {
    pub(super) trusted: Trusted<'v>,
    pub(super) alg: &'v [u8],
    iss: &'v [u8],
    aud: &'v [u8],
    /// In ns since 1970.
    time: f64,
}

/// Whose signature counts.
#[derive(Debug)]
pub(super) enum Trusted<'v> {
    Keys(Arc<Keys>),
    Secret(&'v [u8]),
}

impl<'v> Constraints<'v> {
    pub(super) fn read(cx: &mut Context<'_, 'v>, constraints: &Object<'v>) -> Result<Constraints<'v>, Fault> {
        let (mut keys, mut secret, mut alg, mut iss, mut aud) = (None, &b""[..], &b""[..], &b""[..], &b""[..]);
        let mut time = None;
        for (name, value) in constraints.iter() {
            let name = name.as_bytes().unwrap_or_default();
            let text = || {
                let name = lossy(name);
                value.as_bytes().ok_or_else(|| failed(format!("{name} constraint: must be a string")))
            };
            match name {
                b"cert" => keys = Some(cx.scratch.of_session::<Ring>().keys(text()?).map_err(failed)?),
                b"secret" => secret = text()?,
                b"alg" => alg = text()?,
                b"iss" => iss = text()?,
                b"aud" => aud = text()?,
                b"time" => time = Some(time_of(value)?),
                _ => {
                    let name = lossy(name);
                    return Err(failed(format!("unknown token validation constraint: {name}")));
                }
            }
        }
        let time = match time {
            Some(time) => time,
            None => cx.now_ns() as f64,
        };
        if time < 0.0 {
            return Err(failed("token time constraint: must not be negative"));
        }
        let trusted = match keys {
            Some(_) if !secret.is_empty() => return Err(failed("duplicate key constraints")),
            Some(keys) => Trusted::Keys(keys),
            None if secret.is_empty() => return Err(failed("no key constraint")),
            None => Trusted::Secret(secret),
        };
        Ok(Constraints { trusted, alg, iss, aud, time })
    }

    /// Whether the claims fit.
    pub(super) fn admit(&self, arena: &Arena, claims: &Object<'_>) -> Result<bool, Fault> {
        // Where `iss` is no string OPA crashes. It is not the issuer that was asked for.
        if !self.iss.is_empty() && claims.get_str("iss").and_then(Value::as_bytes) != Some(self.iss) {
            return Ok(false);
        }
        let for_us = match claims.get_str("aud") {
            None => self.aud.is_empty(),
            Some(aud) => match (aud.as_bytes(), aud.as_array()) {
                (Some(aud), _) => aud == self.aud,
                (None, Some(all)) => all.iter().any(|aud| aud.as_bytes() == Some(self.aud)),
                (None, None) => false,
            },
        };
        if !for_us {
            return Ok(false);
        }
        // Claims are in seconds.
        let now = number::from_text(arena, &format!("{:e}", self.time / 1e9));
        if let Some(exp) = moment(claims, "exp")?
            && order::order(now, exp).is_ge()
        {
            return Ok(false);
        }
        if let Some(nbf) = moment(claims, "nbf")?
            && order::order(now, nbf).is_lt()
        {
            return Ok(false);
        }
        Ok(true)
    }
}

fn moment<'v>(claims: &Object<'v>, name: &str) -> Result<Option<Value<'v>>, Fault> {
    match claims.get_str(name) {
        Some(value) if !value.is_number() => Err(failed(format!("{name} value must be a number"))),
        other => Ok(other),
    }
}

fn time_of(value: Value<'_>) -> Result<f64, Fault> {
    if !value.is_number() {
        return Err(failed("token time constraint: must be a number"));
    }
    let time = match value.view() {
        View::Int(int) => Some(int as f64),
        View::Number(text) => text.parse().ok().filter(|time: &f64| time.is_finite()),
        _ => None,
    };
    match time.ok_or_else(|| failed("token time constraint: unvalid float64"))? {
        time if time < 0.0 => Err(failed("token time constraint: must not be negative")),
        time => Ok(time),
    }
}
