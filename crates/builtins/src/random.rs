//! Random numbers, from the host's randomness.

use std::collections::HashMap;

use lictor_value::{Builtin, Context, Host, Type, Value};

use crate::family;
use crate::operand;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// A random integer from 0 up to and without the absolute value of `n`; 0 where `n` is 0. For one `str` and `n` it is
    /// the same throughout an evaluation: `rand.intn("die", 6) + 1` is one throw of a die.
    "rand.intn" in "numbers" { nondeterministic: true } |
        cx,
        str ("names the number within the evaluation"): &[u8],
        n ("how many integers there are to choose from"): Value<'_> [Type::Number],
    | -> "y" ("the integer"): Option<i64> [Type::Number] {
        let n = operand::int(cx, n, 2)?.unsigned_abs();
        intn(cx, str, n)
    }
};

/// The numbers that this evaluation drew.
#[derive(Default)]
struct Drawn(HashMap<(Vec<u8>, u64), i64>);

fn intn(cx: &mut Context<'_, '_>, name: &[u8], below: u64) -> Option<i64> {
    let host = cx.host;
    if below == 0 {
        return Some(0);
    }
    let drawn = cx.scratch.of_evaluation::<Drawn>();
    Some(*drawn.0.entry((name.to_vec(), below)).or_insert_with(|| draw(host, below)))
}

/// A number below `below`, which is at most 2^63, so it fits. Of 128 random bits the remainder favours no number by more
/// than one part in 2^64.
fn draw(host: &dyn Host, below: u64) -> i64 {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    (u128::from_le_bytes(bytes) % u128::from(below)) as i64
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Host, Scratch};

    use super::{FAMILY, intn};
    use crate::family::calls::assert_gives;

    /// Counts, so that no two random numbers are the same.
    struct Counter(std::sync::atomic::AtomicU8);

    impl Host for Counter {
        fn now_ns(&self) -> i64 {
            0
        }
        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(0);
            bytes[0] = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    #[test]
    fn a_number_is_drawn_once_for_each_name_and_bound() {
        let (arena, mut scratch, host) = (Arena::default(), Scratch::default(), Counter(7.into()));
        let mut buffer = Vec::new();
        let mut cx = Context {
            arena: &arena,
            buffer: &mut buffer,
            host: &host,
            scratch: &mut scratch,
            prepared: None,
            fault: None,
        };
        assert_eq!(intn(&mut cx, b"a", 5), Some(2));
        assert_eq!(intn(&mut cx, b"b", 5), Some(3));
        assert_eq!(intn(&mut cx, b"a", 5), Some(2));
        assert_eq!(intn(&mut cx, b"a", 100), Some(9));
        cx.scratch.begin();
        assert_eq!(intn(&mut cx, b"a", 5), Some(0));
    }

    #[test]
    fn bounds_are_integers_of_either_sign() {
        for (n, given) in [
            ("0", "0"),
            ("-1", "0"),
            ("1.5", "operand 2 must be integer number but got floating-point number"),
            (r#""6""#, "operand 2 must be number but got string"),
        ] {
            assert_gives(FAMILY, "rand.intn", &[r#""x""#, n], given);
        }
    }
}
