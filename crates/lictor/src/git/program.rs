//! The `git` program: started with what we say, and bounded in time and in what it says.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use super::GitError;
use super::access::Access;
use crate::record::masking::MASKED;
use crate::record::secret;

/// More than this is read of nobody: a hundred thousand references, or a very talkative server.
const MOST: u64 = 16 << 20;

/// Variables that would point the program at somebody else's repository, which hooks of git set; and the one that names a window
/// to ask for passwords.
const OTHERS: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "SSH_ASKPASS",
];

/// The program, ready for its command.
pub(super) fn git(access: &Access) -> Command {
    let mut git = Command::new("git");
    for name in OTHERS {
        git.env_remove(name);
    }
    // Nobody is there to be asked, and words are read by programs. Only these ways lead to a repository: the user's own
    // settings may rewrite URLs.
    git.env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_ALLOW_PROTOCOL", "file:http:https:ssh")
        .args(["-c", "core.hooksPath=/dev/null", "-c", "gc.autoDetach=false", "-c", "protocol.version=2"])
        // What fetches by https is a program of its own: it ends when nothing came for so long, whatever became of us.
        .args(["-c", "http.lowSpeedLimit=1", "-c"])
        .arg(format!("http.lowSpeedTime={}", access.timeout.as_secs().max(1)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(credentials) = &access.credentials {
        // By the environment, which others cannot read; after what stands there already.
        let count = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse::<u32>().ok()).unwrap_or(0);
        let basic = base64(format!("{}:{}", credentials.user, credentials.password).as_bytes());
        git.env("GIT_CONFIG_COUNT", (count + 1).to_string())
            .env(format!("GIT_CONFIG_KEY_{count}"), format!("http.{}.extraHeader", credentials.url))
            .env(format!("GIT_CONFIG_VALUE_{count}"), format!("Authorization: Basic {basic}"));
    }
    git
}

/// Sees to it that `ssh` asks nobody either: it would open the terminal by itself, and wait there. A command of the user's own
/// stays as it is.
pub(super) fn let_ssh_ask_nobody(git_on_it: &mut Command, access: &Access) {
    let set = ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| std::env::var_os(name).is_some());
    let configured = || {
        let mut config = git(access);
        config.args(["config", "--get", "core.sshCommand"]);
        run(config, access, "", "config").is_ok()
    };
    if !set && !configured() {
        git_on_it.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
    }
}

/// Runs it, and gives what it writes; `url` and `command` are for messages.
pub(super) fn run(mut git: Command, access: &Access, url: &str, command: &str) -> Result<Vec<u8>, GitError> {
    let failed = |said: String| GitError::Failed { url: url.to_owned(), command: command.to_owned(), said };
    let start = Instant::now();
    let mut child = git.spawn().map_err(|error| GitError::NoProgram(error.to_string()))?;
    let streams = [child.stdout.take().map(reading), child.stderr.take().map(reading)];
    let mut written = [Vec::new(), Vec::new()];
    for (stream, text) in streams.into_iter().zip(&mut written) {
        let Some(stream) = stream else { continue };
        match stream.recv_timeout(access.timeout.saturating_sub(start.elapsed())) {
            Ok(read) => *text = read,
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(GitError::TimedOut {
                    url: url.to_owned(),
                    command: command.to_owned(),
                    limit: access.timeout,
                });
            }
        }
    }
    let ended = child.wait().map_err(|error| failed(error.to_string()))?;
    let [out, said] = written;
    if ended.success() { Ok(out) } else { Err(failed(in_short(&said))) }
}

/// Reads a stream to its end, on a thread of its own: one that nobody reads would stop the program.
fn reading(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stream.by_ref().take(MOST).read_to_end(&mut text);
        let _ = send.send(text);
    });
    receive
}

/// What went wrong in one line, without control characters: a server may have said it.
fn in_short(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines = text.lines().map(|line| line.trim().trim_start_matches("fatal: ").trim_start_matches("error: "));
    let short: String = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    // A user's own settings may have put a password into the URL.
    let short = secret::replace(&short, |_| MASKED.to_owned()).unwrap_or(short);
    let short: String = short.chars().take(1_000).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.is_empty() { "it said nothing".to_owned() } else { short }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let six = bits >> (18 - 6 * digit) & 63;
            text.push(if digit > three.len() { '=' } else { char::from(DIGITS[six as usize]) });
        }
    }
    text
}

/// A program that answers as long as it is asked.
pub(super) struct Answering {
    child: std::process::Child,
    ask: std::process::ChildStdin,
    answers: std::io::BufReader<std::process::ChildStdout>,
}

impl Answering {
    /// Starts it.
    pub(super) fn start(mut git: Command) -> Result<Self, GitError> {
        let gone = || GitError::NoProgram("its input or output is missing".to_owned());
        git.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = git.spawn().map_err(|error| GitError::NoProgram(error.to_string()))?;
        let (ask, answers) = (child.stdin.take().ok_or_else(gone)?, child.stdout.take().ok_or_else(gone)?);
        Ok(Answering { child, ask, answers: std::io::BufReader::new(answers) })
    }

    /// Asks, and gives where the answer comes.
    pub(super) fn ask(&mut self, line: &str) -> std::io::Result<&mut impl std::io::BufRead> {
        writeln!(self.ask, "{line}")?;
        self.ask.flush()?;
        Ok(&mut self.answers)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn credentials_are_written_in_base64() {
        for (text, written) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(text.as_bytes()), written);
        }
    }

    #[test]
    fn what_the_program_says_is_one_line() {
        assert_eq!(in_short(b"fatal: a\n\nerror: b\x1b[31m\n"), "a; b [31m");
    }

    #[test]
    fn no_password_that_the_program_says_is_repeated() {
        let said = in_short(b"fatal: unable to access 'https://ann:tulip@host/r.git/': refused\n");
        assert!(!said.contains("tulip") && said.contains("host/r.git"), "{said}");
        assert!(!in_short(b"https://ghp_tuliptuliptulip@host/").contains("tulip"));
    }
}
