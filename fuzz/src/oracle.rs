//! OPA in a process of its own, for as long as the fuzzer runs.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lictor_value::Host;

use crate::wire::Answer;

/// The instant of each call, in ns since 1970: within the years for which the certificates in tests are valid.
pub const STANDING: i64 = 1_750_000_000_000_000_000;

/// The world that OPA's calls see.
pub struct Standing;

impl Host for Standing {
    fn now_ns(&self) -> i64 {
        STANDING
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// The program of `opa/main.go`, which `LICTOR_FUZZ_OPA` names.
pub struct Oracle {
    program: String,
    running: Option<Running>,
}

struct Running {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Oracle {
    /// The program that the environment names; `None`, said once, where it names none.
    pub fn installed() -> Option<Oracle> {
        match std::env::var("LICTOR_FUZZ_OPA") {
            Ok(program) => Some(Oracle { program, running: None }),
            Err(_) => {
                eprintln!("NOT COMPARED WITH OPA: LICTOR_FUZZ_OPA does not name the program that `opa/main.go` builds");
                None
            }
        }
    }

    /// What OPA answers to calls, a line each. None where its process did not survive them; then a new one is started.
    pub fn answers(&mut self, calls: &str) -> Option<Vec<Answer>> {
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(start(&self.program)),
        };
        let answers = ask(running, calls);
        if answers.is_none() {
            eprintln!("OPA did not survive one of these calls:\n{calls}");
            if let Some(mut running) = self.running.take() {
                // It is gone, or of no more use.
                let _ = running.child.kill();
                let _ = running.child.wait();
            }
        }
        answers
    }
}

fn start(program: &str) -> Running {
    let mut command = Command::new(program);
    command.env("TZ", "UTC").env("GOMEMLIMIT", "512MiB").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|why| panic!("LICTOR_FUZZ_OPA names {program}: {why}"));
    let (to, from) = child.stdin.take().zip(child.stdout.take()).expect("both are pipes");
    Running { child, to, from: BufReader::new(from) }
}

fn ask(running: &mut Running, calls: &str) -> Option<Vec<Answer>> {
    // Its answers wait in a buffer until the empty line, or for as long as a pipe takes them: calls are few and small.
    running.to.write_all(calls.as_bytes()).ok()?;
    running.to.write_all(b"\n").ok()?;
    let mut answer = || {
        let mut line = String::new();
        running.from.read_line(&mut line).ok()?;
        Answer::read(&line)
    };
    calls.lines().map(|_| answer()).collect()
}
