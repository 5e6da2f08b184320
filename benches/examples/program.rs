//! Evaluates one general program over and over, for a profiler to look at.
//!
//!     cargo run --release -p lictor-benches --example program -- membership 1000

use lictor_benches::programs::{PROGRAM_QUERY, programs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (name, count) =
        (words.next().unwrap_or_default(), words.next().unwrap_or_default().parse().unwrap_or(1_000_u32));
    let program =
        programs().into_iter().find(|program| program.name == name).ok_or("there is no program of this name")?;
    let builder = lictor::Builder::new().module("policy.rego", program.text).data(program.data.to_string());
    let policy = builder.query("q", PROGRAM_QUERY).build()?;
    let input = program.input.to_string();
    let mut session = policy.session();
    let begin = std::time::Instant::now();
    for _ in 0..count {
        session.eval("q", Some(input.as_bytes()))?;
    }
    println!("{name}: {} ns", begin.elapsed().as_nanos() / u128::from(count.max(1)));
    Ok(())
}
