//! Runs programs: program, base data and input in, a value out.
//!
//! A [`Linked`] is a program with its data paths resolved against one snapshot of base data; threads share it. A
//! [`Session`] is one thread's scratch memory. [`Session::begin`] starts over with an empty arena; in it the caller
//! builds an input and evaluates as many routines as it likes:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use lictor_engine::{Input, Limits, Linked, Options, Session};
//! # use lictor_value::NoHost;
//! # fn decide(linked: &Linked) -> Result<(), lictor_engine::Error> {
//! let mut session = Session::new(Limits::default());
//! let options = Options::new(&NoHost);
//! let mut evaluation = session.begin();
//! let input = lictor_value::Value::str(evaluation.arena().slice(b"event"));
//! let answer = evaluation.eval(linked, 0, Input::Tree(input), &options)?;
//! # let _ = answer;
//! # Ok(())
//! # }
//! ```
//!
//! The engine never sees text but what it prints in messages, and never touches the outside but through the host.

#![forbid(unsafe_code)]

mod chooser;
mod error;
mod fixed;
mod linked;
mod machine;
mod session;

pub use chooser::Chooser;
pub use error::{Conflicting, Error, ErrorKind, Location};
pub use linked::{LinkError, Linked};
pub use machine::trace::{Event, Failed, Passed, Trace};
pub use session::{Evaluation, Input, Inquiry, Limits, Options, Session};
