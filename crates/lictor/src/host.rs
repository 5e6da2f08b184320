//! The standard host: the system's clock and random numbers, printing to standard error, and a network where it is given
//! one.
//!
//! With [`crate::StandardNetwork`] all below the command line that touches the operating system at evaluation time.

use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lictor_value::{Host, Network};

/// When ticks began: once a process, so that those of all hosts can be compared.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The host that policies get unless another one is given.
#[derive(Clone, Default)]
pub struct StandardHost {
    network: Option<Arc<dyn Network>>,
}

impl StandardHost {
    /// The host with a network.
    #[must_use]
    pub fn network(mut self, network: Arc<dyn Network>) -> Self {
        self.network = Some(network);
        self
    }
}

impl Host for StandardHost {
    fn now_ns(&self) -> i64 {
        let ns = |since: std::time::Duration| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => ns(since),
            Err(before) => -ns(before.duration()),
        }
    }

    fn tick_ns(&self) -> i64 {
        i64::try_from(BEGAN.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }

    fn random(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // No entropy from the system: the process's own seeds are the best that is left.
            use std::hash::{BuildHasher, RandomState};
            for (i, chunk) in bytes.chunks_mut(8).enumerate() {
                let word = RandomState::new().hash_one(i).to_le_bytes();
                chunk.copy_from_slice(&word[..chunk.len()]);
            }
        }
    }

    fn print(&self, _at: &str, message: &str) {
        eprintln!("{message}");
    }

    fn network(&self) -> Option<&dyn Network> {
        self.network.as_deref()
    }
}
