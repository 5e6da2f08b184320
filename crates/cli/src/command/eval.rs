//! `lictor eval`: a query over policies, data and input, as `opa eval`.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use lictor::traceback::Frame;
use lictor::{Builder, Policy};
use serde_json::json;

use super::question::{Failure, Question};
use crate::network;
use crate::output::{failure, indent::indent, rows};

/// Evaluate a query
///
/// Policies, data and input are read, and results are written, as `opa eval` does.
///
/// Exit code: 0 whatever the result is, 2 on an error; with --fail, 1 when it is undefined; with --fail-defined, 1 when it
/// is defined.
#[derive(Args)]
#[command(after_help = "Examples:
  lictor eval '1 + 1'
  lictor eval -d policies/ -i event.json data.tokens.deny
  lictor eval -b bundle/ --stdin-input --format raw data.authz.allow < input.json
  Exit with 1 if anything is denied:
    lictor eval -d policies/ -i event.json --fail-defined 'data.tokens.deny[_]'")]
pub(crate) struct Eval {
    #[command(flatten)]
    question: Question,

    /// How the result is written
    #[arg(short, long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// Cut cells of --format pretty past this many bytes
    #[arg(long, value_name = "BYTES", default_value_t = 80)]
    pretty_limit: usize,

    /// Exit with 1 when the result is undefined
    #[arg(long)]
    fail: bool,

    /// Exit with 1 when the result is defined
    #[arg(long, conflicts_with = "fail")]
    fail_defined: bool,

    /// Check strictly: unused variables, arguments and imports are errors
    #[arg(short = 'S', long)]
    strict: bool,

    /// Treat the first error of a builtin as fatal, not as undefined
    #[arg(long)]
    strict_builtin_errors: bool,

    /// End the evaluation after this many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// {"result": [..]} with expressions and bindings
    Json,
    /// A value alone, or a table
    Pretty,
    /// Values on a line, strings without quotes
    Raw,
    /// An array of values a row
    Values,
    /// An object of bindings a row
    Bindings,
    /// Nothing but that there was a result
    Discard,
}

impl Eval {
    pub(crate) fn run(self) -> ExitCode {
        let mut out = io::stdout().lock();
        match self.evaluate(&mut out).and_then(|defined| out.flush().map(|()| defined).map_err(Failure::Output)) {
            Ok(defined) if self.fail && !defined || self.fail_defined && defined => ExitCode::from(1),
            Ok(_) => ExitCode::SUCCESS,
            Err(Failure::Errors(errors, _)) if self.format == Format::Json => {
                let text = indent(json!({ "errors": errors }).to_string().as_bytes());
                let written = out.write_all(&text).and_then(|()| out.write_all(b"\n"));
                written.map_or_else(|e| failure(&format!("cannot write: {e}")), |()| ExitCode::from(2))
            }
            Err(Failure::Errors(_, text)) => {
                eprint!("{text}");
                ExitCode::from(2)
            }
            Err(Failure::Said(message)) => {
                eprintln!("{message}");
                ExitCode::from(2)
            }
            Err(Failure::Output(error)) => failure(&format!("cannot write: {error}")),
        }
    }

    fn builder(&self, query: &str) -> Result<Builder, Failure> {
        let builder = self.question.builder(query)?.strict(self.strict);
        let builder = builder.strict_builtin_errors(self.strict_builtin_errors);
        match self.timeout.map(Duration::try_from_secs_f64).transpose() {
            Ok(None) => Ok(builder),
            Ok(Some(deadline)) => Ok(builder.deadline(deadline)),
            Err(error) => Err(Failure::Said(error.to_string())),
        }
    }

    /// Where an evaluation was that ended in an error, if evaluating it again asks nobody anything.
    fn traceback(&self, query: &str, policy: &Policy, input: Option<&[u8]>) -> Vec<Frame> {
        if network::CALLS.iter().any(|name| policy.calls(name)) {
            return vec![];
        }
        let traced = self.builder(query).ok().and_then(|builder| builder.traced().build().ok());
        traced.and_then(|policy| policy.session().traceback(Question::QUERY, input).ok()).unwrap_or_default()
    }

    /// Whether the query has a result.
    fn evaluate(&self, out: &mut dyn Write) -> Result<bool, Failure> {
        let query = self.question.query()?;
        let policy = self.builder(&query)?.print(true).build().map_err(|e| Failure::build(&e))?;
        let input = self.question.input()?;
        let mut session = policy.session();
        let rows = session.eval(Question::QUERY, input.as_deref());
        let rows =
            rows.map_err(|error| Failure::eval_at(&error, &self.traceback(&query, &policy, input.as_deref())))?;
        let written = match self.format {
            Format::Json => rows::write_json(&rows, out),
            Format::Pretty => rows::write_pretty(&rows, self.pretty_limit, out),
            Format::Raw => rows::write_raw(&rows, out),
            Format::Values => rows::write_values(&rows, out),
            Format::Bindings => rows::write_bindings(&rows, out),
            Format::Discard if rows.is_empty() => out.write_all(b"{}\n"),
            Format::Discard => out.write_all(b"{\n  \"result\": \"discarded\"\n}\n"),
        };
        written.map_err(Failure::Output)?;
        Ok(!rows.is_empty())
    }
}
