//! `lictor library show`: all about a policy, or about a profile.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::{Args, ValueEnum};
use lictor::Builder;
use lictor::library::{Control, Entry, Library, Profile, copy};
use serde_json::json;

use super::{Stop, controls, events, parameters, value};
use crate::output::table;

/// Show a policy: what it denies, its parameters, its text, a sample event, a policy set; or what a profile asks for
#[derive(Args)]
pub(super) struct Show {
    /// The policy, or the profile: lifetime.maximum, pci-4
    #[arg(value_name = "ID")]
    id: String,

    /// The policy's parameters as this profile has them
    #[arg(long, value_name = "ID")]
    profile: Option<String>,

    /// How it is written
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
}

impl Show {
    pub(super) fn run(self, library: &Library) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        if let Ok(profile) = library.profile(&self.id) {
            let text = match self.format {
                Format::Json => format!("{:#}\n", json!(profile)),
                Format::Text => asked_for(profile),
            };
            return Ok(out.write_all(text.as_bytes())?);
        }
        let entry = library.entry(&self.id)?;
        let profile = self.profile.as_deref().map(|id| library.profile(id)).transpose()?;
        let messages = messages(entry)?;
        if self.format == Format::Json {
            let mut whole = json!(entry);
            whole["parameters"] = parameters(entry, profile);
            whole["messages"] = json!(messages);
            whole["set"] = json!(copy::set_of(entry));
            return Ok(writeln!(out, "{whole:#}")?);
        }
        let text = described(entry, profile, &messages);
        Ok(out.write_all(text.as_bytes())?)
    }
}

/// What a profile asks for, control by control, for people.
fn asked_for(profile: &Profile) -> String {
    let mut text = format!("{}: {}\n\n{}\n\n", profile.id, profile.title, profile.description);
    let mut grid = table::grid(["CONTROL", "ASKS FOR", "POLICY"]);
    for chosen in &profile.policies {
        for control in &chosen.controls {
            grid.add_row([&number(control), &control.says, &chosen.policy]);
        }
    }
    for control in &profile.elsewhere {
        grid.add_row([&number(control), &control.says, "none"]);
    }
    let _ = writeln!(text, "{grid}");
    let mut all = profile.policies.iter().flat_map(|chosen| &chosen.controls).chain(&profile.elsewhere);
    if !all.all(|control| control.verified) {
        text.push_str("controls with * are from memory: look them up before you rely on them\n");
    }
    let _ = write!(text, "\nPARAMETERS\n{}", indented(profile.source));
    text
}

/// A control's number, with a star where nobody looked it up.
pub(super) fn number(control: &Control) -> String {
    format!("{}{}", control.id, if control.verified { "" } else { "*" })
}

/// What the policy says to its sample event.
fn messages(entry: &Entry) -> Result<Vec<String>, Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::Said(format!("{}: {error}", entry.id));
    let mut builder = Builder::new().sets(vec![entry.policy_set()]);
    if let Some(data) = entry.data {
        builder = builder.data(lictor::json_of_yaml(data.into()).map_err(|error| failed(&error))?);
    }
    let policy = builder.build().map_err(|error| failed(&error))?;
    let decision = policy.session().decide(entry.denied).map_err(|error| failed(&error))?;
    Ok(decision.findings.into_iter().map(|finding| finding.message).collect())
}

/// All about a policy, for people.
fn described(entry: &Entry, profile: Option<&Profile>, messages: &[String]) -> String {
    let mut text = format!("{}: {}\n\n{}\n\n", entry.id, entry.title, entry.description);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<10}{value}");
        }
    };
    line("entity", entry.entity.as_str());
    line("events", &events(entry));
    line("severity", if entry.severity == lictor::Severity::Error { "error" } else { "warning" });
    let memory = if entry.unverified.is_empty() { "" } else { " (* from memory)" };
    line("controls", &format!("{}{memory}", controls(entry)));
    line("requires", &entry.requires.join(", "));
    line("optional", &entry.optional.join(", "));
    line("switches", &entry.switches.iter().map(|s| format!("data.{s}")).collect::<Vec<_>>().join(", "));
    line("query", &format!("{}.deny", entry.package()));
    if !entry.parameters.is_empty() {
        let _ = writeln!(text, "\nPARAMETERS, in data.lictor.parameters.{}", entry.id);
        for parameter in &entry.parameters {
            let _ = writeln!(text, "  {}: {}", parameter.name, value(entry, parameter, profile));
            let _ = writeln!(text, "      {}, {}", parameter.description.trim_end_matches('.'), parameter.kind);
        }
    }
    let _ = write!(text, "\nPOLICY SET\n{}", indented(&copy::set_of(entry)));
    let _ = write!(text, "\nAN EVENT THAT IT DENIES\n{}", indented(entry.denied));
    if let Some(data) = entry.data {
        let _ = write!(text, "  with these data:\n{}", indented(data));
    }
    for message in messages {
        let _ = writeln!(text, "  => {message}");
    }
    let _ = write!(text, "\nPOLICY\n{}", indented(entry.source));
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}
