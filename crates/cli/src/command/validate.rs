//! `lictor validate`: events in, decisions out.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lictor::live::{LiveError, Update};
use lictor::record::{DecisionLog, Evaluation};
use lictor::{Batch, Error, Live, Location, Policy, Watch, Worker};

use crate::events::{Group, Groups, Source};
use crate::output::decisions::{Json, Judged, Lines, Outcome, Table, Text, Writer};
use crate::output::{duration, summary::Summary};
use crate::records::{Keeper, Keeping, KeptGroup, Sinks};
use crate::said_by_sender::SaidBySender;
use crate::sets::{self, asks_nobody, prepared};
use crate::stop::Stop;
use crate::usage::{Certificates, Opened, Opening};
use crate::{git, network};

/// Judge events by policy sets
///
/// Reads token and API-key events, routes each by entity, event and scope to the policy sets that apply, and reports each
/// decision. A bad event is reported with its line and counted; it never counts as allowed. Tokens, passwords and keys of
/// events are masked wherever policies say them.
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
  A stream, with switches in a data file that may be thrown while it runs:
    tail -f events.ndjson | lictor validate - -s policies/ -d switches/ --watch --format ndjson
  With a decision log for the auditors:
    lictor validate events.ndjson -s policies/ --decision-log decisions.ndjson
  By the policies of a branch, which is followed:
    lictor validate - -s git+https://host/governance.git#main:sets --watch
  With usage that is kept from run to run, for policies that ask when a token was used, and how often:
    lictor validate events.ndjson -s policies/ --usage usage.redb
  With usage that several share, counted here and synced, so that no decision waits for the network:
    lictor validate - -s policies/ --usage rediss://redis.internal:6380/ --redis-ca ca.pem --usage-sync 100ms
  What would be denied if every set were enforced:
    lictor validate events.ndjson -s policies/ --enforce-all --show denied")]
pub(crate) struct Validate {
    /// Event files: .json (one event), .ndjson or .jsonl (one a line); folders of them; - for standard input
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,

    /// A folder of policy sets (.yaml), or one set's file; or one in a Git repository, git+URL#BRANCH:FOLDER; repeatable
    #[arg(short, long, required = true, value_name = "DIR|git+URL", value_parser = crate::git::Locations)]
    sets: Vec<Location>,

    /// Data for policies, as `lictor eval --data`; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// Follow policy sets and data while events come in: a change is taken over within a second, or said on standard error why
    /// not
    #[arg(long)]
    watch: bool,

    /// How often --watch asks whether a branch of a Git repository moved: `500ms`, `10s`; 250ms for those of this machine and
    /// 10s for others unless given
    #[arg(long, value_name = "TIME", value_parser = duration::parse, requires = "watch")]
    git_every: Option<Duration>,

    /// Let policies speak with this host (http.send, net.lookup_ip_addr); repeatable; no host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,

    /// How decisions are written
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Which events are written: those with something to say, or all
    #[arg(long, value_enum, default_value_t = Show::Auto)]
    show: Show,

    #[command(flatten)]
    said_by_sender: SaidBySender,

    /// Evaluate as if every set were enforced
    #[arg(long)]
    enforce_all: bool,

    /// The largest event, in bytes; larger ones are refused as bad
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_event_bytes: usize,

    /// How many threads judge; 0 for as many as there are processors. Output is in the order of the input in any case
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    parallel: usize,

    /// Keep usage there, and tell policies of it in input.usage: a file, or redis://USER:PASSWORD@HOST:PORT/DATABASE (rediss://
    /// for TLS). Requests (events of the kind use) are counted, allowed ones noted; those with one token, API key or user are
    /// judged in their order. `lictor usage` shows what is there
    #[arg(long, value_name = "FILE|URL")]
    usage: Option<String>,

    /// What keys in a Redis begin with; {lictor}: unless said
    #[arg(long, value_name = "TEXT", requires = "usage")]
    usage_prefix: Option<String>,

    /// Count here, and sync with the Redis so often, as `100ms`: a decision then waits for no network. Of I instances, each with r
    /// requests a second of a token whose cap is C, there pass too many by at most (I - 1) x min(C, r x (4 x TIME + d)), where d
    /// is how long a sync takes; without it there pass none too many
    #[arg(long, value_name = "TIME", value_parser = duration::parse_some, requires = "usage")]
    usage_sync: Option<Duration>,

    #[command(flatten)]
    certificates: Certificates,

    /// Events are recorded ones, which happened when their time_ns says. Not for events from outside: they would choose their
    /// time
    #[arg(long, requires = "usage")]
    recorded: bool,

    #[command(flatten)]
    keeping: Keeping,

    /// Exit with 0 even when something is denied; bad input still gives 2
    #[arg(long)]
    exit_zero: bool,

    /// Never draw a progress bar
    #[arg(long)]
    no_progress: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people; findings only, the first thousand, or all in pages as they come with --watch
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
            Err(stop) => stop.end(),
        }
    }

    fn judge(&self) -> Result<Summary, Stop> {
        let (policy, live);
        let (batch, followed) = if self.watch {
            live = self.follow()?;
            (live.batch(), Some(&live))
        } else {
            policy = self.compile()?;
            (policy.batch(), None)
        };
        let sources = Source::find(&self.events).map_err(|e| Stop::Said(e.to_string()))?;
        let (keeper, sinks) = self.keeping.open(&self.data, followed).map_err(Stop::Said)?;
        let opening = self.usage.as_deref().map(|at| Opening {
            at,
            prefix: self.usage_prefix.as_deref(),
            certificates: &self.certificates,
            sync: self.usage_sync,
            there: false,
        });
        let usage = opening.map(Opened::open).transpose().map_err(Stop::Said)?;
        let bar = self.progress(&sources);
        let out = io::stdout();
        let (writer, text): (Box<dyn Writer>, Text) = match self.format {
            Format::Table => {
                let table = Table::new(out, io::stdout().is_terminal());
                (Box::new(if self.watch { table.paged() } else { table }), Table::<io::Stdout>::text)
            }
            Format::Json => (Box::new(Json::new(out)), Json::<io::Stdout>::text),
            Format::Ndjson => (Box::new(Lines::new(out)), Lines::<io::Stdout>::text),
        };
        let mut batch = batch.threads(self.parallel);
        if let Some(route) = self.said_by_sender.route() {
            batch = batch.route(route);
        }
        if let Some(usage) = &usage {
            batch = batch.tracked(&usage.store).recorded(self.recorded);
        }
        let show = Shown { show: self.show, table: self.format == Format::Table };
        let mut report = Report { show, writer, sinks, summary: Summary::new(), bar, groups: 0 };
        let groups = Groups::new(sources, self.max_event_bytes);
        let judge = |worker: &mut Worker, group: Result<Group, String>| {
            let mut judged =
                group.map(|group| JudgedGroup::new(&batch, worker, &group, &keeper)).map_err(Stop::Said)?;
            judged.write(show, text).map_err(Stop::Output)?;
            Ok(judged)
        };
        let ended =
            batch.in_order(groups, events_of, judge, |judged| match judged.and_then(|judged| report.group(&judged)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(stop) => ControlFlow::Break(stop),
            });
        if let Some(bar) = &report.bar {
            bar.finish_and_clear();
        }
        let (policy, closed) = (batch.policy(), usage.map_or(Ok(()), Opened::close));
        if let ControlFlow::Break(stop) = ended {
            return Err(stop);
        }
        closed.map_err(Stop::Said)?;
        report.sinks.end().map_err(Stop::Said)?;
        let summary = report.summary.finish(&policy);
        report.writer.end(&summary).map_err(Stop::Output)?;
        Ok(summary)
    }

    fn compile(&self) -> Result<Policy, Stop> {
        let builder = sets::gather(&self.sets, &self.data, &self.allow_net, self.enforce_all).map_err(Stop::Said)?;
        sets::build(builder, &self.allow_net).map_err(Stop::Said)
    }

    /// The policy of what is there now and of what will be.
    fn follow(&self) -> Result<Live, Stop> {
        let mut watch = self.sets.iter().cloned().fold(Watch::new().access(git::access()), Watch::sets_from);
        if let Some(every) = self.git_every {
            watch = watch.every_branch(every);
        }
        watch = self.data.iter().fold(watch, Watch::data);
        let (enforce_all, network, hosts) = (self.enforce_all, network::to(&self.allow_net), self.allow_net.clone());
        let live = watch
            .prepare(move |builder| prepared(DecisionLog::queries(builder), enforce_all, network.clone()))
            .accept(move |policy| asks_nobody(policy, &hosts))
            .on_update(|update| {
                // Nobody may be left to read it; events are judged all the same.
                let _ = match update {
                    Update::Loaded { policy, changed, took } => {
                        let files = listed(changed);
                        let took = took.as_millis();
                        writeln!(io::stderr(), "loaded {} in {took} ms; changed: {files}", policy.revision())
                    }
                    Update::Refused { error, changed } => {
                        let (files, error) = (listed(changed), live_error(error));
                        writeln!(io::stderr(), "error: {error}\nnot loaded, the policies before stay; changed: {files}")
                    }
                    _ => Ok(()),
                };
            });
        live.start().map_err(|error| Stop::Said(live_error(&error)))
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

fn live_error(error: &LiveError) -> String {
    match error {
        LiveError::Build(error) => crate::output::build_error(error),
        other => other.to_string(),
    }
}

fn listed(files: &[PathBuf]) -> String {
    const MOST: usize = 5;
    let mut list: Vec<String> = files.iter().take(MOST).map(|file| file.display().to_string()).collect();
    if files.len() > MOST {
        list.push(format!("and {} more", files.len() - MOST));
    }
    list.join(", ")
}

/// The events that can be judged, of those that were read together.
fn events_of(group: &Result<Group, String>, of_event: &mut dyn FnMut(&[u8])) {
    group.iter().flat_map(Group::items).filter_map(|item| item.event.ok()).for_each(of_event);
}

/// Events that were read together, judged.
struct JudgedGroup {
    source: Arc<str>,
    read: u64,
    events: Vec<JudgedEvent>,
    /// Those that are shown, as the format has them.
    text: Vec<u8>,
    /// What is kept of all.
    kept: KeptGroup,
}

struct JudgedEvent {
    line: u64,
    /// `None` where there was nothing to judge.
    took: Option<Duration>,
    outcome: Outcome,
}

impl JudgedGroup {
    fn new(batch: &Batch<'_>, worker: &mut Worker, group: &Group, keeper: &Keeper) -> Self {
        let (masking, mut kept) = (&keeper.masking, keeper.group());
        let judged = group.items().map(|item| match item.event {
            Err(too_large) => {
                let error = Error::TooLarge { limit: too_large.limit };
                let message = format!("{error}; see --max-event-bytes");
                if let Some(kept) = &mut kept {
                    kept.add(&Evaluation::failed(error), b"", None);
                }
                JudgedEvent { line: item.line, took: None, outcome: Outcome::Bad(message) }
            }
            Ok(event) => {
                let start = Instant::now();
                let (decision, took) = if let Some(kept) = &mut kept {
                    let evaluation = batch.evaluate(worker, event);
                    let took = Some(start.elapsed());
                    kept.add(&evaluation, event, took);
                    (evaluation.outcome, took)
                } else {
                    (batch.judge(worker, event), Some(start.elapsed()))
                };
                let outcome = match decision {
                    Ok(mut decision) => {
                        masking.decision(event, &mut decision);
                        Outcome::Decided(decision)
                    }
                    Err(error) => Outcome::Bad(masking.read(event).error(&error)),
                };
                JudgedEvent { line: item.line, took, outcome }
            }
        });
        let events = judged.collect();
        JudgedGroup {
            source: group.source.clone(),
            read: group.read,
            events,
            text: Vec::new(),
            kept: kept.map_or_else(KeptGroup::default, |kept| kept.group),
        }
    }

    fn shown(&self, show: Shown) -> impl Iterator<Item = Judged<'_>> {
        let shown = self.events.iter().filter(move |event| show.shows(&event.outcome));
        shown.map(|event| Judged { source: &self.source, line: event.line, outcome: &event.outcome })
    }

    fn write(&mut self, show: Shown, text: Text) -> io::Result<()> {
        let mut into = Vec::new();
        self.shown(show).try_for_each(|judged| text(&judged, &mut into))?;
        self.text = into;
        Ok(())
    }
}

/// What becomes of groups when it is their turn.
struct Report {
    show: Shown,
    writer: Box<dyn Writer>,
    sinks: Sinks,
    summary: Summary,
    bar: Option<ProgressBar>,
    groups: u64,
}

impl Report {
    fn group(&mut self, group: &JudgedGroup) -> Result<(), Stop> {
        self.sinks.write(&group.kept).map_err(Stop::Said)?;
        for event in &group.events {
            self.summary.count(&event.outcome);
            if let Some(took) = event.took {
                self.summary.time(took);
            }
        }
        self.groups += 1;
        if let Some(bar) = &self.bar
            && self.groups.is_multiple_of(64)
        {
            bar.set_position(group.read);
            bar.set_message(format!("{} denied", self.summary.denied));
        }
        self.writer.events(&mut group.shown(self.show), &group.text).map_err(Stop::Output)
    }
}

/// Which events are written.
#[derive(Clone, Copy)]
struct Shown {
    show: Show,
    table: bool,
}

impl Shown {
    fn shows(self, outcome: &Outcome) -> bool {
        let Outcome::Decided(decision) = outcome else { return true };
        match self.show {
            Show::All => true,
            Show::Auto => !self.table || !decision.findings.is_empty(),
            Show::Findings => !decision.findings.is_empty(),
            Show::Denied => !decision.is_allowed(),
        }
    }
}
