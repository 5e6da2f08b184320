//! `lictor parse`: a policy's syntax tree, as `opa parse --format json`.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use lictor::report::{self, Style};
use lictor::{BuildError, SyntaxJson as Json, Version};
use serde_json::json;

use crate::output::{failure, indent::indent};

/// Print a policy's syntax tree
///
/// The tree is OPA's. Errors go to standard error.
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

    /// What the JSON holds: `locations` puts the place and text of each node in; `-comments` leaves comments out,
    /// `-annotations` what `# METADATA` says. The last word on each counts
    #[arg(
        long,
        value_name = "PARTS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = ["", "locations", "-locations", "comments", "-comments", "annotations", "-annotations"]
    )]
    json_include: Vec<String>,

    /// Read the policy as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,

    /// Read policies as OPA 1.0 and later do; so it is without saying
    #[arg(long, hide = true)]
    v1_compatible: bool,
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
        let read = match self.includes("locations", false) {
            true => lictor::ast_json_with_locations(&self.path, &text, version),
            false => lictor::ast_json(&self.path, &text, version),
        };
        let mut tree = match read {
            Ok(tree) => tree,
            Err(error) => return self.refuse(&error),
        };
        if !self.includes("comments", true) {
            tree.remove("comments");
        }
        if !self.includes("annotations", true) {
            tree.remove("annotations");
            tree.member_mut("rules").into_iter().flat_map(Json::items_mut).for_each(|rule| {
                rule.remove("annotations");
            });
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

    /// Whether a part was asked for, or left out.
    fn includes(&self, part: &str, unless_said: bool) -> bool {
        let said = self.json_include.iter().rev().find(|word| word.trim_start_matches('-') == part);
        said.map_or(unless_said, |word| !word.starts_with('-'))
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
                let with_text = self.includes("locations", false);
                let json = |found| if with_text { report::json_with_text(found) } else { report::json(found) };
                let errors: Vec<_> = diagnostics.iter().map(json).collect();
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
