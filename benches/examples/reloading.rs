//! What it takes to take over one changed policy among many: reading the sets' files, and compiling with a cache.
//!
//!     cargo run --release -p lictor-benches --example reloading [POLICIES]
//!
//! Prints ms; `first` is a build whose cache is empty, `again` one after a single policy has changed, best of several.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use lictor::{Builder, Cache, PolicySet};

/// The command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many policies a set has.
const EACH: usize = 100;

fn main() {
    let policies = std::env::args().nth(1).map_or(4_000, |word| word.parse().unwrap());
    let folder = std::env::temp_dir().join(format!("lictor-reloading-{}", std::process::id()));
    write(&folder, policies, 0);
    let (mut read, mut again) = (f64::INFINITY, f64::INFINITY);
    let cache = Cache::new();
    let first = build(&folder, &cache).1;
    for change in 1..=10 {
        change_one(&folder, change);
        let before = cache.compiled();
        let took = build(&folder, &cache);
        assert_eq!(cache.compiled() - before, 1);
        (read, again) = (read.min(took.0), again.min(took.1));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    println!("{policies} policies: read {read:.1} ms, first {first:.1} ms, again {again:.1} ms");
}

/// Reads and compiles; what each takes, in ms.
fn build(folder: &Path, cache: &Cache) -> (f64, f64) {
    let begin = Instant::now();
    let sets = PolicySet::load_all(folder).unwrap();
    let read = begin.elapsed().as_secs_f64() * 1e3;
    let begin = Instant::now();
    black_box(Builder::new().sets(sets).cache(cache).build().unwrap());
    (read, begin.elapsed().as_secs_f64() * 1e3)
}

/// Writes sets with policies in files of their own.
fn write(folder: &Path, policies: usize, change: usize) {
    std::fs::create_dir_all(folder).unwrap();
    for set in 0..policies.div_ceil(EACH) {
        let mut text = format!("name: set-{set}\nentity: token\nenforced: true\npolicies:\n");
        for number in set * EACH..policies.min((set + 1) * EACH) {
            let _ = writeln!(text, "  - {{path: {number}.rego, severity: error}}");
            std::fs::write(folder.join(format!("{number}.rego")), policy(number, change)).unwrap();
        }
        std::fs::write(folder.join(format!("set-{set}.yaml")), text).unwrap();
    }
}

fn change_one(folder: &Path, change: usize) {
    std::fs::write(folder.join("7.rego"), policy(7, change)).unwrap();
}

/// A policy as people write them: a few rules, a helper, a message.
fn policy(number: usize, change: usize) -> String {
    format!(
        "package team{number}.tokens\n\n# No tokens of team {number} live long.\nlimit := {}\n\n\
         deny contains message if {{\n\tinput.token.team == \"team-{number}\"\n\tinput.token.validTo > limit\n\t\
         message := sprintf(\"%v lives too long\", [input.token.name])\n}}\n\n\
         deny contains \"a robot of team {number}\" if {{\n\tinput.token.apiKeyType == \"ROBOT\"\n\tnot trusted\n}}\n\n\
         trusted if input.token.name in {{\"a-{number}\", \"b-{number}\"}}\n",
        1_800_000_000 + number + change
    )
}
