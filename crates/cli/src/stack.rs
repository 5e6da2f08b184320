//! The stack that a command runs on: deep but legal policies and documents recurse further than the usual one allows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// How many bytes it has.
const SIZE: usize = 64 << 20;

/// Runs a command on such a stack.
pub(crate) fn deep(run: impl FnOnce() -> ExitCode + Send + 'static) -> ExitCode {
    if grows() {
        return catch_unwind(AssertUnwindSafe(run)).unwrap_or(ExitCode::from(2));
    }
    match std::thread::Builder::new().name("lictor".into()).stack_size(SIZE).spawn(run).map(|t| t.join()) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => ExitCode::from(2),
        Err(error) => {
            eprintln!("error: cannot start a thread: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether the stack of this thread, the first, may grow so far. Linux looks at the limit when the stack grows, and keeps at
/// least 128 MiB below it free; a thread more would be a tenth of an empty command's time.
#[cfg(target_os = "linux")]
fn grows() -> bool {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Stack);
    let enough = |limit: Option<u64>| limit.is_none_or(|bytes| bytes >= SIZE as u64);
    enough(limit.current) || setrlimit(Resource::Stack, Rlimit { current: Some(SIZE as u64), ..limit }).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn grows() -> bool {
    false
}
