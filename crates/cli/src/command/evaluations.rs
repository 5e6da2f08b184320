//! `lictor evaluations`: what `lictor validate --record` kept, listed and shown.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use lictor::record::{Filter, Record, Status, Store};
use lictor::{Entity, Host, StandardHost};
use serde_json::json;

use crate::output::{Format, printable, table};
use crate::records::{self, duration};
use crate::stop::Stop;

/// Evaluations that were kept: list them, look at one
///
/// They are read from the file that `lictor validate --record FILE` writes; not while it is writing.
///
/// Exit code: 0, or 2 when there is no such file or evaluation.
#[derive(Args)]
#[command(after_help = "Examples:
  What was refused, or could not be judged, in the last week:
    lictor evaluations list --store evaluations.redb --since 7d --status error
  All about one, by the beginning of its id:
    lictor evaluations show 3f2a --store evaluations.redb")]
pub(crate) struct Evaluations {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    List(List),
    Show(Show),
}

/// List evaluations, the newest first
#[derive(Args)]
struct List {
    /// The file that they were kept in
    #[arg(long, value_name = "FILE")]
    store: PathBuf,

    /// Only those of the last while: 90s, 30m, 12h, 7d
    #[arg(long, value_name = "TIME", value_parser = duration)]
    since: Option<std::time::Duration>,

    /// Only those that ended so
    #[arg(long, value_enum)]
    status: Option<Ended>,

    /// Only those that this policy judged
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,

    /// Only those about this entity: token or api_key
    #[arg(long, value_name = "ENTITY")]
    entity: Option<Entity>,

    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,

    /// How they are written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Show one evaluation with everybody who judged
#[derive(Args)]
struct Show {
    /// Its id, or the beginning of it
    id: String,

    /// The file that it was kept in
    #[arg(long, value_name = "FILE")]
    store: PathBuf,

    /// How it is written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Ended {
    /// Nothing was found
    Pass,
    /// Something was found, but nothing that refuses
    Warning,
    /// Refused, or not judged at all
    Error,
}

impl Evaluations {
    pub(crate) fn run(self) -> ExitCode {
        let done = match self.action {
            Action::List(list) => list.run(),
            Action::Show(show) => show.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(stop) => stop.end(),
        }
    }
}

impl List {
    fn run(self) -> Result<(), Stop> {
        let now_ms = StandardHost::default().now_ns() / 1_000_000;
        let since_ms = self.since.map(|since| now_ms - i64::try_from(since.as_millis()).unwrap_or(now_ms));
        let status = self.status.map(|status| match status {
            Ended::Pass => Status::Pass,
            Ended::Warning => Status::Warning,
            Ended::Error => Status::Error,
        });
        let filter = Filter { since_ms, status, entity: self.entity, policy: self.policy, limit: Some(self.limit) };
        let records = Store::existing(&self.store)?.list(&filter)?;
        let mut out = io::stdout().lock();
        if self.format == Format::Json {
            return Ok(writeln!(out, "{:#}", json!(records))?);
        }
        if records.is_empty() {
            return Ok(writeln!(out, "no evaluation is like that")?);
        }
        let mut grid = table::grid(["ID", "TIME", "EVENT", "STATUS", "POLICIES", "SAID"]);
        for record in &records {
            let policies = record.sets.iter().flat_map(|set| &set.policies);
            let found: Vec<&str> =
                policies.filter(|policy| policy.status != Status::Pass).map(|policy| policy.name.as_str()).collect();
            let said = record.messages.iter().chain(&record.errors);
            let said = said.map(|text| printable(text)).collect::<Vec<_>>().join("; ");
            let (id, time) = (record.id.as_str(), records::timestamp(record.time_ms));
            grid.add_row([id, &time, &about(record), record.status.as_str(), &found.join(", "), &said]);
        }
        writeln!(out, "{grid}")?;
        let plural = if records.len() == 1 { "" } else { "s" };
        Ok(writeln!(out, "{} evaluation{plural}", records.len())?)
    }
}

impl Show {
    fn run(self) -> Result<(), Stop> {
        let found = Store::existing(&self.store)?.find(&self.id)?;
        let record = match found.as_slice() {
            [record] => record,
            [] => return Err(Stop::Said(format!("there is no evaluation `{}`", self.id))),
            _ => return Err(Stop::Said(format!("`{}` begins several ids; give more of it", self.id))),
        };
        let mut out = io::stdout().lock();
        if self.format == Format::Json {
            return Ok(writeln!(out, "{:#}", json!(record))?);
        }
        writeln!(out, "id        {}", record.id)?;
        writeln!(out, "time      {}", records::timestamp(record.time_ms))?;
        writeln!(out, "event     {}", about(record))?;
        if let Some(subject) = &record.subject {
            let place = &subject.place;
            for (name, part) in [("account", &place.account), ("org", &place.org), ("project", &place.project)] {
                if let Some(part) = part {
                    writeln!(out, "{name:<9} {}", printable(part))?;
                }
            }
        }
        writeln!(out, "status    {}", record.status.as_str())?;
        writeln!(out, "revision  {}", record.revision)?;
        for commit in &record.commits {
            writeln!(out, "commit    {} of {}", commit.id, commit.source())?;
        }
        if let Some(usage) = &record.usage {
            writeln!(out, "usage     {}", printable(&usage.to_string()))?;
        }
        for error in &record.errors {
            writeln!(out, "error     {}", printable(error))?;
        }
        for set in &record.sets {
            let enforced = if set.enforced { "" } else { ", not enforced" };
            writeln!(out, "\n{}: {}{enforced}", set.name, set.status.as_str())?;
            for policy in &set.policies {
                writeln!(out, "  {}: {}", policy.name, policy.status.as_str())?;
                for message in &policy.messages {
                    writeln!(out, "    {}", printable(message))?;
                }
            }
        }
        Ok(())
    }
}

/// `token create`, or that nobody knows.
fn about(record: &Record) -> String {
    record.subject.as_ref().map_or_else(|| "unknown".to_owned(), |about| format!("{} {}", about.entity, about.event))
}
