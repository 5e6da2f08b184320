//! Calls of any builtins with values like those of known calls, without a network: each gives a well-formed value or none,
//! gives the same when called again and when its constants were prepared, keeps to the limits of memory and time, and
//! gives what OPA gives where `LICTOR_FUZZ_OPA` names the program of `fuzz/opa`.
//!
//! With `LICTOR_FUZZ_DIFFERENCES` naming a file, differences to OPA are written there and the run goes on.
#![no_main]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use lictor_fuzz::{Answer, Oracle, Reader, Seeds, Standing, agree, is_compared, write_call};
use lictor_value::{Arena, Builtin, Fault, Value, View, json, order};
use rustix::time::{ClockId, clock_gettime};

static BUILTINS: LazyLock<Vec<&'static Builtin>> =
    LazyLock::new(|| lictor_builtins::FAMILIES.iter().flat_map(|(_, family)| *family).collect());

static SEEDS: LazyLock<Seeds> = LazyLock::new(Seeds::load);

thread_local! {
    static ORACLE: RefCell<Option<Oracle>> = RefCell::new(Oracle::installed());
}

/// How many calls an input makes at most. They are put to OPA together.
const CALLS: usize = 32;

/// What the arena allows a call.
const LIMIT: usize = 8 << 20;

/// How much of the processor's time a call may take. Memory that the sanitizer watches costs some ten times as much:
/// compiling `\PN{1000}` takes 0.05 s without it and 1.5 s with it.
const LONGEST: Duration = Duration::from_secs(8);

/// Holds that sets and keys ascend, and numbers are JSON's.
fn check(value: Value<'_>) {
    let ascend = |items: &[Value<'_>]| items.windows(2).all(|pair| order(pair[0], pair[1]).is_lt());
    match value.view() {
        View::Number(text) => assert!(json::is_number(text.as_bytes()), "{text}"),
        View::Array(items) => items.iter().copied().for_each(check),
        View::Set(set) => {
            assert!(ascend(set.items()), "{value:?}");
            set.items().iter().copied().for_each(check);
        }
        View::Object(object) => {
            assert!(ascend(object.keys().items()), "{value:?}");
            object.iter().for_each(|(key, inner)| {
                check(key);
                check(inner);
            });
        }
        _ => {}
    }
    assert!(!value.is_absent());
}

type Given<'v> = (Option<Value<'v>>, Option<Fault>);

/// Whether two calls gave the same. One may have met the arena's limit, of which the first had more.
fn same(one: &Given<'_>, other: &Given<'_>) -> bool {
    match (one, other) {
        ((_, Some(Fault::Halt(_))), _) | (_, (_, Some(Fault::Halt(_)))) => true,
        ((Some(one), _), (Some(other), _)) => order(*one, *other).is_eq(),
        ((None, one), (None, other)) => one == other,
        _ => false,
    }
}

/// How long this thread has had the processor: others may have it meanwhile.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Makes a call in all ways, and returns what it gives.
fn hold<'v>(builtin: &Builtin, arena: &'v Arena, args: &[Value<'v>]) -> Given<'v> {
    let (begin, before) = (processor_time(), arena.used());
    let given = builtin.call_alone(arena, &Standing, args, None);
    let took = processor_time() - begin;
    let taken = arena.used() - before;
    let shown = || {
        let mut line = String::new();
        write_call(builtin.name, args, &mut line);
        line
    };
    assert!(taken < 8 * LIMIT, "{taken} bytes are taken by {}", shown());
    assert!(took < LONGEST, "{took:?} are taken by {}", shown());
    if let Some(value) = given.0 {
        check(value);
    }
    if !matches!(builtin.name, "rand.intn" | "uuid.rfc4122" | "io.jwt.encode_sign" | "io.jwt.encode_sign_raw") {
        let again = Arena::with_limit(LIMIT);
        let second = builtin.call_alone(&again, &Standing, args, None);
        assert!(same(&given, &second), "gave {given:?}, then {second:?}: {}", shown());
        let constants: Vec<_> = args.iter().copied().map(Some).collect();
        if let Some(prepared) = builtin.prepare.and_then(|prepare| prepare(&constants)) {
            let third = builtin.call_alone(&again, &Standing, args, Some(&prepared));
            assert!(same(&given, &third), "gave {given:?}, prepared {third:?}: {}", shown());
        }
    }
    given
}

fn report(difference: &str) {
    match std::env::var_os("LICTOR_FUZZ_DIFFERENCES") {
        Some(path) => {
            let file = std::fs::File::options().create(true).append(true).open(path);
            file.and_then(|mut file| file.write_all(difference.as_bytes())).expect("it can be written to");
        }
        None => panic!("{difference}"),
    }
}

// Reading known calls takes as long as many inputs: it is done before time is kept.
fuzz_target!(init: LazyLock::force(&SEEDS), |bytes: &[u8]| {
    let seeds = &*SEEDS;
    let mut bytes = Unstructured::new(bytes);
    let (mut lines, mut answers) = (String::new(), Vec::new());
    for _ in 0..CALLS {
        if bytes.is_empty() {
            break;
        }
        let arena = Arena::with_limit(LIMIT);
        let Ok(builtin) = bytes.choose(&BUILTINS).copied() else { return };
        let mut reader = Reader { bytes, arena: &arena, seeds };
        let Ok(args) = reader.args(builtin) else { return };
        bytes = reader.bytes;
        let (value, fault) = hold(builtin, &arena, &args);
        if is_compared(builtin.name)
            && let Some(answer) = Answer::ours(builtin, value, fault.as_ref())
        {
            write_call(builtin.name, &args, &mut lines);
            answers.push((builtin.name, answer));
        }
    }
    if answers.is_empty() {
        return;
    }
    let Some(theirs) = ORACLE.with_borrow_mut(|oracle| oracle.as_mut()?.answers(&lines)) else { return };
    let mut differences = String::new();
    for ((line, (name, ours)), theirs) in lines.lines().zip(&answers).zip(&theirs) {
        if !agree(name, line, ours, theirs) {
            let _ = writeln!(differences, "{line}\n    OPA  {theirs:?}\n    here {ours:?}");
        }
    }
    if !differences.is_empty() {
        report(&differences);
    }
});
