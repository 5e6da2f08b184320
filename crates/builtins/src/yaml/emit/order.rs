//! The order of keys: that of people, in which `a2` comes before `a10`.

use crate::unicode::{is_digit, is_letter};

/// Sorts pairs by their keys. The order may be none (it goes by parts of keys), which this sort does not mind.
pub(super) fn sort<T: Copy>(pairs: &mut Vec<(&str, T)>) {
    pairs.sort_by(|a, b| a.0.cmp(b.0));
    let mut runs: Vec<Vec<(&str, T)>> = pairs.drain(..).map(|pair| vec![pair]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut rest = runs.into_iter();
        while let Some(left) = rest.next() {
            merged.push(match rest.next() {
                Some(right) => merge(left, right),
                None => left,
            });
        }
        runs = merged;
    }
    pairs.extend(runs.into_iter().flatten());
}

fn merge<'k, T: Copy>(left: Vec<(&'k str, T)>, right: Vec<(&'k str, T)>) -> Vec<(&'k str, T)> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        merged.extend(if is_less(b.0, a.0) { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// As Go's package `yaml` 3 compares keys: where they first differ, letters come after all but digits that go on, and
/// numbers by their size.
fn is_less(a: &str, b: &str) -> bool {
    let mut common = 0;
    let mut digits = false;
    let (mut left, mut right) = (a.chars(), b.chars());
    loop {
        let (x, y) = match (left.next(), right.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_none() && y.is_some(),
        };
        if x == y {
            digits = is_digit(x);
            common += x.len_utf8();
            continue;
        }
        match (is_letter(x), is_letter(y)) {
            (true, true) => return x < y,
            (x_is, y_is) if x_is || y_is => return if digits { x_is } else { y_is },
            _ => {}
        }
        // Zeros within a number count, as do not those at its beginning.
        let before = || a[..common].chars().rev().take_while(|c| is_digit(*c));
        let begun = (x == '0' || y == '0') && before().any(|c| c != '0');
        let (x_number, x_length) = number(&a[common..], begun);
        let (y_number, y_length) = number(&b[common..], begun);
        return (x_number, x_length, x) < (y_number, y_length, y);
    }
}

/// The number that a text begins with, and how many digits it has. Great ones wrap, as in Go.
fn number(text: &str, begun: bool) -> (i64, usize) {
    let digits = text.chars().take_while(|c| is_digit(*c));
    digits.fold((i64::from(begun), 0), |(number, length), c| {
        let digit = i64::from(u32::from(c)) - i64::from(u32::from('0'));
        (number.wrapping_mul(10).wrapping_add(digit), length + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_people_sort_them() {
        let mut keys: Vec<_> = ["b", "a10", "a", "Z", "10", "a2", "9", "-", "a02", "é", ""].map(|key| (key, ())).into();
        sort(&mut keys);
        let sorted: Vec<_> = keys.into_iter().map(|(key, ())| key).collect();
        assert_eq!(sorted, ["", "-", "9", "10", "Z", "a", "a2", "a02", "a10", "b", "é"]);
        // A letter of Unicode 16.0, which is none to Go.
        let mut keys = vec![("k", ()), ("\u{a7cd}", ())];
        sort(&mut keys);
        assert_eq!(keys[0].0, "\u{a7cd}");
    }
}
