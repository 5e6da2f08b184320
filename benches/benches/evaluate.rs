//! Evaluation alone, the event already read, and the way there: what compiling policies costs.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lictor_benches::{Events, Mix, data, policies};
use lictor_compiler::{Options, PlanOptions, QuerySource, analyse, plan};
use lictor_engine::{Input, Limits, Linked, Session};
use lictor_syntax::{Dialect, Version, parse_module, parse_query};
use lictor_value::{Frozen, NoHost, json};

const EVENTS: usize = 1_000;

fn frozen(text: &str) -> Arc<Frozen> {
    Arc::new(Frozen::build(|arena| json::parse_copied(arena, text.as_bytes()).unwrap()))
}

/// The modules' program with one entry, `query`, and its routine.
fn link(modules: &[policies::Policy], version: Version, query: &str, data: &str) -> (Linked, u32) {
    let modules: Vec<_> = modules.iter().filter_map(|(name, text)| parse_module(name, text, version).tree).collect();
    let dialect = Dialect::new(version);
    let (source, parsed) = parse_query(query, dialect);
    let body = parsed.tree.unwrap();
    let query = QuerySource { name: "query".into(), body: &body, source, package: None, imports: vec![], dialect };
    let registry = lictor_builtins::registry();
    let analysis = analyse(&modules, &[query], &registry, &Options::default());
    let program = plan(&analysis.unit, &registry, &PlanOptions::default()).unwrap();
    let routine = program.entry("query").unwrap().routine;
    (Linked::new(Arc::new(program), frozen(data)).unwrap(), routine)
}

fn evaluate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluation alone");
    group.throughput(Throughput::Elements(EVENTS as u64));
    let seed = link(&policies::SEED, Version::V0, policies::SEED_QUERY, "{}");
    let library = link(&[policies::LIBRARY], Version::V1, policies::LIBRARY_QUERY, &data());
    for (name, (linked, routine), mix) in [("seed", seed, Mix::Seed), ("library", library, Mix::Main)] {
        let events: Vec<Arc<Frozen>> = Events::new(1, mix).take(EVENTS).map(|event| frozen(&event)).collect();
        let options = lictor_engine::Options::new(&NoHost);
        let mut session = Session::new(Limits::default());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for event in &events {
                    black_box(session.eval(&linked, routine, Input::Tree(event.root()), &options).unwrap());
                }
            });
        });
    }
    group.finish();
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("text to program");
    group.bench_function("seed", |bencher| {
        bencher.iter(|| link(&policies::SEED, Version::V0, policies::SEED_QUERY, "{}"));
    });
    group.bench_function("library", |bencher| {
        bencher.iter(|| link(&[policies::LIBRARY], Version::V1, policies::LIBRARY_QUERY, "{}"));
    });
    let many = policies::equality_and_order(1_000).leak();
    group.bench_function("1,000 rules", |bencher| {
        bencher.iter(|| link(&[("many.rego", many)], Version::V0, policies::MANY_QUERY, "{}"));
    });
    group.finish();
}

criterion_group!(benches, evaluate, load);
criterion_main!(benches);
