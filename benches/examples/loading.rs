//! What loading takes, by the number of rules in one module and by the number of modules of one rule.
//!
//!     cargo run --release -p lictor-benches --example loading [COUNT ...]
//!
//! Prints ms from texts to a policy that is ready, and us for each rule: where that column stays level, loading is linear.
//! `--write FOLDER` writes the modules instead, for OPA to load the same, as `benches/README.md` says.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement may panic")]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use lictor::{Builder, Version};
use lictor_benches::Form;

/// The command's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let folder = words.iter().position(|word| word == "--write").map(|at| {
        let folder = words.remove(at + 1);
        words.remove(at);
        folder
    });
    let mut counts: Vec<usize> = words.iter().map(|count| count.parse().unwrap()).collect();
    if counts.is_empty() {
        counts = vec![1_000, 10_000, 100_000];
    }
    println!("{:8} {:>8} {:>9} {:>11}", "", "rules", "ms", "us a rule");
    for (name, texts) in [("rules", rules as fn(usize) -> Vec<String>), ("modules", modules)] {
        for count in &counts {
            let texts = texts(*count);
            if let Some(folder) = &folder {
                write(&Path::new(folder).join(format!("{name}-{count}")), &texts);
                continue;
            }
            let begin = Instant::now();
            let builder =
                texts.into_iter().enumerate().fold(Builder::new().version(Version::V1), |builder, (n, text)| {
                    builder.module(format!("{n}.rego"), text)
                });
            let policy = black_box(builder.build().unwrap());
            let took = begin.elapsed();
            drop(policy);
            let each = took.as_secs_f64() * 1e6 / *count as f64;
            println!("{name:8} {count:>8} {:>9.1} {each:>11.2}", took.as_secs_f64() * 1e3);
        }
    }
}

/// One module of so many rules, of all forms.
fn rules(count: usize) -> Vec<String> {
    vec![Form::Mixed.module(count)]
}

/// So many modules of one rule and package each.
fn modules(count: usize) -> Vec<String> {
    let module = |n: usize| {
        format!("package team{n}.tokens\n\ndeny contains \"too old\" if input.token.validTo > {}\n", 1_800_000_000 + n)
    };
    (0..count).map(module).collect()
}

fn write(folder: &Path, texts: &[String]) {
    std::fs::create_dir_all(folder).unwrap();
    for (n, text) in texts.iter().enumerate() {
        std::fs::write(folder.join(format!("{n}.rego")), text).unwrap();
    }
}
