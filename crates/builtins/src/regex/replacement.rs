//! What a match is replaced by.

use regex::Captures;

use super::syntax::group_name;
use crate::pattern::Subject;
use crate::unicode;

/// Writes a replacement: `$1`, `$name` (as long as can be), `${name}`, `$$`; a `$` that begins none of these stays.
pub(super) fn expand(replacement: &Subject<'_>, captures: &Captures<'_>, subject: &Subject<'_>, to: &mut Vec<u8>) {
    let mut rest: &str = replacement;
    let begins = |rest: &str| replacement.len() - rest.len();
    while let Some(at) = rest.find('$') {
        to.extend_from_slice(replacement.bytes(begins(rest)..begins(rest) + at));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            to.push(b'$');
            rest = after;
            continue;
        }
        let (braced, begin) = if rest.starts_with('{') { (true, 1) } else { (false, 0) };
        let is_name = |c: char| unicode::is_letter_or_digit(c) || c == '_';
        let length = rest[begin..].find(|c| !is_name(c)).unwrap_or(rest.len() - begin);
        let (name, after) = rest[begin..].split_at(length);
        if name.is_empty() || braced && !after.starts_with('}') {
            to.push(b'$');
            continue;
        }
        rest = if braced { &after[1..] } else { after };
        let plain_number = name.bytes().all(|b| b.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        let group = match name.parse::<usize>() {
            Ok(number) if plain_number => captures.get(number),
            _ => captures.name(&group_name(name)),
        };
        if let Some(group) = group {
            to.extend_from_slice(subject.bytes(group.range()));
        }
    }
    to.extend_from_slice(replacement.bytes(begins(rest)..replacement.len()));
}
