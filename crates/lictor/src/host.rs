//! The standard host: the system's clock and random numbers, and printing to standard error.
//!
//! The only file below the command line that touches the operating system at evaluation time.

use std::time::{SystemTime, UNIX_EPOCH};

use lictor_value::Host;

/// The host that policies get unless another one is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardHost;

impl Host for StandardHost {
    fn now_ns(&self) -> i64 {
        let ns = |since: std::time::Duration| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => ns(since),
            Err(before) => -ns(before.duration()),
        }
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
}
