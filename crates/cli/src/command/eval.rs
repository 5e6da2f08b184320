//! `lictor eval`: a query over policies, data and input, as `opa eval`.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use lictor::capabilities::Capabilities;
use lictor::{BuildError, Builder, Error, Version, report};
use serde_json::{Value as Json, json};

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
    /// The query: `data.authz.allow`, `x := input.users[_]; startswith(x, "a")`
    #[arg(value_name = "QUERY", required_unless_present = "stdin")]
    query: Option<String>,

    /// A policy or data file, or a folder of both; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// A bundle folder: its .rego files, data.json and data.yaml; repeatable
    #[arg(short, long, value_name = "PATH")]
    bundle: Vec<String>,

    /// The input: a JSON or YAML file
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Read the input from standard input
    #[arg(short = 'I', long, conflicts_with_all = ["input", "stdin"])]
    stdin_input: bool,

    /// Read the query from standard input
    #[arg(long, conflicts_with = "query")]
    stdin: bool,

    /// The package that the query's names are resolved in
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,

    /// An import for the query: `data.lib as l`; repeatable
    #[arg(long, value_name = "IMPORT")]
    import: Vec<String>,

    /// What policies may use: a capabilities file, or a version of OPA
    #[arg(long, value_name = "FILE|VERSION")]
    capabilities: Option<String>,

    /// JSON Schemas: a file for the input, or a folder of those that annotations name
    #[arg(short, long, value_name = "PATH")]
    schema: Option<String>,

    /// Files and folders left out when loading; `*` matches any text; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    ignore: Vec<String>,

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

    /// Read policies as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,

    /// Let policies speak with this host only (http.send, net.lookup_ip_addr); repeatable; every host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,

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

/// Why there is no result.
enum Failure {
    /// In OPA's `errors`.
    Errors(Vec<Json>, String),
    /// Only words, on standard error.
    Said(String),
    Output(io::Error),
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

    /// Whether the query has a result.
    fn evaluate(&self, out: &mut dyn Write) -> Result<bool, Failure> {
        let query = match &self.query {
            Some(query) => query.clone(),
            None => io::read_to_string(io::stdin()).map_err(|e| Failure::Said(e.to_string()))?,
        };
        let version = if self.v0_compatible { Version::V0 } else { Version::V1 };
        let allowed = self.capabilities.as_ref().map(|given| Capabilities::find(given, version)).transpose();
        let allowed = allowed.map_err(|error| Failure::Said(error.to_string()))?;
        // Hosts that both allow, where both say something.
        let hosts: Option<Vec<String>> = match (allowed.as_ref().and_then(Capabilities::hosts), &self.allow_net[..]) {
            (None, []) => None,
            (None, said) => Some(said.to_vec()),
            (Some(hosts), []) => Some(hosts.to_vec()),
            (Some(hosts), said) => Some(hosts.iter().filter(|host| said.contains(host)).cloned().collect()),
        };
        let network = hosts.map_or_else(crate::network::anywhere, |hosts| crate::network::only(&hosts));
        let mut builder = Builder::new()
            .version(version)
            .strict(self.strict)
            .strict_builtin_errors(self.strict_builtin_errors)
            .print(true)
            .network(network)
            .query_in("query", query, self.package.as_deref(), &self.import);
        let ignored = &self.ignore;
        builder = builder.ignore(ignored.clone());
        if let Some(allowed) = allowed {
            builder = builder.capabilities(allowed);
        }
        if let Some(path) = &self.schema {
            builder = builder.schema_path(path).map_err(|e| Failure::build(&e))?;
        }
        for path in &self.data {
            builder = builder.data_path(path).map_err(|e| Failure::build(&e))?;
        }
        for path in &self.bundle {
            builder = builder.bundle_path(path).map_err(|e| Failure::build(&e))?;
        }
        if let Some(seconds) = self.timeout {
            let deadline = std::time::Duration::try_from_secs_f64(seconds).map_err(|e| Failure::Said(e.to_string()))?;
            builder = builder.deadline(deadline);
        }
        let policy = builder.build().map_err(|e| Failure::build(&e))?;
        let input = self.input()?;
        let mut session = policy.session();
        let rows = session.eval("query", input.as_deref()).map_err(|e| Failure::eval(&e))?;
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

    /// The input's bytes, as JSON.
    fn input(&self) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = match &self.input {
            Some(path) => {
                let unreadable = |e: &io::Error| match e.kind() {
                    io::ErrorKind::NotFound => format!("open {}: no such file or directory", path.display()),
                    _ => format!("open {}: {e}", path.display()),
                };
                std::fs::read(path).map_err(|e| Failure::Said(unreadable(&e)))?
            }
            None if self.stdin_input => {
                let mut bytes = Vec::new();
                io::stdin().read_to_end(&mut bytes).map_err(|e| Failure::Said(e.to_string()))?;
                bytes
            }
            None => return Ok(None),
        };
        lictor::json_of_yaml(bytes).map(Some).map_err(|e| Failure::Said(format!("unable to parse input: {e}")))
    }
}

impl Failure {
    fn build(error: &BuildError) -> Self {
        match error {
            BuildError::Rejected(diagnostics) => {
                Failure::Errors(diagnostics.iter().map(report::json).collect(), report::opa_text(diagnostics))
            }
            other => {
                let message = other.to_string();
                Failure::Errors(vec![json!({ "message": message })], format!("1 error occurred: {message}\n"))
            }
        }
    }

    fn eval(error: &Error) -> Self {
        Failure::Errors(vec![report::eval_json(error)], report::eval_text(error))
    }
}
