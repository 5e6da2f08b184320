//! Runs OPA's cases and judges the answers as OPA's own driver does.
//!
//! Rows are compared as sets, errors by code and by a part of their text. A panic fails its case and no other. The
//! environment chooses and tells more: `LICTOR_CASES=withkeyword` runs the cases whose folder or note contains that,
//! `LICTOR_VERBOSE=1` prints each failure in full, `LICTOR_TRACE=1` names each case before it runs (for the one that
//! never ends).

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::json::Json;
use crate::opa_cases::{Compilation, Evaluation, Finding};
use crate::question::{Answer, Answers};

/// What came of many cases.
#[derive(Debug, Default)]
pub struct Report {
    /// For each folder, its dialect before it, how many passed and how many there are.
    pub folders: BTreeMap<String, (usize, usize)>,
    /// The cases that failed.
    pub failures: Vec<Failure>,
}

/// A case that failed.
#[derive(Debug)]
pub struct Failure {
    /// Its dialect and folder.
    pub place: String,
    /// OPA's name for it.
    pub note: String,
    /// Why.
    pub reason: String,
    /// Whether it panicked.
    pub panicked: bool,
}

impl Failure {
    /// The name of the case that tells it from all others but its twins: `v0/sums: sums/one`.
    pub fn name(&self) -> String {
        format!("{}: {}", self.place, self.note)
    }
}

/// What the environment asks for.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Only cases whose folder or note contains this.
    pub cases: Option<String>,
    /// Whether failures are printed in full.
    pub verbose: bool,
    /// Whether each case is named before it runs.
    pub trace: bool,
}

impl Choice {
    /// Reads `LICTOR_CASES`, `LICTOR_VERBOSE` and `LICTOR_TRACE`.
    pub fn from_environment() -> Choice {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Choice {
            cases: set("LICTOR_CASES"),
            verbose: set("LICTOR_VERBOSE").is_some(),
            trace: set("LICTOR_TRACE").is_some(),
        }
    }

    fn takes(&self, place: &str, note: &str) -> bool {
        self.cases.as_deref().is_none_or(|part| place.contains(part) || note.contains(part))
    }
}

/// Puts the chosen cases to the evaluator, on as many threads as given.
pub fn run(cases: &[Evaluation], evaluator: &(dyn Answers + Sync), choice: &Choice, threads: usize) -> Report {
    let chosen: Vec<&Evaluation> = cases.iter().filter(|case| choice.takes(&case.place(), &case.note)).collect();
    gather(
        &chosen,
        choice,
        threads,
        |case| (case.place(), &case.note),
        |case| judge(case, evaluator.answer(&case.question())),
    )
}

/// Compiles the chosen cases with `compile`, which gives what it finds wrong.
pub fn run_compilations(
    cases: &[Compilation],
    compile: impl Fn(&Compilation) -> Vec<Finding> + Sync,
    choice: &Choice,
) -> Report {
    let chosen: Vec<&Compilation> = cases.iter().filter(|case| choice.takes(&case.place(), &case.note)).collect();
    gather(&chosen, choice, 1, |case| (case.place(), &case.note), |case| judge_findings(case, &compile(case)))
}

fn gather<C: Sync>(
    cases: &[&C],
    choice: &Choice,
    threads: usize,
    name: impl Fn(&C) -> (String, &String) + Sync,
    passes: impl Fn(&C) -> Result<(), String> + Sync,
) -> Report {
    let silenced = std::panic::take_hook();
    std::panic::set_hook(Box::new(remember_panic));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut report = Report::default();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (place, note) = name(case);
            if choice.trace {
                eprintln!("{place}: {note}");
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| passes(case)));
            let (passed, total) = report.folders.entry(place.clone()).or_default();
            *total += 1;
            let (reason, panicked) = match outcome {
                Ok(Ok(())) => {
                    *passed += 1;
                    continue;
                }
                Ok(Err(reason)) => (reason, false),
                Err(payload) => (format!("PANIC {}", last_panic(payload.as_ref())), true),
            };
            report.failures.push(Failure { place, note: note.clone(), reason, panicked });
        }
        report
    };
    let reports: Vec<Report> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    std::panic::set_hook(silenced);

    reports.into_iter().fold(Report::default(), Report::and)
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

fn remember_panic(info: &PanicHookInfo<'_>) {
    LAST_PANIC.with(|last| *last.borrow_mut() = info.to_string().replace('\n', " "));
}

fn last_panic(payload: &(dyn Any + Send)) -> String {
    let remembered = LAST_PANIC.with(RefCell::take);
    if remembered.is_empty() {
        return payload.downcast_ref::<&str>().map_or_else(|| "?".to_owned(), |text| (*text).to_owned());
    }
    remembered
}

/// Whether an answer is the one that the case wants; why not.
pub fn judge(case: &Evaluation, answer: Answer) -> Result<(), String> {
    if let Some(part) = &case.want_error {
        match &answer {
            Answer::Error { text, .. } if text.contains(part.as_str()) => {}
            other => return Err(format!("want an error that contains {part:?}\n got {}", show(other))),
        }
    }
    if let Some(wanted) = &case.want_error_code {
        match &answer {
            Answer::Error { code, .. } if code == wanted => {}
            other => return Err(format!("want an error {wanted}\n got {}", show(other))),
        }
    }
    if case.want_error.is_some() || case.want_error_code.is_some() {
        return Ok(());
    }
    let Some(wanted) = case.want_rows() else { return Err("the case wants nothing".to_owned()) };
    let mut wanted = Answer::Rows(wanted?);
    let mut got = match answer {
        Answer::Rows(rows) if case.ignore_generated_vars => Answer::Rows(rows.into_iter().map(named_only).collect()),
        other => other,
    };
    if case.sort_bindings {
        (wanted, got) = (wanted.sorted(), got.sorted());
    }
    let (wanted, got) = (as_set(wanted), as_set(got));
    if wanted == got { Ok(()) } else { Err(format!("want {}\n got {}", show(&wanted), show(&got))) }
}

/// The row without the variables that OPA made up.
fn named_only(row: Json) -> Json {
    match row {
        Json::Object(fields) => {
            Json::Object(fields.into_iter().filter(|(name, _)| !name.starts_with("__local")).collect())
        }
        other => other,
    }
}

fn as_set(answer: Answer) -> Answer {
    match answer {
        Answer::Rows(mut rows) => {
            rows.sort();
            rows.dedup();
            Answer::Rows(rows)
        }
        error => error,
    }
}

fn show(answer: &Answer) -> String {
    match answer {
        Answer::Rows(rows) => {
            let rows: Vec<String> = rows.iter().map(Json::to_string).collect();
            format!("{} rows: {}", rows.len(), rows.join(" "))
        }
        Answer::Error { text, .. } => format!("error {text}"),
    }
}

/// Whether everything that the case wants is found, and nothing else where the case is exhaustive.
pub fn judge_findings(case: &Compilation, found: &[Finding]) -> Result<(), String> {
    let mut left: Vec<&Finding> = found.iter().collect();
    for wanted in &case.want_errors {
        let is_wanted = |finding: &&Finding| {
            let col = if wanted.col == 0 { 0 } else { finding.col };
            Finding { col, ..(*finding).clone() } == *wanted
        };
        match left.iter().position(is_wanted) {
            Some(at) => drop(left.remove(at)),
            None => return Err(format!("want {wanted:?}\n got {found:?}")),
        }
    }
    if case.exhaustive && !left.is_empty() {
        return Err(format!("want no more than {:?}\n got {found:?}", case.want_errors));
    }
    Ok(())
}

impl Report {
    /// This report and another, as one.
    #[must_use]
    pub fn and(mut self, other: Report) -> Report {
        for (folder, (passed, total)) in other.folders {
            let sum = self.folders.entry(folder).or_default();
            *sum = (sum.0 + passed, sum.1 + total);
        }
        self.failures.extend(other.failures);
        self.failures.sort_by_key(Failure::name);
        self
    }

    /// How many cases passed.
    pub fn passed(&self) -> usize {
        self.folders.values().map(|(passed, _)| passed).sum()
    }

    /// How many cases there are.
    pub fn total(&self) -> usize {
        self.folders.values().map(|(_, total)| total).sum()
    }

    /// The report as text: folders that are not whole, failures in a line each or in full, the sum.
    pub fn print(&self, title: &str, choice: &Choice) {
        eprintln!("\n{title}");
        for (folder, (passed, total)) in &self.folders {
            if passed < total {
                eprintln!("  {folder:<40} {passed:>4} of {total}");
            }
        }
        let full = choice.verbose || choice.cases.is_some();
        for failure in &self.failures {
            if full {
                eprintln!("FAILED {}\n {}", failure.name(), failure.reason);
            } else if failure.panicked {
                eprintln!("{}: {}", failure.name(), failure.reason);
            }
        }
        eprintln!("{title}: {self}");
    }

    /// The report as `conformance/passing.toml` records it.
    pub fn to_record(&self) -> String {
        let mut record = String::from(
            "# How many of OPA's cases pass, in all and by folder: fewer fail the test.\n# LICTOR_UPDATE=1 cargo test -p lictor --test conformance writes this file anew.\n",
        );
        record.push_str(&format!("total = {}\n\n[folders]\n", self.passed()));
        for (folder, (passed, _)) in &self.folders {
            record.push_str(&format!("\"{folder}\" = {passed}\n"));
        }
        record
    }

    /// What is worse than the record says, a line each.
    pub fn worse_than(&self, record: &str) -> Vec<String> {
        let mut worse = Vec::new();
        for (key, value) in record.lines().filter_map(|line| line.split_once(" = ")) {
            let Ok(recorded) = value.parse::<usize>() else { continue };
            let folder = key.trim_matches('"');
            let passed = if folder == "total" {
                self.passed()
            } else {
                self.folders.get(folder).map_or(0, |(passed, _)| *passed)
            };
            if passed < recorded {
                worse.push(format!("{folder}: {passed} pass, {recorded} did"));
            }
        }
        worse
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let panicked = self.failures.iter().filter(|failure| failure.panicked).count();
        write!(f, "{} of {} pass, {} fail", self.passed(), self.total(), self.failures.len())?;
        if panicked > 0 { write!(f, " ({panicked} by panic)") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::Question;

    fn case(note: &str, wants: &str) -> Evaluation {
        let text = format!(
            r#"{{"version":"v0","folder":"sums","file":"a.yaml","note":"{note}","query":"data.a.p = x",{wants}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn rows(texts: &[&str]) -> Answer {
        Answer::Rows(texts.iter().map(|text| Json::read(text).unwrap()).collect())
    }

    struct Panics;

    impl Answers for Panics {
        fn answer(&self, question: &Question) -> Answer {
            assert!(question.query.is_empty(), "no query, please");
            rows(&[])
        }
    }

    #[test]
    fn rows_are_compared_as_sets() {
        let wanted = case("a", r#""want_result":[{"x":1},{"x":2}]"#);
        assert!(judge(&wanted, rows(&[r#"{"x":2.0}"#, r#"{"x":1}"#, r#"{"x":1}"#])).is_ok());
        assert!(judge(&wanted, rows(&[r#"{"x":1}"#])).is_err());
        assert!(judge(&wanted, Answer::error("c", "")).is_err());
    }

    #[test]
    fn arrays_are_sorted_only_where_the_case_says_so() {
        let strict = case("a", r#""want_result":[{"x":[1,2]}]"#);
        let sorted = case("a", r#""want_result":[{"x":[1,2]}],"sort_bindings":true"#);
        assert!(judge(&strict, rows(&[r#"{"x":[2,1]}"#])).is_err());
        assert!(judge(&sorted, rows(&[r#"{"x":[2,1]}"#])).is_ok());
    }

    #[test]
    fn errors_are_compared_by_code_and_by_a_part_of_their_text() {
        let wanted = case("a", r#""want_error_code":"eval_type_error","want_error":"operand 1""#);
        assert!(judge(&wanted, Answer::error("eval_type_error", "f: operand 1 must be")).is_ok());
        assert!(judge(&wanted, Answer::error("eval_type_error", "f: operand 2 must be")).is_err());
        assert!(judge(&wanted, Answer::error("eval_builtin_error", "operand 1")).is_err());
        assert!(judge(&wanted, rows(&[])).is_err());
    }

    #[test]
    fn a_panic_fails_its_case_only() {
        let cases = [case("a", r#""want_result":[]"#), case("b", r#""want_result":[]"#)];
        let report = run(&cases, &Panics, &Choice::default(), 2);
        assert_eq!((report.passed(), report.total()), (0, 2));
        assert!(report.failures[0].panicked && report.failures[0].reason.contains("no query, please"));
    }

    #[test]
    fn a_record_tells_what_got_worse() {
        let mut report = Report::default();
        report.folders.insert("v0/sums".into(), (3, 4));
        assert!(report.worse_than(&report.to_record()).is_empty());
        let worse = report.worse_than("total = 4\n[folders]\n\"v0/sums\" = 2\n\"v0/gone\" = 2\n");
        assert_eq!(worse, ["total: 3 pass, 4 did", "v0/gone: 0 pass, 2 did"]);
    }
}
