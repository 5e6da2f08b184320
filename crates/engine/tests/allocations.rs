//! A warm session allocates nothing.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[allow(dead_code, reason = "not every test file uses all of it")]
mod assembler;

use assembler::ask::{at_paths, frozen, given};
use assembler::token_policy::{EVENT, POLICY};
use lictor_engine::{Input, Limits, Linked, Options, Session};
use lictor_value::{Arena, NoHost};

#[test]
fn a_warm_session_decides_without_allocating() {
    let linked = Linked::new(given(POLICY).program, frozen("{}")).unwrap();
    let event = frozen(EVENT);
    let arena = Arena::default();
    let values = at_paths(&arena, event.root(), linked.program());
    let options = Options::new(&NoHost);
    let mut session = Session::new(Limits::default());
    for input in [Input::Tree(event.root()), Input::Paths(values)] {
        let mut decide = || session.eval(&linked, 0, input, &options).unwrap().unwrap().as_set().unwrap().len();
        assert_eq!(decide(), 1);
        let counted = allocation_counter::measure(|| assert_eq!(decide(), 1));
        assert_eq!(counted.count_total, 0);
    }
}
