//! Near misses: which of some names was meant.

/// The candidate that differs least, where it differs in little.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer names than any builtin's are no typos of one, and shorter ones could be anything but turned round.
    if name.len() < 2 || name.len() > 64 {
        return None;
    }
    let limit = if name.len() == 2 { 1 } else { name.len() / 3 };
    let distances = candidates
        .filter(|near| near.len().abs_diff(name.len()) <= limit)
        .filter(|near| name.len() > 2 || near.bytes().eq(name.bytes().rev()))
        .map(|near| (distance(name.as_bytes(), near.as_bytes()), near));
    distances.min().filter(|(distance, _)| (1..=limit).contains(distance)).map(|(_, near)| near)
}

/// How many letters are put in, left out, replaced, or changed with the next one, none of them twice.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = vec![];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut least = (row[j] + usize::from(x != y)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && *x == b[j - 1] {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_what_differs_least() {
        let keywords = ["every", "some", "not", "with", "contains", "if", "in"];
        for (written, meant) in [
            ("evry", Some("every")),
            ("som", Some("some")),
            ("wiht", Some("with")),
            ("contians", Some("contains")),
            ("fi", Some("if")),
            ("ni", Some("in")),
            ("is", None),
            ("every", None),
            ("x", None),
            ("width", Some("with")),
            ("ever_so_long", None),
        ] {
            assert_eq!(nearest(written, keywords.into_iter()), meant, "{written}");
        }
    }
}
