//! The commands of the README's walk-through, run as they stand there.
//!
//! In its `console` blocks `$ ` begins a command, and lines up to the word after `<<` belong to it. What follows is what it
//! writes, where `...` stands for any lines and `..` for anything within one. `[exit code N]` ends what ends with N, not 0.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]
#![cfg(unix)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// A command and the lines that it is said to write.
struct Step {
    command: String,
    output: Vec<String>,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = page.lines();
    while lines.by_ref().any(|line| line == "```console") {
        while let Some(line) = lines.next().filter(|line| *line != "```") {
            let Some(command) = line.strip_prefix("$ ") else {
                steps.last_mut().unwrap().output.push(line.to_owned());
                continue;
            };
            let mut command = command.to_owned();
            if let Some((_, end)) = line.split_once("<<") {
                let end = end.trim_matches('\'');
                for line in lines.by_ref() {
                    write!(command, "\n{line}").unwrap();
                    if line == end {
                        break;
                    }
                }
            }
            steps.push(Step { command, output: Vec::new() });
        }
    }
    steps
}

/// Whether a line is as it is said to be: its parts between `..` stand in it, in order.
fn is_like(line: &str, wanted: &str) -> bool {
    let (line, mut rest) = (line.trim_end(), wanted.split("..").map(str::trim));
    let first = rest.next().unwrap();
    let Some(mut line) = line.trim_start().strip_prefix(first) else { return false };
    let mut open = false;
    for part in rest {
        let Some(at) = line.find(part) else { return false };
        (line, open) = (&line[at + part.len()..], part.is_empty());
    }
    line.is_empty() || open
}

/// Where the lines differ from what they are said to be.
fn differs(lines: &[&str], wanted: &[String]) -> Option<String> {
    let Some((first, rest)) = wanted.split_first() else {
        return lines.first().map(|line| format!("nothing more was expected before {line:?}"));
    };
    if first == "..." {
        let found = (0..=lines.len()).any(|at| differs(&lines[at..], rest).is_none());
        return (!found).then(|| format!("after `...`: {rest:?}"));
    }
    match lines.split_first() {
        Some((line, lines)) if is_like(line, first) => differs(lines, rest),
        line => Some(format!("{first:?} was expected, not {:?}", line.map(|line| line.0))),
    }
}

#[test]
fn r58_the_walk_through_takes_one_from_nothing_to_a_guarded_gateway() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let steps = steps(&page);
    assert!(steps.len() > 15, "{} steps", steps.len());
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_lictor")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    for Step { command, output } in steps {
        let ran =
            Command::new("sh").args(["-c", &command]).current_dir(folder.path()).env("PATH", &path).output().unwrap();
        let mut said = String::from_utf8(ran.stdout).unwrap() + std::str::from_utf8(&ran.stderr).unwrap();
        if let Some(code) = ran.status.code().filter(|code| *code != 0) {
            writeln!(said, "[exit code {code}]").unwrap();
        }
        let lines: Vec<&str> = said.lines().collect();
        if let Some(difference) = differs(&lines, &output) {
            panic!("$ {command}\n{difference}\nIt wrote:\n{said}");
        }
    }
}

#[test]
fn a_line_is_like_one_with_gaps_and_no_other() {
    assert!(is_like("2 events: 1 allowed; 5 events/s", "2 events: 1 allowed; .."));
    assert!(is_like(" a   deny  x  no  ", " a   deny .. no"));
    assert!(!is_like("2 events: 2 allowed; 5 events/s", "2 events: 1 allowed; .."));
    assert!(!is_like("a deny x no more", "a deny .. no"));
    let wanted = ["...", "b", "[exit code 1]"].map(str::to_owned);
    assert!(differs(&["a", "b", "[exit code 1]"], &wanted).is_none());
    assert!(differs(&["a", "b"], &wanted).is_some() && differs(&["b", "c", "[exit code 1]"], &wanted).is_some());
}
