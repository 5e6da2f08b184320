//! `lictor bench`: how long a query takes, as `opa bench`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{ArgAction, Args, ValueEnum};
use lictor::ParsedInput;
use serde_json::json;

use super::question::{Failure, Question};
use crate::benchmark::measure;
use crate::output::{benchmark, failure, indent::indent};

/// Measure how long a query takes
///
/// Repeats a query until a second has gone by, and writes what `opa bench` writes, so that the two can be put side by side.
/// As there, policies are compiled and the input is read beforehand, and results are not written. With --metrics each
/// evaluation is timed by itself, and what a look at the clock costs (some 20 ns) is in ns/op. Allocations are those of the
/// heap: a session keeps the memory that values live in from one evaluation to the next.
///
/// Exit code: 0 when it was measured, 1 on an error or, unless --fail=false, when the result is undefined.
#[derive(Args)]
#[command(after_help = "Examples:
  lictor bench -d policies/ -i event.json data.tokens.deny
  Beside OPA, for benchstat:
    opa bench -d policies/ -i event.json data.tokens.deny --count 10 --format gobench > opa.txt
    lictor bench -d policies/ -i event.json data.tokens.deny --count 10 --format gobench > lictor.txt
  From the input's bytes to the result:
    lictor bench -d policies/ -i event.json data.tokens.deny --read-input --metrics=false")]
pub(crate) struct Bench {
    #[command(flatten)]
    question: Question,

    /// How often to measure
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u32,

    /// Write how much memory an evaluation allocates, and how often
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value_t = true, action = ArgAction::Set)]
    benchmem: bool,

    /// Time each evaluation by itself, and write how these times are spread
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value_t = true, action = ArgAction::Set)]
    metrics: bool,

    /// Treat an undefined result as an error
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value_t = true, action = ArgAction::Set)]
    fail: bool,

    /// Read the input's bytes anew for each evaluation, and measure that too; OPA never does
    #[arg(long)]
    read_input: bool,

    /// How the figures are written
    #[arg(short, long, value_enum, default_value_t = Format::Pretty)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Pretty,
    /// An object with the names of Go's benchmark results
    Json,
    /// A line of Go's benchmark data format
    Gobench,
}

impl Bench {
    pub(crate) fn run(self) -> ExitCode {
        let mut out = io::stdout().lock();
        match self.measure(&mut out).and_then(|()| out.flush().map_err(Failure::Output)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Output(error)) => failure(&format!("cannot write: {error}")),
            Err(other) => {
                let (errors, text) = match other {
                    Failure::Errors(errors, text) => (errors, text),
                    Failure::Said(message) => (vec![json!({ "message": message })], format!("{message}\n")),
                    Failure::Output(_) => (vec![], String::new()),
                };
                if self.format == Format::Json {
                    let text = indent(json!({ "errors": errors }).to_string().as_bytes());
                    if let Err(error) = out.write_all(&text).and_then(|()| out.write_all(b"\n")) {
                        return failure(&format!("cannot write: {error}"));
                    }
                } else {
                    eprint!("{text}");
                }
                ExitCode::from(1)
            }
        }
    }

    fn measure(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let policy = self.question.builder(&self.question.query()?)?.build().map_err(|e| Failure::build(&e))?;
        let bytes = self.question.input()?;
        let read = bytes.as_deref().map(ParsedInput::of_json).transpose().map_err(|e| Failure::eval(&e))?;
        let mut session = policy.session();
        for _ in 0..self.count {
            let measured = measure(self.metrics, || {
                let rows = if self.read_input {
                    session.eval(Question::QUERY, bytes.as_deref())
                } else {
                    session.eval_parsed(Question::QUERY, read.as_ref())
                };
                match rows {
                    Ok(rows) if rows.is_empty() && self.fail => Err(Failure::of_message("undefined result")),
                    Ok(_) => Ok(()),
                    Err(error) => Err(Failure::eval(&error)),
                }
            })?;
            let written = match self.format {
                Format::Pretty => benchmark::write_pretty(&measured, self.benchmem, out),
                Format::Json => benchmark::write_json(&measured, out),
                Format::Gobench => benchmark::write_gobench("BenchmarkOPAEval", &measured, self.benchmem, out),
            };
            written.map_err(Failure::Output)?;
        }
        Ok(())
    }
}
