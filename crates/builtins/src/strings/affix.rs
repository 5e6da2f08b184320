//! Whether any of several strings begins, or ends, with any of several others.

use lictor_value::{Context, Type, Value, View};

/// One string, or an array or set of strings.
#[derive(Clone, Copy)]
pub(super) enum Texts<'v> {
    One(&'v [u8]),
    Many(&'v [Value<'v>]),
}

impl<'v> Texts<'v> {
    pub(super) const TYPE: Type = Type::OneOf(&[Type::String, Type::Array(&Type::String), Type::Set(&Type::String)]);

    /// Reads operand `position`.
    pub(super) fn read(cx: &mut Context<'_, 'v>, value: Value<'v>, position: usize) -> Option<Self> {
        let items = match value.view() {
            View::Str(text) => return Some(Texts::One(text)),
            View::Array(items) => items,
            View::Set(set) => set.items(),
            _ => return cx.wrong_operand(position, "one of {string, set, array}", value),
        };
        match items.iter().find(|item| item.as_bytes().is_none()) {
            Some(item) => cx.wrong_element(position, value, *item, "string"),
            None => Some(Texts::Many(items)),
        }
    }

    fn list(self) -> Vec<&'v [u8]> {
        match self {
            Texts::One(text) => vec![text],
            Texts::Many(items) => items.iter().filter_map(|item| item.as_bytes()).collect(),
        }
    }
}

/// Whether any of `texts` begins with any of `prefixes`.
pub(super) fn any_begins(texts: Texts<'_>, prefixes: Texts<'_>) -> bool {
    any(texts, prefixes, <[u8]>::starts_with, |text| text.to_vec())
}

/// Whether any of `texts` ends with any of `suffixes`.
pub(super) fn any_ends(texts: Texts<'_>, suffixes: Texts<'_>) -> bool {
    any(texts, suffixes, <[u8]>::ends_with, |text| text.iter().rev().copied().collect())
}

/// Each with each where there is one of either; otherwise texts that begin alike stand side by side once they are sorted,
/// right after what they begin with, so that one search for each affix is enough.
fn any(
    texts: Texts<'_>,
    affixes: Texts<'_>,
    has: fn(&[u8], &[u8]) -> bool,
    forward: impl Fn(&[u8]) -> Vec<u8>,
) -> bool {
    match (texts, affixes) {
        (Texts::One(text), Texts::One(affix)) => has(text, affix),
        (Texts::One(text), Texts::Many(affixes)) => {
            affixes.iter().any(|affix| affix.as_bytes().is_some_and(|affix| has(text, affix)))
        }
        (Texts::Many(texts), Texts::One(affix)) => {
            texts.iter().any(|text| text.as_bytes().is_some_and(|text| has(text, affix)))
        }
        (Texts::Many(_), Texts::Many(_)) => {
            let mut sorted: Vec<Vec<u8>> = texts.list().into_iter().map(&forward).collect();
            sorted.sort_unstable();
            affixes.list().into_iter().any(|affix| {
                let affix = forward(affix);
                let at = sorted.partition_point(|text| *text < affix);
                sorted.get(at).is_some_and(|text| text.starts_with(&affix))
            })
        }
    }
}
