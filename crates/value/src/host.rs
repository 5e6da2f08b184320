//! The only door to the outside: clock, randomness, printing, environment, network.
//!
//! Nothing below the facade touches the operating system; whoever embeds the engine decides what a policy can see.

use crate::network::Network;
use crate::value::Value;

/// The outside world, as far as a policy may see it.
pub trait Host: Send + Sync {
    /// Now, in ns since 1970. Policies ask for it at most once an evaluation.
    fn now_ns(&self) -> i64;

    /// A clock for deadlines: ns since any fixed instant. The engine asks it only where a deadline is set, every thousand
    /// steps or so. Override it where `now_ns` may stand still or jump.
    fn tick_ns(&self) -> i64 {
        self.now_ns()
    }

    /// Fills `bytes` with random ones.
    fn random(&self, bytes: &mut [u8]);

    /// What a policy prints; `at` is `file:row` of the call. Nothing by default.
    fn print(&self, at: &str, message: &str) {
        let _ = (at, message);
    }

    /// What a policy notes with `trace`; `at` is `file:row` of the call. Nothing by default.
    fn note(&self, at: &str, message: &str) {
        let _ = (at, message);
    }

    /// The IANA name of the time zone that policies call `Local`, as in `time.clock([ns, "Local"])`, and by which
    /// `time.parse_ns` understands abbreviations such as `CET`; UTC by default.
    fn time_zone(&self) -> &str {
        "UTC"
    }

    /// A case of a table test begins; `names` is the array of the keys that name it. Nothing by default.
    fn test_case(&self, names: Value<'_>) {
        let _ = names;
    }

    /// What `opa.runtime()` gives, as JSON; nothing by default, which is an empty object.
    fn runtime(&self) -> Option<String> {
        None
    }

    /// The network; nothing by default: builtins that need one fail and say so.
    fn network(&self) -> Option<&dyn Network> {
        None
    }
}

/// A host for tests and for policies that need none: the clock stands at 0 and random bytes are 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}
