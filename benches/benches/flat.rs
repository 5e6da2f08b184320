//! What should cost the same however much there is of it: definitions that cannot hold, rules that a `with` does not
//! touch, modules that nobody asks.
//!
//! Each group evaluates one query beside 1, 10, 100 and 1,000 of the rest; its times should be level.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lictor::Builder;

const COUNTS: [usize; 4] = [1, 10, 100, 1_000];

/// A rule with this many definitions, of which the input chooses the last.
fn definitions(count: usize) -> Builder {
    let mut text = String::from("package flat\n\n");
    for number in 0..count {
        let _ = writeln!(text, "price := {number} if input.item == \"item-{}\"", count - number);
    }
    Builder::new().module("flat.rego", text).query("q", "data.flat.price")
}

/// A function with this many definitions.
fn functions(count: usize) -> Builder {
    let mut text = String::from("package flat\n\nresult := price(input.item)\n\n");
    for number in 0..count {
        let _ = writeln!(text, "price(\"item-{}\") := {number}", count - number);
    }
    Builder::new().module("flat.rego", text).query("q", "data.flat.result")
}

/// Ten tests that replace what one rule reads, beside rules that read something else.
fn with(count: usize) -> Builder {
    let mut text = String::from("package flat\n\nallow if input.user == data.admins[_]\n\n");
    for number in 0..10 {
        let _ = writeln!(
            text,
            "test_{number} if allow with input as {{\"user\": \"u{number}\"}} with data.admins as [\"u{number}\"]"
        );
    }
    for number in 0..count {
        let _ = writeln!(text, "other_{number} := count(input.item) + {number}");
    }
    let tests: Vec<String> = (0..10).map(|number| format!("data.flat.test_{number}")).collect();
    Builder::new().module("flat.rego", text).query("q", tests.join("; "))
}

/// A query that asks one of this many modules, all with base data beside them.
fn modules(count: usize) -> Builder {
    let module = |number: usize| {
        let text = format!(
            "package app{number}\n\nallow if {{\n\tsome user in data.app{number}.users\n\tuser == input.item\n}}"
        );
        (format!("app{number}.rego"), text)
    };
    let data: Vec<String> =
        (0..count).map(|number| format!("\"app{number}\": {{\"users\": [\"a\", \"b\", \"item-1\"]}}")).collect();
    let builder = Builder::new().data(format!("{{{}}}", data.join(", "))).query("q", "data.app0.allow");
    (0..count).map(module).fold(builder, |builder, (name, text)| builder.module(name, text))
}

fn flat(criterion: &mut Criterion) {
    let groups = [
        ("a rule among definitions", definitions as fn(usize) -> Builder),
        ("a function among definitions", functions),
        ("ten tests beside other rules", with),
        ("a module among modules with base data", modules),
    ];
    for (name, make) in groups {
        let mut group = criterion.benchmark_group(name);
        for count in COUNTS {
            let mut session = make(count).build().unwrap().session();
            group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
                bencher.iter(|| {
                    let rows = session.eval("q", Some(br#"{"item": "item-1"}"#)).unwrap();
                    assert_eq!(black_box(rows).len(), 1);
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(700));
    targets = flat
}
criterion_main!(benches);
