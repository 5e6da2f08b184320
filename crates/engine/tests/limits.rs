//! Hostile programs and inputs end in an error.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[allow(dead_code, reason = "not every test file uses all of it")]
mod assembler;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use assembler::ask::{frozen, given};
use lictor_engine::{ErrorKind, Input, Limits, Linked, Options, Session};
use lictor_value::{Halt, Host, NoHost};

/// Three nested loops over a thousand items.
const LONG: &str = "
    rule data.t.p
    data 1 xs -> end
    each 0 1 2 -> end
    one:
    each 1 1 3 -> end
    two:
    each 2 1 4 -> end
    three:
    next 2 4 -> three
    next 1 3 -> two
    next 0 2 -> one
    end:
    undefined
";

fn thousand() -> &'static str {
    Box::leak(format!("{{\"xs\": [{}]}}", vec!["\"some text of a few words\""; 1000].join(",")).into_boxed_str())
}

fn halted(text: &str, limits: Limits, options: &Options<'_>) -> ErrorKind {
    let linked = Linked::new(given(text).program, frozen(thousand())).unwrap();
    let mut session = Session::new(limits);
    let kind = session.eval(&linked, 0, Input::Undefined, options).unwrap_err().kind;
    // The session is as good as new.
    let fine = given("rule data.t.p\n const 0 1\n return 0\n").program;
    let fine = Linked::new(fine, frozen("{}")).unwrap();
    let answer = session.eval(&fine, 0, Input::Undefined, &Options::new(&NoHost));
    assert_eq!(answer.unwrap().unwrap().as_int(), Some(1));
    kind
}

#[test]
fn steps_run_out() {
    let limits = Limits { steps: 1_000_000, ..Limits::default() };
    assert_eq!(halted(LONG, limits, &Options::new(&NoHost)), ErrorKind::Halt(Halt::Steps));
}

#[test]
fn a_caller_cancels() {
    let cancel = AtomicBool::new(false);
    struct Canceller<'a>(&'a AtomicBool, AtomicI64);
    impl Host for Canceller<'_> {
        fn now_ns(&self) -> i64 {
            if self.1.fetch_add(1, Ordering::Relaxed) == 3 {
                self.0.store(true, Ordering::Relaxed);
            }
            0
        }
        fn random(&self, _: &mut [u8]) {}
    }
    let host = Canceller(&cancel, AtomicI64::new(0));
    let options = Options { cancel: Some(&cancel), ..Options::new(&host) };
    let limits = Limits { deadline: Some(Duration::from_secs(1)), ..Limits::default() };
    let linked = Linked::new(given(LONG).program, frozen(thousand())).unwrap();
    let error = Session::new(limits).eval(&linked, 0, Input::Undefined, &options).unwrap_err();
    assert_eq!(error.to_string(), "caller cancelled query execution");
    assert_eq!(error.code(), "eval_cancel_error");
}

#[test]
fn a_deadline_passes() {
    #[derive(Default)]
    struct Ticking(AtomicI64);
    impl Host for Ticking {
        fn now_ns(&self) -> i64 {
            0
        }
        fn random(&self, _: &mut [u8]) {}
        fn tick_ns(&self) -> i64 {
            self.0.fetch_add(1_000_000, Ordering::Relaxed)
        }
    }
    let limits = Limits { deadline: Some(Duration::from_millis(20)), ..Limits::default() };
    assert_eq!(halted(LONG, limits, &Options::new(&Ticking::default())), ErrorKind::Halt(Halt::Deadline));
}

#[test]
fn memory_of_values_runs_out() {
    // Each turn makes an array of arrays; nothing is kept.
    let text = "
        rule data.t.p
        data 1 xs -> end
        each 0 1 2 -> end
        one:
        each 1 1 3 -> end
        two:
        array 4 1 3
        array 5 1 3
        array 6 4 2
        next 1 3 -> two
        next 0 2 -> one
        end:
        undefined
    ";
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    assert_eq!(halted(text, limits, &Options::new(&NoHost)), ErrorKind::Halt(Halt::Memory));
}

#[test]
fn memory_of_unfinished_collections_runs_out() {
    let text = "
        rule data.t.p
        begin array
        data 1 xs -> end
        each 0 1 2 -> end
        one:
        each 1 1 3 -> end
        two:
        emit 3
        next 1 3 -> two
        next 0 2 -> one
        end:
        finish 0
        return 0
    ";
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    assert_eq!(halted(text, limits, &Options::new(&NoHost)), ErrorKind::Halt(Halt::Memory));
}

#[test]
fn text_that_doubles_runs_out_of_memory() {
    let text = "
        rule data.t.p
        const 1 \"0123456789abcdef\"
        data 2 xs -> end
        each 0 2 3 -> end
        one:
        call 1 test.twice -> end
        next 0 3 -> one
        end:
        undefined
    ";
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    assert_eq!(halted(text, limits, &Options::new(&NoHost)), ErrorKind::Halt(Halt::Memory));
}

#[test]
fn calls_nest_no_deeper_than_allowed() {
    let mut text = String::new();
    for i in 0..50 {
        text += &format!("rule data.t.p{i}\n value 0 {} -> no\n return 0\n no:\n undefined\n", i + 1);
    }
    text += "rule data.t.last\n const 0 1\n return 0\n";
    let linked = Linked::new(given(&text).program, frozen("{}")).unwrap();
    let depth = |depth| {
        let mut session = Session::new(Limits { depth, ..Limits::default() });
        session
            .eval(&linked, 0, Input::Undefined, &Options::new(&NoHost))
            .map(|v| v.unwrap().as_int())
            .map_err(|e| e.kind)
    };
    assert_eq!(depth(50), Ok(Some(1)));
    assert_eq!(depth(49), Err(ErrorKind::Halt(Halt::Depth)));
}
