//! `lictor test`: the tests of policies, as `opa test`.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use lictor::capabilities::Capabilities;
use lictor::live::Files;
use lictor::report::{self, Style};
use lictor::test::{CoverageError, Outcome, Skip};
use lictor::{BuildError, TestOptions, TestResult, Tests, Version};

use crate::benchmark::{self, Measured};
use crate::network;
use crate::output::coverage::{missing_lines, write_coverage};
use crate::output::test_results::{Shown, Words, write_benchmarks, write_json, write_junit};
use crate::output::{duration, failure};

/// How often files are looked at with --watch.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Run the tests of policies
///
/// Tests are rules whose names begin with `test_`; one that begins with `todo_test_` is skipped. A test passes where its
/// rule is true. In a table test, `test_x[case]`, each key is a case of its own.
///
/// Exit code: 0 when all pass or there are none, 1 when something cannot be loaded or compiled, 2 when a test fails, ends
/// in an error, or is skipped.
#[derive(Args)]
#[command(after_help = "Examples:
  lictor test policies/
  Every test with its time, of one package:
    lictor test -v --run '^data.tokens_test' policies/
  What tests cover, and whether that is enough:
    lictor test --coverage --threshold 90 policies/
  How long each test takes, for benchstat:
    lictor test --bench --count 10 --format gobench policies/ > tests.txt
  For a build server:
    lictor test --format junit policies/ > tests.xml")]
pub(crate) struct Test {
    /// Policy and data files, or folders of both
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,

    /// Take the paths as bundle folders
    #[arg(short, long)]
    bundle: bool,

    /// Show every test, not only those that did not pass
    #[arg(short, long)]
    verbose: bool,

    /// Only tests whose full name, `data.authz_test.test_ann`, matches this regular expression
    #[arg(short, long, value_name = "REGEX")]
    run: Option<String>,

    /// How many tests run at a time; 0 for as many as there are processors
    #[arg(short, long, value_name = "N", default_value_t = 0)]
    parallel: usize,

    /// The longest a test may take: `500ms`, `5s`, `1m30s`; 5s unless given, 30s with --bench
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    timeout: Option<Duration>,

    /// How results are written
    #[arg(short, long, value_enum, default_value_t = Format::Pretty)]
    format: Format,

    /// The order of results with --format json
    #[arg(long, value_enum, default_value_t = Sort::None)]
    sort: Sort,

    /// What to say of tests that did not pass
    #[arg(long, value_enum, default_value_t = Explain::Fails)]
    explain: Explain,

    /// Show values with --explain full, as --explain debug does; reasons why tests failed always have them
    #[arg(long)]
    var_values: bool,

    /// Measure how long each test that passes takes, as `lictor bench` does
    #[arg(long, conflicts_with = "coverage")]
    bench: bool,

    /// Write with --bench how much memory a test allocates, and how often
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value_t = true, action = ArgAction::Set)]
    benchmem: bool,

    /// Run the tests again whenever a file changes, until the command is ended
    #[arg(short, long)]
    watch: bool,

    /// What tests run on: `rego` is the only one, there is no WebAssembly
    #[arg(short, long, value_enum, default_value_t = Target::Rego, hide_possible_values = true)]
    target: Target,

    /// Report what tests cover, as JSON, instead of results
    #[arg(short, long)]
    coverage: bool,

    /// Exit with 2 where less than this many percent is covered; implies --coverage
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    threshold: f64,

    /// What to find out of what is not covered, each by another run: index_excluded, early_exit; nothing for neither
    #[arg(long, value_name = "KINDS", value_delimiter = ',', default_value = "index_excluded,early_exit")]
    coverage_runs: Vec<Kind>,

    /// Run each test this many times
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: usize,

    /// Let tests speak with this host only (http.send, net.lookup_ip_addr); repeatable; every host unless given
    #[arg(long, value_name = "HOST")]
    allow_net: Vec<String>,

    /// What policies may use: a capabilities file, or a version of OPA
    #[arg(long, value_name = "FILE|VERSION")]
    capabilities: Option<String>,

    /// Files and folders left out when loading; `*` matches any text; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    ignore: Vec<String>,

    /// JSON Schemas: a file for the input, or a folder of those that annotations name
    #[arg(short, long, value_name = "PATH")]
    schema: Option<String>,

    /// Exit with 1 when no test was run
    #[arg(long)]
    fail_on_empty: bool,

    /// Exit with 0 though tests are skipped
    #[arg(short = 'z', long)]
    exit_zero_on_skipped: bool,

    /// Show at most this many diagnostics when policies do not compile; 0 for all
    #[arg(short, long, value_name = "N", default_value_t = 10)]
    max_errors: usize,

    /// Read policies as before OPA 1.0
    #[arg(long)]
    v0_compatible: bool,

    /// Read policies as OPA 1.0 and later do; so it is without saying
    #[arg(long)]
    v1_compatible: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What did not pass, and a summary
    Pretty,
    /// An array of results
    Json,
    /// JUnit's XML, for build servers
    Junit,
    /// Go's benchmark data format, with --bench
    Gobench,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Compiled here
    Rego,
    /// Refused
    Wasm,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Files by name, tests as written
    None,
    /// The longest first
    Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An empty list.
    Nothing,
    /// Whether the rule index left it out
    IndexExcluded,
    /// Whether its rule's value was known before
    EarlyExit,
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(Kind::Nothing),
            "index_excluded" => Ok(Kind::IndexExcluded),
            "early_exit" => Ok(Kind::EarlyExit),
            other => {
                Err(format!("invalid --coverage-runs value {other:?} (expected \"index_excluded\" or \"early_exit\")"))
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Explain {
    /// The literals that failed, with the values they had, and where an error was
    Fails,
    /// Every step of the evaluation too: literals that are evaluated, hold and fail, definitions that give a value
    Full,
    /// The same with values
    Debug,
    /// What was noted with `trace`
    Notes,
    /// Nothing
    Off,
}

/// Why it ends early.
enum Stop {
    Rejected(BuildError),
    Said(String),
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Output(error)
    }
}

impl Test {
    pub(crate) fn run(self) -> ExitCode {
        if self.target == Target::Wasm {
            return failure("there is no WebAssembly to test on, only the target rego");
        }
        if self.format == Format::Gobench && !self.bench {
            eprintln!("cannot use output format gobench without running benchmarks (--bench)");
            return ExitCode::from(1);
        }
        if !self.watch {
            return self.once_through();
        }
        let mut files = Files::new(self.paths.iter().map(PathBuf::from).collect());
        files.look();
        loop {
            self.once_through();
            let line = "*".repeat(80);
            if writeln!(io::stdout(), "{line}\nWatching for changes ...\n{line}").is_err() {
                return ExitCode::from(1);
            }
            let changed = loop {
                std::thread::sleep(LOOK_EVERY);
                let changed = files.look();
                if !changed.is_empty() {
                    break changed;
                }
            };
            // An editor may write several times: what is still being written is read when it has come to rest.
            loop {
                std::thread::sleep(LOOK_EVERY);
                if files.look().is_empty() {
                    break;
                }
            }
            for path in changed {
                eprintln!("{} changed", path.display());
            }
        }
    }

    /// Loads and runs the tests.
    fn once_through(&self) -> ExitCode {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match self.tests(&mut out).and_then(|code| Ok(out.flush().map(|()| code)?)) {
            Ok(code) => ExitCode::from(code),
            Err(Stop::Rejected(BuildError::Rejected(mut diagnostics))) => {
                let found = diagnostics.len();
                if self.max_errors > 0 {
                    diagnostics.truncate(self.max_errors);
                }
                if self.format == Format::Json {
                    eprint!("{}", report::opa_text(&diagnostics));
                } else {
                    eprint!("{}", report::pretty(&diagnostics, Style { color: io::stderr().is_terminal() }));
                    let plural = if found == 1 { "" } else { "s" };
                    let shown = diagnostics.len();
                    let rest = if shown < found { format!(", the first {shown} shown") } else { String::new() };
                    eprintln!("\n{found} error{plural}{rest}");
                }
                ExitCode::from(1)
            }
            Err(Stop::Rejected(BuildError::Load(error))) => {
                eprintln!("1 error occurred during loading: {error}");
                ExitCode::from(1)
            }
            Err(Stop::Rejected(error)) => {
                eprintln!("{error}");
                ExitCode::from(1)
            }
            Err(Stop::Said(message)) => {
                eprintln!("{message}");
                ExitCode::from(1)
            }
            Err(Stop::Output(error)) => {
                eprintln!("error: cannot write: {error}");
                ExitCode::from(1)
            }
        }
    }

    fn load(&self) -> Result<Tests, Stop> {
        let version = if self.v0_compatible { Version::V0 } else { Version::V1 };
        // What a person reads is complete; what a program reads is what it reads from OPA.
        let every = self.format != Format::Json;
        let allowed = self.capabilities.as_ref().map(|given| Capabilities::find(given)).transpose();
        let allowed = allowed.map_err(|error| Stop::Said(error.to_string()))?;
        let network = network::allowed(allowed.as_ref(), &self.allow_net);
        let builder = crate::git::builder().version(version).ignore(self.ignore.clone()).report_every_stage(every);
        let builder = builder.network(network);
        let builder = match allowed {
            Some(allowed) => builder.capabilities(allowed),
            None => builder,
        };
        let loaded = self.paths.iter().try_fold(builder, |builder, path| {
            if self.bundle { builder.bundle_path(path) } else { builder.data_path(path) }
        });
        let builder = loaded.and_then(|builder| match &self.schema {
            Some(path) => builder.schema_path(path),
            None => Ok(builder),
        });
        builder.and_then(lictor::Builder::tests).map_err(Stop::Rejected)
    }

    fn options(&self) -> TestOptions {
        let explain = match self.explain {
            Explain::Fails => lictor::test::Explain::Reasons,
            Explain::Full | Explain::Debug => lictor::test::Explain::Events,
            Explain::Notes | Explain::Off => lictor::test::Explain::Nothing,
        };
        let timeout = self.timeout.unwrap_or(Duration::from_secs(if self.bench { 30 } else { 5 }));
        TestOptions { run: self.run.clone(), timeout, parallel: self.parallel, explain }
    }

    fn words(&self) -> Words {
        let values = self.var_values || self.explain == Explain::Debug;
        Words { verbose: self.verbose, notes: self.explain == Explain::Notes, values }
    }

    /// Runs the tests; the exit code.
    fn tests(&self, out: &mut dyn Write) -> Result<u8, Stop> {
        if !(0.0..=100.0).contains(&self.threshold) {
            return Err(Stop::Said("Code coverage threshold must be between 0 and 100".to_owned()));
        }
        let covers = self.coverage || self.threshold > 0.0;
        let tests = self.load()?;
        for _ in 0..self.count {
            let code = match (covers, self.bench) {
                (true, _) => self.cover(&tests, out)?,
                (_, true) => self.measure(&tests, out)?,
                _ => self.once(&tests, out)?,
            };
            if code != 0 {
                return Ok(code);
            }
        }
        Ok(0)
    }

    /// Runs the tests for what they cover. Where one does not pass, that is what is reported.
    fn cover(&self, tests: &Tests, out: &mut dyn Write) -> Result<u8, Stop> {
        let options = self.options();
        let skip = |kind: &Kind| match kind {
            Kind::Nothing => None,
            Kind::IndexExcluded => Some(Skip::IndexExcluded),
            Kind::EarlyExit => Some(Skip::EarlyExit),
        };
        let skips: Vec<Skip> = self.coverage_runs.iter().filter_map(skip).collect();
        let mut results = vec![];
        let covered = tests.coverage(&options, &skips, |result| results.push(result));
        let covered = covered.map_err(|error| match error {
            CoverageError::Build(error) => Stop::Rejected(error),
            other => Stop::Said(other.to_string()),
        })?;
        if let Some(error) = results.iter().find_map(TestResult::error) {
            return Err(Stop::Said(error.to_string()));
        }
        let skipped = results.iter().any(|result| matches!(result.outcome, Outcome::Skip));
        let ran = !results.is_empty();
        results.retain(|result| matches!(result.outcome, Outcome::Fail));
        if let [first, ..] = &results[..] {
            let said = format!("{}.{}: FAIL", first.package, first.name);
            let (words, mut shown) = (self.words(), Shown::default());
            for result in &results {
                shown.show(result, words, out)?;
            }
            shown.end(&results, words, out)?;
            out.flush()?;
            return Err(Stop::Said(said));
        }
        if covered.percent < self.threshold {
            let (got, wanted) = (covered.percent, self.threshold);
            eprintln!("Code coverage threshold not met: got {got:.2} instead of {wanted:.2}");
            if self.verbose {
                eprint!("{}", missing_lines(&covered));
            }
            return Ok(2);
        }
        write_coverage(&covered, out)?;
        out.flush()?;
        if !ran && self.fail_on_empty {
            return Err(Stop::Said("no tests were run".to_owned()));
        }
        Ok(if skipped && !self.exit_zero_on_skipped { 2 } else { 0 })
    }

    /// Measures how long tests take; the exit code.
    fn measure(&self, tests: &Tests, out: &mut dyn Write) -> Result<u8, Stop> {
        let (words, mut shown) = (self.words(), Shown::default());
        let mut results: Vec<(TestResult, Option<Measured>)> = vec![];
        let (mut code, mut written) = (0, Ok(()));
        let ended = tests.run_each(&self.options(), |mut result, repeat| {
            let measured = repeat.map(|repeat| benchmark::measure(false, || repeat.evaluate())).transpose();
            let measured = measured.unwrap_or_else(|error| {
                result.outcome = Outcome::Error(error);
                None
            });
            if let Some(measured) = &measured {
                result.duration = measured.took;
            }
            let skipped = matches!(result.outcome, Outcome::Skip) && self.exit_zero_on_skipped;
            if !result.passed() && !skipped {
                code = 2;
            }
            if written.is_ok() && matches!(self.format, Format::Pretty | Format::Gobench) {
                written = match &measured {
                    Some(measured) => {
                        let go = self.format == Format::Gobench;
                        shown.measured(&result, measured, go, self.benchmem, out)
                    }
                    None => shown.show(&result, words, out),
                };
            }
            results.push((result, measured));
        });
        ended.map_err(|error| Stop::Said(error.to_string()))?;
        written?;
        if self.format == Format::Json {
            if self.sort == Sort::Duration {
                results.sort_by_key(|(result, _)| std::cmp::Reverse(result.duration));
            }
            write_benchmarks(&results, out)?;
        } else {
            let results: Vec<TestResult> = results.iter().map(|(result, _)| result.clone()).collect();
            match self.format {
                Format::Junit => write_junit(&results, out)?,
                _ => shown.end(&results, words, out)?,
            }
        }
        out.flush()?;
        if results.is_empty() && self.fail_on_empty {
            return Err(Stop::Said("no tests were run".to_owned()));
        }
        Ok(code)
    }

    fn once(&self, tests: &Tests, out: &mut dyn Write) -> Result<u8, Stop> {
        let options = self.options();
        let words = self.words();
        let mut shown = Shown::default();
        let (mut ran, mut code, mut written) = (false, 0, Ok(()));
        let mut results = vec![];
        let ended = tests.run(&options, |result| {
            ran = true;
            let fine = match result.outcome {
                Outcome::Skip => self.exit_zero_on_skipped,
                _ => result.passed(),
            };
            if !fine {
                code = 2;
            }
            if self.format == Format::Pretty && written.is_ok() {
                written = shown.show(&result, words, out);
            }
            results.push(result);
        });
        ended.map_err(|error| Stop::Said(error.to_string()))?;
        written?;
        match self.format {
            Format::Pretty | Format::Gobench => shown.end(&results, words, out)?,
            Format::Json => {
                if self.sort == Sort::Duration {
                    results.sort_by_key(|result| std::cmp::Reverse(result.duration));
                }
                write_json(&results, out)?;
            }
            Format::Junit => write_junit(&results, out)?,
        }
        out.flush()?;
        if !ran && self.fail_on_empty {
            return Err(Stop::Said("no tests were run".to_owned()));
        }
        Ok(code)
    }
}
