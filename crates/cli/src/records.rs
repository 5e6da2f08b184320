//! What `lictor validate` keeps of its decisions: a decision log, and records in a store.
//!
//! Lines are written before the decisions that they are of, so that nothing is reported that was not kept; they reach the
//! disk (fsync) at the end of the run, and earlier when the system sees fit: a crash of the machine may lose the last ones, a
//! crash of the program none. Records are on the disk with each group of events that was read together.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
#[cfg(feature = "store")]
use lictor::Host;
#[cfg(feature = "store")]
use lictor::record::Store;
#[cfg(feature = "store")]
pub(crate) use lictor::record::decision_log::timestamp;
use lictor::record::{DecisionLog, Evaluation, Lines, Masking, Record, Recorder};
use lictor::{Live, StandardHost};

/// What is kept, and how secrets are kept out of it.
#[derive(Args)]
pub(crate) struct Keeping {
    /// Append each decision to this file: JSON lines as OPA's decision logs have them, secrets masked. Policies of --data may
    /// mask more (data.system.log.mask) and leave lines out (data.system.log.drop)
    #[arg(long, value_name = "FILE")]
    decision_log: Option<PathBuf>,

    /// Keep a record of each evaluation in this file: who judged, with what; secrets masked. `lictor evaluations` reads it
    #[cfg(feature = "store")]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// How long records are kept: older ones go when the file is opened
    #[cfg(feature = "store")]
    #[arg(long, value_name = "TIME", default_value = "180d", value_parser = duration, requires = "record")]
    keep: Duration,

    /// Write tokens as their HMAC-SHA-256 by the key in this file, so that the same one can be told again, instead of taking
    /// them out
    #[arg(long, value_name = "FILE")]
    token_hash_key: Option<PathBuf>,
}

/// Makes what is kept; threads share it.
pub(crate) struct Keeper {
    pub(crate) masking: Masking,
    /// Makes lines of a log, and records with them.
    log: Option<DecisionLog>,
}

/// Where it goes.
pub(crate) struct Sinks {
    log: Option<(PathBuf, File)>,
    #[cfg(feature = "store")]
    store: Option<Store>,
}

impl Keeping {
    /// Opens what is named; `data`, or what is followed, is where policies on the log may be.
    pub(crate) fn open(&self, data: &[String], live: Option<&Live>) -> Result<(Keeper, Sinks), String> {
        let mut masking = Masking::default();
        if let Some(path) = &self.token_hash_key {
            let key = std::fs::read(path).map_err(|e| said(path, &e))?;
            let key = key.trim_ascii();
            if key.len() < 16 {
                return Err(format!("{}: a key of less than 16 bytes can be guessed", path.display()));
            }
            masking = masking.key(key);
        }
        let host = StandardHost::default();
        #[cfg(feature = "store")]
        let store = match &self.record {
            Some(path) => {
                let now_ms = host.now_ns().div_euclid(1_000_000);
                Some(Store::open(path, now_ms, self.keep).map_err(|e| e.to_string())?)
            }
            None => None,
        };
        let file = self.decision_log.as_deref().map(append).transpose()?;
        let sinks = Sinks {
            log: self.decision_log.clone().zip(file),
            #[cfg(feature = "store")]
            store,
        };
        if sinks.are_none() {
            return Ok((Keeper { masking, log: None }, sinks));
        }
        let log = DecisionLog::new(Recorder::of_host(Arc::new(host)).masking(masking.clone()));
        let log = match live {
            Some(live) => log.follow(live),
            None => {
                let rules = data.iter().try_fold(crate::sets::builder(), |rules, path| rules.data_path(path));
                let rules = rules.and_then(|rules| log.rules(rules));
                rules.map_err(|e| crate::output::build_error(&e))?
            }
        };
        Ok((Keeper { masking, log: Some(log) }, sinks))
    }
}

/// A file to append to, which only its owner may read.
fn append(path: &Path) -> Result<File, String> {
    if path == Path::new("-") {
        return Err("--decision-log: name a file; decisions go to standard output".to_owned());
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| said(path, &e))
}

/// A time as `90s`, `30m`, `12h` or `180d`.
#[cfg(feature = "store")]
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time; write 90s, 30m, 12h or 180d");
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let seconds = text[..text.len() - 1].parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

impl Keeper {
    /// What is kept of a group of events; `None` where nothing is.
    pub(crate) fn group(&self) -> Option<Kept<'_>> {
        self.log.as_ref().map(|log| Kept { lines: log.lines(), group: KeptGroup::default() })
    }
}

/// What is kept of a group of events.
pub(crate) struct Kept<'k> {
    lines: Lines<'k>,
    pub(crate) group: KeptGroup,
}

/// Lines and records of events that were read together.
#[derive(Default)]
pub(crate) struct KeptGroup {
    text: Vec<u8>,
    records: Vec<Record>,
}

impl Kept<'_> {
    /// Adds an evaluation of `event`.
    pub(crate) fn add(&mut self, evaluation: &Evaluation, event: &[u8], took: Option<Duration>) {
        let (record, line) = self.lines.line(evaluation, event, took);
        self.group.records.push(record);
        if let Some(line) = line {
            self.group.text.extend(line);
            self.group.text.push(b'\n');
        }
    }
}

impl Sinks {
    fn are_none(&self) -> bool {
        #[cfg(feature = "store")]
        if self.store.is_some() {
            return false;
        }
        self.log.is_none()
    }

    pub(crate) fn write(&mut self, group: &KeptGroup) -> Result<(), String> {
        #[cfg(feature = "store")]
        if let Some(store) = &self.store {
            store.add(&group.records).map_err(|e| e.to_string())?;
        }
        match &mut self.log {
            Some((path, file)) => file.write_all(&group.text).map_err(|e| said(path, &e)),
            None => Ok(()),
        }
    }

    /// Sees to it that all is on the disk.
    pub(crate) fn end(self) -> Result<(), String> {
        match self.log {
            // A pipe or terminal has no disk.
            Some((path, file)) if file.metadata().is_ok_and(|about| about.is_file()) => {
                file.sync_all().map_err(|e| said(&path, &e))
            }
            _ => Ok(()),
        }
    }
}

fn said(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
