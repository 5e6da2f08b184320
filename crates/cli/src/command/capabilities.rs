//! `lictor capabilities`: what policies may use, as `opa capabilities`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use lictor::Version;
use lictor::capabilities;
use serde_json::Value as Json;

use crate::output::{failure, indent::indent};

/// Print what policies may use
///
/// Builtins with their types, keywords that need an import, and features of the language, as OPA's capabilities files
/// have them: only descriptions are Lictor's own words. Without a flag: the versions of OPA whose capabilities are known; the last is the one that Lictor follows.
///
/// Exit code: 0, 1 when there are no such capabilities, or 2 when they cannot be written.
#[derive(Args)]
#[command(
    disable_version_flag = true,
    after_help = "Examples:
  The names of all builtins:
    lictor capabilities --current | jq -r '.builtins[].name'
  A file for OPA, which then refuses what Lictor does not have:
    lictor capabilities --current > lictor.json
    opa check --capabilities lictor.json policies/"
)]
pub(crate) struct Capabilities {
    /// The capabilities of this version
    #[arg(long)]
    current: bool,

    /// The capabilities of a version of OPA
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,

    /// The capabilities in a file
    #[arg(long, value_name = "FILE")]
    file: Option<String>,

    /// For policies as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,
}

impl Capabilities {
    pub(crate) fn run(self) -> ExitCode {
        let current = || capabilities::capabilities(if self.v0_compatible { Version::V0 } else { Version::V1 });
        let found = match (&self.version, &self.file) {
            (Some(version), _) => capabilities::capabilities_of(version)
                .ok_or_else(|| format!("no capabilities version found: {version}")),
            (None, Some(file)) => read(file).map_err(|why| format!("{file}: {why}")),
            (None, None) if self.current => Ok(current()),
            (None, None) => return written(writeln!(io::stdout(), "{}", capabilities::versions().join("\n"))),
        };
        match found {
            Ok(found) => {
                let mut text = indent(found.to_string().as_bytes());
                text.push(b'\n');
                written(io::stdout().write_all(&text))
            }
            Err(why) => {
                failure(&why);
                ExitCode::from(1)
            }
        }
    }
}

/// The capabilities in a file, if it holds some.
fn read(file: &str) -> Result<Json, String> {
    let text = std::fs::read(file).map_err(|error| error.to_string())?;
    let found: Json = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let builtins = found.get("builtins").and_then(Json::as_array).ok_or("it has no list of builtins")?;
    for builtin in builtins {
        let name = builtin["name"].as_str().ok_or_else(|| format!("a builtin has no name: {builtin}"))?;
        if !builtin["decl"].is_object() {
            return Err(format!("the builtin {name} has no declaration"));
        }
    }
    Ok(found)
}

fn written(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failure(&format!("cannot write: {error}")),
        _ => ExitCode::SUCCESS,
    }
}
