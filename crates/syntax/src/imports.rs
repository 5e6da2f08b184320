//! What imports do to the dialect: `rego.v1`, `rego.v2`, `future.keywords` and its members.

use crate::ast::{Dialect, Version};
use crate::token::{Spanned, Token};

impl Dialect {
    /// The dialect of a file without imports.
    pub fn new(version: Version) -> Self {
        let v1 = version == Version::V1;
        Dialect {
            version,
            if_: v1,
            in_: v1,
            every: v1,
            contains: v1,
            logic: false,
            not: false,
            rego_v1: false,
            templates: v1,
            keywords_in_refs: true,
        }
    }

    fn import_v1(&mut self) {
        *self = Dialect { if_: true, in_: true, every: true, contains: true, ..*self };
    }

    fn import_v2(&mut self) {
        self.import_v1();
        (self.logic, self.not) = (true, true);
    }

    /// Makes a word of `future.keywords` a keyword.
    pub(crate) fn import_keyword(&mut self, word: &str) {
        match word {
            "if" => self.if_ = true,
            "in" => self.in_ = true,
            "contains" => self.contains = true,
            "every" => (self.every, self.in_) = (true, true),
            "and" | "or" => self.logic = true,
            "not" => self.not = true,
            _ => {}
        }
    }
}

/// Changes the dialect as a statement says, if it is an import that does.
pub(crate) fn apply(statement: &[Spanned<'_>], dialect: &mut Dialect) {
    if !matches!(statement.first(), Some((_, Token::Import, _))) {
        return;
    }
    // A segment is a name after a dot, or a string in brackets: two tokens from the last either way.
    let mut words = statement.iter().filter_map(|spanned| match spanned.1 {
        Token::Ident(name) => Some(name),
        Token::String(text) => Some(text.trim_matches('"')),
        _ => None,
    });
    match [words.next(), words.next(), words.next()] {
        [Some("rego"), Some("v1"), _] => {
            dialect.import_v1();
            dialect.rego_v1 = true;
        }
        [Some("rego"), Some("v2"), _] => {
            dialect.import_v2();
            dialect.rego_v1 = true;
        }
        [Some("future"), Some("keywords"), None] => dialect.import_v2(),
        [Some("future"), Some("keywords"), Some(word)] => dialect.import_keyword(word),
        _ => {}
    }
}
