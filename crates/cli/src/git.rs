//! Git repositories as the command line names and reaches them.

use std::ffi::OsStr;
use std::sync::{LazyLock, OnceLock};

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
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
#[derive(Clone)]
pub(crate) struct Locations;

impl TypedValueParser for Locations {
    type Value = Location;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Location, clap::Error> {
        let Some(text) = value.to_str() else { return Ok(Location::Path(value.into())) };
        // The value itself may have a password in it, which clap would repeat.
        let refused = |error: GitError| clap::Error::raw(ErrorKind::ValueValidation, format!("{error}\n"));
        text.parse().map_err(|error| refused(error).with_cmd(command))
    }
}
