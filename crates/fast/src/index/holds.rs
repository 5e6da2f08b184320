//! What an atom means: whether it holds of a value.

use lictor_ir::{Atom, Test};
use lictor_value::{Value, order, same};
use memchr::memmem;

/// More constants than these are not compared with.
const MANY: usize = 16;

/// Whether an atom holds of the value at its place, [`Value::ABSENT`] where there is none; or may hold, where
/// to tell would take long.
#[inline]
pub fn holds(atom: &Atom, value: Value<'_>, constants: &[Value<'_>]) -> bool {
    if matches!(&atom.test, Test::OneOf(ids) if ids.len() > MANY) {
        // The definition looks into a set of them, which is faster than comparing one by one.
        return true;
    }
    (!value.is_absent() && test(&atom.test, value, constants)) != atom.negated
}

fn test(test: &Test, value: Value<'_>, constants: &[Value<'_>]) -> bool {
    let constant = |id: &u32| constants[*id as usize];
    let equal = |id: &u32| same(value, constant(id));
    let text = |is: fn(&[u8], &[u8]) -> bool, id: &u32| {
        value.as_bytes().zip(constant(id).as_bytes()).is_some_and(|(value, part)| is(value, part))
    };
    match test {
        Test::Defined => true,
        Test::Truthy => value.holds(),
        Test::Is(types) => types.contain(value),
        Test::Equal(id) => equal(id),
        Test::NotEqual(id) => !equal(id),
        Test::OneOf(ids) => ids.iter().any(equal),
        Test::HasElement(id) => value.has(constant(id)),
        Test::Above { bound, inclusive } => {
            let compared = order(value, constant(bound));
            compared.is_gt() || *inclusive && compared.is_eq()
        }
        Test::Below { bound, inclusive } => {
            let compared = order(value, constant(bound));
            compared.is_lt() || *inclusive && compared.is_eq()
        }
        Test::StartsWith(id) => text(<[u8]>::starts_with, id),
        Test::EndsWith(id) => text(<[u8]>::ends_with, id),
        Test::Contains(id) => text(contains, id),
    }
}

/// Below this many bytes looking at each place costs less than getting ready to search.
const SHORT: usize = 48;

fn contains(value: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    if value.len() <= SHORT {
        return value.windows(part.len()).any(|window| window[0] == *first && window == part);
    }
    memmem::find(value, part).is_some()
}
