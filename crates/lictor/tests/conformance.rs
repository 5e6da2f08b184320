//! OPA's own cases, put to Lictor with its fast rooms and without. `conformance/README.md` says how to run some of them.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use common::Lictor;
use lictor_testing::conformance::{self, Choice, Failure, Report};
use lictor_testing::{Cases, known_differences};

fn record(file: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance").join(file);
    let text = fs::read_to_string(&path).expect("conformance/ holds the record");
    (path, text)
}

#[test]
fn opas_own_cases_pass() {
    let Some(cases) = Cases::obtain_or_skip() else { return };
    let choice = Choice::from_environment();
    let mut worse = Vec::new();
    let ways = [
        ("OPA's cases", false, false),
        ("OPA's cases, without fast rooms", true, false),
        ("OPA's cases, traced", true, true),
    ];
    for (title, slow, traced) in ways {
        let report = conformance::run(&cases.evaluations, &Lictor { slow, traced }, &choice, 2);
        let report = report.and(conformance::run_compilations(&cases.compilations, common::findings, &choice));
        report.print(title, &choice);
        if choice.cases.is_none() {
            worse.extend(not_as_recorded(&report, slow).into_iter().map(|line| format!("{title}: {line}")));
        }
    }
    assert!(worse.is_empty(), "\n{}", worse.join("\n"));
}

/// What is worse than recorded, and which known differences are none.
fn not_as_recorded(report: &Report, slow: bool) -> Vec<String> {
    let (path, recorded) = record("passing.toml");
    if env::var_os("LICTOR_UPDATE").is_some() && !slow {
        fs::write(path, report.to_record()).expect("conformance/ can be written");
        return vec![];
    }
    let mut worse = report.worse_than(&recorded);
    let failed: BTreeSet<String> = report.failures.iter().map(Failure::name).collect();
    let known = known_differences("cases");
    worse.extend(
        known
            .keys()
            .filter(|name| !failed.contains(*name))
            .map(|name| format!("differences.toml: {name} passes, so is no difference")),
    );
    let unknown = failed.iter().filter(|name| !known.contains_key(*name)).count();
    eprintln!("{unknown} failures are not in differences.toml");
    worse
}
