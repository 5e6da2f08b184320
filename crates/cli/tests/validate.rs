//! `lictor validate` from the outside: formats, exit codes, sources, bad events.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

const USER: &str = r#"{"token": {"apiKeyType": "USER"}, "metadata": {"type": "token", "action": "onsave"}}"#;
const ROBOT: &str = r#"{"token": {"apiKeyType": "ROBOT"}, "metadata": {"type": "token", "action": "onsave"}}"#;

fn seed(part: &str) -> String {
    format!("{}/../../policies/seed/{part}", env!("CARGO_MANIFEST_DIR"))
}

fn validate(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.arg("validate").args(arguments).args(["--sets", &seed("sets")]).write_stdin(input).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn lines(output: &Output) -> Vec<Json> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_shipped_samples_are_judged_and_something_is_denied() {
    let output = validate(&[&seed("events")], "");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(table.contains("Token APIKeyType USER contains 'USER'"), "{table}");
    assert!(table.contains("deny-user-type.rego:3") && table.contains("error"), "{table}");
    assert!(!table.contains('\u{1b}'), "colour is for terminals: {table}");
    assert!(!text(&output.stderr).contains('%'), "progress is for terminals");
    for word in ["events", "allowed", "warned", "denied", "p50", "p99"] {
        assert!(table.contains(word), "the summary says {word}: {table}");
    }
    assert_eq!(validate(&[&seed("events"), "--exit-zero"], "").status.code(), Some(0));
}

#[test]
fn exit_codes_tell_allowed_denied_and_bad_apart() {
    assert_eq!(validate(&["-"], ROBOT).status.code(), Some(0));
    assert_eq!(validate(&["-"], USER).status.code(), Some(1));
    assert_eq!(validate(&["-"], "{").status.code(), Some(2));
    assert_eq!(validate(&["-"], &format!("{USER}\n{{\n")).status.code(), Some(2), "a bad event outweighs a denied one");
    assert_eq!(validate(&["no-such-file.json"], "").status.code(), Some(2));
}

#[test]
fn a_bad_line_is_reported_with_its_number_and_the_others_are_judged() {
    let input = format!("{ROBOT}\n{{\"token\": \n\n{USER}\n[]\n\"x\"\n{ROBOT}");
    let output = validate(&["-", "--format", "ndjson"], &input);
    let lines = lines(&output);
    let decisions: Vec<_> =
        lines.iter().filter_map(|line| Some((line["line"].as_u64()?, line["decision"].as_str()?.to_owned()))).collect();
    let named = |list: &[(u64, &str)]| list.iter().map(|(line, what)| (*line, (*what).to_owned())).collect::<Vec<_>>();
    assert_eq!(decisions, named(&[(1, "allow"), (2, "error"), (4, "deny"), (5, "error"), (6, "error"), (7, "allow")]));
    let summary = &lines[lines.len() - 1]["summary"];
    assert_eq!((&summary["events"], &summary["allowed"], &summary["denied"]), (&6.into(), &2.into(), &1.into()));
    assert_eq!(summary["bad"], Json::from(3));
    assert!(lines[1]["error"].as_str().unwrap().contains("line 1, column"), "{}", lines[1]);
}

#[test]
fn json_is_one_document_with_events_and_summary() {
    let output = validate(&["-", "--format", "json"], &format!("{USER}\n{ROBOT}\n"));
    let document: Json = serde_json::from_slice(&output.stdout).unwrap();
    let finding = &document["events"][0]["findings"][0];
    assert_eq!(finding["message"], "Token APIKeyType USER contains 'USER'");
    assert_eq!((&finding["severity"], &finding["enforced"]), (&Json::from("error"), &Json::from(true)));
    assert_eq!(document["events"][1]["decision"], "allow");
    for figure in ["events_per_second", "p50_ns", "p99_ns"] {
        assert!(document["summary"][figure].as_f64().is_some_and(|f| f > 0.0), "{figure}: {}", document["summary"]);
    }
    let empty = tempfile::Builder::new().suffix(".ndjson").tempfile().unwrap();
    let none = validate(&[empty.path().to_str().unwrap(), "--format", "json"], "");
    assert_eq!(serde_json::from_slice::<Json>(&none.stdout).unwrap()["events"], Json::Array(vec![]));
}

#[test]
fn events_come_from_files_of_one_files_of_many_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("one.json", &USER.replace(", ", ",\n"));
    write("many.ndjson", &format!("{ROBOT}\n{USER}\n"));
    write("notes.txt", "not an event");
    fs::create_dir(folder.path().join("deeper")).unwrap();
    write("deeper/more.jsonl", ROBOT);
    let count = |path: &Path| {
        let output = validate(&[path.to_str().unwrap(), "--format", "ndjson"], "");
        let lines = lines(&output);
        let summary = &lines[lines.len() - 1]["summary"];
        (summary["events"].as_u64().unwrap(), summary["denied"].as_u64().unwrap(), summary["bad"].as_u64().unwrap())
    };
    assert_eq!(count(&folder.path().join("one.json")), (1, 1, 0));
    assert_eq!(count(&folder.path().join("many.ndjson")), (2, 1, 0));
    assert_eq!(count(folder.path()), (4, 2, 0));
}

#[test]
fn a_bad_set_is_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let sets = folder.path().join("sets.yaml");
    let run = |text: &str| {
        fs::write(&sets, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
        let output = command.args(["validate", "-", "--sets"]).arg(&sets).write_stdin(ROBOT).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        text_of(&output.stderr)
    };
    assert!(run("name: a\nentity: pipeline\npolicies: []\n").contains("token"), "it says what an entity may be");
    assert!(run("name: a\nentity: token\nenforce: true\npolicies: []\n").contains("enforce"), "unknown keys are named");
    assert!(run("name: a\nentity: token\nscope: {acount: x}\npolicies: []\n").contains("scope: write `account`"));
    assert!(run("name: a\nentity: token\nevents: {on: save}\npolicies: []\n").contains("events: write a word"));
    assert!(run("[]").contains("expected a policy set with name, entity and policies"));
    assert!(run("name: a\nentity: token\npolicies: [p.rego]\n").contains("expected a policy with severity"));
    assert!(run("name: a\nentity: token\nenforced: maybe\npolicies: []\n").contains("expected a boolean at line 3"));
    assert!(run("name: a\nentity: token\npolicies:\n  - path: none.rego\n    severity: error\n").contains("none.rego"));
    assert!(run("name: a\nentity: token\npolicies:\n  - path: none.rego\n").contains("severity"));
    let wrong = "name: a\nentity: token\npolicies:\n  - name: p\n    severity: error\n    rego: |\n      package p\n      deny if { no_such(1) }\n";
    let said = run(wrong);
    assert!(said.contains("rego_type_error") && said.contains("no_such"), "{said}");
    let passes = "name: a\nentity: token\npolicies:\n  - name: p\n    severity: error\n    rego: |\n      package p\n      allow := true\n";
    assert!(run(passes).contains("no rule `deny`"));
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every flag that a command's help lists, with what it says of it.
fn flags(help: &str) -> Vec<(String, String)> {
    let mut lines = help.lines().peekable();
    let mut found = vec![];
    while let Some(line) = lines.next() {
        let Some(flag) = line.split_whitespace().find(|word| word.starts_with("--")) else { continue };
        // Deeper lines are what is said of a flag.
        if line.find('-').is_some_and(|at| (2..=6).contains(&at) && line[..at].trim().is_empty()) {
            found.push((flag.to_owned(), lines.peek().map_or(String::new(), |next| next.trim().to_owned())));
        }
    }
    found
}

#[test]
fn several_threads_write_what_one_writes_in_the_order_of_the_input() {
    let mut input = String::new();
    for (n, event) in lictor_benches::Events::new(7, lictor_benches::Mix::Seed).take(3_000).enumerate() {
        input.push_str(if n % 100 == 50 { "{\"token\": " } else { &event });
        input.push_str(if n % 70 == 7 { "\n\n" } else { "\n" });
    }
    for format in ["json", "ndjson", "table"] {
        let run = |threads: &str| {
            let output = validate(&["-", "--format", format, "--parallel", threads], &input);
            assert_eq!(output.status.code(), Some(2));
            let text = text_of(&output.stdout);
            // What follows has times.
            let end = text.rfind("summary").or_else(|| text.rfind(" events/s")).unwrap();
            let end = if format == "table" { text[..end].rfind("; ").unwrap() } else { end };
            text[..end].to_owned()
        };
        let one = run("1");
        assert!(one.len() > 10_000);
        for threads in ["0", "2", "5"] {
            assert!(run(threads) == one, "{format} with {threads} threads");
        }
    }
}

#[test]
fn an_event_is_judged_when_it_comes_not_when_the_next_one_does() {
    use std::io::{BufRead, BufReader, Write};
    for threads in ["1", "2", "4"] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_lictor"))
            .args(["validate", "-", "--format", "ndjson", "--parallel", threads, "--sets", &seed("sets")])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        for (n, (event, decision)) in [(ROBOT, "allow"), (USER, "deny"), ("{", "error")].into_iter().enumerate() {
            writeln!(input, "{event}").unwrap();
            // The input stays open: were the answer held back, this would wait for ever.
            let line: Json = serde_json::from_str(&output.next().unwrap().unwrap()).unwrap();
            assert_eq!((&line["line"], &line["decision"]), (&Json::from(n + 1), &Json::from(decision)));
        }
        drop(input);
        assert!(output.next().unwrap().unwrap().contains("summary"));
        assert_eq!(child.wait().unwrap().code(), Some(2));
    }
}

#[test]
fn help_explains_every_flag_and_has_examples() {
    for command in ["validate", "eval", "bench", "check", "parse"] {
        let output = Command::new(env!("CARGO_BIN_EXE_lictor")).args([command, "--help"]).output().unwrap();
        assert!(output.status.success());
        let help = text(&output.stdout);
        assert!(help.contains("Examples:\n") && help.contains(&format!("    lictor {command} ")), "{help}");
        assert!(help.contains("Exit code: 0"), "{help}");
        let flags = flags(help);
        assert!(flags.len() > 3, "{flags:?}");
        for (flag, said) in flags {
            assert!(said.len() > 8, "{command} {flag} is not explained: {said:?}");
        }
    }
    let unknown = validate(&["-", "--format", "xml"], "");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("[possible values: table, json, ndjson]"));
    let missing = validate(&["no-such-file.json"], "");
    assert!(text(&missing.stderr).contains("no-such-file.json"), "{}", text(&missing.stderr));
}

#[test]
fn a_control_character_in_a_message_does_not_reach_the_terminal() {
    let event = USER.replace("USER", "USER\\u001b[31m\\u0007");
    let output = validate(&["-"], &event);
    let table = text(&output.stdout);
    assert!(table.contains("USER\u{fffd}[31m") && !table.contains('\u{1b}') && !table.contains('\u{7}'), "{table}");
}

#[test]
fn a_stream_is_judged_by_what_the_files_say_now_and_a_bad_change_is_told() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    use std::sync::mpsc;
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let (set, data) = (folder.path().join("set.yaml"), folder.path().join("switch.json"));
    let rego = "package p\n\ndeny contains \"stopped\" if data.stop == true";
    let text =
        format!("{{name: s, entity: token, enforced: true, policies: [{{name: p, severity: error, rego: {rego:?}}}]}}");
    fs::write(&set, text).unwrap();
    fs::write(&data, "{}").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.args(["validate", "-", "--watch", "--format", "ndjson", "--sets"]).arg(&set).arg("--data").arg(&data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let told = |from: Box<dyn std::io::Read + Send>| {
        let (say, heard) = mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(from).lines().map_while(Result::ok).for_each(|line| drop(say.send(line)));
        });
        move || heard.recv_timeout(Duration::from_secs(30)).unwrap()
    };
    let mut events = child.stdin.take().unwrap();
    let decisions = told(Box::new(child.stdout.take().unwrap()));
    let news = told(Box::new(child.stderr.take().unwrap()));
    let mut decide = || {
        events.write_all(format!("{ROBOT}\n").as_bytes()).unwrap();
        serde_json::from_str::<Json>(&decisions()).unwrap()["decision"].clone()
    };
    assert_eq!(decide(), "allow");
    fs::write(&data, "{\"stop\": true}").unwrap();
    let line = news();
    assert!(line.starts_with("loaded ") && line.contains("switch.json"), "{line}");
    assert_eq!(decide(), "deny");
    fs::write(&data, "{\"stop\": ").unwrap();
    let line = news();
    assert!(line.starts_with("error: ") && line.contains("switch.json"), "{line}");
    assert!(news().starts_with("not loaded, the policies before stay; changed: "));
    assert_eq!(decide(), "deny");
    fs::write(&data, "{}").unwrap();
    assert!(news().starts_with("loaded "));
    assert_eq!(decide(), "allow");
    drop(events);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_table_of_what_is_watched_comes_in_pages() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let mut command = Command::new(env!("CARGO_BIN_EXE_lictor"));
    command.args(["validate", "-", "--watch", "--show", "all", "--sets"]);
    command.arg(seed("sets"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut events, mut lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for number in 1..=3 {
        // Each is shown while the next one is still to come.
        events.write_all(format!("{ROBOT}\n").as_bytes()).unwrap();
        let row = lines.by_ref().map(Result::unwrap).find(|line| line.contains("-:")).unwrap();
        assert!(row.starts_with(&format!(" -:{number} ")) && row.contains(" allow "), "{row}");
    }
    drop(events);
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    assert!(rest.last().unwrap().starts_with("3 events: 3 allowed"), "{rest:?}");
    assert!(!rest.iter().any(|line| line.contains("DECISION")), "{rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
