//! General programs: everybody evaluates the same ones, first to compare answers, then for time.
//!
//! An evaluation goes from the input's bytes to the answer; base data is loaded before. Whoever answers differently has
//! no time. The geometric means are over the programs that the other evaluates.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::Result;
use lictor_benches::programs::programs;
use serde_json::Value;

use crate::contender::program::{self, Evaluates};
use crate::workload::Workload;

/// How long one contender evaluates one program in one round.
const ROUND: Duration = Duration::from_millis(30);

/// Who everybody is compared with.
const OURS: &str = "Lictor";

/// A contender that answered as OPA does.
struct Ready {
    name: &'static str,
    contender: Box<dyn Evaluates>,
    /// How many evaluations a round takes.
    count: u32,
    best: Duration,
}

/// Races all programs whose name contains `wanted`; whether everybody that took part agreed.
pub fn race(wanted: &str, rounds: usize) -> Result<bool> {
    let mut agreed = true;
    let mut ratios: BTreeMap<&str, Vec<(f64, &str)>> = BTreeMap::new();
    for program in programs().iter().filter(|program| program.name.contains(wanted)) {
        let (ready, notes) = enter(&Workload::program(program))?;
        agreed &= notes.iter().all(|note| note.fair);
        let times = time(ready, rounds)?;
        let ours = times.iter().find(|(name, _)| *name == OURS).map(|(_, time)| *time);
        let shown = times.iter().map(|(name, time)| {
            let Some(ours) = ours else { return format!("{name} {time:.0}") };
            ratios.entry(name).or_default().push((time / ours, program.name));
            format!("{name} {time:.0} ({:.1})", time / ours)
        });
        println!("{:<12} {}", program.name, shown.collect::<Vec<_>>().join(", "));
        for note in notes {
            println!("    {}", note.text);
        }
    }
    println!("\nns from the input's bytes to the answer (times of {OURS}'s); geometric means and the least:");
    for (name, ratios) in ratios.iter().filter(|(name, _)| **name != OURS) {
        println!("{name:<22} {}", Summary::of(ratios.iter().copied()));
    }
    let mut better: BTreeMap<&str, f64> = BTreeMap::new();
    for (ratio, program) in ["regorus RVM", "regorus interpreter"].iter().filter_map(|name| ratios.get(name)).flatten()
    {
        let least = better.entry(program).or_insert(f64::INFINITY);
        *least = least.min(*ratio);
    }
    println!(
        "{:<22} {}",
        "regorus, the better",
        Summary::of(better.into_iter().map(|(program, ratio)| (ratio, program)))
    );
    Ok(agreed)
}

/// What many ratios come to.
struct Summary<'p> {
    mean: f64,
    least: Option<(f64, &'p str)>,
    count: usize,
}

impl<'p> Summary<'p> {
    fn of(ratios: impl Iterator<Item = (f64, &'p str)>) -> Self {
        let ratios: Vec<_> = ratios.collect();
        let logarithms: f64 = ratios.iter().map(|(ratio, _)| ratio.ln()).sum();
        Summary {
            mean: (logarithms / ratios.len() as f64).exp(),
            least: ratios.iter().copied().min_by(|one, other| one.0.total_cmp(&other.0)),
            count: ratios.len(),
        }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((least, program)) = self.least else { return f.write_str("no program") };
        write!(f, "{:6.1} over {} programs, least {least:.1} in {program}", self.mean, self.count)
    }
}

/// Why somebody has no time.
struct Note {
    text: String,
    /// Whether that is their own choice: they cannot load the program, and said so.
    fair: bool,
}

fn enter(program: &Workload) -> Result<(Vec<Ready>, Vec<Note>)> {
    let mut reference: Option<Value> = None;
    let (mut ready, mut notes) = (Vec::new(), Vec::new());
    for (name, loaded) in program::all(program) {
        let answer = loaded.and_then(|mut contender| Ok((contender.answer()?, contender)));
        let (answer, mut contender) = match answer {
            Ok(answered) => answered,
            Err(error) => {
                let text = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
                notes.push(Note { text: format!("{name}: does not take part: {text}"), fair: name != OURS });
                continue;
            }
        };
        if let Some(expected) = &reference
            && *expected != answer
        {
            let cut = |value: &Value| value.to_string().chars().take(300).collect::<String>();
            let text = format!("{name}: DISAGREES, so has no time: {} instead of {}", cut(&answer), cut(expected));
            notes.push(Note { text, fair: false });
            continue;
        }
        reference.get_or_insert(answer);
        let count = calibrate(&mut *contender)?;
        ready.push(Ready { name, contender, count, best: Duration::MAX });
    }
    Ok((ready, notes))
}

/// How many evaluations take about as long as a round should.
fn calibrate(contender: &mut dyn Evaluates) -> Result<u32> {
    let mut count = 1;
    loop {
        let took = contender.time(count)?;
        if took >= ROUND / 4 || count >= 1 << 20 {
            let rounds = ROUND.as_secs_f64() / took.as_secs_f64().max(1e-9);
            return Ok((f64::from(count) * rounds).clamp(1.0, f64::from(1 << 22)) as u32);
        }
        count *= 4;
    }
}

/// ns an evaluation, the best of all rounds, in order.
fn time(mut ready: Vec<Ready>, rounds: usize) -> Result<Vec<(&'static str, f64)>> {
    for _ in 0..rounds {
        for entry in &mut ready {
            entry.best = entry.contender.time(entry.count)?.min(entry.best);
        }
    }
    let mut times: Vec<_> =
        ready.iter().map(|entry| (entry.name, entry.best.as_nanos() as f64 / f64::from(entry.count))).collect();
    times.sort_by(|one, other| one.1.total_cmp(&other.1));
    Ok(times)
}
