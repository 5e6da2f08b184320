//! Arithmetic as ops: what the operators' builtins do, with the same errors.

use lictor_value::number::{self, NumberError};
use lictor_value::{Arena, Fault, Set, Value, order};

use super::Machine;

type Answer<'v> = Result<Value<'v>, NumberError>;

impl<'v> Machine<'v, '_> {
    /// The result of an operation; where there is none, [`Machine::check_fault`] says whether evaluation goes on.
    #[inline(always)]
    pub(super) fn compute(
        &mut self,
        name: &'static str,
        operation: fn(&'v Arena, Value<'v>, Value<'v>) -> Answer<'v>,
        a: Value<'v>,
        b: Value<'v>,
    ) -> Option<Value<'v>> {
        match operation(self.arena, a, b) {
            Ok(value) => Some(value),
            Err(error) => self.failed(name, error.into()),
        }
    }

    /// `a - b`, of numbers or sets.
    #[inline(always)]
    pub(super) fn subtract(&mut self, a: Value<'v>, b: Value<'v>) -> Option<Value<'v>> {
        if a.is_number() && b.is_number() { self.compute("minus", number::sub, a, b) } else { self.difference(a, b) }
    }

    #[cold]
    fn difference(&mut self, a: Value<'v>, b: Value<'v>) -> Option<Value<'v>> {
        match (a.as_set(), b.as_set()) {
            (Some(a), Some(b)) => Some(Value::set(self.arena.one(Set::difference(self.arena, a, b)))),
            (None, _) if !a.is_number() => {
                let (expected, found) = ("one of {number, set}", a.type_name());
                self.failed("minus", Fault::Operand { position: 1, expected, found })
            }
            _ => {
                // OPA asks for the one kind where the other is found.
                let expected = if b.is_number() { "set" } else { "number" };
                self.failed("minus", Fault::Operand { position: 2, expected, found: b.type_name() })
            }
        }
    }

    #[cold]
    fn failed(&mut self, name: &'static str, fault: Fault) -> Option<Value<'v>> {
        self.fault = Some((name, fault));
        None
    }
}

/// `a < b`
#[inline(always)]
pub(super) fn less(a: Value<'_>, b: Value<'_>) -> bool {
    match (a.as_int(), b.as_int()) {
        (Some(a), Some(b)) => a < b,
        _ => order(a, b).is_lt(),
    }
}
