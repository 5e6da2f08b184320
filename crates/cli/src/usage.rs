//! Stores of usage as the command line names them: a file, or a Redis.

use std::sync::Arc;

#[cfg(feature = "redis")]
use lictor::usage::RedisOptions;
#[cfg(feature = "store")]
use lictor::usage::Snapshots;
use lictor::{MemoryStore, UsageStore};

/// A store that was opened; what is in it is kept when it is closed.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn UsageStore>,
    #[cfg(feature = "store")]
    snapshots: Option<Snapshots>,
}

/// How a store is opened.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'o> {
    /// The file or URL.
    pub(crate) at: &'o str,
    /// What keys in a Redis begin with.
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "there is no Redis"))]
    pub(crate) prefix: Option<&'o str>,
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
        Opened::file(at)
    }

    #[cfg(feature = "redis")]
    fn redis(Opening { at, prefix }: Opening<'_>) -> Result<Self, String> {
        let mut options = RedisOptions::default();
        if let Some(prefix) = prefix {
            options = options.prefix(prefix);
        }
        let store = Arc::new(options.open(at).map_err(|error| format!("{}: {error}", scheme(at)))?);
        Ok(Opened {
            store,
            #[cfg(feature = "store")]
            snapshots: None,
        })
    }

    #[cfg(not(feature = "redis"))]
    fn redis(opening: Opening<'_>) -> Result<Self, String> {
        Err(format!("{}: this lictor was built without Redis", scheme(opening.at)))
    }

    #[cfg(feature = "store")]
    fn file(at: &str) -> Result<Self, String> {
        let snapshots = Snapshots::open(at, MemoryStore::new()).map_err(|error| format!("{at}: {error}"))?;
        Ok(Opened { store: snapshots.store(), snapshots: Some(snapshots) })
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
        Ok(())
    }
}

/// A URL's scheme: the rest may have a password in it.
fn scheme(url: &str) -> &str {
    url.split_once(':').map_or(url, |(scheme, _)| scheme)
}
