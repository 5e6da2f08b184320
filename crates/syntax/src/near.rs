//! Near misses: which of some names was meant.

/// The candidate that differs least, where it differs in little.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer names than any builtin's are no typos of one.
    if name.len() < 3 || name.len() > 64 {
        return None;
    }
    let limit = name.len() / 3;
    let distances = candidates
        .filter(|near| near.len().abs_diff(name.len()) <= limit)
        .map(|near| (distance(name.as_bytes(), near.as_bytes()), near));
    distances.min().filter(|(distance, _)| *distance <= limit).map(|(_, near)| near)
}

/// Levenshtein's distance.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let new = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = new;
            left = new;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
