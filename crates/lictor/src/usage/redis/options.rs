//! How a Redis is used: keys, times, certificates.

use std::time::Duration;

use redis::{Client, ClientTlsConfig, TlsCertificates};

use super::RedisStore;
use crate::usage::StoreError;

const DAY: Duration = Duration::from_secs(86_400);

/// How a Redis is used.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    pub(super) prefix: String,
    pub(super) expire: Duration,
    pub(super) connect: Duration,
    pub(super) answer: Duration,
    pub(super) differ: Duration,
    certificates: TlsCertificates,
}

impl Default for RedisOptions {
    fn default() -> Self {
        RedisOptions {
            prefix: "{lictor}:".into(),
            expire: 400 * DAY,
            connect: Duration::from_millis(500),
            answer: Duration::from_millis(250),
            differ: Duration::from_secs(60),
            certificates: TlsCertificates { client_tls: None, root_cert: None },
        }
    }
}

impl RedisOptions {
    /// What all keys begin with: `{lictor}:` unless said. Keep a part in braces where the Redis is a cluster's shard.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// After how long an idle record goes: 400 days unless said. Longer than any policy looks back.
    #[must_use]
    pub fn expire(mut self, expire: Duration) -> Self {
        self.expire = expire.max(Duration::from_millis(1));
        self
    }

    /// How long connecting may take, TLS and login included, and how long an answer: 500 and 250 ms unless said.
    #[must_use]
    pub fn timeouts(mut self, connect: Duration, answer: Duration) -> Self {
        let some = |time: Duration| time.max(Duration::from_millis(1));
        (self.connect, self.answer) = (some(connect), some(answer));
        self
    }

    /// How far the clocks here and of the server may differ before one of them counts as having jumped: a minute unless said.
    #[must_use]
    pub fn clocks_differ(mut self, most: Duration) -> Self {
        self.differ = most;
        self
    }

    /// The certificates of authorities, in PEM: they are trusted instead of those that this machine trusts. For `rediss://`.
    #[must_use]
    pub fn authority(mut self, certificates: impl Into<Vec<u8>>) -> Self {
        self.certificates.root_cert = Some(certificates.into());
        self
    }

    /// Who the client is, for servers that want to see a certificate: it, those between it and its authority, and its key, in
    /// PEM. For `rediss://`.
    #[must_use]
    pub fn identity(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let client = ClientTlsConfig { client_cert: certificate.into(), client_key: key.into() };
        self.certificates.client_tls = Some(client);
        self
    }

    /// A store at a URL: `redis://user:password@host:6379/0`, `rediss://` for TLS, `unix:///path?db=0`. Nothing is connected
    /// yet.
    ///
    /// # Errors
    /// When the URL is none, or what was said to be a certificate or key.
    pub fn open(self, url: &str) -> Result<RedisStore, StoreError> {
        let TlsCertificates { client_tls, root_cert } = &self.certificates;
        let speaks_tls = ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme));
        let client = match (root_cert, client_tls) {
            (None, None) => Client::open(url),
            _ if !speaks_tls => return Err(unusable("certificates are for rediss:// only")),
            (Some(pem), _) if !is_certificate(pem) => return Err(unusable("the authority's file has no certificate")),
            (_, Some(client)) if !is_certificate(&client.client_cert) => {
                return Err(unusable("the client's file has no certificate"));
            }
            _ => Client::build_with_tls(url, self.certificates.clone()),
        };
        let client = client.map_err(|error| unusable(error.to_string().trim_end_matches(" - InvalidClientConfig")))?;
        Ok(RedisStore::new(client, self))
    }
}

fn is_certificate(pem: &[u8]) -> bool {
    String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----")
}

fn unusable(why: &str) -> StoreError {
    StoreError::Wrong(why.into())
}
