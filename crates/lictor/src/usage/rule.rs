//! The rule for what becomes of events while the store does not answer, or the clock jumped.
//!
//! Each policy set has one, `on_state_error` in its file. Of the enforced sets that judge an event the strictest rule counts;
//! sets that are not enforced refuse nothing, by their rule no more than by their policies, and an event that no enforced set
//! judges goes on as by `allow`. A set that says nothing has the session's rule, which is `deny` unless said.

use std::fmt;
use std::time::Duration;

/// How old what was seen last may be, unless said.
const STALE: Duration = Duration::from_secs(60);

/// What becomes of requests while the store does not answer. Earlier is stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnStateError {
    /// They end with an error, and an error is never an allow.
    #[default]
    Deny,
    /// They are judged by what this session saw last of the same subject, with each request counted on top, where that is
    /// no older than this; else they end with an error. Policies see that `status` is `stale`.
    Stale(Duration),
    /// They are judged as if the token had been used just now, for the first time in a day. Policies see that `status` is
    /// `unavailable`; what only pushed facts tell is missing.
    Allow,
}

impl OnStateError {
    /// The rule of a word: `deny`, `allow`, `stale`, which means a minute.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "deny" => Some(OnStateError::Deny),
            "allow" => Some(OnStateError::Allow),
            "stale" => Some(OnStateError::Stale(STALE)),
            _ => None,
        }
    }
}

impl fmt::Display for OnStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OnStateError::Deny => f.write_str("deny"),
            OnStateError::Stale(most) => write!(f, "stale, at most {} s old", most.as_secs_f64()),
            OnStateError::Allow => f.write_str("allow"),
        }
    }
}
