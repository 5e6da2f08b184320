//! Why an address in a URL's brackets is none, in the words of Go's `net/netip`.

use super::quoted;

/// Which family a well-formed address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Four,
    Six,
}

/// Checks an address: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
pub(super) fn check(text: &[u8]) -> Result<Version, String> {
    let checked = match text.iter().find(|byte| matches!(byte, b'.' | b':' | b'%')) {
        Some(b'.') => four(text).map(|()| Version::Four),
        Some(b':') => six(text).map(|()| Version::Six),
        Some(_) => Err(("missing IPv6 address", &b""[..])),
        None => Err(("unable to parse IP", &b""[..])),
    };
    checked.map_err(|(why, at)| {
        let at = if at.is_empty() { String::new() } else { format!(" (at {})", quoted(at)) };
        format!("ParseAddr({}): {why}{at}", quoted(text))
    })
}

/// What is wrong, and from where on; empty where the text as a whole is at fault.
type Wrong<'t> = (&'static str, &'t [u8]);

fn four(text: &[u8]) -> Result<(), Wrong<'_>> {
    let (mut value, mut digits, mut dots) = (0, 0, 0);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits == 1 && value == 0 => return Err(("IPv4 field has octet with leading zero", b"")),
            b'0'..=b'9' => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return Err(("IPv4 field has value >255", b""));
                }
            }
            b'.' if digits == 0 || at + 1 == text.len() => {
                return Err(("IPv4 field must have at least one digit", &text[at..]));
            }
            b'.' if dots == 3 => return Err(("IPv4 address too long", b"")),
            b'.' => (value, digits, dots) = (0, 0, dots + 1),
            _ => return Err(("unexpected character", &text[at..])),
        }
    }
    if dots < 3 { Err(("IPv4 address too short", b"")) } else { Ok(()) }
}

fn six(text: &[u8]) -> Result<(), Wrong<'_>> {
    let mut rest = text;
    if let Some(at) = text.iter().position(|byte| *byte == b'%') {
        rest = &text[..at];
        if at + 1 == text.len() {
            return Err(("zone must be a non-empty string", b""));
        }
    }
    let mut shortened = None;
    if let Some(after) = rest.strip_prefix(b"::") {
        (shortened, rest) = (Some(0), after);
        if rest.is_empty() {
            return Ok(());
        }
    }
    let mut groups = 0;
    while groups < 8 {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        match digits {
            0 => return Err(("each colon-separated field must have at least one digit", rest)),
            1..=4 => {}
            _ => return Err(("each group must have 4 or less digits", rest)),
        }
        if rest.get(digits) == Some(&b'.') {
            if shortened.is_none() && groups != 6 {
                return Err(("embedded IPv4 address must replace the final 2 fields of the address", rest));
            }
            if groups > 6 {
                return Err(("too many hex fields to fit an embedded IPv4 at the end of the address", rest));
            }
            four(rest)?;
            rest = b"";
            groups += 2;
            break;
        }
        groups += 1;
        rest = &rest[digits..];
        match rest {
            [] => break,
            [b':'] => return Err(("colon must be followed by more characters", rest)),
            [b':', after @ ..] => rest = after,
            _ => return Err(("unexpected character, want colon", rest)),
        }
        if let Some(after) = rest.strip_prefix(b":") {
            if shortened.replace(groups).is_some() {
                return Err(("multiple :: in address", rest));
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
    }
    if !rest.is_empty() {
        return Err(("trailing garbage after address", rest));
    }
    match (groups < 8, shortened) {
        (true, None) => Err(("address string too short", b"")),
        (false, Some(_)) => Err(("the :: must expand to at least one field of zeros", b"")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, check};

    #[test]
    fn addresses_are_known_by_their_family() {
        for text in ["::", "::1", "1::", "fe80::1%eth0", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::"] {
            assert_eq!(check(text.as_bytes()), Ok(Version::Six), "{text}");
        }
        assert_eq!(check(b"192.0.2.1"), Ok(Version::Four));
    }

    #[test]
    fn what_is_none_says_why() {
        let cases = [
            ("", "unable to parse IP"),
            ("%", "missing IPv6 address"),
            ("1.2.3", "IPv4 address too short"),
            ("1.2.3.4.5", "IPv4 address too long"),
            ("1.02.3.4", "IPv4 field has octet with leading zero"),
            ("1.256.3.4", "IPv4 field has value >255"),
            ("1..3.4", "IPv4 field must have at least one digit (at \".3.4\")"),
            ("::%", "zone must be a non-empty string"),
            ("1::2::3", "multiple :: in address (at \":3\")"),
            ("1:2:3:4:5:6:7:8:9", "trailing garbage after address (at \"9\")"),
            ("1:", "colon must be followed by more characters (at \":\")"),
            ("1:g", "each colon-separated field must have at least one digit (at \"g\")"),
            ("1:2g", "unexpected character, want colon (at \"g\")"),
            ("::12345", "each group must have 4 or less digits (at \"12345\")"),
            ("1:2:3:4:5:6:7::8", "the :: must expand to at least one field of zeros"),
            ("1:1.2.3.4", "embedded IPv4 address must replace the final 2 fields of the address (at \"1.2.3.4\")"),
            ("1:2", "address string too short"),
        ];
        for (text, why) in cases {
            assert_eq!(check(text.as_bytes()), Err(format!("ParseAddr(\"{text}\"): {why}")));
        }
    }
}
