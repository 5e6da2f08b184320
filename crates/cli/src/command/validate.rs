//! `lictor validate`: events in, decisions out.

use std::io::{self, BufWriter, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lictor::{Entity, Event, Place, Policy, PolicySet, Route, Session};

use crate::events::{Item, Source};
use crate::network;
use crate::output::decisions::{Json, Judged, Lines, Outcome, Table, Writer};
use crate::output::{failure, summary::Summary};

/// Judge events by policy sets
///
/// Reads token and API-key events, routes each by entity, event and scope to the policy sets that apply, and reports each
/// decision. A bad event is reported with its line and counted; it never counts as allowed.
///
/// Exit code: 0 when nothing is denied, 1 when something is, 2 when an event, a policy or a set is bad.
#[derive(Args)]
#[command(after_help = "Examples:
  A folder of events, by a folder of policy sets:
    lictor validate events/ --sets policies/
  From a pipe, for a program:
    tail -n 1000 events.ndjson | lictor validate - -s policies/ --format ndjson
  A payload that does not say what it is about:
    lictor validate token.json -s policies/ --entity token --event create
  What would be denied if every set were enforced:
    lictor validate events.ndjson -s policies/ --enforce-all --show denied")]
pub(crate) struct Validate {
    /// Event files: .json (one event), .ndjson or .jsonl (one a line); folders of them; - for standard input
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,

    /// A folder of policy sets (.yaml), or one set's file; repeatable
    #[arg(short, long, required = true, value_name = "DIR")]
    sets: Vec<PathBuf>,

    /// Data for policies, as `lictor eval --data`; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// Let policies speak with this host (http.send, net.lookup_ip_addr); repeatable; no host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,

    /// How decisions are written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Which events are written: those with something to say, or all
    #[arg(long, value_enum, default_value_t = Show::Auto)]
    show: Show,

    /// What every event is about, instead of what its payload says: token or api_key; needs --event
    #[arg(long, value_name = "ENTITY", requires = "event")]
    entity: Option<Entity>,

    /// What happened in every event, instead of what its payload says: create, update, rotate, revoke, use or save; needs
    /// --entity
    #[arg(long, value_name = "EVENT", requires = "entity")]
    event: Option<Event>,

    /// Evaluate as if every set were enforced
    #[arg(long)]
    enforce_all: bool,

    /// The largest event, in bytes; larger ones are refused as bad
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_event_bytes: usize,

    /// Exit with 0 even when something is denied; bad input still gives 2
    #[arg(long)]
    exit_zero: bool,

    /// Never draw a progress bar
    #[arg(long)]
    no_progress: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people; findings only, the first thousand
    Table,
    /// One document: {"events": [..], "summary": {..}}
    Json,
    /// One object a line, the summary last
    Ndjson,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// Findings in a table, everything in json and ndjson
    Auto,
    /// Every event
    All,
    /// Events with findings, and bad ones
    Findings,
    /// Denied events, and bad ones
    Denied,
}

impl Validate {
    pub(crate) fn run(self) -> ExitCode {
        match self.judge() {
            Ok(summary) if summary.bad > 0 => ExitCode::from(2),
            Ok(summary) if summary.denied > 0 && !self.exit_zero => ExitCode::from(1),
            Ok(_) => ExitCode::SUCCESS,
            // The reader of the output went away: nobody is left to be told.
            Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(2),
            Err(Stop::Output(error)) => failure(&format!("cannot write: {error}")),
            Err(Stop::Said(message)) => failure(&message),
        }
    }

    fn judge(&self) -> Result<Summary, Stop> {
        let policy = self.compile()?;
        let sources = Source::find(&self.events).map_err(|e| Stop::Said(e.to_string()))?;
        let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let mut writer: Box<dyn Writer> = match self.format {
            Format::Table => Box::new(Table::new(out, io::stdout().is_terminal())),
            Format::Json => Box::new(Json::new(out)),
            Format::Ndjson => Box::new(Lines::new(out)),
        };
        let mut run = Run {
            session: policy.session(),
            route: self.entity.zip(self.event).map(|(entity, event)| Route { entity, event, place: Place::default() }),
            show: self.show,
            table: self.format == Format::Table,
            summary: Summary::new(),
            bar: self.progress(&sources),
            broken: None,
        };
        for source in &sources {
            run.source(source, self.max_event_bytes, &mut *writer)?;
        }
        if let Some(bar) = &run.bar {
            bar.finish_and_clear();
        }
        let summary = run.summary.finish();
        writer.end(&summary).map_err(Stop::Output)?;
        Ok(summary)
    }

    fn compile(&self) -> Result<Policy, Stop> {
        let said = |e: &dyn std::fmt::Display| Stop::Said(e.to_string());
        let mut sets = Vec::new();
        for path in &self.sets {
            sets.extend(PolicySet::load_all(path).map_err(|e| said(&e))?);
        }
        for set in &mut sets {
            set.enforced |= self.enforce_all;
        }
        let mut builder = lictor::Builder::new().sets(sets);
        for path in &self.data {
            builder = builder.data_path(path).map_err(|e| said(&e))?;
        }
        let network = network::to(&self.allow_net);
        let off = network.is_none();
        if let Some(network) = network {
            builder = builder.network(network);
        }
        let policy = builder.build().map_err(|e| Stop::Said(crate::output::build_error(&e)))?;
        // A rule that cannot ask would be undefined, and what it denies allowed.
        match network::CALLS.iter().find(|name| off && policy.calls(name)) {
            Some(name) => {
                Err(Stop::Said(format!("a policy calls {name}; say which hosts it may reach: --allow-net HOST")))
            }
            None => Ok(policy),
        }
    }

    /// A bar on standard error, where that is a terminal and the input is long enough to be worth one.
    fn progress(&self, sources: &[Source]) -> Option<ProgressBar> {
        const LONG: u64 = 4 << 20;
        let bytes = sources.iter().map(Source::size).try_fold(0, |all, size| Some(all + size?));
        if self.no_progress || !io::stderr().is_terminal() || bytes.is_some_and(|b| b < LONG) {
            return None;
        }
        let (bar, template) = match bytes {
            Some(bytes) => {
                (ProgressBar::new(bytes), "{bar:40} {percent:>3} %  {binary_bytes_per_sec}  {msg}  left {eta}")
            }
            None => (ProgressBar::no_length(), "{spinner} {binary_bytes}  {binary_bytes_per_sec}  {msg}"),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Some(bar)
    }
}

/// Why a run ended early.
enum Stop {
    Output(io::Error),
    Said(String),
}

struct Run<'a> {
    session: Session,
    route: Option<Route<'a>>,
    show: Show,
    table: bool,
    summary: Summary,
    bar: Option<ProgressBar>,
    broken: Option<io::Error>,
}

impl Run<'_> {
    fn source(&mut self, source: &Source, limit: usize, writer: &mut dyn Writer) -> Result<(), Stop> {
        let name = source.name();
        let before = self.bar.as_ref().map_or(0, ProgressBar::position);
        let mut seen = 0u64;
        let result = source.read(limit, &mut |item, read| {
            if self.broken.is_none()
                && let Err(error) = self.item(&name, item, writer)
            {
                self.broken = Some(error);
            }
            seen += 1;
            if let Some(bar) = &self.bar
                && seen.is_multiple_of(4096)
            {
                bar.set_position(before + read);
                bar.set_message(format!("{} denied", self.summary.denied));
            }
        });
        if let Some(error) = self.broken.take() {
            return Err(Stop::Output(error));
        }
        result.map_err(|e| Stop::Said(format!("{name}: {e}")))
    }

    fn item(&mut self, source: &str, item: Item<'_>, writer: &mut dyn Writer) -> io::Result<()> {
        let outcome = match item.event {
            Err(too_large) => Outcome::Bad(format!("larger than {} bytes; see --max-event-bytes", too_large.limit)),
            Ok(event) => {
                let start = Instant::now();
                let decision = match &self.route {
                    Some(route) => self.session.decide_routed(route, event),
                    None => self.session.decide(event),
                };
                self.summary.time(start.elapsed());
                match decision {
                    Ok(decision) => Outcome::Decided(decision),
                    Err(error) => Outcome::Bad(error.to_string()),
                }
            }
        };
        self.summary.count(&outcome);
        if !self.shown(&outcome) {
            return Ok(());
        }
        writer.event(&Judged { source, line: item.line, outcome: &outcome })
    }

    fn shown(&self, outcome: &Outcome) -> bool {
        let Outcome::Decided(decision) = outcome else { return true };
        match self.show {
            Show::All => true,
            Show::Auto => !self.table || !decision.findings.is_empty(),
            Show::Findings => !decision.findings.is_empty(),
            Show::Denied => !decision.is_allowed(),
        }
    }
}
