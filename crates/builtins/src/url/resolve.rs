//! References between URLs: RFC 3986, section 5.2, as Go's `URL.ResolveReference` does it.

use super::Url;

impl Url {
    /// The URL that `reference` means where this one is the base.
    #[must_use]
    pub fn resolve(&self, reference: &Url) -> Url {
        let mut url = reference.clone();
        if reference.scheme.is_empty() {
            url.scheme = self.scheme.clone();
        }
        if !reference.scheme.is_empty() || !reference.host.is_empty() || reference.user.is_some() {
            url.set_path(merged(&reference.escaped_path(), b""));
            return url;
        }
        if !reference.opaque.is_empty() {
            (url.user, url.host, url.path) = (None, Vec::new(), Vec::new());
            return url;
        }
        if reference.path.is_empty() && !reference.force_query && reference.raw_query.is_empty() {
            url.raw_query = self.raw_query.clone();
            if reference.fragment.is_empty() {
                url.fragment = self.fragment.clone();
                url.raw_fragment = self.raw_fragment.clone();
            }
        }
        if reference.path.is_empty() && !self.opaque.is_empty() {
            (url.user, url.host, url.path) = (None, Vec::new(), Vec::new());
            url.opaque = self.opaque.clone();
            return url;
        }
        (url.host, url.user) = (self.host.clone(), self.user.clone());
        url.set_path(merged(&self.escaped_path(), &reference.escaped_path()));
        url
    }

    /// Sets the path from its escaped form.
    fn set_path(&mut self, escaped: Vec<u8>) {
        self.path = Vec::with_capacity(escaped.len());
        let digit = |at: usize| escaped.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let mut at = 0;
        while let Some(&byte) = escaped.get(at) {
            match (byte, digit(at + 1), digit(at + 2)) {
                (b'%', Some(high), Some(low)) => {
                    self.path.push((high * 16 + low) as u8);
                    at += 3;
                }
                _ => {
                    self.path.push(byte);
                    at += 1;
                }
            }
        }
        self.raw_path = escaped;
    }
}

/// A path relative to a base, without its dots.
fn merged(base: &[u8], reference: &[u8]) -> Vec<u8> {
    let full = match reference.first() {
        None => base.to_vec(),
        Some(b'/') => reference.to_vec(),
        Some(_) => {
            let directory = base.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
            [&base[..directory], reference].concat()
        }
    };
    if full.is_empty() {
        return full;
    }
    let mut path: Vec<&[u8]> = Vec::new();
    let mut last: &[u8] = b"";
    for (at, segment) in full.split(|byte| *byte == b'/').enumerate() {
        last = segment;
        match segment {
            b"." => {}
            b".." => {
                path.pop();
            }
            // What stands before the first slash of a path from the root.
            b"" if at == 0 => {}
            _ => path.push(segment),
        }
    }
    let mut to = Vec::with_capacity(full.len() + 1);
    for segment in &path {
        to.push(b'/');
        to.extend_from_slice(segment);
    }
    if path.is_empty() || matches!(last, b"." | b"..") {
        to.push(b'/');
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_their_base() {
        for (base, reference, resolved) in [
            ("http://keys.example/a/b.json", "c.json", "http://keys.example/a/c.json"),
            ("http://keys.example/a/b.json", "/c", "http://keys.example/c"),
            ("http://keys.example/a/b/c", "../../../d/./e", "http://keys.example/d/e"),
            ("http://keys.example/a/b", "#part", "http://keys.example/a/b#part"),
            ("http://keys.example/a/b", "http://other.example", "http://other.example"),
            ("http://keys.example/a/", "x/..", "http://keys.example/a/"),
            ("", "#/definitions/a%20b", "#/definitions/a%20b"),
            ("", "b.json", "/b.json"),
        ] {
            let parse = |text: &str| Url::parse(text.as_bytes()).expect("it is a URL");
            let url = parse(base).resolve(&parse(reference));
            assert_eq!(String::from_utf8_lossy(&url.to_bytes()), resolved, "{base} and {reference}");
        }
    }
}
