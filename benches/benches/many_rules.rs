//! 10, 1,000 and 10,000 deny rules of which few hold: the cost should follow the rules that can hold.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lictor::{Builder, Version};
use lictor_benches::{Events, Mix, policies};

const EVENTS: usize = 100;

fn many_rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("many rules");
    group.throughput(Throughput::Elements(EVENTS as u64));
    let events: Vec<String> = Events::new(1, Mix::Seed).take(EVENTS).collect();
    for (shape, module) in [
        ("== and >", policies::equality_and_order as fn(usize) -> String),
        ("contains", policies::substrings as fn(usize) -> String),
    ] {
        for rules in [10, 1_000, 10_000] {
            let builder = Builder::new().version(Version::V0).module("many.rego", module(rules));
            let mut session = builder.build().unwrap().session();
            group.bench_function(BenchmarkId::new(shape, rules), |bencher| {
                bencher.iter(|| {
                    for event in &events {
                        black_box(session.decide(black_box(event)).unwrap());
                    }
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = many_rules
}
criterion_main!(benches);
