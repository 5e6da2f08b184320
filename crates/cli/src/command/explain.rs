//! `lictor explain`: why an event is decided as it is.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use lictor::explain::{Explainer, Explanation};
use lictor::{Location, Route};
use serde_json::json;

use crate::events::{Groups, Item, Source};
use crate::output::build_error;
use crate::output::explanation::{Colors, write};
use crate::said_by_sender::SaidBySender;
use crate::sets;
use crate::stop::Stop;

/// Say why an event is allowed or denied
///
/// For each policy of each set: which definition of `deny` held, or the literal that kept it from holding, with the values
/// that decided; or why the set does not apply. Credentials in the event are not repeated.
///
/// Exit code: 0 when all events are explained, whatever is decided; 2 when an event, a policy or a set is bad, or a
/// policy's evaluation fails.
#[derive(Args)]
#[command(after_help = "Examples:
  One event:
    lictor explain event.json --sets policies/
  The event of a line that `validate` or `replay` named:
    lictor explain events.ndjson --line 17 -s policies/
  For a program:
    lictor explain event.json -s policies/ --format json")]
pub(crate) struct Explain {
    /// Event files: .json (one event), .ndjson or .jsonl (one a line); folders of them; - for standard input
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<PathBuf>,

    /// A folder of policy sets (.yaml), or one set's file; or one in a Git repository, git+URL#BRANCH:FOLDER; repeatable
    #[arg(short, long, required = true, value_name = "DIR|git+URL", value_parser = crate::git::Locations)]
    sets: Vec<Location>,

    /// Data for policies, as `lictor eval --data`; repeatable
    #[arg(short, long, value_name = "[PREFIX:]PATH")]
    data: Vec<String>,

    /// Let policies speak with this host (http.send, net.lookup_ip_addr); repeatable; no host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,

    /// How explanations are written
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Only the event on this line of each file
    #[arg(short, long, value_name = "N")]
    line: Option<u64>,

    #[command(flatten)]
    said_by_sender: SaidBySender,

    /// Evaluate as if every set were enforced
    #[arg(long)]
    enforce_all: bool,

    /// The largest event, in bytes; larger ones are refused as bad
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_event_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document: an array with an object for each event
    Json,
}

impl Explain {
    pub(crate) fn run(self) -> ExitCode {
        match self.explain() {
            Ok(0) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::from(2),
            Err(stop) => stop.end(),
        }
    }

    /// Explains all events, and counts the bad ones.
    fn explain(&self) -> Result<u64, Stop> {
        let explainer = sets::gather(&self.sets, &self.data, &self.allow_net, self.enforce_all).map_err(Stop::Said)?;
        let explainer = explainer.explainer().map_err(|e| Stop::Said(build_error(&e)))?;
        sets::asks_nobody(explainer.policy(), &self.allow_net).map_err(Stop::Said)?;
        let sources = Source::find(&self.events).map_err(|e| Stop::Said(e.to_string()))?;
        let mut run = Run {
            explainer,
            route: self.said_by_sender.route(),
            format: self.format,
            colors: Colors::of(io::stdout().is_terminal()),
            events: 0,
            bad: 0,
        };
        let mut out = BufWriter::new(io::stdout().lock());
        for group in Groups::new(sources, self.max_event_bytes) {
            let group = group.map_err(Stop::Said)?;
            for item in group.items().filter(|item| self.line.is_none_or(|line| line == item.line)) {
                run.item(&group.source, &item, &mut out).map_err(Stop::Output)?;
            }
        }
        if run.events == 0 {
            return Err(Stop::Said("there is no event to explain".to_owned()));
        }
        if self.format == Format::Json {
            out.write_all(b"\n]\n").map_err(Stop::Output)?;
        }
        out.flush().map_err(Stop::Output)?;
        Ok(run.bad)
    }
}

struct Run<'a> {
    explainer: Explainer,
    route: Option<Route<'a>>,
    format: Format,
    colors: Colors,
    events: u64,
    bad: u64,
}

impl Run<'_> {
    fn item(&mut self, source: &str, item: &Item<'_>, out: &mut dyn Write) -> io::Result<()> {
        let explained: Result<Explanation, String> = match item.event {
            Err(too_large) => Err(format!("larger than {} bytes; see --max-event-bytes", too_large.limit)),
            Ok(event) => match &self.route {
                Some(route) => self.explainer.explain_routed(route, event),
                None => self.explainer.explain(event),
            }
            .map_err(|error| error.to_string()),
        };
        self.events += 1;
        self.bad += u64::from(explained.as_ref().map_or(true, |explanation| explanation.error.is_some()));
        let line = item.line;
        match self.format {
            Format::Text => {
                if self.events > 1 {
                    writeln!(out)?;
                }
                write(&format!("{source}:{line}"), &explained, self.colors, out)
            }
            Format::Json => {
                let entry = match &explained {
                    Ok(explanation) => json!({"source": source, "line": line, "explanation": explanation}),
                    Err(error) => json!({"source": source, "line": line, "error": error}),
                };
                out.write_all(if self.events > 1 { b",\n" } else { b"[\n" })?;
                Ok(serde_json::to_writer_pretty(out, &entry)?)
            }
        }
    }
}
