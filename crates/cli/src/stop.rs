//! Why a command stops before its end, and the exit code for that.

use std::io;
use std::process::ExitCode;

use crate::output::failure;

/// Why a command stops.
pub(crate) enum Stop {
    /// Its output cannot be written.
    Output(io::Error),
    /// Anything else, in words.
    Said(String),
}

impl Stop {
    /// Says why, and gives the exit code.
    pub(crate) fn end(self) -> ExitCode {
        match self {
            // The reader of the output went away: nobody is left to be told.
            Stop::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
            Stop::Output(error) => failure(&format!("cannot write: {error}")),
            Stop::Said(message) => failure(&message),
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Output(error)
    }
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Stop::Said(message)
    }
}

impl From<lictor::policy_set::SetError> for Stop {
    fn from(error: lictor::policy_set::SetError) -> Self {
        Stop::Said(error.to_string())
    }
}

impl From<lictor::usage::StoreError> for Stop {
    fn from(error: lictor::usage::StoreError) -> Self {
        Stop::Said(error.to_string())
    }
}

#[cfg(feature = "store")]
impl From<lictor::record::StoreError> for Stop {
    fn from(error: lictor::record::StoreError) -> Self {
        Stop::Said(error.to_string())
    }
}
