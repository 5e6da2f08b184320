//! Templates: text in which regular expressions stand between delimiters, as in `user:<[0-9]+>`.
//!
//! The language is that of OPA's `regex.template_match`, which has it from the routes of the package `gorilla/mux`.

use super::compile;
use lictor_value::text::quoted;
use regex::Regex;

/// A delimiter, which must be one byte.
///
/// # Errors
/// OPA's, which tells of either delimiter how long the first is.
pub(super) fn delimiters(start: &[u8], end: &[u8]) -> Result<(u8, u8), String> {
    let wrong =
        |which| Err(format!("{which} delimiter has to be exactly one character long but is {} long", start.len()));
    match (start, end) {
        ([start], [end]) => Ok((*start, *end)),
        ([_], _) => wrong("end"),
        _ => wrong("start"),
    }
}

/// The regular expression that a template stands for: what is outside of delimiters stands for itself.
///
/// # Errors
/// Delimiters without their partners, and what is wrong with an expression between them.
pub(super) fn to_regex(template: &[u8], (start, end): (u8, u8)) -> Result<Regex, String> {
    let mut expression = vec![b'^'];
    let mut rest = 0;
    for (open, close) in holes(template, start, end)? {
        quote(&template[rest..open], &mut expression);
        let inside = &template[open + 1..close];
        compile(&[b"^", inside, b"$"].concat())?;
        expression.push(b'(');
        expression.extend_from_slice(inside);
        expression.push(b')');
        rest = close + 1;
    }
    quote(&template[rest..], &mut expression);
    expression.push(b'$');
    compile(&expression)
}

/// Where the outermost delimiters are.
fn holes(template: &[u8], start: u8, end: u8) -> Result<Vec<(usize, usize)>, String> {
    let unbalanced = || format!("unbalanced braces in {}", quoted(template));
    let (mut holes, mut open, mut level) = (Vec::new(), 0, 0_usize);
    for (at, byte) in template.iter().enumerate() {
        if *byte == start {
            if level == 0 {
                open = at;
            }
            level += 1;
        } else if *byte == end {
            level = level.checked_sub(1).ok_or_else(unbalanced)?;
            if level == 0 {
                holes.push((open, at));
            }
        }
    }
    if level == 0 { Ok(holes) } else { Err(unbalanced()) }
}

/// The text with a backslash before whatever means something in a regular expression.
fn quote(text: &[u8], to: &mut Vec<u8>) {
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            to.push(b'\\');
        }
        to.push(*byte);
    }
}
