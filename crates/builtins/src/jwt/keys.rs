//! The keys that tokens are checked with: a certificate or a public key in PEM, or JSON Web Keys.

use std::sync::atomic::{AtomicU64, Ordering};

use super::algorithm::Algorithm;
use super::header::Header;
use super::jwk;
use super::public::PublicKey;
use crate::x509::certificate::Certificate;
use crate::x509::{pem, public_key};

/// The keys of one text.
#[derive(Debug)]
pub(super) struct Keys {
    keys: Vec<Key>,
    /// No other keys of this process have this number, so what is known of a token by it is never known by other keys.
    pub(super) number: u64,
}

/// A key, and what a key set says of it.
#[derive(Debug)]
pub(super) struct Key {
    /// The only algorithm that it is for; empty where any is.
    pub(super) alg: Vec<u8>,
    /// What tokens call it; empty where it has no name.
    pub(super) kid: Vec<u8>,
    pub(super) material: Material,
}

/// What a signature is checked with.
pub(super) enum Material {
    Public(PublicKey),
    /// The public half of a private key.
    Private(PublicKey),
    Secret(Vec<u8>),
    /// A key of another kind, which made no signature.
    Useless,
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Material::Public(_) => "Public",
            Material::Private(_) => "Private",
            Material::Secret(_) => "Secret",
            Material::Useless => "Useless",
        })
    }
}

impl Keys {
    /// Reads the keys of a text; on failure, OPA's words.
    pub(super) fn read(text: &[u8]) -> Result<Keys, String> {
        static READ: AtomicU64 = AtomicU64::new(0);
        let keys = match pem::decode(text) {
            Some((block, rest)) => vec![Key::of(of_pem(&block, rest)?)],
            None => jwk::parse(text)
                .map_err(|why| {
                    format!("failed to parse a JWK key (set): jwk.ParseString: failed to parse string: {why}")
                })?
                .into_iter()
                .map(jwk::Jwk::into_key)
                .collect::<Result<Vec<Key>, String>>()?
                .into_iter()
                .filter(|key| key.alg.is_empty() || Algorithm::named(&key.alg).is_some())
                .collect(),
        };
        Ok(Keys { keys, number: READ.fetch_add(1, Ordering::Relaxed) })
    }

    /// Whether one of the keys that may have signed a token with this header did, which `did` tells of one. The key that the
    /// header names is the only one asked, if it is there.
    pub(super) fn any(&self, header: &Header<'_>, did: impl Fn(&Material) -> bool) -> bool {
        let named = self.keys.iter().find(|key| !header.kid.is_empty() && key.kid == header.kid);
        match named {
            Some(key) => did(&key.material),
            None => self.keys.iter().any(|key| (key.alg.is_empty() || key.alg == header.alg) && did(&key.material)),
        }
    }
}

impl Key {
    /// A key that is for any token.
    fn of(key: Option<PublicKey>) -> Key {
        let material = key.map_or(Material::Useless, Material::Public);
        Key { alg: Vec::new(), kid: Vec::new(), material }
    }
}

fn of_pem(block: &pem::Block, rest: &[u8]) -> Result<Option<PublicKey>, String> {
    if !rest.is_empty() {
        return Err(String::from("extra data after a PEM certificate block"));
    }
    let key = match &block.label[..] {
        b"CERTIFICATE" => {
            let certificate = Certificate::parse_one(&block.bytes);
            certificate.map_err(|why| format!("failed to parse a PEM certificate: {why}"))?.key
        }
        b"PUBLIC KEY" => {
            let key = public_key::PublicKey::parse_info(&block.bytes);
            key.map_err(|why| format!("failed to parse a PEM public key: {why}"))?
        }
        _ => return Err(String::from("failed to extract a Key from the PEM certificate")),
    };
    Ok(key.as_ref().and_then(PublicKey::of_certificate))
}
