//! Git repositories as the command line names and reaches them.

use std::ffi::OsString;
use std::sync::{LazyLock, OnceLock};

use clap::builder::{OsStringValueParser, TypedValueParser};
use lictor::git::{Access, GitError, Repositories};
use lictor::{Builder, Location};

static OFFLINE: OnceLock<bool> = OnceLock::new();

/// Says, once, whether nothing is to be fetched.
pub(crate) fn set_offline(offline: bool) {
    let _ = OFFLINE.set(offline);
}

/// How repositories are reached.
pub(crate) fn access() -> Access {
    Access::default().offline(OFFLINE.get().copied().unwrap_or(false))
}

/// The repositories of this run: sets, policies and data of a branch are of one commit.
pub(crate) fn repositories() -> Repositories {
    static ALL: LazyLock<Repositories> = LazyLock::new(|| Repositories::new(access()));
    ALL.clone()
}

/// A builder that reads of them.
pub(crate) fn builder() -> Builder {
    Builder::new().repositories(repositories())
}

/// Reads paths and repositories.
pub(crate) fn location() -> impl TypedValueParser<Value = Location> {
    OsStringValueParser::new().try_map(|text: OsString| match text.to_str() {
        Some(text) => text.parse(),
        None => Ok::<_, GitError>(Location::Path(text.into())),
    })
}
