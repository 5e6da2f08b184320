//! The lens alone: from an event's bytes to what the seed policies read of it, by each kind of instructions and trusting
//! the event, and beside them the whole tree. Hand-written structs are among the peers.
//!
//! One iteration reads 1,000 events; throughput is in bytes.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lictor_benches::{Events, Mix, policies};
use lictor_compiler::{Options, PlanOptions, QuerySource, analyse, plan};
use lictor_fast::{Lens, LensOptions, LensScratch};
use lictor_syntax::{Dialect, Version, parse_module, parse_query};
use lictor_value::{Arena, json};

const EVENTS: usize = 1_000;

/// A lens on what the seed policies read.
fn lens(options: LensOptions) -> Lens {
    let dialect = Dialect::new(Version::V0);
    let modules: Vec<_> =
        policies::SEED.iter().filter_map(|(name, text)| parse_module(name, text, Version::V0).tree).collect();
    let (source, parsed) = parse_query(policies::SEED_QUERY, dialect);
    let body = parsed.tree.unwrap();
    let query = QuerySource { name: "query".into(), body: &body, source, package: None, imports: vec![], dialect };
    let registry = lictor_builtins::registry();
    let analysis = analyse(&modules, &[query], &registry, &Options::default());
    let program = Arc::new(plan(&analysis.unit, &registry, &PlanOptions::default()).unwrap());
    Lens::new(&program, &[&program.entry("query").unwrap().reads], options).unwrap()
}

fn read(criterion: &mut Criterion) {
    let events: Vec<String> = Events::new(1, Mix::Seed).take(EVENTS).collect();
    let mut group = criterion.benchmark_group("bytes to the paths read");
    group.throughput(Throughput::Bytes(events.iter().map(|event| event.len() as u64).sum()));
    let checked = LensOptions::default();
    for (name, options) in [
        ("checked", checked),
        ("checked, AVX2 at most", LensOptions { narrow: true, ..checked }),
        ("checked, no vectors", LensOptions { portable: true, ..checked }),
        ("trusted", LensOptions { trusted: true, ..checked }),
    ] {
        let (lens, mut arena, mut scratch) = (lens(options), Arena::default(), LensScratch::default());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for event in &events {
                    arena.reset();
                    black_box(lens.read(black_box(event).as_bytes(), &arena, &mut scratch).unwrap());
                }
            });
        });
    }
    let (mut reader, mut arena) = (json::Reader::default(), Arena::default());
    group.bench_function("the whole tree", |bencher| {
        bencher.iter(|| {
            for event in &events {
                arena.reset();
                black_box(reader.parse(&arena, black_box(event).as_bytes()).unwrap());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
