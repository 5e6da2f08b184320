//! What `lictor validate` keeps of its decisions: a decision log.
//!
//! Lines are written before the decisions that they are of, so that nothing is reported that was not kept; they reach the
//! disk (fsync) at the end of the run, and earlier when the system sees fit: a crash of the machine may lose the last ones, a
//! crash of the program none.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use lictor::record::{DecisionLog, Evaluation, Lines, Masking, Recorder};
use lictor::{Builder, StandardHost};

/// What is kept, and how secrets are kept out of it.
#[derive(Args)]
pub(crate) struct Keeping {
    /// Append each decision to this file: JSON lines as OPA's decision logs have them, secrets masked. Policies of --data may
    /// mask more (data.system.log.mask) and leave lines out (data.system.log.drop)
    #[arg(long, value_name = "FILE")]
    decision_log: Option<PathBuf>,

    /// Write tokens as their HMAC-SHA-256 by the key in this file, so that the same one can be told again, instead of taking
    /// them out
    #[arg(long, value_name = "FILE")]
    token_hash_key: Option<PathBuf>,
}

/// Makes what is kept; threads share it.
pub(crate) struct Keeper {
    pub(crate) masking: Masking,
    log: Option<DecisionLog>,
}

/// Where it goes.
pub(crate) struct Sinks {
    log: Option<(PathBuf, File)>,
}

impl Keeping {
    /// Opens what is named; `data` is where policies on the log may be.
    pub(crate) fn open(&self, data: &[String]) -> Result<(Keeper, Sinks), String> {
        let mut masking = Masking::default();
        if let Some(path) = &self.token_hash_key {
            let key = std::fs::read(path).map_err(|e| said(path, &e))?;
            let key = key.trim_ascii();
            if key.len() < 16 {
                return Err(format!("{}: a key of less than 16 bytes can be guessed", path.display()));
            }
            masking = masking.key(key);
        }
        let Some(path) = &self.decision_log else {
            return Ok((Keeper { masking, log: None }, Sinks { log: None }));
        };
        if path == Path::new("-") {
            return Err("--decision-log: name a file; decisions go to standard output".to_owned());
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|e| said(path, &e))?;
        let mut rules = Builder::new();
        for path in data {
            rules = rules.data_path(path).map_err(|e| e.to_string())?;
        }
        let recorder = Recorder::of_host(Arc::new(StandardHost::default())).masking(masking.clone());
        let log = DecisionLog::new(recorder).rules(rules).map_err(|e| crate::output::build_error(&e))?;
        Ok((Keeper { masking, log: Some(log) }, Sinks { log: Some((path.clone(), file)) }))
    }
}

impl Keeper {
    /// What is kept of a group of events; `None` where nothing is.
    pub(crate) fn group(&self) -> Option<Kept<'_>> {
        self.log.as_ref().map(|log| Kept { lines: log.lines(), text: Vec::new() })
    }
}

/// What is kept of a group of events.
pub(crate) struct Kept<'k> {
    lines: Lines<'k>,
    pub(crate) text: Vec<u8>,
}

impl Kept<'_> {
    /// Adds an evaluation of `event`.
    pub(crate) fn add(&mut self, evaluation: &Evaluation, event: &[u8], took: Option<Duration>) {
        if let (_, Some(line)) = self.lines.line(evaluation, event, took) {
            self.text.extend(line);
            self.text.push(b'\n');
        }
    }
}

impl Sinks {
    pub(crate) fn write(&mut self, lines: &[u8]) -> Result<(), String> {
        match &mut self.log {
            Some((path, file)) => file.write_all(lines).map_err(|e| said(path, &e)),
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
