//! From an event's bytes to its decision: the seed policies on token events, the sample library on a whole platform's
//! events, each with the fast rooms and without, and beside them what reading the JSON alone costs.
//!
//! One iteration decides 1,000 events; throughput is in events.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lictor::{Builder, Version};
use lictor_benches::{Events, Mix, data, policies};

const EVENTS: usize = 1_000;

fn seed() -> Builder {
    policies::SEED
        .into_iter()
        .fold(Builder::new().version(Version::V0), |builder, (name, text)| builder.module(name, text))
}

fn library() -> Builder {
    let (name, text) = policies::LIBRARY;
    Builder::new().module(name, text).data(data())
}

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bytes to decision");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, builder, mix) in
        [("seed", seed as fn() -> Builder, Mix::Seed), ("library", library as fn() -> Builder, Mix::Main)]
    {
        let events: Vec<String> = Events::new(1, mix).take(EVENTS).collect();
        for (rooms, builder) in [("fast", builder()), ("without fast rooms", builder().without_fast_rooms())] {
            let mut session = builder.build().unwrap().session();
            group.bench_function(BenchmarkId::new(name, rooms), |bencher| {
                bencher.iter(|| {
                    for event in &events {
                        black_box(session.decide(black_box(event)).unwrap());
                    }
                });
            });
        }
        let mut reader = lictor_value::json::Reader::default();
        let mut arena = lictor_value::Arena::default();
        group.bench_function(BenchmarkId::new(name, "reading JSON alone"), |bencher| {
            bencher.iter(|| {
                for event in &events {
                    arena.reset();
                    black_box(reader.parse(&arena, black_box(event).as_bytes()).unwrap());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
