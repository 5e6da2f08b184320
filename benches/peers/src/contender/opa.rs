//! OPA's Go SDK, in a process of its own that is told what to do line by line; it measures its own rounds.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::Contender;
use crate::workload::Workload;

/// The process and the lines to and from it.
pub struct Opa {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    place: PathBuf,
}

impl Opa {
    /// Builds the Go program and starts it on the workload.
    pub fn start(workload: &Workload) -> Result<Opa> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("opa");
        let place = std::env::temp_dir().join(format!("lictor-peers-{}-{}", std::process::id(), workload.name));
        fs::create_dir_all(&place)?;
        let program = place.join("opa");
        let built = Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(&source).output();
        let built = built.context("Go is not installed")?;
        ensure!(built.status.success(), "go build: {}", String::from_utf8_lossy(&built.stderr));

        let mut command = Command::new(&program);
        let events = place.join("events.ndjson");
        fs::write(&events, workload.events.join(&b'\n'))?;
        let data = place.join("data.json");
        fs::write(&data, &workload.data)?;
        command.arg("-events").arg(events).arg("-data").arg(data).args(["-query", workload.query]);
        if workload.v0 {
            command.arg("-v0");
        }
        for (name, text) in &workload.modules {
            let path = place.join(name);
            fs::write(&path, text)?;
            command.arg(path);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(to), Some(from)) = (process.stdin.take(), process.stdout.take()) else {
            bail!("the process has no standard input or output");
        };
        let mut opa = Opa { process, to, from: BufReader::new(from), place };
        ensure!(opa.read()? == "ready", "OPA is not ready");
        Ok(opa)
    }

    /// The value that the query has for the first event, as JSON; null where it is undefined.
    pub fn value(&mut self) -> Result<serde_json::Value> {
        let path = self.place.join("value.json");
        ensure!(self.order(&format!("value {}", path.display()))? == "written", "OPA writes no value");
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    /// The time that `count` evaluations of the first event take.
    pub fn time(&mut self, count: u32) -> Result<Duration> {
        Ok(Duration::from_nanos(self.order(&format!("time {count}"))?.parse()?))
    }

    fn read(&mut self) -> Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn order(&mut self, line: &str) -> Result<String> {
        writeln!(self.to, "{line}")?;
        self.to.flush()?;
        self.read()
    }
}

impl Contender for Opa {
    fn answers(&mut self, _: &[Vec<u8>]) -> Result<Vec<Vec<String>>> {
        let path = self.place.join("answers");
        ensure!(self.order(&format!("answers {}", path.display()))? == "written", "OPA writes no answers");
        let text = fs::read_to_string(path)?;
        let answer = |line: &str| {
            let mut messages: Vec<String> = serde_json::from_str(line).with_context(|| line.to_owned())?;
            messages.sort();
            Ok(messages)
        };
        text.lines().map(answer).collect()
    }

    fn round(&mut self, _: &[Vec<u8>]) -> Result<Duration> {
        Ok(Duration::from_nanos(self.order("round")?.parse()?))
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        // It is ours, and has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.place);
    }
}
