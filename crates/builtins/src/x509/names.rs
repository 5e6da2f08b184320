//! The names that certificates are for: domains, mailboxes and hosts, as Go checks them.

use std::net::IpAddr;

pub(super) use lictor_value::text::quoted;

/// Whether a domain is one. A constraint may begin with a dot.
pub(super) fn domain_is_valid(domain: &[u8], constraint: bool) -> bool {
    let labels = match domain {
        [] => return true,
        [b'.', labels @ ..] if constraint => labels,
        labels => labels,
    };
    domain.last() != Some(&b'.') && labels.split(|byte| *byte == b'.').all(is_label)
}

fn is_label(label: &[u8]) -> bool {
    !label.is_empty() && label.iter().all(u8::is_ascii_graphic)
}

/// Both parts of an address of electronic mail, the first unquoted.
pub(super) fn mailbox(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (local, rest) = match text {
        [b'"', quoted @ ..] => unquote(quoted)?,
        _ => atoms(text)?,
    };
    let domain = rest.strip_prefix(b"@")?;
    // Here an empty domain is none to complain of, but a dot at its beginning is.
    let valid = domain.is_empty() || domain.split(|byte| *byte == b'.').all(is_label);
    valid.then_some((local, domain))
}

/// What is in quotes that have begun, and what follows them.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut bytes = text.iter();
    loop {
        let byte = match bytes.next()? {
            b'"' => return Some((local, bytes.as_slice())),
            b'\\' => *bytes.next().filter(|byte| matches!(byte, 1..=9 | 11 | 12 | 14..=127))?,
            byte @ (1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127) => *byte,
            _ => return None,
        };
        local.push(byte);
    }
}

/// What stands before the first byte that must be quoted, and what follows.
fn atoms(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        match byte {
            b'\\' => {
                let (escaped, after) = after.split_first()?;
                local.push(*escaped);
                rest = after;
            }
            byte if byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(byte) => {
                local.push(*byte);
                rest = after;
            }
            _ => break,
        }
    }
    let dotted = local.starts_with(b".") || local.ends_with(b".") || local.windows(2).any(|pair| pair == b"..");
    (!local.is_empty() && !dotted).then_some((local, rest))
}

/// Whether a certificate with these names is one for the host. Addresses may stand in brackets and match only addresses; the
/// first label of a name in a certificate may be `*`.
pub(super) fn covers(host: &[u8], dns: &[&[u8]], ips: &[&[u8]]) -> bool {
    let bare = match host {
        [b'[', inside @ .., b']'] if !inside.is_empty() => inside,
        host => host,
    };
    if let Some(wanted) = std::str::from_utf8(bare).ok().and_then(|text| text.parse::<IpAddr>().ok()) {
        return ips.iter().any(|ip| address(ip) == Some(wanted.to_canonical()));
    }
    let host = host.to_ascii_lowercase();
    let is_host = is_host(&host, false);
    dns.iter().any(|name| match is_host && self::is_host(name, true) {
        true => matches(name, host.strip_suffix(b".").unwrap_or(&host)),
        false => !matches!(host[..], [] | [b'.']) && name.eq_ignore_ascii_case(&host),
    })
}

/// The address of four or 16 bytes.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::from(bytes).to_canonical()),
        _ => None,
    }
}

fn is_host(host: &[u8], pattern: bool) -> bool {
    let host = if pattern { host } else { host.strip_suffix(b".").unwrap_or(host) };
    host != b"*"
        && host.split(|byte| *byte == b'.').enumerate().all(|(at, label)| {
            let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let plain = !label.is_empty() && !label.starts_with(b"-") && label.iter().all(allowed);
            plain || pattern && at == 0 && label == b"*"
        })
}

fn matches(pattern: &[u8], host: &[u8]) -> bool {
    let labels = |name| <[u8]>::split(name, |byte| *byte == b'.');
    labels(pattern).count() == labels(host).count()
        && labels(pattern)
            .zip(labels(host))
            .enumerate()
            .all(|(at, (pattern, label))| at == 0 && pattern == b"*" || pattern.eq_ignore_ascii_case(label))
}

#[cfg(test)]
mod tests {
    use super::{covers, domain_is_valid, mailbox};

    #[test]
    fn domains_have_labels() {
        for (domain, constraint, valid) in [
            ("", false, true),
            ("a.example", false, true),
            (".example", true, true),
            (".example", false, false),
            ("example.", true, false),
            ("a..b", true, false),
            ("a b", false, false),
            (".", true, false),
        ] {
            assert_eq!(domain_is_valid(domain.as_bytes(), constraint), valid, "{domain}");
        }
    }

    #[test]
    fn mailboxes_have_two_parts() {
        let parts = |text: &str| {
            mailbox(text.as_bytes()).map(|(local, domain)| {
                format!("{} at {}", String::from_utf8_lossy(&local), String::from_utf8_lossy(domain))
            })
        };
        assert_eq!(parts("a.b+c@d.example").as_deref(), Some("a.b+c at d.example"));
        assert_eq!(parts(r#""a b\"c"@d"#).as_deref(), Some("a b\"c at d"));
        assert_eq!(parts(r"a\@b@c").as_deref(), Some("a@b at c"));
        for none in ["", "a", "@b", ".a@b", "a.@b", "a..b@c", "\"a@b", "a b@c", "a@b.", "a@.b", "\"\u{e9}\"@b"] {
            assert_eq!(parts(none), None, "{none}");
        }
    }

    #[test]
    fn hosts_match_names_label_by_label() {
        let dns: &[&[u8]] = &[b"a.example", b"*.wild.example", b"odd name"];
        let ips: &[&[u8]] = &[&[10, 0, 0, 1]];
        for (host, covered) in [
            ("A.example", true),
            ("a.example.", true),
            ("x.wild.example", true),
            ("wild.example", false),
            ("x.y.wild.example", false),
            ("*.wild.example", true),
            ("odd name", true),
            ("10.0.0.1", true),
            ("[10.0.0.1]", true),
            ("::ffff:10.0.0.1", true),
            ("10.0.0.2", false),
            ("", false),
            (".", false),
        ] {
            assert_eq!(covers(host.as_bytes(), dns, ips), covered, "{host}");
        }
    }
}
