//! `lictor parse`: a policy's syntax tree, as `opa parse --format json`.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use lictor::report::{self, Style};
use lictor::{BuildError, Version};
use serde_json::json;

use crate::output::{failure, indent::indent};

/// Print a policy's syntax tree
///
/// The tree is OPA's, without the annotations that comments may hold. Errors go to standard error.
///
/// Exit code: 0, or 1 when the file is no policy or cannot be read.
#[derive(Args)]
#[command(after_help = "Examples:
  The names of all rules:
    lictor parse policy.rego | jq '.rules[].head.name'
  The tree, a line for each node:
    lictor parse --format pretty policy.rego
  A policy written before OPA 1.0:
    lictor parse --v0-compatible - < policy.rego")]
pub(crate) struct Parse {
    /// The policy's file; - for standard input
    #[arg(value_name = "FILE")]
    path: String,

    /// How the tree is written
    #[arg(short, long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// Parts of the JSON that may be left out: `-comments` leaves comments out, `comments` puts them in (as it is anyway)
    #[arg(long, value_name = "PARTS", value_delimiter = ',', allow_hyphen_values = true, value_parser = ["comments", "-comments"])]
    json_include: Vec<String>,

    /// Read the policy as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Indented, as OPA prints it; errors too
    Json,
    /// JSON on one line; errors with the source underlined
    Compact,
    /// A line for each node, as OPA prints it; errors with the source underlined
    Pretty,
}

impl Parse {
    pub(crate) fn run(self) -> ExitCode {
        let text = match self.read() {
            Ok(text) => text,
            Err(error) => return self.unreadable(&error),
        };
        let version = if self.v0_compatible { Version::V0 } else { Version::V1 };
        let mut tree = match lictor::ast_json(&self.path, &text, version) {
            Ok(tree) => tree,
            Err(error) => return self.refuse(&error),
        };
        if self.json_include.last().is_some_and(|part| part == "-comments") {
            tree.remove("comments");
        }
        let written = match self.format {
            Format::Json => writeln!(io::stdout(), "{tree:#}"),
            Format::Compact => writeln!(io::stdout(), "{tree}"),
            Format::Pretty => write!(io::stdout(), "{}", lictor::ast_text(&tree)),
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failure(&format!("cannot write: {error}")),
            _ => ExitCode::SUCCESS,
        }
    }

    fn read(&self) -> io::Result<String> {
        let mut bytes = Vec::new();
        match self.path.as_str() {
            "-" => io::stdin().read_to_end(&mut bytes)?,
            path => std::fs::File::open(path)?.read_to_end(&mut bytes)?,
        };
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the text is not UTF-8"))
    }

    fn unreadable(&self, error: &io::Error) -> ExitCode {
        let message = match error.kind() {
            io::ErrorKind::NotFound => format!("open {}: no such file or directory", self.path),
            _ => format!("{}: {error}", self.path),
        };
        if self.format == Format::Json {
            let text = indent(json!({ "errors": [{ "message": message }] }).to_string().as_bytes());
            eprintln!("{}", String::from_utf8_lossy(&text));
        } else {
            failure(&message);
        }
        ExitCode::from(1)
    }

    fn refuse(&self, error: &BuildError) -> ExitCode {
        match error {
            BuildError::Rejected(diagnostics) if self.format == Format::Json => {
                let errors: Vec<_> = diagnostics.iter().map(report::json).collect();
                let text = indent(json!({ "errors": errors }).to_string().as_bytes());
                eprintln!("{}", String::from_utf8_lossy(&text));
            }
            BuildError::Rejected(diagnostics) => {
                eprint!("{}", report::pretty(diagnostics, Style { color: io::stderr().is_terminal() }));
            }
            other => eprintln!("error: {other}"),
        }
        ExitCode::from(1)
    }
}
