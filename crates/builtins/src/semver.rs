//! Semantic versions 2.0.0, of which a leading `v` is forgiven.

use std::cmp::Ordering;

use lictor_value::text::quoted;
use lictor_value::{Builtin, Context, Type, Value};

use crate::family;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// -1, 0 or 1, as version `a` is less than, equal to or greater than version `b`.
    "semver.compare" |
        cx,
        a ("a version"): &[u8],
        b ("another version"): &[u8],
    | -> "result" ("which is greater: -1, 0 or 1"): Option<i64> [Type::Number] {
        let (a, b) = (version(cx, a, 1)?, version(cx, b, 2)?);
        Some(a.compare(&b) as i64)
    }
    /// Whether `vsn` is a version.
    "semver.is_valid" |_cx, vsn ("any value"): Value<'_>| -> "result" ("whether it is a version by SemVer 2.0"): bool {
        vsn.as_text().is_some_and(|text| Version::parse(text).is_some())
    }
};

fn version<'t>(cx: &mut Context<'_, '_>, version: &'t [u8], position: usize) -> Option<Version<'t>> {
    match std::str::from_utf8(version).ok().and_then(Version::parse) {
        Some(version) => Some(version),
        None => {
            let quoted = quoted(version);
            cx.fail(format!("operand {position}: string {quoted} is not a valid SemVer"))
        }
    }
}

struct Version<'t> {
    core: [i64; 3],
    /// Empty where the version is a release.
    pre_release: &'t str,
}

impl<'t> Version<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (core, pre_release) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        let well_formed = |list: &str| {
            let character = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            list.split('.').all(|identifier| !identifier.is_empty() && identifier.bytes().all(character))
        };
        let no_leading_zero = |list: &str| {
            list.split('.')
                .all(|identifier| !(identifier.len() > 1 && identifier.starts_with('0') && is_decimal(identifier)))
        };
        if !build.is_none_or(well_formed) || !pre_release.is_none_or(|list| well_formed(list) && no_leading_zero(list))
        {
            return None;
        }
        let mut numbers = core.split('.');
        let core = [number(numbers.next()?)?, number(numbers.next()?)?, number(numbers.next()?)?];
        numbers.next().is_none().then_some(Version { core, pre_release: pre_release.unwrap_or("") })
    }

    fn compare(&self, other: &Version<'_>) -> Ordering {
        self.core.cmp(&other.core).then_with(|| match (self.pre_release.is_empty(), other.pre_release.is_empty()) {
            // A release comes after its pre-releases.
            (true, _) | (_, true) => other.pre_release.is_empty().cmp(&self.pre_release.is_empty()).reverse(),
            _ => pre_releases(self.pre_release, other.pre_release),
        })
    }
}

fn pre_releases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let which = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => match (is_decimal(x), is_decimal(y)) {
                (true, true) => decimal(x).cmp(&decimal(y)),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => x.cmp(y),
            },
        };
        if which.is_ne() {
            return which;
        }
    }
}

fn is_decimal(identifier: &str) -> bool {
    !identifier.is_empty() && identifier.bytes().all(|b| b.is_ascii_digit())
}

/// The number, or the greatest one where it is too large.
fn decimal(identifier: &str) -> i64 {
    identifier.parse().unwrap_or(i64::MAX)
}

fn number(text: &str) -> Option<i64> {
    if !is_decimal(text) || text.len() > 1 && text.starts_with('0') { None } else { text.parse().ok() }
}
