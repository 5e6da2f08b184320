//! URLs as Go's `net/url` reads and writes them, which is neither RFC 3986 nor the URL standard of browsers to the letter.
//!
//! Not a family: what builtins of other families need of a URL. Text is bytes, for Rego strings may be any.
//!
//! ```
//! use lictor_builtins::url::Url;
//!
//! let url = Url::parse(b"HTTP://me@example.org:80/a%2Fb?x=1#top").unwrap();
//! assert_eq!(url.scheme, b"http");
//! assert_eq!(url.host, b"example.org:80");
//! assert_eq!(url.path, b"/a/b");
//! assert_eq!(url.escaped_path(), b"/a%2Fb");
//! assert_eq!(url.to_bytes(), b"http://me@example.org:80/a%2Fb?x=1#top");
//! assert_eq!(Url::parse(b"::").unwrap_err(), r#"parse "::": missing protocol scheme"#);
//! ```

mod address;
mod resolve;

use lictor_value::text::{lossy, quoted};

/// A URL in parts. All but those named raw are unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// In lower case, without its colon; empty where there is none.
    pub scheme: Vec<u8>,
    /// All that follows a scheme without a slash: of `mailto:a@b`, `a@b`.
    pub opaque: Vec<u8>,
    /// Who asks.
    pub user: Option<User>,
    /// Host and port.
    pub host: Vec<u8>,
    /// The path.
    pub path: Vec<u8>,
    /// The path as it was written, where that is not how it would be escaped by default; else empty.
    pub raw_path: Vec<u8>,
    /// The path follows the scheme without two slashes.
    pub omit_host: bool,
    /// There is a `?` with nothing after it.
    pub force_query: bool,
    /// What follows the `?`, as it was written.
    pub raw_query: Vec<u8>,
    /// What follows the `#`.
    pub fragment: Vec<u8>,
    /// The fragment as it was written, where that is not how it would be escaped by default; else empty.
    pub raw_fragment: Vec<u8>,
}

/// What stands before the `@` of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: Vec<u8>,
    /// What follows the colon, where there is one.
    pub password: Option<Vec<u8>>,
}

/// A part of a URL, each of which has other characters that need no escape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    /// The zone of an IPv6 address.
    Zone,
    User,
    Fragment,
}

impl Part {
    fn allows(self, byte: u8) -> bool {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => true,
            b'$' | b'&' | b'+' | b',' | b';' | b'=' => true,
            b'!' | b'(' | b')' | b'*' => matches!(self, Part::Host | Part::Zone | Part::Fragment),
            b':' => self != Part::User,
            b'"' | b'\'' | b'<' | b'>' | b'[' | b']' => matches!(self, Part::Host | Part::Zone),
            b'/' | b'@' => matches!(self, Part::Path | Part::Fragment),
            b'?' => self == Part::Fragment,
            _ => false,
        }
    }
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// What Go says of the text, which is quoted in it.
    pub fn parse(text: &[u8]) -> Result<Url, String> {
        let (before, fragment) = cut(text, b'#');
        let fault = |text: &[u8], why: String| format!("parse {}: {why}", quoted(text));
        let mut url = Url::before_fragment(before).map_err(|why| fault(before, why))?;
        if let Some(fragment @ [_, ..]) = fragment {
            url.fragment = unescape(fragment, Part::Fragment).map_err(|why| fault(text, why))?;
            url.raw_fragment = raw(fragment, &url.fragment, Part::Fragment);
        }
        Ok(url)
    }

    fn before_fragment(text: &[u8]) -> Result<Url, String> {
        if text.iter().any(u8::is_ascii_control) {
            return Err("net/url: invalid control character in URL".into());
        }
        let mut url = Url::default();
        if text == b"*" {
            url.path = text.to_vec();
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b'?');
        url.raw_query = query.unwrap_or_default().to_vec();
        url.force_query = query == Some(b"");
        if rest.first() != Some(&b'/') {
            if !scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        match rest.strip_prefix(b"//") {
            Some(after) if !scheme.is_empty() || !after.starts_with(b"/") => {
                let end = after.iter().position(|byte| *byte == b'/').unwrap_or(after.len());
                (url.user, url.host) = authority(&url.scheme, &after[..end])?;
                rest = &after[end..];
            }
            _ => url.omit_host = !scheme.is_empty() && rest.starts_with(b"/"),
        }
        url.path = unescape(rest, Part::Path)?;
        url.raw_path = raw(rest, &url.path, Part::Path);
        Ok(url)
    }

    /// The path as it goes over the wire: as it was written, if that means the path, or else escaped by default.
    pub fn escaped_path(&self) -> Vec<u8> {
        match &self.path[..] {
            b"*" if self.raw_path.is_empty() => b"*".to_vec(),
            path => escaped(path, &self.raw_path, Part::Path),
        }
    }

    /// The host without its port, an IPv6 address without its brackets.
    pub fn host_name(&self) -> String {
        let host = lossy(&self.host);
        let name = match host.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((address, _)) => address,
            None => host.rsplit_once(':').map_or(&*host, |(name, _)| name),
        };
        name.to_owned()
    }

    /// The path and the query, as an HTTP request names them.
    pub fn request_target(&self) -> Vec<u8> {
        let mut target = self.escaped_path();
        if target.first() != Some(&b'/') && target != b"*" {
            target.insert(0, b'/');
        }
        if self.force_query || !self.raw_query.is_empty() {
            target.push(b'?');
            target.extend_from_slice(&self.raw_query);
        }
        target
    }

    /// The URL as text.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if !self.scheme.is_empty() {
            text.extend_from_slice(&self.scheme);
            text.push(b':');
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(&mut text);
        } else {
            text.extend_from_slice(&self.opaque);
        }
        if self.force_query || !self.raw_query.is_empty() {
            text.push(b'?');
            text.extend_from_slice(&self.raw_query);
        }
        if !self.fragment.is_empty() {
            text.push(b'#');
            text.extend_from_slice(&escaped(&self.fragment, &self.raw_fragment, Part::Fragment));
        }
        text
    }

    fn write_hierarchy(&self, to: &mut Vec<u8>) {
        let hostless = self.host.is_empty() && self.user.is_none();
        let omitted = hostless && (self.scheme.is_empty() || self.omit_host);
        if !(omitted || hostless && self.path.is_empty()) {
            to.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            escape(&user.name, Part::User, to);
            if let Some(password) = &user.password {
                to.push(b':');
                escape(password, Part::User, to);
            }
            to.push(b'@');
        }
        escape(&self.host, Part::Host, to);
        let path = self.escaped_path();
        if !self.host.is_empty() && path.first().is_some_and(|byte| *byte != b'/') {
            to.push(b'/');
        }
        if to.is_empty() && cut(&path, b'/').0.contains(&b':') {
            // It would be read as a scheme (RFC 3986, 4.2).
            to.extend_from_slice(b"./");
        }
        to.extend_from_slice(&path);
    }
}

/// The text before and after the first `at`.
fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(position) => (&text[..position], Some(&text[position + 1..])),
        None => (text, None),
    }
}

fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let end = text.iter().position(|byte| !in_scheme(byte));
    match end.map(|end| (end, text[end])) {
        Some((0, b':')) => Err("missing protocol scheme".into()),
        Some((end, b':')) if text[0].is_ascii_alphabetic() => Ok((&text[..end], &text[end + 1..])),
        _ => Ok((b"", text)),
    }
}

fn authority(scheme: &[u8], text: &[u8]) -> Result<(Option<User>, Vec<u8>), String> {
    let Some(at) = text.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, host(scheme, text)?));
    };
    let host = host(scheme, &text[at + 1..])?;
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !text[..at].iter().all(allowed) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = cut(&text[..at], b':');
    let user = User {
        name: unescape(name, Part::User)?,
        password: password.map(|password| unescape(password, Part::User)).transpose()?,
    };
    Ok((Some(user), host))
}

fn host(scheme: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    match text.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return literal(text),
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    let colon = |byte: &u8| *byte == b':';
    // Elsewhere a host may hold colons: lists of hosts in the URLs of databases.
    let strict = matches!(scheme, b"http" | b"https");
    let port = if strict { text.iter().position(colon) } else { text.iter().rposition(colon) };
    check_port(&text[port.unwrap_or(text.len())..])?;
    unescape(text, Part::Host)
}

/// An IPv6 address in brackets, perhaps with a zone, and what follows it.
fn literal(text: &[u8]) -> Result<Vec<u8>, String> {
    let Some(close) = text.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".into());
    };
    let (inside, port) = (&text[1..close], &text[close + 1..]);
    check_port(port)?;
    let zone = inside.windows(3).position(|window| window == b"%25").unwrap_or(inside.len());
    let mut address = unescape(&inside[..zone], Part::Host)?;
    address.extend(unescape(&inside[zone..], Part::Zone)?);
    match address::check(&address) {
        Err(why) => Err(format!("invalid host: {why}")),
        Ok(address::Version::Four) => Err("invalid IP-literal".into()),
        Ok(address::Version::Six) => Ok([b"[", &address[..], b"]", port].concat()),
    }
}

fn check_port(text: &[u8]) -> Result<(), String> {
    match text {
        [] => Ok(()),
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => Ok(()),
        _ => Err(format!("invalid port {} after host", quoted(text))),
    }
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let bad_escape = |escape: &[u8]| Err(format!("invalid URL escape {}", quoted(escape)));
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let strict = matches!(part, Part::Host | Part::Zone);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'%' {
            let escape = &rest[..rest.len().min(3)];
            let [_, high, low] = escape else { return bad_escape(escape) };
            let (Some(high), Some(low)) = (digit(high), digit(low)) else { return bad_escape(escape) };
            let byte = high << 4 | low;
            let fits = match part {
                _ if escape == b"%25" => true,
                // In a name only what is not ASCII may be escaped (RFC 3986, 3.2.2).
                Part::Host => byte >= 0x80,
                Part::Zone => byte == b' ' || Part::Host.allows(byte),
                _ => true,
            };
            if !fits {
                return bad_escape(escape);
            }
            bytes.push(byte);
            rest = &rest[3..];
            continue;
        }
        if strict && *byte < 0x80 && !part.allows(*byte) {
            return Err(format!("invalid character {} in host name", quoted(&[*byte])));
        }
        bytes.push(*byte);
        rest = after;
    }
    Ok(bytes)
}

fn escape(bytes: &[u8], part: Part, to: &mut Vec<u8>) {
    for byte in bytes {
        if part.allows(*byte) {
            to.push(*byte);
        } else {
            to.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

/// What must be kept of how a part was written: nothing where it would be escaped just so.
fn raw(written: &[u8], meant: &[u8], part: Part) -> Vec<u8> {
    let mut default = Vec::new();
    escape(meant, part, &mut default);
    if written == default { Vec::new() } else { written.to_vec() }
}

/// A part as it was written where that is allowed and means it, or else escaped by default.
fn escaped(meant: &[u8], raw: &[u8], part: Part) -> Vec<u8> {
    let allowed = |byte: &u8| b"!$&'()*+,;=:@[]%".contains(byte) || part.allows(*byte);
    if !raw.is_empty() && raw.iter().all(allowed) && unescape(raw, part).is_ok_and(|bytes| bytes == meant) {
        return raw.to_vec();
    }
    let mut default = Vec::new();
    escape(meant, part, &mut default);
    default
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn urls_print_as_they_were_read() {
        for text in [
            "",
            "*",
            "/a/b?c=d#e",
            "mailto:who@example.org",
            "https://example.org",
            "https://a:b@example.org:8080/%2F?#x",
            "file:///etc/hosts",
            "file:/etc/hosts",
            "https://[::1]:80/",
            "https://[fe80::1%25en0]/",
            "a/b:c",
        ] {
            let url = Url::parse(text.as_bytes()).expect(text);
            let printed = String::from_utf8(url.to_bytes()).expect("all of the text is ASCII");
            assert_eq!(printed, text, "{url:?}");
        }
    }

    #[test]
    fn what_is_no_url_says_why() {
        for (text, why) in [
            ("a b:c", "first path segment in URL cannot contain colon"),
            (":", "missing protocol scheme"),
            ("http://a\u{7f}", "net/url: invalid control character in URL"),
            ("http://a b", "invalid character \" \" in host name"),
            ("http://%41", "invalid URL escape \"%41\""),
            ("http://a:x", "invalid port \":x\" after host"),
            ("http://a:1:2", "invalid port \":1:2\" after host"),
            ("http://a[", "invalid IP-literal"),
            ("http://[::1", "missing ']' in host"),
            ("http://[1.2.3.4]", "invalid IP-literal"),
            (
                "http://[::g]",
                "invalid host: ParseAddr(\"::g\"): each colon-separated field must have at least one digit (at \"g\")",
            ),
            ("http://a^b@c", "net/url: invalid userinfo"),
            ("/%zz", "invalid URL escape \"%zz\""),
            ("/%4", "invalid URL escape \"%4\""),
        ] {
            let quoted = super::quoted(text.as_bytes());
            assert_eq!(Url::parse(text.as_bytes()), Err(format!("parse {quoted}: {why}")));
        }
    }
}
