//! Stores of usage as the command line names them: a file, or a Redis.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
#[cfg(feature = "store")]
use lictor::usage::Snapshots;
#[cfg(feature = "redis")]
use lictor::usage::{HybridStore, RedisOptions};
use lictor::{MemoryStore, UsageStore};

/// A store that was opened; what is in it is kept when it is closed.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn UsageStore>,
    #[cfg(feature = "store")]
    snapshots: Option<Snapshots>,
    #[cfg(feature = "redis")]
    hybrid: Option<Arc<HybridStore>>,
}

/// Certificates for a Redis that speaks TLS.
#[derive(Args)]
pub(crate) struct Certificates {
    /// For rediss://: a file with the certificate of the authority to trust, in PEM; those that this machine trusts, or those in
    /// the file that SSL_CERT_FILE names, unless given
    #[arg(long, value_name = "FILE")]
    redis_ca: Option<PathBuf>,

    /// For a Redis that wants to see the client's certificate: a file with it, in PEM
    #[arg(long, value_name = "FILE", requires = "redis_key")]
    redis_cert: Option<PathBuf>,

    /// The key of that certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "redis_cert")]
    redis_key: Option<PathBuf>,
}

/// How a store is opened.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'o> {
    /// The file or URL.
    pub(crate) at: &'o str,
    /// What keys in a Redis begin with.
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "there is no Redis"))]
    pub(crate) prefix: Option<&'o str>,
    /// Certificates for a Redis.
    pub(crate) certificates: &'o Certificates,
    /// To count here, and sync with the Redis so often.
    pub(crate) sync: Option<Duration>,
    /// Whether a file that is not there is an error, for who only looks; else it is made.
    pub(crate) there: bool,
}

impl Opened {
    /// Opens what `redis://..`, `rediss://..` or `unix:..` names, or else the file, which is made where there is none.
    pub(crate) fn open(opening: Opening<'_>) -> Result<Self, String> {
        let at = opening.at;
        if ["redis:", "rediss:", "valkey:", "valkeys:", "unix:", "redis+unix:"]
            .iter()
            .any(|scheme| at.starts_with(scheme))
        {
            return Opened::redis(opening);
        }
        // A misspelt scheme is no file.
        if at.contains("://") {
            return Err(format!("{}: neither a file nor a Redis; write redis://HOST:PORT", scheme(at)));
        }
        let Certificates { redis_ca, redis_cert, redis_key } = opening.certificates;
        if opening.sync.is_some() || [redis_ca, redis_cert, redis_key].into_iter().any(Option::is_some) {
            return Err(format!(
                "{at}: a file is synced with nobody and has no certificates; a Redis is, redis://HOST:PORT"
            ));
        }
        if opening.there && !std::path::Path::new(at).exists() {
            return Err(format!("{at}: there is no such store"));
        }
        Opened::file(at)
    }

    #[cfg(feature = "redis")]
    fn redis(Opening { at, prefix, certificates, sync, .. }: Opening<'_>) -> Result<Self, String> {
        let Certificates { redis_ca, redis_cert, redis_key } = certificates;
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
        let mut options = RedisOptions::default();
        if let Some(prefix) = prefix {
            options = options.prefix(prefix);
        }
        if let Some(ca) = redis_ca {
            options = options.authority(read(ca)?);
        }
        if let (Some(certificate), Some(key)) = (redis_cert, redis_key) {
            options = options.identity(read(certificate)?, read(key)?);
        }
        let redis = options.open(at).map_err(|error| format!("{}: {error}", scheme(at)))?;
        let (store, hybrid): (Arc<dyn UsageStore>, _) = match sync {
            None => (Arc::new(redis), None),
            Some(every) => {
                let hybrid = HybridStore::new(redis, every).map_err(|error| format!("{}: {error}", scheme(at)))?;
                let hybrid = Arc::new(hybrid);
                (hybrid.clone(), Some(hybrid))
            }
        };
        Ok(Opened {
            store,
            #[cfg(feature = "store")]
            snapshots: None,
            hybrid,
        })
    }

    #[cfg(not(feature = "redis"))]
    fn redis(opening: Opening<'_>) -> Result<Self, String> {
        Err(format!("{}: this lictor was built without Redis", scheme(opening.at)))
    }

    #[cfg(feature = "store")]
    fn file(at: &str) -> Result<Self, String> {
        let snapshots = Snapshots::open(at, MemoryStore::new()).map_err(|error| format!("{at}: {error}"))?;
        Ok(Opened {
            store: snapshots.store(),
            snapshots: Some(snapshots),
            #[cfg(feature = "redis")]
            hybrid: None,
        })
    }

    #[cfg(not(feature = "store"))]
    fn file(at: &str) -> Result<Self, String> {
        let _ = MemoryStore::new;
        Err(format!("{at}: this lictor was built without files of usage"))
    }

    /// Sees to it that all is kept.
    pub(crate) fn close(self) -> Result<(), String> {
        #[cfg(feature = "store")]
        if let Some(snapshots) = self.snapshots {
            return snapshots.close().map_err(|error| error.to_string());
        }
        #[cfg(feature = "redis")]
        if let Some(hybrid) = self.hybrid {
            return hybrid.sync().map_err(|error| format!("what was counted last was not told: {error}"));
        }
        Ok(())
    }
}

/// A URL's scheme: the rest may have a password in it.
fn scheme(url: &str) -> &str {
    url.split_once(':').map_or(url, |(scheme, _)| scheme)
}
