//! `lictor check`: whether policies compile, and what is wrong where they do not.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use lictor::capabilities::Capabilities;
use lictor::report::{self, Style};
use lictor::{BuildError, Builder, Version};
use serde_json::json;

use crate::output::{failure, indent::indent};

/// Check that policies compile
///
/// Reports everything that is wrong at once. Errors go to standard error; as JSON, to standard output as OPA's do.
///
/// Exit code: 0 when they do, 1 when they do not or a file cannot be read.
#[derive(Args)]
#[command(after_help = "Examples:
  lictor check policies/
  Unused names too, and all that is wrong:
    lictor check --strict --max-errors 0 policies/
  A policy written before OPA 1.0, for a program:
    lictor check --v0-compatible --format json old.rego")]
pub(crate) struct Check {
    /// Policy files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,

    /// Take the paths as bundle folders
    #[arg(short, long)]
    bundle: bool,

    /// Check strictly: unused variables, arguments and imports are errors
    #[arg(short = 'S', long)]
    strict: bool,

    /// Files and folders left out when loading; `*` matches any text; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    ignore: Vec<String>,

    /// What policies may use: a capabilities file, or a version of OPA
    #[arg(long, value_name = "FILE|VERSION")]
    capabilities: Option<String>,

    /// JSON Schemas: a file for the input, or a folder of those that annotations name
    #[arg(short, long, value_name = "PATH")]
    schema: Option<String>,

    /// How diagnostics are written
    #[arg(short, long, value_enum, default_value_t = Format::Pretty)]
    format: Format,

    /// Show at most this many diagnostics; 0 for all
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    max_errors: usize,

    /// Read policies as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,

    /// Read policies as OPA 1.0 and later do; so it is without saying
    #[arg(long, hide = true)]
    v1_compatible: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the source line underlined
    Pretty,
    /// A line each, as OPA prints them
    Text,
    /// {"errors": [..]}
    Json,
}

impl Check {
    pub(crate) fn run(self) -> ExitCode {
        let version = if self.v0_compatible { Version::V0 } else { Version::V1 };
        let builder =
            crate::git::builder().version(version).strict(self.strict).print(true).ignore(self.ignore.clone());
        // What a person reads is complete; what a program reads is what it reads from OPA.
        let builder = builder.report_every_stage(self.format == Format::Pretty);
        let builder = match &self.capabilities {
            None => builder,
            Some(given) => match Capabilities::find(given) {
                Ok(allowed) => builder.capabilities(allowed),
                Err(error) => {
                    failure(&error.to_string());
                    return ExitCode::from(1);
                }
            },
        };
        let builder = match &self.schema {
            Some(path) => builder.schema_path(path),
            None => Ok(builder),
        };
        let load = |builder: Builder, path: &String| match self.bundle {
            true => builder.bundle_path(path),
            false => builder.policy_path(path),
        };
        let loaded = builder.and_then(|builder| self.paths.iter().try_fold(builder, load));
        match loaded.and_then(Builder::check) {
            Ok(()) => ExitCode::SUCCESS,
            Err(BuildError::Rejected(mut diagnostics)) => {
                let found = diagnostics.len();
                if self.max_errors > 0 {
                    diagnostics.truncate(self.max_errors);
                }
                match self.format {
                    Format::Pretty => {
                        let style = Style { color: io::stderr().is_terminal() };
                        eprint!("{}", report::pretty(&diagnostics, style));
                        let plural = if found == 1 { "" } else { "s" };
                        let shown = diagnostics.len();
                        let rest = if shown < found { format!(", the first {shown} shown") } else { String::new() };
                        eprintln!("\n{found} error{plural}{rest}");
                    }
                    Format::Text => eprint!("{}", report::opa_text(&diagnostics)),
                    Format::Json => {
                        let errors: Vec<_> = diagnostics.iter().map(report::json).collect();
                        let text = indent(json!({ "errors": errors }).to_string().as_bytes());
                        println!("{}", String::from_utf8_lossy(&text));
                    }
                }
                ExitCode::from(1)
            }
            Err(error) => {
                if self.format == Format::Json {
                    let text = indent(json!({ "errors": [{ "message": error.to_string() }] }).to_string().as_bytes());
                    println!("{}", String::from_utf8_lossy(&text));
                } else {
                    failure(&error.to_string());
                }
                ExitCode::from(1)
            }
        }
    }
}
