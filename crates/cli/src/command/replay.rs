//! `lictor replay`: recorded events by two policies, and what would change.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use lictor::replay::{Comparison, Kind, Report};
use lictor::{Location, Policy, Route};

use crate::events::{Groups, Item, Source};
use crate::output::replay::{Bad, html, lines, write_json, write_table};
use crate::said_by_sender::SaidBySender;
use crate::sets;
use crate::stop::Stop;

/// Show what a change of policies would change
///
/// Judges recorded events by two folders of policy sets, and reports the events whose decisions differ, grouped by policy
/// and message. Nothing is enforced, and no credential of an event is repeated.
///
/// Exit code: 0 when no threshold is passed, 1 when one is, 2 when an event, a policy or a set is bad: an event that either
/// side cannot judge is counted, never taken for unchanged.
#[derive(Args)]
#[command(after_help = "Examples:
  What a branch would change:
    lictor replay events.ndjson --old main/sets --new branch/sets
  What happened to a repository since a tag:
    lictor replay events.ndjson --old git+file:///srv/repo#v1:sets --new git+file:///srv/repo#main:sets
  A page for a reviewer:
    lictor replay recorded/ --old main/sets --new branch/sets --format html --output replay.html
  In a pipeline, with at most 9 events newly denied and none newly allowed:
    lictor replay recorded/ --old main/sets --new branch/sets --fail-on 10 --fail-on-newly-allowed")]
pub(crate) struct Replay {
    /// Event files: .json (one event), .ndjson or .jsonl (one a line); folders of them; - for standard input
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,

    /// The policy sets that there are: a folder, or one set's file, or one in a Git repository, git+URL#BRANCH:FOLDER;
    /// repeatable
    #[arg(long, required = true, value_name = "DIR|git+URL", value_parser = crate::git::Locations)]
    old: Vec<Location>,

    /// The policy sets that there would be; repeatable
    #[arg(long, required = true, value_name = "DIR|git+URL", value_parser = crate::git::Locations)]
    new: Vec<Location>,

    /// Data for both policies, as `lictor eval --data`; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// Data for the old policies only
    #[arg(long, value_name = "[PREFIX:]PATH")]
    old_data: Vec<String>,

    /// Data for the new policies only
    #[arg(long, value_name = "[PREFIX:]PATH")]
    new_data: Vec<String>,

    /// Let policies speak with this host (http.send, net.lookup_ip_addr); repeatable; no host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,

    /// How the report is written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Where to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How many events a group names
    #[arg(long, value_name = "N", default_value_t = 3)]
    examples: usize,

    #[command(flatten)]
    said_by_sender: SaidBySender,

    /// Evaluate as if every set were enforced, on both sides
    #[arg(long)]
    enforce_all: bool,

    /// The instant that policies see, in ns since 1970; that of the start unless given
    #[arg(long, value_name = "NS")]
    now_ns: Option<i64>,

    /// Exit with 1 when at least so many events would be newly denied; `any` for one
    #[arg(long, value_name = "N|any")]
    fail_on: Option<Threshold>,

    /// Exit with 1 when any event would be newly allowed
    #[arg(long)]
    fail_on_newly_allowed: bool,

    /// The largest event, in bytes; larger ones are refused as bad
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_event_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One document: {"summary": {..}, "groups": [..], "errors": [..]}
    Json,
    /// One object for each event that changes, then each group, the summary last
    Ndjson,
    /// One page with charts, which needs nothing else
    Html,
}

/// How many newly denied events are too many.
#[derive(Clone, Copy)]
struct Threshold(NonZero<u64>);

impl FromStr for Threshold {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let number = if word == "any" { Ok(NonZero::<u64>::MIN) } else { word.parse() };
        number.map(Threshold).map_err(|_| "write a number from 1, or `any`".to_owned())
    }
}

impl Replay {
    pub(crate) fn run(self) -> ExitCode {
        match self.replay() {
            Ok(report) if report.failed > 0 => ExitCode::from(2),
            Ok(report) if self.is_too_much(&report) => ExitCode::from(1),
            Ok(_) => ExitCode::SUCCESS,
            Err(stop) => stop.end(),
        }
    }

    fn is_too_much(&self, report: &Report) -> bool {
        let denied = self.fail_on.is_some_and(|most| report.count(Kind::NewlyDenied) >= most.0.get());
        denied || self.fail_on_newly_allowed && report.count(Kind::NewlyAllowed) > 0
    }

    fn replay(&self) -> Result<Report, Stop> {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
        let now = self.now_ns.unwrap_or_else(clock);
        let old = self.policy(&self.old, &self.old_data, now).map_err(|e| Stop::Said(format!("--old: {e}")))?;
        let new = self.policy(&self.new, &self.new_data, now).map_err(|e| Stop::Said(format!("--new: {e}")))?;
        let sources = Source::find(&self.events).map_err(|e| Stop::Said(e.to_string()))?;
        let mut out: Box<dyn Write> = match &self.output {
            None => Box::new(BufWriter::new(io::stdout().lock())),
            Some(path) => {
                let file = File::create(path).map_err(|e| Stop::Said(format!("{}: {e}", path.display())))?;
                Box::new(BufWriter::new(file))
            }
        };
        let mut run = Run {
            comparison: Comparison::new(&old, &new),
            route: self.said_by_sender.route(),
            report: Report::new(self.examples).between(&old, &new),
            bad: vec![],
            lines: self.format == Format::Ndjson,
        };
        for group in Groups::new(sources, self.max_event_bytes) {
            let group = group.map_err(Stop::Said)?;
            for item in group.items() {
                run.item(&group.source, &item, &mut *out).map_err(Stop::Output)?;
            }
        }
        let Run { report, bad, .. } = run;
        let terminal = self.output.is_none() && io::stdout().is_terminal();
        let written = match self.format {
            Format::Table => write_table(&report, &bad, terminal, &mut *out),
            Format::Json => write_json(&report, &bad, &mut *out),
            Format::Ndjson => lines::end(&report, &mut *out),
            Format::Html => html::write(&report, &bad, &shown(&self.old, &old), &shown(&self.new, &new), &mut *out),
        };
        written.and_then(|()| out.flush()).map_err(Stop::Output)?;
        Ok(report)
    }

    fn policy(&self, folders: &[Location], data: &[String], now: i64) -> Result<Policy, String> {
        let data: Vec<String> = self.data.iter().chain(data).cloned().collect();
        let builder = sets::gather(folders, &data, &self.allow_net, self.enforce_all)?;
        sets::build(builder.now_ns(now), &self.allow_net)
    }
}

/// What was compared, with its commits.
fn shown(locations: &[Location], policy: &Policy) -> String {
    let commits = policy.commits().iter().map(|commit| format!("commit {}", commit.id));
    locations.iter().map(ToString::to_string).chain(commits).collect::<Vec<_>>().join(", ")
}

struct Run<'a> {
    comparison: Comparison,
    route: Option<Route<'a>>,
    report: Report,
    bad: Vec<Bad>,
    lines: bool,
}

impl Run<'_> {
    fn item(&mut self, source: &str, item: &Item<'_>, out: &mut dyn Write) -> io::Result<()> {
        let place = format!("{source}:{}", item.line);
        let event = match &item.event {
            Ok(event) => event,
            Err(too_large) => {
                let why = format!("larger than {} bytes; see --max-event-bytes", too_large.limit);
                self.report.add_bad();
                let bad = Bad { place, old: Some(why.clone()), new: Some(why) };
                return self.failed(bad, out);
            }
        };
        let change = match &self.route {
            Some(route) => self.comparison.compare_routed(route, event),
            None => self.comparison.compare(event),
        };
        self.report.add(&place, &change);
        if self.lines && change.kind.is_some() {
            lines::change(source, item.line, &change, out)?;
        }
        if change.old.is_err() || change.new.is_err() {
            let said = |side: &Result<_, lictor::Error>| side.as_ref().err().map(ToString::to_string);
            return self.failed(Bad { place, old: said(&change.old), new: said(&change.new) }, out);
        }
        Ok(())
    }

    /// Keeps an event that could not be judged, or writes it where each has a line.
    fn failed(&mut self, bad: Bad, out: &mut dyn Write) -> io::Result<()> {
        /// More are counted, not kept.
        const MOST: usize = 1_000;
        if self.lines {
            return lines::bad(&bad, out);
        }
        if self.bad.len() < MOST {
            self.bad.push(bad);
        }
        Ok(())
    }
}
