//! Whether some text matches both of two patterns of `.`, `[a-z]`, `+` and `*`.
//!
//! The answers are those of the Go package `github.com/yashtewari/glob-intersection` 0.2, which OPA's `regex.globs_match`
//! asks. They are not always right (`a*` and the empty pattern have no text in common, and after a `+` a pattern may be
//! left too early), so the questions that it asks, one of each pair of rests of the patterns, are kept here. It asks some of
//! them again and again, in exponential time; here each is answered once, from the last to the first, which takes time in
//! proportion to the product of the patterns' lengths, and memory in proportion to the second one's.

use lictor_value::effort;

mod pattern;

use pattern::{Repeat, Token};

/// Whether the patterns overlap.
///
/// # Errors
/// What is wrong with a pattern, in the package's words.
pub(super) fn overlap(left: &[u8], right: &[u8]) -> Result<bool, String> {
    let (left, right) = (pattern::parse(left)?, pattern::parse(right)?);
    Ok(trim(&left, &right).is_some_and(|(left, right)| Answers::find(left, right)))
}

/// The patterns without what they begin and end with, as far as that has no repetition; one token on either side stays.
/// `None` where they begin or end with different things.
fn trim<'t>(left: &'t [Token], right: &'t [Token]) -> Option<(&'t [Token], &'t [Token])> {
    let once = |left: &Token, right: &Token| left.repeat == Repeat::Once && right.repeat == Repeat::Once;
    let shorter = left.len().min(right.len());
    let mut begin = 0;
    while begin < shorter && once(&left[begin], &right[begin]) {
        if !left[begin].meets(&right[begin]) {
            return None;
        }
        begin += 1;
    }
    begin = begin.saturating_sub(1);
    let (mut left_end, mut right_end) = (left.len(), right.len());
    while left_end > begin && right_end > begin && once(&left[left_end - 1], &right[right_end - 1]) {
        if !left[left_end - 1].meets(&right[right_end - 1]) {
            return None;
        }
        left_end -= 1;
        right_end -= 1;
    }
    if left_end < left.len() {
        left_end += 1;
        right_end += 1;
    }
    Some((&left[begin..left_end], &right[begin..right_end]))
}

/// The answers for one rest of the left pattern and each rest of the right one.
struct Answers {
    /// Whether the rests overlap, where a repetition of the left one goes first.
    left_first: Vec<bool>,
    /// The same where one of the right goes first.
    right_first: Vec<bool>,
    /// Whether they do where the left begins with a repetition that may take any number of the right's tokens.
    left_takes: Vec<bool>,
    right_takes: Vec<bool>,
}

impl Answers {
    fn find(left: &[Token], right: &[Token]) -> bool {
        let none = || vec![false; right.len() + 1];
        let empty = || Answers { left_first: none(), right_first: none(), left_takes: none(), right_takes: none() };
        let (mut next, mut row) = (empty(), empty());
        for i in (0..=left.len()).rev() {
            if !effort::spend(right.len()) {
                return false;
            }
            for j in (0..=right.len()).rev() {
                row.answer(&next, left, right, i, j);
            }
            std::mem::swap(&mut next, &mut row);
        }
        next.left_first[0]
    }

    /// Answers for the rests from `i` and `j` on; `next` holds the answers for `i + 1`.
    fn answer(&mut self, next: &Answers, left: &[Token], right: &[Token], i: usize, j: usize) {
        let (l, r) = (left.get(i), right.get(j));
        let meet = matches!((l, r), (Some(l), Some(r)) if l.meets(r));
        // Those that take: all is taken and nothing must follow, or what follows the repetition begins here and leads to
        // the end, or this token is taken as well.
        self.left_takes[j] = match (l, r, left.get(i + 1)) {
            (None, _, _) => false,
            (_, None, following) => following.is_none(),
            (_, Some(r), Some(following)) if r.meets(following) && next.left_first[j] => true,
            _ => meet && self.left_takes[j + 1],
        };
        self.right_takes[j] = match (l, r, right.get(j + 1)) {
            (_, None, _) => false,
            (None, _, following) => following.is_none(),
            (Some(l), _, Some(following)) if l.meets(following) && self.right_first[j + 1] => true,
            _ => meet && next.right_takes[j],
        };
        let (Some(l), Some(r)) = (l, r) else {
            let both_end = l.is_none() && r.is_none();
            (self.left_first[j], self.right_first[j]) = (both_end, both_end);
            return;
        };
        let left_repeats = match l.repeat {
            Repeat::Once => None,
            Repeat::Any => Some(self.left_takes[j]),
            Repeat::Some => Some(meet && (self.left_takes[j + 1] || r.repeat != Repeat::Once && next.left_first[j])),
        };
        let right_repeats = match r.repeat {
            Repeat::Once => None,
            Repeat::Any => Some(self.right_takes[j]),
            Repeat::Some => Some(meet && (next.right_takes[j] || l.repeat != Repeat::Once && self.right_first[j + 1])),
        };
        self.left_first[j] = left_repeats.or(right_repeats).unwrap_or(meet && next.left_first[j + 1]);
        self.right_first[j] = right_repeats.or(left_repeats).unwrap_or(meet && next.right_first[j + 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::overlap;

    fn overlaps(left: &str, right: &str) -> bool {
        let found = overlap(left.as_bytes(), right.as_bytes()).expect("both are patterns");
        assert_eq!(overlap(right.as_bytes(), left.as_bytes()), Ok(found), "{left} and {right} either way");
        found
    }

    #[test]
    fn patterns_overlap_where_a_text_matches_both() {
        for (left, right) in [
            ("", ""),
            ("abc", "a.c"),
            ("a*b", ".+"),
            ("[a-m]+", "[k-z]*"),
            (r"\.\*", "..+"),
            ("x.*y.*z", ".*y+.z"),
            ("[éè]", "."),
        ] {
            assert!(overlaps(left, right), "{left} {right}");
        }
        for (left, right) in
            [("a", ""), ("abc", "abd"), ("a+", "b*"), ("[a-m]+", "[n-z]+"), ("ab*c", "ab+d"), ("..", "...")]
        {
            assert!(!overlaps(left, right), "{left} {right}");
        }
    }

    #[test]
    fn patterns_that_repeat_much_take_no_exponential_time() {
        let many = |piece: &str, last: &str| piece.repeat(400) + last;
        assert!(!overlaps(&many("a*b*", "x"), &many("a*b+", "y")));
        assert!(overlaps(&many(".*[a-z]+", ""), &many(".+x*", "")));
    }

    #[test]
    fn what_is_no_pattern_says_where() {
        for (pattern, at, why) in [
            ("*a", 1, "flag '*' must be preceded by a non-flag"),
            ("a]", 2, "set-close ']' with no preceding '['"),
            ("é[a", 3, "found [ without matching ]"),
            (r"a\", 1, r"input ends with a \ (escape) character"),
            ("[-a]", 2, "range character '-' must be preceded by a Unicode character"),
            ("[a--]", 4, "range character '-' cannot be followed by a special symbol"),
            ("[z-a]", 4, "range is out of order: 'a' comes before 'z' in Unicode"),
            ("[a-", 3, "range character '-' must be followed by a Unicode character"),
        ] {
            let expected = format!("input:{pattern}, pos:{at}, {why}: the input provided is invalid");
            assert_eq!(overlap(pattern.as_bytes(), b"."), Err(expected));
        }
    }
}
