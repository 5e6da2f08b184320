//! The certificates that a client shows of itself, each with its key.

use std::sync::Arc;

use lictor_value::network::Pem;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, SignatureScheme};

use super::trust;

/// Reads a certificate, with those of its authorities, and its key.
///
/// # Errors
/// What cannot be had or used, in Go's words.
pub(super) fn read((certificate, key): &(Pem, Pem), provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let certified = certified(&trust::read(certificate)?, &trust::read(key)?, provider);
    certified.map_err(|why| match (certificate, key) {
        (Pem::Variable(certificate), Pem::Variable(key)) => {
            format!("cannot extract public/private key pair from envvars {certificate:?}, {key:?}: {why}")
        }
        _ => why,
    })
}

fn certified(certificate: &[u8], key: &[u8], provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let nothing_in = |what: &str| format!("tls: failed to find any PEM data in {what} input");
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate).filter_map(Result::ok).collect();
    if chain.is_empty() {
        return Err(nothing_in("certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| nothing_in("key"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => "tls: private key does not match public key".into(),
        error => format!("tls: {error}"),
    })
}

/// The identities that a client may choose from.
#[derive(Debug)]
pub(super) struct Identities(Vec<Arc<CertifiedKey>>);

impl Identities {
    pub(super) fn new(identities: Vec<CertifiedKey>) -> Self {
        Identities(identities.into_iter().map(Arc::new).collect())
    }
}

impl ResolvesClientCert for Identities {
    /// The first one whose key can sign as the server asks.
    fn resolve(&self, _hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.iter().find(|identity| identity.key.choose_scheme(schemes).is_some()).cloned()
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}
