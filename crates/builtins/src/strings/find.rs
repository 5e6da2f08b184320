//! Where a string occurs in another one, and the pieces between.

use std::borrow::Cow;

use lictor_value::text;
use memchr::memmem;

/// Below this many bytes looking at each place costs less than getting ready to search.
const SHORT: usize = 48;

/// Whether `needle` occurs in `haystack`.
#[inline]
pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    if haystack.len() <= SHORT {
        return haystack.windows(needle.len()).any(|window| window[0] == *first && window == needle);
    }
    memmem::find(haystack, needle).is_some()
}

/// Both as OPA compares them rune by rune: bytes that are no UTF-8 are all U+FFFD.
fn comparable(text: &[u8]) -> Cow<'_, [u8]> {
    if std::str::from_utf8(text).is_ok() {
        return Cow::Borrowed(text);
    }
    let mut clean = Vec::with_capacity(text.len());
    text::write_utf8(text, &mut clean);
    Cow::Owned(clean)
}

/// The rune at which `needle` first occurs, or -1.
pub(super) fn first(haystack: &[u8], needle: &[u8]) -> i64 {
    if haystack.is_ascii() {
        return memmem::find(haystack, needle).map_or(-1, |at| at as i64);
    }
    let (haystack, needle) = (comparable(haystack), comparable(needle));
    memmem::find(&haystack, &needle).map_or(-1, |at| text::count_runes(&haystack[..at]) as i64)
}

/// The runes at which `needle`, which is not empty, occurs; occurrences may overlap. Knuth, Morris and Pratt's search: a
/// repeated needle in a repeated text takes linear time too.
pub(super) fn all(haystack: &[u8], needle: &[u8]) -> Vec<i64> {
    let (haystack, needle) = (comparable(haystack), comparable(needle));
    let borders = borders(&needle);
    let needle_runes = text::count_runes(&needle) as i64;
    let mut found = Vec::new();
    let (mut matched, mut runes) = (0, 0);
    for byte in haystack.iter() {
        if byte & 0xc0 != 0x80 {
            runes += 1;
        }
        while matched > 0 && (matched == needle.len() || needle[matched] != *byte) {
            matched = borders[matched - 1];
        }
        if needle[matched] == *byte {
            matched += 1;
        }
        if matched == needle.len() {
            found.push(runes - needle_runes);
        }
    }
    found
}

/// For each prefix, the length of the longest one that it also ends with.
fn borders(needle: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; needle.len()];
    for at in 1..needle.len() {
        let mut matched = borders[at - 1];
        while matched > 0 && needle[matched] != needle[at] {
            matched = borders[matched - 1];
        }
        borders[at] = matched + usize::from(needle[matched] == needle[at]);
    }
    borders
}

/// At most `limit` pieces of `text` between delimiters, the last one with all that is left; without a delimiter its runes.
pub(super) fn pieces<'t>(text: &'t [u8], delimiter: &[u8], limit: usize) -> Vec<&'t [u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    if limit == 0 {
        return pieces;
    }
    if delimiter.is_empty() {
        while !rest.is_empty() {
            let size = match text::first_rune(rest) {
                _ if pieces.len() + 1 == limit => rest.len(),
                Some((_, size)) => size,
                None => 1,
            };
            let (piece, after) = rest.split_at(size);
            pieces.push(piece);
            rest = after;
        }
        return pieces;
    }
    let mut start = 0;
    for at in memmem::find_iter(text, delimiter) {
        if pieces.len() + 1 == limit {
            break;
        }
        pieces.push(&text[start..at]);
        start = at + delimiter.len();
        rest = &text[start..];
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_may_overlap_and_count_runes() {
        assert_eq!(all(b"aaaa", b"aa"), [0, 1, 2]);
        assert_eq!(all("éaéaé".as_bytes(), "éaé".as_bytes()), [0, 2]);
        assert_eq!(all(b"\xff\xfe", "\u{fffd}".as_bytes()), [0, 1]);
    }

    #[test]
    fn short_and_long_haystacks_are_searched_alike() {
        for pad in [0, 60] {
            let text = format!("{}USER", "-".repeat(pad));
            assert!(contains(text.as_bytes(), b"USER") && contains(text.as_bytes(), b""));
            assert!(!contains(text.as_bytes(), b"USERS") && !contains(text.as_bytes(), b"SER "));
        }
    }

    #[test]
    fn a_repeated_needle_takes_linear_time() {
        let text = "a".repeat(200_000);
        assert_eq!(all(text.as_bytes(), &text.as_bytes()[..100_000]).len(), 100_001);
    }
}
