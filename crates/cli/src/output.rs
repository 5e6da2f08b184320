//! What commands write: decisions, summaries, errors.

pub(crate) mod benchmark;
pub(crate) mod coverage;
pub(crate) mod decisions;
pub(crate) mod duration;
pub(crate) mod explanation;
pub(crate) mod indent;
pub(crate) mod replay;
pub(crate) mod rows;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod test_results;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::ValueEnum;
use lictor::report::{self, Style};

/// How what is looked up is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One document
    Json,
}

/// Text without control characters: what an event says must not steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Says on standard error what went wrong, and gives the exit code for it.
pub(crate) fn failure(message: &str) -> ExitCode {
    eprintln!("error: {}", message.trim_end());
    ExitCode::from(2)
}

/// A build error for people: diagnostics with their source lines, anything else as its words.
pub(crate) fn build_error(error: &lictor::BuildError) -> String {
    match error {
        lictor::BuildError::Rejected(diagnostics) => {
            let text = report::pretty(diagnostics, Style { color: std::io::stderr().is_terminal() });
            format!("the policies do not compile\n{text}")
        }
        other => other.to_string(),
    }
}
