//! What the two seed documents promise, one test for each of the requirements R1 to R59 that needs no server.
//!
//! The list stands in `policies/seed/README.md`: each sentence, in our words, with the command or API that does it. The last test
//! here holds that page to these tests, so neither can lose one.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

mod change;
mod governance;
mod listed;
mod requests;
mod stage;
