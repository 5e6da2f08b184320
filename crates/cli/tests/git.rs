//! Commands that read Git repositories: the same verdicts as from the disk, and which commit gave them.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fs;
use std::process::{Command, Output};

use lictor_testing::{Authority, Repository, loopback};
use serde_json::Value as Json;

const EVENTS: &str = "{\"event\": \"create\", \"token\": {\"id\": \"t1\", \"days\": 40}}\n{\"event\": \"create\", \"token\": {\"id\": \"t2\", \"days\": 100}}\n";

struct Work {
    repository: Repository,
    first: String,
    second: String,
}

/// A repository whose second commit allows fewer days.
fn work() -> Option<Work> {
    let repository = Repository::new()?;
    let policy = |days: u32| format!("package life\n\ndeny contains \"too long\" if input.token.days > {days}\n");
    let set =
        "name: tokens\nentity: token\nenforced: true\npolicies:\n  - {path: ../policies/life.rego, severity: error}\n";
    let test = "package life_test\n\ntest_long if \"too long\" in data.life.deny with input.token.days as 1000\n";
    let first = repository.commit(&[
        ("sets/tokens.yaml", set),
        ("policies/life.rego", &policy(90)),
        ("policies/life_test.rego", test),
        ("data/data.json", r#"{"limits": {"days": 90}}"#),
    ]);
    repository.git(&["tag", "v1"]);
    repository.git(&["push", "--quiet", "origin", "v1"]);
    let second = repository.commit(&[("policies/life.rego", &policy(30))]);
    fs::write(repository.folder().join("events.ndjson"), EVENTS).unwrap();
    Some(Work { repository, first, second })
}

impl Work {
    fn source(&self, rest: &str) -> String {
        format!("git+{}{rest}", self.repository.url())
    }

    fn lictor(&self, words: &[&str]) -> Output {
        self.lictor_with(words, &[])
    }

    /// With more in the environment.
    fn lictor_with(&self, words: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut lictor = Command::new(env!("CARGO_BIN_EXE_lictor"));
        lictor.env("XDG_CACHE_HOME", self.repository.folder().join("cache"));
        lictor.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        lictor.envs(environment.iter().copied()).args(words).current_dir(self.repository.folder()).output().unwrap()
    }

    /// Lists the sets of a source, with more in the environment.
    fn list(&self, source: &str, environment: &[(&str, &str)]) -> (Option<i32>, String) {
        let output = self.lictor_with(&["sets", "list", "-s", source], environment);
        (output.status.code(), said(&output))
    }

    fn json(&self, words: &[&str]) -> Json {
        let output = self.lictor(words);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn validate_judges_by_a_commit_and_names_it_in_every_output() {
    let Some(work) = work() else { return };
    let sets = work.source("#v1:sets");
    let output = work.json(&["validate", "events.ndjson", "--sets", &sets, "--format", "json"]);
    assert_eq!(output["summary"]["denied"], 1);
    assert_eq!(output["summary"]["policy"]["commits"][0]["id"], *work.first);
    let revision = output["summary"]["policy"]["revision"].as_str().unwrap();
    assert!(revision.ends_with(&format!("@{}", work.first)), "{revision}");
    let sets = work.source("#main:sets");
    let output = work.lictor(&["validate", "events.ndjson", "-s", &sets, "--decision-log", "log.ndjson"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains(&format!("{}:policies/life.rego:3", &work.second[..12])), "{}", said(&output));
    let log = fs::read_to_string(work.repository.folder().join("log.ndjson")).unwrap();
    let line: Json = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(line["bundles"][&sets]["revision"], *work.second);
}

#[test]
fn two_commits_are_compared_by_replay() {
    let Some(work) = work() else { return };
    let (old, new) = (work.source("#v1:sets"), work.source("#main:sets"));
    let report = work.json(&["replay", "events.ndjson", "--old", &old, "--new", &new, "--format", "json"]);
    assert_eq!(report["summary"]["changes"]["newly_denied"], 1, "{report:#}");
    assert_eq!(report["groups"][0]["examples"][0], "events.ndjson:1");
    assert_eq!(report["summary"]["old_commits"][0]["id"], *work.first);
    let table = said(&work.lictor(&["replay", "events.ndjson", "--old", &old, "--new", &new]));
    assert!(table.contains(&format!("by commit {} of {new}", work.second)), "{table}");
}

#[test]
fn sets_are_listed_shown_and_checked_and_switched_by_a_commit_only() {
    let Some(work) = work() else { return };
    let sets = work.source("#main:sets");
    let list = work.json(&["sets", "list", "-s", &sets, "-f", "json"]);
    assert_eq!((&list[0]["name"], &list[0]["commit"]["id"]), (&Json::from("tokens"), &Json::from(&*work.second)));
    let shown = said(&work.lictor(&["sets", "show", "tokens", "-s", &sets]));
    assert!(shown.contains(&format!("commit:          {} of {sets}", work.second)), "{shown}");
    let output = work.lictor(&["sets", "check", "-s", &sets]);
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), "1 policy set, 0 errors\n"));
    let output = work.lictor(&["sets", "disable", "tokens", "-s", &sets]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("switched by a commit"), "{}", said(&output));
    let bad = work.repository.commit(&[("policies/life.rego", "package life\n\ndeny if { x := y }\n")]);
    let output = work.lictor(&["sets", "check", "-s", &sets]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains(&format!("{}:policies/life.rego:3", &bad[..12])), "{}", said(&output));
}

#[test]
fn eval_check_and_test_read_repositories_too() {
    let Some(work) = work() else { return };
    let (policies, data) = (work.source("#v1:policies"), work.source("#v1:data"));
    let raw = |words: &[&str]| {
        let output = work.lictor(words);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        said(&output)
    };
    assert_eq!(raw(&["eval", "-d", &data, "-f", "raw", "data.limits.days"]), "90\n");
    assert_eq!(raw(&["eval", "-b", &work.source("#v1"), "-f", "raw", "data.data.limits.days"]), "90\n");
    assert_eq!(raw(&["check", &policies]), "");
    assert!(raw(&["test", &policies]).contains("PASS: 1/1"));
}

#[test]
fn nothing_is_fetched_offline() {
    let Some(work) = work() else { return };
    let sets = work.source("#main:sets");
    let check = |words: &[&str]| {
        let output = work.lictor(&[&["sets", "check", "-s", &sets], words].concat());
        (output.status.code(), said(&output))
    };
    let (code, text) = check(&["--offline"]);
    assert!(code == Some(2) && text.contains("was never fetched"), "{text}");
    assert_eq!(check(&[]).0, Some(0));
    fs::rename(work.repository.bare(), work.repository.folder().join("moved")).unwrap();
    assert_eq!(check(&[]).0, Some(2));
    assert_eq!(check(&["--offline"]).0, Some(0));
}

/// A 401 that asks for a password.
const WHO: &[u8] = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\n\r\n";

#[test]
fn over_https_the_server_has_to_be_trusted_and_a_credential_helper_says_who_asks() {
    let Some(work) = work() else { return };
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"]);
    let secure = loopback::Secure { identity: Some(&identity), clients: None };
    let root = work.repository.folder().to_owned();
    let server = loopback::Server::start_secure(secure, move |asked| match asked.header("Authorization") {
        // ann:tulip
        Some("Basic YW5uOnR1bGlw") => Repository::answer(&root, asked),
        _ => loopback::Reply::Bytes(WHO.into()),
    });
    let source = format!("git+https://localhost:{}/repository.git#main:sets", server.port());
    let ca = work.repository.folder().join("ca.pem");
    fs::write(&ca, authority.certificate()).unwrap();
    let trusted = ("GIT_SSL_CAINFO", ca.to_str().unwrap());

    let (code, text) = work.list(&source, &[]);
    assert!(code == Some(2) && text.contains("git ls-remote failed") && text.contains("certificate"), "{text}");
    let (code, text) = work.list(&source, &[trusted]);
    assert!(code == Some(2) && text.contains("could not read Username"), "nobody is asked: {text}");
    let helper = "!f() { echo username=ann; echo password=$WORD; }; f";
    let config = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "credential.helper"), ("GIT_CONFIG_VALUE_0", helper)];
    let with = |word| [&[trusted, ("WORD", word)], &config[..]].concat();
    let (code, text) = work.list(&source, &with("tulip"));
    assert!(code == Some(0) && text.contains("tokens"), "{text}");
    // Another cache, and a word that is wrong.
    let elsewhere = work.repository.folder().join("elsewhere");
    let wrong = [with("rose-rose"), vec![("XDG_CACHE_HOME", elsewhere.to_str().unwrap())]].concat();
    let (code, text) = work.list(&source, &wrong);
    assert!(code == Some(2) && text.contains("git ls-remote failed") && !text.contains("rose-rose"), "{text}");
    // Who has the password in their own settings sees it nowhere either.
    let port = server.port();
    let key = format!("url.https://ann:rose-rose@localhost:{port}/.insteadOf");
    let rewritten = [
        trusted,
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", &key),
        ("GIT_CONFIG_VALUE_0", &source["git+".len()..source.find("/repository").unwrap() + 1]),
    ];
    let (code, text) = work.list(&source, &rewritten);
    assert!(code == Some(2) && !text.contains("rose-rose"), "{text}");
    let password = format!("git+https://ann:rose-rose@localhost:{port}/repository.git#main:sets");
    let (code, text) = work.list(&password, &[]);
    assert!(code == Some(2) && text.contains("credential helper") && !text.contains("rose-rose"), "{text}");
}

#[cfg(unix)]
#[test]
fn over_ssh_nobody_is_asked_and_a_command_of_the_user_s_own_is_taken() {
    use std::os::unix::fs::PermissionsExt;

    let Some(work) = work() else { return };
    let folder = work.repository.folder();
    // Notes its words, and runs the last one here, as the other side would.
    let script = |name: &str, end: &str| {
        let (path, notes) = (folder.join(name), folder.join("notes"));
        let text = format!("#!/bin/sh\necho {name} \"$@\" >> '{}'\nfor last; do :; done\n{end}\n", notes.display());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let notes = || fs::read_to_string(folder.join("notes")).unwrap();
    script("ssh", "exec sh -c \"$last\"");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let source = format!("git+ssh://git@host.internal:2222{}#main:sets", work.repository.bare().display());
    let (code, text) = work.list(&source, &[("PATH", &path)]);
    assert!(code == Some(0) && text.contains("tokens"), "{text}");
    let said = notes();
    assert!(said.contains("-oBatchMode=yes") && said.contains("-p 2222 git@host.internal"), "{said}");

    let source = source.replace(":2222", "");
    let own = script("own", "echo 'Permission denied (publickey).' >&2; exit 255");
    for (name, value) in [("GIT_SSH_COMMAND", own.to_str().unwrap()), ("GIT_SSH", own.to_str().unwrap())] {
        let elsewhere = folder.join(name);
        let environment = [("PATH", path.as_str()), (name, value), ("XDG_CACHE_HOME", elsewhere.to_str().unwrap())];
        let (code, text) = work.list(&source, &environment);
        assert!(code == Some(2) && text.contains("Permission denied (publickey)"), "{text}");
    }
    assert!(
        notes().lines().filter(|line| line.starts_with("own")).all(|line| !line.contains("BatchMode")),
        "{}",
        notes()
    );
}

#[test]
fn without_the_program_git_that_is_said() {
    let Some(work) = work() else { return };
    let nothing = tempfile::tempdir().unwrap();
    let (code, text) = work.list(&work.source("#main:sets"), &[("PATH", nothing.path().to_str().unwrap())]);
    assert!(
        code == Some(2) && text.contains("the program `git`, which fetches repositories, cannot be started"),
        "{text}"
    );
}
