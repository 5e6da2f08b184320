//! `Did you mean …?`: names that differ little from one that is not known.

use lictor_value::effort;

/// The options that are like `typed`, the likest first.
pub(crate) fn similar<'o>(typed: &str, options: impl Iterator<Item = &'o str>) -> Vec<&'o str> {
    let threshold = typed.len() * 2 / 5 + 1;
    let mut found: Vec<(usize, &str)> =
        options.filter_map(|option| Some((distance(typed, option, threshold)?, option))).collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, option)| option).collect()
}

/// `"a"`, `"a" or "b"`, `"a", "b", or "c"`: five at most.
pub(crate) fn quoted_list(items: &[&str]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
    match &quoted[..quoted.len().min(5)] {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} or {other}"),
        [most @ .., last] => format!("{}, or {last}", most.join(", ")),
    }
}

/// The Levenshtein distance without regard to case, 1 where only case differs; `None` above the threshold.
fn distance(a: &str, b: &str, threshold: usize) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    if a == b {
        return Some(1);
    }
    if a.len().abs_diff(b.len()) > threshold || !effort::spend(a.len().saturating_mul(b.len()) / 8) {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().filter(|distance| *distance <= threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_the_typed_name_is_suggested_in_order() {
        let options = ["owner", "scopes", "scope", "Scope"];
        assert_eq!(similar("scope", options.into_iter()), ["scope", "scopes", "Scope"]);
        assert!(similar("expiry", options.into_iter()).is_empty());
    }

    #[test]
    fn lists_read_as_sentences_do() {
        assert_eq!(quoted_list(&["a"]), r#""a""#);
        assert_eq!(quoted_list(&["a", "b"]), r#""a" or "b""#);
        assert_eq!(quoted_list(&["a", "b", "c", "d", "e", "f"]), r#""a", "b", "c", "d", or "e""#);
    }
}
