//! Lictor's command beside `opa`: the same questions, what each writes, how each ends.
//!
//! `opa` is `LICTOR_OPA`, or found on the path. Where there is none, its answers are those recorded in a golden file;
//! `LICTOR_UPDATE=1` records them anew, from `opa`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Questions, the files they are about, and where OPA's answers are recorded.
pub(crate) struct Comparison<'c> {
    /// The command: `eval`.
    pub(crate) command: &'c str,
    /// Arguments; words between single quotes are one.
    pub(crate) asked: &'c [&'c str],
    /// Names and texts.
    pub(crate) files: &'c [(&'c str, &'c str)],
    /// What stands in `input.json` comes by standard input too, where there is that file.
    pub(crate) golden: &'c str,
}

impl Comparison<'_> {
    /// Asks both, and fails with every difference.
    pub(crate) fn hold(&self) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in self.files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
        let update = std::env::var_os("LICTOR_UPDATE").is_some();
        // Measuring takes OPA some seconds a question: it is asked only when its answers are recorded.
        let ask = update || self.command != "bench";
        let answers = || self.asked.iter().map(|line| self.answer(&opa, line, folder.path())).collect();
        let opa: Option<String> = if ask { answers() } else { None };
        if let Some(opa) = &opa
            && update
        {
            std::fs::write(self.golden, opa).unwrap();
        }
        let wanted = opa.unwrap_or_else(|| {
            eprintln!("opa was not asked: compared with what is recorded in {}", self.golden);
            std::fs::read_to_string(self.golden).unwrap()
        });
        let start = format!("$ {} ", self.command);
        let wanted: Vec<&str> = wanted.split(&start).skip(1).collect();
        assert_eq!(wanted.len(), self.asked.len(), "every question has a recorded answer");
        let mut differing = String::new();
        for (line, wanted) in self.asked.iter().zip(wanted) {
            let ours = self.answer(env!("CARGO_BIN_EXE_lictor"), line, folder.path()).unwrap();
            let ours = ours.strip_prefix(&start).unwrap();
            if ours != wanted {
                writeln!(differing, "--- OPA: {wanted}+++ lictor: {ours}").unwrap();
            }
        }
        assert!(differing.is_empty(), "{differing}");
    }

    /// What a command writes and how it ends.
    fn answer(&self, program: &str, line: &str, folder: &Path) -> Option<String> {
        let mut command = Command::new(program);
        command.arg(self.command).args(words(line)).current_dir(folder);
        let input = std::fs::File::open(folder.join("input.json")).map_or_else(|_| Stdio::null(), Stdio::from);
        let output = command.stdin(input).output().ok()?;
        let mut answer = format!("$ {} {line}\n", self.command);
        answer.push_str(&without_extras(&String::from_utf8_lossy(&output.stdout)));
        let said = without_extras(&String::from_utf8_lossy(&output.stderr));
        answer.push_str(said.split_once("\nTraceback:").map_or(&*said, |(before, _)| before));
        if self.command == "bench" {
            answer = without_figures(&answer);
        }
        writeln!(answer, "exit {}\n", output.status.code().unwrap()).unwrap();
        Some(answer)
    }
}

/// Figures differ from run to run, and with them the space that they take.
fn without_figures(answer: &str) -> String {
    let mut masked = String::new();
    for line in answer.lines() {
        let words = line.split_whitespace().map(|word| match word.trim_end_matches(',').parse::<f64>() {
            Ok(_) if !line.starts_with('$') => format!("#{}", &word[word.trim_end_matches(',').len()..]),
            _ if word.starts_with(['┌', '└']) => word.chars().filter(|c| *c != '─').collect(),
            _ => word.to_owned(),
        });
        masked.push_str(&words.collect::<Vec<_>>().join(" "));
        masked.push('\n');
    }
    masked
}

fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate().flat_map(|(at, part)| match at % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    });
    quoted.collect()
}

/// What builtins' arguments and results mean is said in other words, and results have one name.
fn without_words(details: &mut serde_json::Value) {
    match details {
        serde_json::Value::Object(members) => {
            members.shift_remove("description");
            members.shift_remove("name");
            members.values_mut().for_each(without_words);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_words),
        _ => {}
    }
}

/// OPA adds what led to an error that happened in a function or rule, Lictor adds hints; what both say is compared.
fn without_extras(json: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<serde_json::Value>(json) else { return json.to_owned() };
    let Some(errors) = document.get_mut("errors").and_then(|errors| errors.as_array_mut()) else {
        return json.to_owned();
    };
    // Where errors stand at one place OPA's order is that of a hash table.
    let key = |error: &serde_json::Value| (error["location"]["row"].as_u64(), error["location"]["col"].as_u64());
    let text = |error: &serde_json::Value| error["message"].as_str().unwrap_or_default().to_owned();
    errors.sort_by_cached_key(|error| (key(error), text(error)));
    for error in errors {
        if let Some(error) = error.as_object_mut() {
            error.shift_remove("stack_trace");
            error.shift_remove("hints");
            error.get_mut("details").into_iter().for_each(without_words);
        }
    }
    serde_json::to_string_pretty(&document).unwrap() + "\n"
}
