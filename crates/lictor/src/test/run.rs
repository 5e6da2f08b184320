//! The runner: each test in turn, on several threads, with results in the order of files and rules.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lictor_engine::{Input, Limits, Options, Session};
use lictor_value::{Host, Network, Value};

use super::coverage::Pass;
use super::discover::Found;
use super::explain::Explainer;
use super::{Cases, Explain, Outcome, TestOptions, TestResult, Tests, cases, events};
use crate::error::Error;
use crate::traceback;

/// A pattern that no test can be chosen by.
#[derive(Clone, Debug, thiserror::Error)]
#[error("error parsing regexp: {0}")]
pub struct PatternError(Box<str>);

/// Bytes that a test may print, and cases that it may begin; the rest is left out.
const MOST_OUTPUT: usize = 16 << 20;
const MOST_CASES: usize = 100_000;
const MOST_NOTES: usize = 10_000;

/// Policies that are deep but legal recurse further than a thread's stack may allow.
const STACK: usize = 64 << 20;

impl Tests {
    /// How many tests there are, those marked with `todo_` included.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Runs the tests and hands each result over as soon as those before it are known: files by name, rules as written.
    ///
    /// # Errors
    /// When the pattern that chooses tests is no regular expression.
    pub fn run(&self, options: &TestOptions, each: impl FnMut(TestResult)) -> Result<(), PatternError> {
        self.run_with(options, &[], each)
    }

    /// Runs the tests, each also in all passes that count what is covered.
    pub(super) fn run_with(
        &self,
        options: &TestOptions,
        passes: &[Pass],
        mut each: impl FnMut(TestResult),
    ) -> Result<(), PatternError> {
        let chosen = self.chosen(options)?;
        let limits = Limits { deadline: Some(options.timeout), ..self.limits };
        let threads = match options.parallel {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            some => some,
        };
        let next = AtomicUsize::new(0);
        let (sender, results) = channel();
        let work = |sender: Sender<(usize, TestResult)>| {
            let mut session = Session::new(limits);
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some(test) = chosen.get(at)
            {
                if sender.send((at, self.result(test, &mut session, options.explain, passes))).is_err() {
                    break;
                }
            }
        };
        std::thread::scope(|scope| {
            let start = |_| {
                let (sender, work) = (sender.clone(), &work);
                let thread = std::thread::Builder::new().name("test".into()).stack_size(STACK);
                thread.spawn_scoped(scope, move || work(sender))
            };
            // Where no more threads can be had, those that there are do the work, if need be this one.
            let started = (0..threads.min(chosen.len())).map_while(|n| start(n).ok()).count();
            if started == 0 {
                work(sender);
            } else {
                drop(sender);
            }
            let mut early = BTreeMap::new();
            let mut due = 0;
            for (at, result) in results {
                early.insert(at, result);
                while let Some(result) = early.remove(&due) {
                    each(result);
                    due += 1;
                }
            }
        });
        Ok(())
    }

    /// Runs the chosen tests one after the other, and hands each one that passed over to be evaluated again and again, as
    /// benchmarks do.
    ///
    /// # Errors
    /// When the pattern that chooses tests is no regular expression.
    pub fn run_each(
        &self,
        options: &TestOptions,
        mut each: impl FnMut(TestResult, Option<&mut Repeat<'_>>),
    ) -> Result<(), PatternError> {
        let limits = Limits { deadline: Some(options.timeout), ..self.limits };
        let mut session = Session::new(limits);
        for test in self.chosen(options)? {
            let result = self.result(test, &mut session, options.explain, &[]);
            let mut repeat = Repeat { tests: self, test, session: &mut session };
            let passed = result.passed().then_some(&mut repeat);
            each(result, passed);
        }
        Ok(())
    }

    fn chosen(&self, options: &TestOptions) -> Result<Vec<&Found>, PatternError> {
        let pattern = options.run.as_deref().filter(|pattern| !pattern.is_empty());
        let pattern = pattern.map(regex::Regex::new).transpose();
        let pattern = pattern.map_err(|error| PatternError(error.to_string().into()))?;
        let wanted = |test: &&Found| pattern.as_ref().is_none_or(|pattern| pattern.is_match(&test.full));
        Ok(self.found.iter().filter(wanted).collect())
    }

    fn result(&self, test: &Found, session: &mut Session, explain: Explain, passes: &[Pass]) -> TestResult {
        let mut result = TestResult {
            file: test.file.clone(),
            row: test.row,
            col: test.col,
            package: test.package.clone(),
            name: test.name.clone(),
            outcome: Outcome::Fail,
            duration: Duration::ZERO,
            output: String::new(),
            notes: vec![],
            cases: Cases::new(),
            reason: None,
            traceback: vec![],
            events: vec![],
        };
        if let Some(settled) = test.settled() {
            result.outcome = settled;
            return result;
        }
        let captured = Captured::of(&*self.host);
        let options = self.options(&captured);
        let linked = &self.compiled.linked;
        let start = Instant::now();
        let answer = match linked.program().entry(&test.full) {
            Some(entry) => session.eval(linked, entry.routine, Input::Undefined, &options).map_err(Error::from),
            None => Err(Error::NoEntry(test.full.clone())),
        };
        result.duration = start.elapsed();
        let begun = captured.begun.lock().map(|mut begun| std::mem::take(&mut *begun)).unwrap_or_default();
        result.outcome = match answer {
            Err(error) => Outcome::Error(error),
            Ok(None) => Outcome::Fail,
            Ok(Some(value)) if test.table => {
                result.cases = cases::of_value(value);
                let mut fail = cases::any_failed(&result.cases);
                for names in &begun {
                    fail |= cases::begun(&mut result.cases, names);
                }
                if fail { Outcome::Fail } else { Outcome::Pass }
            }
            Ok(Some(value)) if value.as_bool() == Some(true) => Outcome::Pass,
            Ok(Some(_)) => Outcome::Fail,
        };
        result.output = captured.output.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.notes = captured.notes.into_inner().unwrap_or_else(PoisonError::into_inner);
        for pass in passes {
            self.cover(test, pass, session);
        }
        if explain != Explain::Nothing && matches!(result.outcome, Outcome::Fail | Outcome::Error(_)) {
            self.explain(test, &mut result, session, explain);
        }
        result
    }

    /// Evaluates a test for what it covers.
    fn cover(&self, test: &Found, pass: &Pass, session: &mut Session) {
        let Some(entry) = pass.linked.program().entry(&test.full) else { return };
        let captured = Captured::of(&*self.host);
        let options = self.options(&captured);
        let mut evaluation = session.begin();
        let mut inquiry = evaluation.open(&pass.linked, Input::Undefined, &options);
        // Where it ends in an error, what was evaluated by then counts.
        let _ = inquiry.ask(entry.routine);
        pass.add(&inquiry.traced().reached);
    }

    fn options<'o>(&self, host: &'o dyn Host) -> Options<'o> {
        Options {
            strict_builtin_errors: self.strict_builtin_errors,
            now_ns: self.now_ns,
            print: true,
            ..Options::new(host)
        }
    }

    /// Finds out why a test did not pass. Where the traced program ends otherwise, as one may that asks for random numbers, it
    /// stays unknown.
    fn explain(&self, test: &Found, result: &mut TestResult, session: &mut Session, explain: Explain) {
        let Some(linked) = self.traced.get_or_init(|| self.compiled.traced()) else { return };
        let program = linked.program();
        let Some(entry) = program.entry(&test.full) else { return };
        let captured = Captured::of(&*self.host);
        let most = if explain == Explain::Events { events::MOST } else { 0 };
        let options = Options { events: most, ..self.options(&captured) };
        let mut evaluation = session.begin();
        let mut inquiry = evaluation.open(linked, Input::Undefined, &options);
        let answer = inquiry.ask(entry.routine);
        let trace = inquiry.traced();
        let files = self.compiled.files();
        result.events = events::happened(program, files, &trace.events);
        match (&answer, &result.outcome) {
            (Ok(_), Outcome::Fail) => {}
            (Err(error), Outcome::Error(_)) => {
                result.traceback = traceback::frames(program, files, &trace.under_way, error.at.as_ref());
                return;
            }
            _ => return,
        }
        let explainer = Explainer { program, files };
        if !test.table {
            result.reason = trace.failed.iter().rev().find_map(|failed| explainer.reason(failed));
            return;
        }
        let begun = captured.begun.lock().map(|mut begun| std::mem::take(&mut *begun)).unwrap_or_default();
        for (names, failed) in begun.iter().zip(trace.failed.iter().skip(1)) {
            if let Some(reason) = explainer.reason(failed) {
                cases::explain(&mut result.cases, names, reason);
            }
        }
    }
}

/// A test that passed, to be evaluated again and again.
pub struct Repeat<'t> {
    tests: &'t Tests,
    test: &'t Found,
    session: &'t mut Session,
}

impl Repeat<'_> {
    /// Evaluates the test once more. What it prints goes nowhere.
    ///
    /// # Errors
    /// As for any evaluation.
    pub fn evaluate(&mut self) -> Result<(), Error> {
        let linked = &self.tests.compiled.linked;
        let entry = linked.program().entry(&self.test.full).ok_or_else(|| Error::NoEntry(self.test.full.clone()))?;
        let options = Options { print: false, ..self.tests.options(&*self.tests.host) };
        self.session.eval(linked, entry.routine, Input::Undefined, &options)?;
        Ok(())
    }
}

/// A host that keeps what a test prints and which cases it begins.
struct Captured<'h> {
    host: &'h dyn Host,
    output: Mutex<String>,
    notes: Mutex<Vec<(String, String)>>,
    begun: Mutex<Vec<Vec<String>>>,
}

impl<'h> Captured<'h> {
    fn of(host: &'h dyn Host) -> Self {
        Captured { host, output: Mutex::default(), notes: Mutex::default(), begun: Mutex::default() }
    }
}

impl Host for Captured<'_> {
    fn now_ns(&self) -> i64 {
        self.host.now_ns()
    }

    fn tick_ns(&self) -> i64 {
        self.host.tick_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.host.random(bytes);
    }

    fn print(&self, _at: &str, message: &str) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if output.len() + message.len() < MOST_OUTPUT {
            output.push_str(message);
            output.push('\n');
        }
    }

    fn note(&self, at: &str, message: &str) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MOST_NOTES {
            notes.push((at.to_owned(), message.to_owned()));
        }
    }

    fn time_zone(&self) -> &str {
        self.host.time_zone()
    }

    fn test_case(&self, names: Value<'_>) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() < MOST_CASES {
            begun.push(names.as_array().unwrap_or_default().iter().map(|name| cases::key_text(*name)).collect());
        }
    }

    fn runtime(&self) -> Option<String> {
        self.host.runtime()
    }

    fn network(&self) -> Option<&dyn Network> {
        self.host.network()
    }
}
