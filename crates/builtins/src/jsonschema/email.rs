//! Mail addresses: RFC 5322, as far as Go's `mail.ParseAddress` reads it: `a@b`, `Name <a@b>`, a comment after it, or a
//! group of one address.

/// Whether a text is one address.
pub(crate) fn is_address(text: &[u8]) -> bool {
    let text = lictor_value::text::lossy(text);
    let mut parser = Parser { rest: &text };
    let addresses = parser.address(true);
    addresses == Some(1) && parser.skip_comments() && parser.rest.is_empty()
}

struct Parser<'t> {
    rest: &'t str,
}

impl<'t> Parser<'t> {
    /// An address or a group; how many addresses it is.
    fn address(&mut self, may_be_group: bool) -> Option<usize> {
        self.skip_space();
        let start = self.rest;
        if self.plain().is_some() {
            self.skip_space();
            return if self.rest.starts_with('(') { self.comment().then_some(1) } else { Some(1) };
        }
        self.rest = start;
        if !self.rest.starts_with('<') {
            self.phrase()?;
        }
        self.skip_space();
        if may_be_group && self.eat(':') {
            return self.group();
        }
        if !self.eat('<') {
            return None;
        }
        self.plain()?;
        self.eat('>').then_some(1)
    }

    fn group(&mut self) -> Option<usize> {
        self.skip_space();
        let mut addresses = 0;
        if self.eat(';') {
            return Some(0);
        }
        loop {
            self.skip_space();
            addresses += self.address(false)?;
            if !self.skip_comments() {
                return None;
            }
            if self.eat(';') {
                return self.skip_comments().then_some(addresses);
            }
            if !self.eat(',') {
                return None;
            }
        }
    }

    /// `local@domain`
    fn plain(&mut self) -> Option<()> {
        self.skip_space();
        if self.rest.starts_with('"') {
            if self.quoted()?.is_empty() {
                return None;
            }
        } else {
            self.atom(true, false)?;
        }
        if !self.eat('@') {
            return None;
        }
        self.skip_space();
        if self.eat('[') {
            // An address of a host: `[10.0.0.1]`, `[::1]`.
            let end = self.rest.find(']')?;
            let literal = &self.rest[..end];
            self.rest = &self.rest[end + 1..];
            return crate::net::cidr::address(literal.as_bytes()).map(drop);
        }
        self.atom(true, false)
    }

    /// Words, at least one.
    fn phrase(&mut self) -> Option<()> {
        let mut words = 0;
        loop {
            if words > 0 && !self.skip_comments() {
                return None;
            }
            self.skip_space();
            let word = match self.rest.chars().next() {
                None => None,
                Some('"') => self.quoted().map(drop),
                Some(_) => self.atom(true, true),
            };
            match word {
                Some(()) => words += 1,
                None => return (words > 0).then_some(()),
            }
        }
    }

    fn quoted(&mut self) -> Option<&'t str> {
        let inner = self.rest.strip_prefix('"')?;
        let visible = |c: char| c == ' ' || c == '\t' || ('!'..='~').contains(&c) || !c.is_ascii();
        let mut characters = inner.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.rest = &inner[at + 1..];
                    return Some(&inner[..at]);
                }
                '\\' => {
                    characters.next().filter(|(_, c)| visible(*c))?;
                }
                _ if visible(c) => {}
                _ => return None,
            }
        }
        None
    }

    /// Letters and what else may stand without quotes; `permissive` as to where dots are.
    fn atom(&mut self, dot: bool, permissive: bool) -> Option<()> {
        let is_text = |c: char| match c {
            '.' => dot,
            '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"' => false,
            _ => ('!'..='~').contains(&c) || !c.is_ascii(),
        };
        let end = self.rest.find(|c| !is_text(c)).unwrap_or(self.rest.len());
        let atom = &self.rest[..end];
        if atom.is_empty() || !permissive && (atom.starts_with('.') || atom.ends_with('.') || atom.contains("..")) {
            return None;
        }
        self.rest = &self.rest[end..];
        Some(())
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Skips space and comments; whether all of these end.
    fn skip_comments(&mut self) -> bool {
        self.skip_space();
        while self.rest.starts_with('(') {
            if !self.comment() {
                return false;
            }
            self.skip_space();
        }
        true
    }

    fn comment(&mut self) -> bool {
        let (mut depth, mut escaped) = (0_usize, false);
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.rest = &self.rest[at + 1..];
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in
            ["a@b", "A. Key <a.key@b.example>", "\"a b\"@c", "a@b (the owner)", "keys: a@b;", "a@[10.0.0.1]", "é@b"]
        {
            assert!(is_address(good.as_bytes()), "{good}");
        }
        for bad in
            ["", "a", "a@", "@b", "a..b@c", "a@b.", "<a@b", "a@b c", "a@b, c@d", "keys: a@b, c@d;", "a@b (", "\"\"@b"]
        {
            assert!(!is_address(bad.as_bytes()), "{bad}");
        }
    }
}
