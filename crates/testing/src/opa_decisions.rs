//! OPA's decisions on many events: its Go SDK in one process, each policy by itself.
//!
//! The Go program is the one in `benches/peers/opa`. Starting `opa` once an event would take longer than all else.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::json::Json;
use crate::opa_cases::{Unavailable, target_directory};
use crate::question::Version;

/// What each policy says to an event: from the policy's name, which is its file's without `.rego`, to its messages.
pub type Decisions = BTreeMap<String, Json>;

/// Asks each of `policies` by itself `query` about each of `events`; base data are JSON text.
///
/// # Errors
/// Where Go or OPA's module is missing, or the program fails.
pub fn opa_decisions(
    policies: &[PathBuf],
    version: Version,
    query: &str,
    data: Option<&str>,
    events: &[String],
) -> Result<Vec<Decisions>, Unavailable> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: std::io::Error| Unavailable::because(format!("{what}: {error}"))
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/peers/opa");
    let place = target_directory().join("conformance");
    fs::create_dir_all(&place).map_err(failed("target"))?;
    let program = place.join("opa-decides");
    let built = Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(&source).output();
    let built = built.map_err(failed("`go build` does not start"))?;
    if !built.status.success() {
        let words = String::from_utf8_lossy(&built.stderr).trim_end().to_owned();
        return Err(Unavailable::because(format!("`go build` in benches/peers/opa failed:\n{words}")));
    }

    let file = |name: &str| place.join(format!("{name}-{}", std::process::id()));
    let (events_file, data_file, answers_file) = (file("events"), file("data"), file("answers"));
    fs::write(&events_file, events.join("\n")).map_err(failed("events"))?;
    fs::write(&data_file, data.unwrap_or("{}")).map_err(failed("data"))?;
    let mut command = Command::new(&program);
    command.arg("-each").arg("-events").arg(&events_file).arg("-data").arg(&data_file).args(["-query", query]);
    if version == Version::V0 {
        command.arg("-v0");
    }
    command.args(policies).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut process = command.spawn().map_err(failed("OPA does not start"))?;
    if let Some(mut orders) = process.stdin.take() {
        writeln!(orders, "answers {}", answers_file.display()).map_err(failed("OPA does not listen"))?;
    }
    let status = process.wait().map_err(failed("OPA"))?;
    let text = fs::read_to_string(&answers_file).map_err(failed("OPA wrote no answers"))?;
    for path in [events_file, data_file, answers_file] {
        // What stays in the target directory harms nobody.
        let _ = fs::remove_file(path);
    }
    let decisions: Vec<Decisions> = text.lines().filter_map(read).collect();
    if !status.success() || decisions.len() != events.len() {
        return Err(Unavailable::because(format!("OPA decided {} of {} events", decisions.len(), events.len())));
    }
    Ok(decisions)
}

fn read(line: &str) -> Option<Decisions> {
    match Json::read(line) {
        Ok(Json::Object(policies)) => Some(policies),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opa_decides_each_policy_by_itself() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/seed/policies");
        let policies = ["deny-user-type", "valid-to"].map(|name| folder.join(format!("{name}.rego")));
        let events = [
            r#"{"token": {"apiKeyType": "USER", "validTo": 1}}"#.to_owned(),
            r#"{"token": {"apiKeyType": "SERVICE_ACCOUNT", "validTo": 1779647400001}}"#.to_owned(),
        ];
        match opa_decisions(&policies, Version::V0, "data.opapolicy.deny", None, &events) {
            Ok(decisions) => {
                let message = "Token APIKeyType USER contains 'USER'".to_owned();
                assert_eq!(decisions[0]["deny-user-type"], Json::Array(vec![Json::String(message)]));
                assert_eq!(decisions[0]["valid-to"], Json::Array(vec![]));
                assert_eq!(decisions[1]["deny-user-type"], Json::Array(vec![]));
                assert!(matches!(&decisions[1]["valid-to"], Json::Array(messages) if messages.len() == 1));
            }
            Err(reason) => reason.skip_or_panic("OPA's decisions"),
        }
    }
}
