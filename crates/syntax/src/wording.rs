//! Diagnostics in OPA's form: a count, then `file:row: code: message` for each, and for most parse errors the line with
//! a mark below the place.

use crate::diagnostic::{Code, Diagnostic};

/// Found once a statement is complete: OPA then shows no line.
const OF_WHOLE_STATEMENTS: [&str; 11] = [
    "`if` keyword is required",
    "`contains` keyword is required",
    "package expected",
    "unexpected package",
    "cannot be used for rule name",
    "cannot be used for rule head",
    "rule name conflicts with built-in function",
    "must have value assignment and/or body declaration",
    "annotation scope",
    "annotation entrypoint",
    "empty module",
];

/// Diagnostics as OPA prints them, without a newline at the end; nothing where there are none.
pub fn opa_text(diagnostics: &[Diagnostic]) -> String {
    let entries: Vec<String> = diagnostics
        .iter()
        .flat_map(|diagnostic| std::iter::once(entry(diagnostic)).chain(echoes(diagnostic)))
        .collect();
    match entries.as_slice() {
        [] => String::new(),
        [one] => format!("1 error occurred: {one}"),
        many => format!("{} errors occurred:\n{}", many.len(), many.join("\n")),
    }
}

fn entry(diagnostic: &Diagnostic) -> String {
    let head = format!("{}: {}", diagnostic.code.as_str(), diagnostic.message);
    let Some((file, row, col)) = diagnostic.opa_position() else { return head };
    // A query has no file; OPA then says the column as well.
    let place = if file.is_empty() { format!("{row}:{col}") } else { format!("{file}:{row}") };
    let text = format!("{place}: {head}");
    if let Some(details) = &diagnostic.details {
        return details.lines.iter().fold(text, |text, line| format!("{text}\n\t{line}"));
    }
    match diagnostic.opa_details() {
        None => text,
        Some((line, index)) => {
            let shown = line.trim_start_matches('\t');
            let index = index.saturating_sub(line.len() - shown.len());
            format!("{text}\n\t{shown}\n\t{}^", " ".repeat(index))
        }
    }
}

/// What OPA's parser says of a token that its scanner could not read, after the scanner has: nothing where a statement
/// begins with it, twice the same where a rule's value does.
fn echoes(diagnostic: &Diagnostic) -> Vec<String> {
    let said = match diagnostic.message.as_str() {
        "non-terminated string" | "illegal escape sequence" => 0,
        "illegal token" => 1,
        // In a comment they are all that is said.
        "illegal null character" | "illegal byte-order mark" if !diagnostic.is_of_comment() => 0,
        _ => return Vec::new(),
    };
    let before = diagnostic.opa_details().and_then(|(line, index)| line.get(..index)).unwrap_or_default();
    let words: Vec<&str> = before.split_whitespace().collect();
    let times: usize = match &words[..] {
        [] => 0,
        [_, ":=" | "="] if !before.starts_with([' ', '\t']) => 2,
        _ => 1,
    };
    let echo = Diagnostic { message: "illegal token".into(), ..diagnostic.clone() };
    vec![entry(&echo); times.saturating_sub(said)]
}

impl Diagnostic {
    fn is_of_comment(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.text()[self.span.start as usize..].starts_with('#'))
    }

    /// Where OPA says that it is: the end of a text is at its last character, or at column 0 of an empty row.
    pub fn opa_position(&self) -> Option<(&str, u32, u32)> {
        let (file, row, col) = self.position()?;
        if self.message == "empty module" {
            return Some((file, 0, 0));
        }
        let end = self.source.as_ref().is_some_and(|source| self.span.start as usize >= source.text().len());
        Some((file, row, col - u32::from(end && self.code == Code::Parse)))
    }

    /// The line that OPA adds to a parse error, and the place in it, in bytes: the last one before it that is not blank.
    pub fn opa_details(&self) -> Option<(&str, usize)> {
        let source = self.source.as_ref().filter(|_| self.code == Code::Parse)?;
        let of_whole = OF_WHOLE_STATEMENTS.iter().any(|message| self.message.contains(message));
        // That a keyword is no name is seen at once, and that a package's keyword is out of place is about a token.
        let at_once = self.message.contains(" keyword cannot") && !self.message.contains("using with")
            || self.message.contains("unexpected package keyword");
        if of_whole && !at_once {
            return None;
        }
        let text = source.text();
        let bytes = text.as_bytes();
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let from = (self.span.start as usize).min(bytes.len().checked_sub(1)?);
        let at = bytes[..=from].iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != b'\x0b').unwrap_or(0);
        let begin = bytes[..=at].iter().rposition(is_end).map_or(0, |newline| newline + 1);
        let end = bytes[at..].iter().position(is_end).map_or(bytes.len(), |length| at + length);
        Some((text.get(begin.min(end)..end)?, at.saturating_sub(begin)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Version, opa_text, parse_module};

    fn wrong(text: &str) -> String {
        opa_text(&parse_module("keys.rego", text, Version::V1).diagnostics)
    }

    #[test]
    fn a_parse_error_shows_its_line() {
        assert_eq!(
            wrong("package keys\nallow if {\n\tinput.key ==\n}\n"),
            "1 error occurred: keys.rego:4: rego_parse_error: unexpected } token\n\t}\n\t^"
        );
        assert_eq!(
            wrong("package keys\n\t\tp := \"é\" ) 1"),
            "1 error occurred: keys.rego:2: rego_parse_error: unexpected ) token\n\tp := \"é\" ) 1\n\t          ^"
        );
    }

    #[test]
    fn a_token_is_told_with_what_is_missing_before_it() {
        let eof = |text: &str| wrong(text).lines().next().map(str::to_owned);
        for (text, message) in [
            ("package keys\nallow if { true", r"unexpected eof token: expected \n or ; or }"),
            ("package keys\nallow if { true # so", r"unexpected eof token: expected \n or ; or }"),
            ("package keys\nallow if { true;", "unexpected eof token"),
            ("package keys\nallow if { true\n", "unexpected eof token"),
            ("package keys\nallow if {", "unexpected eof token"),
            ("package keys\nallow if { x.[1] }", "unexpected [ token: expected identifier"),
            ("package keys.", "unexpected eof token: expected identifier"),
            ("package keys\nids := [k | true", r"unexpected eof token: expected \n or ; or ]"),
            ("package keys\nids := {k: 1 | true", "unexpected eof token: non-terminated object"),
            ("package keys\nids := {1", "unexpected eof token: non-terminated set"),
        ] {
            let said =
                eof(text).and_then(|line| line.split_once("rego_parse_error: ").map(|(_, said)| said.to_owned()));
            assert_eq!(said.as_deref().unwrap_or_default(), message, "{text}");
        }
    }

    #[test]
    fn what_follows_from_an_error_is_told_as_often_as_by_opa() {
        let count = |text: &str| wrong(text).matches("rego_parse_error").count();
        assert_eq!(count("package keys\nkey := \"k_"), 3);
        assert_eq!(count("package keys\nallow if { x == \"k_"), 2);
        assert_eq!(count("\"k_"), 1);
        assert_eq!(count("package keys\nkey := ^"), 2);
        assert_eq!(count("allow"), 1);
    }

    #[test]
    fn an_error_of_a_whole_statement_shows_none() {
        assert_eq!(
            wrong("package keys\nallow { true }"),
            "1 error occurred: keys.rego:2: rego_parse_error: `if` keyword is required before rule body"
        );
    }
}
