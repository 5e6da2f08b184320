//! A float in the fewest digits that read back the same, as Go chooses them: where two such numbers are as near, the even one.
//!
//! Rust takes the greater one then: of 900719925474099.25 Go makes 9.007199254740992e14, Rust 9.007199254740993e14.

use std::fmt::LowerExp;
use std::str::FromStr;

/// The digits as `d.ddde5`, of a float of 64 or 32 bits that is finite.
pub(crate) fn shortest<F: LowerExp + FromStr + PartialEq>(float: F) -> String {
    let shortest = format!("{float:e}");
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let nearest = format!("{float:.*e}", digits - 1);
    if nearest.parse().is_ok_and(|read: F| read == float) { nearest } else { shortest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_are_as_near_it_is_the_even_one() {
        assert_eq!(shortest(900_719_925_474_099.3), "9.007199254740992e14");
        assert_eq!(shortest(-900_719_925_474_099.8), "-9.007199254740998e14");
        assert_eq!([shortest(0.1), shortest(5e-324), shortest(1e23)], ["1e-1", "5e-324", "1e23"]);
        assert_eq!([shortest(0.1_f32), shortest(0.0_f32)], ["1e-1", "0e0"]);
    }
}
