//! 10 to 10,000 deny rules of which few hold: the cost should follow the rules that can hold. The rules are one policy, or
//! policies of ten in policy sets of ten.
//!
//! One iteration decides 100 events from their bytes; throughput is in events.

#![allow(missing_docs, clippy::unwrap_used, reason = "benchmarks may panic")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lictor::policy_set::PolicySet;
use lictor::{Builder, Version};
use lictor_benches::{Events, Form, Mix, policies};

const EVENTS: usize = 100;

fn many_rules(criterion: &mut Criterion) {
    // A text is above every number: where there should be one, half of all rules would hold.
    let events: Vec<String> = Events::new(1, Mix::Seed).well_formed().take(EVENTS).collect();
    let mut bench = |shape: &str, rules: usize, builder: Builder| {
        let mut group = criterion.benchmark_group("many rules");
        group.throughput(Throughput::Elements(EVENTS as u64));
        let mut session = builder.build().unwrap().session();
        group.bench_function(BenchmarkId::new(shape, rules), |bencher| {
            bencher.iter(|| {
                for event in &events {
                    black_box(session.decide(black_box(event)).unwrap());
                }
            });
        });
    };
    for rules in [10, 100, 1_000, 10_000] {
        for (shape, module) in [
            ("v0: == and >", policies::equality_and_order as fn(usize) -> String),
            ("v0: contains", policies::substrings as fn(usize) -> String),
        ] {
            bench(shape, rules, Builder::new().version(Version::V0).module("many.rego", module(rules)));
        }
        for form in Form::ALL {
            bench(form.name(), rules, Builder::new().module("many.rego", form.module(rules)));
            let sets =
                form.sets(rules).iter().map(|text| PolicySet::parse(text, Path::new("set.yaml")).unwrap()).collect();
            bench(&format!("{} in sets", form.name()), rules, Builder::new().sets(sets));
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(700));
    targets = many_rules
}
criterion_main!(benches);
