//! Strings without their quotes and escapes.

/// The text of a string in double quotes, given without them; `\{` is an escape in templates only. `None` if an escape
/// is wrong. As in OPA, control characters are allowed in a string that has no escape.
pub(crate) fn unescape(inner: &str, template: bool) -> Result<String, Fault> {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    let mut control = false;
    let mut escaped = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        control |= before.bytes().any(|byte| byte < b' ');
        let mut chars = escape.chars();
        chars.next();
        let plain = match chars.next() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('{') if template => '{',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (read, after) = unicode(escape).ok_or(Fault::Literal)?;
                out.push(read);
                rest = after;
                escaped = true;
                continue;
            }
            _ => return Err(Fault::Escape),
        };
        escaped |= plain != '{';
        out.push(plain);
        rest = chars.as_str();
    }
    control |= rest.bytes().any(|byte| byte < b' ');
    if control && escaped {
        return Err(Fault::Literal);
    }
    out.push_str(rest);
    Ok(out)
}

/// What is wrong with a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A backslash before a character that takes none.
    Escape,
    /// The text is not a JSON string.
    Literal,
}

/// The character of a `\uXXXX` at the beginning of `text`, or of a surrogate pair of two, and what comes after.
fn unicode(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| valid)
    };
    let high = unit(text)?;
    let after = text.get(6..)?;
    if (0xD800..0xDC00).contains(&high)
        && let Some(low) = unit(after).filter(|low| (0xDC00..0xE000).contains(low))
    {
        let joined = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return Some((char::from_u32(joined)?, after.get(6..)?));
    }
    Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), after))
}

/// The text of a template in backquotes: only `\{` is an escape.
pub(crate) fn unescape_raw(inner: &str) -> String {
    inner.replace("\\{", "{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_json() {
        assert_eq!(unescape(r#"a\n\t\"\\\/\u00e9\ud83d\ude00"#, false).as_deref(), Ok("a\n\t\"\\/\u{e9}\u{1F600}"));
        assert_eq!(unescape(r"\ud800x\ude00", false).as_deref(), Ok("\u{FFFD}x\u{FFFD}"));
        assert_eq!(unescape(r"\u12g4", false), Err(Fault::Literal));
        assert_eq!(unescape(r"\d", false), Err(Fault::Escape));
        assert_eq!(unescape(r"\{", false), Err(Fault::Escape));
        assert_eq!(unescape(r"\{a\}", true), Err(Fault::Escape));
        assert_eq!(unescape(r"\{a}", true).as_deref(), Ok("{a}"));
    }

    #[test]
    fn control_characters_stand_only_where_nothing_is_escaped() {
        assert_eq!(unescape("a\tb", false).as_deref(), Ok("a\tb"));
        assert_eq!(unescape("a\tb\\n", false), Err(Fault::Literal));
    }
}
