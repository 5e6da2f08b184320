//! Calls of builtins with texts that are strung together of words (`calls.txt`), each put to OPA too.
//!
//! Unlike a fuzz target it learns nothing, but it needs no nightly compiler and comes to the errors of parsers at once.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use libfuzzer_sys::arbitrary::Unstructured;
use lictor_fuzz::{Answer, Oracle, Standing, Vocabularies, agree, is_compared, write_call};
use lictor_value::Arena;

const USAGE: &str = "usage: strung SECONDS [PART-OF-NAME [SEED]]
Makes calls of calls.txt for that long, of builtins whose names have that part, and prints those that OPA answers otherwise.
The same seed makes the same calls. LICTOR_FUZZ_OPA must name the program that fuzz/opa builds.";

/// How many calls are put to OPA together.
const CALLS: usize = 64;

/// How many bytes choose the words of that many calls.
const CHOICES: usize = 1 << 14;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let seconds = args.first().and_then(|seconds| seconds.parse().ok());
    let seed = args.get(2).map_or(Some(std::process::id().into()), |seed| seed.parse().ok());
    let (Some(seconds), Some(seed), true) = (seconds, seed, args.len() <= 3) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut vocabularies = match Vocabularies::read(include_str!("../calls.txt")) {
        Ok(vocabularies) => vocabularies,
        Err(why) => {
            eprintln!("calls.txt: {why}");
            return ExitCode::from(2);
        }
    };
    if let Some(part) = args.get(1) {
        vocabularies.keep(part);
    }
    if vocabularies.is_empty() {
        eprintln!("no call is of a builtin whose name has this part");
        return ExitCode::from(2);
    }
    let Some(oracle) = Oracle::installed() else { return ExitCode::from(2) };
    eprintln!("seed {seed}");
    let alike = run(&vocabularies, oracle, Random(seed), Duration::from_secs(seconds));
    if alike { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether OPA answered all calls alike.
fn run(vocabularies: &Vocabularies, mut oracle: Oracle, mut random: Random, time: Duration) -> bool {
    let (begin, mut told) = (Instant::now(), Duration::ZERO);
    let (mut compared, mut differing) = (0, 0);
    let mut bytes = [0; CHOICES];
    while begin.elapsed() < time {
        random.fill(&mut bytes);
        let mut choices = Unstructured::new(&bytes);
        let (mut lines, mut answers) = (String::new(), Vec::new());
        for _ in 0..CALLS {
            let arena = Arena::with_limit(8 << 20);
            let Ok((name, args)) = vocabularies.call(&mut choices, &arena) else { break };
            let builtin = lictor_builtins::registry().get(name).filter(|one| one.args.len() == args.len());
            let builtin = builtin.unwrap_or_else(|| panic!("calls.txt calls {name} with {} arguments", args.len()));
            let (value, fault) = builtin.call_alone(&arena, &Standing, &args, None);
            if is_compared(name)
                && let Some(answer) = Answer::ours(builtin, value, fault.as_ref())
            {
                write_call(name, &args, &mut lines);
                answers.push((name, answer));
            }
        }
        // OPA's process may end with a call, which it says then.
        let Some(theirs) = oracle.answers(&lines) else { continue };
        for ((line, (name, ours)), theirs) in lines.lines().zip(&answers).zip(&theirs) {
            compared += 1;
            if !agree(name, line, ours, theirs) {
                differing += 1;
                // Whoever reads the differences may have gone.
                let _ = writeln!(std::io::stdout(), "{line}\n    OPA  {theirs:?}\n    here {ours:?}");
            }
        }
        if begin.elapsed() - told > Duration::from_secs(10) {
            told = begin.elapsed();
            eprintln!("{} s: {compared} calls, {differing} differ", told.as_secs());
        }
    }
    eprintln!("{compared} calls, {differing} differ");
    differing == 0
}

/// Random bytes that a seed determines: SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn fill(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..part.len()]);
        }
    }
}
