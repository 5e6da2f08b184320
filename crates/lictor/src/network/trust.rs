//! Whose certificates a client believes, and with which it shows itself: TLS as a request asks for it.

use std::fs;
use std::sync::{Arc, OnceLock};

use lictor_value::network::{Pem, Tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::identity::{self, Identities};

/// Whom the system trusts: read once.
#[derive(Debug, Default)]
pub(super) struct SystemRoots(OnceLock<RootCertStore>);

impl SystemRoots {
    fn get(&self) -> RootCertStore {
        let read = || {
            let mut roots = RootCertStore::empty();
            // What cannot be read is no authority; a server that needs it is refused by name.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        };
        self.0.get_or_init(read).clone()
    }
}

/// A client's TLS as it is asked for, or by default.
///
/// # Errors
/// A certificate or key that cannot be had or used, in Go's words.
pub(super) fn client(tls: Option<&Tls>, system: &SystemRoots) -> Result<Arc<ClientConfig>, String> {
    let default = Tls::default();
    let tls = tls.unwrap_or(&default);
    let provider = Arc::new(aws_lc_rs::default_provider());
    // In OPA's order: who the client is comes before whom it believes.
    let identities: Vec<_> =
        tls.identities.iter().map(|pair| identity::read(pair, &provider)).collect::<Result<_, _>>()?;
    let mut roots =
        if tls.system_roots || tls.roots.is_empty() && !tls.insecure { system.get() } else { RootCertStore::empty() };
    let mut given = Vec::new();
    for root in &tls.roots {
        given.extend(authorities(root)?);
    }
    roots.add_parsable_certificates(given.iter().cloned());
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().ok();
    let verifier = Verifier { chain, given, insecure: tls.insecure, provider: provider.clone() };
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| error.to_string())?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = if identities.is_empty() {
        builder.with_no_client_auth()
    } else {
        builder.with_client_cert_resolver(Arc::new(Identities::new(identities)))
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn authorities(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, String> {
    let none = "could not append certificates";
    let text = read(pem)?;
    // What is no certificate is passed over, as long as there is one.
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect();
    let mut usable = RootCertStore::empty();
    match (usable.add_parsable_certificates(found.iter().cloned()), pem) {
        ((1.., _), _) => Ok(found),
        (_, Pem::Text(_)) => Err(none.into()),
        (_, Pem::File(path)) => Err(format!("could not append CA certificates from {path:?}")),
        (_, Pem::Variable(name)) => Err(format!("could not add CA certificates from envvar {name:?}: {none}")),
    }
}

/// A text in PEM, from where it is. A variable that is not set is empty.
pub(super) fn read(pem: &Pem) -> Result<Vec<u8>, String> {
    match pem {
        Pem::Text(text) => Ok(text.clone()),
        Pem::File(path) => fs::read(path).map_err(|error| format!("open {path}: {}", super::words::of_io(&error))),
        Pem::Variable(name) if name.is_empty() || name.contains(['=', '\0']) => Ok(vec![]),
        Pem::Variable(name) => Ok(std::env::var_os(name).unwrap_or_default().into_encoded_bytes()),
    }
}

/// Verifies a server's certificate.
#[derive(Debug)]
struct Verifier {
    /// `None` where nobody is trusted.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// The authorities that the policy itself names.
    given: Vec<CertificateDer<'static>>,
    insecure: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.insecure {
            return Ok(ServerCertVerified::assertion());
        }
        let Some(chain) = &self.chain else { return Err(CertificateError::UnknownIssuer.into()) };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // A server may show the very certificate that the policy trusts, though it is an authority's: it signed itself.
            // Its time is checked before its kind, so only the name is left.
            Err(Error::InvalidCertificate(CertificateError::Other(OtherError(why))))
                if why.to_string() == "CaUsedAsEndEntity" && self.given.iter().any(|given| given == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
