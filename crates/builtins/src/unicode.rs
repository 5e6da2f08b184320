//! Unicode 15.0, which is Go's, and so OPA's: the crates and the standard library here have later versions.
//!
//! Not a family: what of it differs, for the builtins that change case and for regular expressions.

use std::sync::LazyLock;

use regex::Regex;

/// Characters with a case of their own that later versions brought, up to 17.0.
const LATER_CASED: [(char, char); 8] = [
    ('\u{1c89}', '\u{1c8a}'),
    ('\u{a7cb}', '\u{a7cf}'),
    ('\u{a7d2}', '\u{a7d2}'),
    ('\u{a7d4}', '\u{a7d4}'),
    ('\u{a7da}', '\u{a7dc}'),
    ('\u{10d50}', '\u{10d65}'),
    ('\u{10d70}', '\u{10d85}'),
    ('\u{16ea0}', '\u{16ed3}'),
];

/// Characters that are alike but for case only since then, with one of the above or with each other.
const LATER_FOLDED: [char; 10] = [
    '\u{19b}', '\u{264}', '\u{390}', '\u{3b0}', '\u{1fd3}', '\u{1fe3}', '\u{a7d3}', '\u{a7d5}', '\u{fb05}', '\u{fb06}',
];

/// Whether the character has a case only since a later version.
pub(crate) fn is_later_cased(c: char) -> bool {
    c >= LATER_CASED[0].0 && LATER_CASED.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Whether a later version has another character that is this one but for case, and 15.0 has none.
pub(crate) fn is_later_folded(c: char) -> bool {
    !c.is_ascii() && (LATER_FOLDED.contains(&c) || is_later_cased(c))
}

/// Whether the character is a letter: Go's `unicode.IsLetter`.
pub(crate) fn is_letter(c: char) -> bool {
    static CLASS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}&&\p{age=15.0}]$").ok());
    c.is_ascii_alphabetic() || is_in(&CLASS, c)
}

/// Whether the character is a decimal digit: Go's `unicode.IsDigit`.
pub(crate) fn is_digit(c: char) -> bool {
    static CLASS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{Nd}&&\p{age=15.0}]$").ok());
    c.is_ascii_digit() || is_in(&CLASS, c)
}

/// Whether the character is a letter or a decimal digit.
pub(crate) fn is_letter_or_digit(c: char) -> bool {
    is_letter(c) || is_digit(c)
}

/// Whether a character past ASCII is one of a class.
fn is_in(class: &LazyLock<Option<Regex>>, c: char) -> bool {
    !c.is_ascii() && class.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

/// The scripts whose names are one word. Go knows the others, too, but looks for names without the marks between their words,
/// and so never finds them.
const SCRIPTS: &str = " Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo Brahmi Braille \
    Buginese Buhid Carian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Dogra \
    Duployan Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran \
    Hebrew Hiragana Inherited Javanese Kaithi Kannada Katakana Kawi Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu \
    Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Medefaidrin Miao Modi Mongolian Mro Multani \
    Myanmar Nabataean Nandinagari Newa Nko Nushu Ogham Oriya Osage Osmanya Palmyrene Phoenician Rejang Runic Samaritan \
    Saurashtra Sharada Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac Tagalog Tagbanwa Takri Tamil Tangsa Tangut \
    Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Yezidi Yi ";

/// The general categories.
const CATEGORIES: &str =
    " Cc Cf Co L Lc Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs ";

/// The long names of the categories, without the marks between their words.
const ALIASES: [(&str, &str); 41] = [
    ("Casedletter", "Lc"),
    ("Closepunctuation", "Pe"),
    ("Cntrl", "Cc"),
    ("Combiningmark", "M"),
    ("Connectorpunctuation", "Pc"),
    ("Control", "Cc"),
    ("Currencysymbol", "Sc"),
    ("Dashpunctuation", "Pd"),
    ("Decimalnumber", "Nd"),
    ("Digit", "Nd"),
    ("Enclosingmark", "Me"),
    ("Finalpunctuation", "Pf"),
    ("Format", "Cf"),
    ("Initialpunctuation", "Pi"),
    ("Letter", "L"),
    ("Letternumber", "Nl"),
    ("Lineseparator", "Zl"),
    ("Lowercaseletter", "Ll"),
    ("Mark", "M"),
    ("Mathsymbol", "Sm"),
    ("Modifierletter", "Lm"),
    ("Modifiersymbol", "Sk"),
    ("Nonspacingmark", "Mn"),
    ("Number", "N"),
    ("Openpunctuation", "Ps"),
    ("Other", "C"),
    ("Otherletter", "Lo"),
    ("Othernumber", "No"),
    ("Otherpunctuation", "Po"),
    ("Othersymbol", "So"),
    ("Paragraphseparator", "Zp"),
    ("Privateuse", "Co"),
    ("Punct", "P"),
    ("Punctuation", "P"),
    ("Separator", "Z"),
    ("Spaceseparator", "Zs"),
    ("Spacingmark", "Mc"),
    ("Surrogate", "Cs"),
    ("Symbol", "S"),
    ("Titlecaseletter", "Lt"),
    ("Unassigned", "Cn"),
];

const UPPERCASE_LETTER: (&str, &str) = ("Uppercaseletter", "Lu");

/// The class of characters of this name in the syntax of the crate `regex`: a category, a script, `Any`, `Assigned` or `ASCII`.
/// Case, spaces, underscores and hyphens in a name do not count. `None` where Go knows no such class.
pub(crate) fn class(name: &str, negated: bool) -> Option<String> {
    let not = if negated { "^" } else { "" };
    let letters = name.bytes().filter(|byte| !b"_- ".contains(byte)).map(char::from);
    let mut canonical: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    canonical.get_mut(..1)?.make_ascii_uppercase();
    let listed = |list: &str, name: &str| !name.is_empty() && list.contains(&format!(" {name} "));
    let alias = ALIASES.iter().chain([&UPPERCASE_LETTER]).find(|(long, _)| *long == canonical);
    let short = alias.map_or(&canonical[..], |(_, short)| short);
    Some(match short {
        "Any" => format!("[{not}\\x{{0}}-\\x{{10ffff}}]"),
        "Ascii" => format!("[{not}\\x00-\\x7f]"),
        "Assigned" => class("Cn", !negated)?,
        // Surrogates are no characters that a text could have.
        "Cs" => class("Any", !negated)?,
        "Cn" => format!("[{not}\\p{{gc=Cn}}\\P{{age=15.0}}]"),
        "C" => format!("[{not}\\p{{gc=Cc}}\\p{{gc=Cf}}\\p{{gc=Co}}\\p{{gc=Cn}}\\P{{age=15.0}}]"),
        category if listed(CATEGORIES, category) => format!("[{not}\\p{{gc={category}}}&&\\p{{age=15.0}}]"),
        script if alias.is_none() && listed(SCRIPTS, script) => format!("[{not}\\p{{sc={script}}}&&\\p{{age=15.0}}]"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::class;

    fn has(name: &str, negated: bool, c: char) -> bool {
        let class = class(name, negated).expect("Go knows it");
        let regex = regex::Regex::new(&class).unwrap_or_else(|error| panic!("{class}: {error}"));
        regex.is_match(c.encode_utf8(&mut [0; 4]))
    }

    #[test]
    fn every_name_is_a_class() {
        for name in super::CATEGORIES.split(' ').chain(super::SCRIPTS.split(' ')).filter(|name| !name.is_empty()) {
            has(name, false, 'a');
            has(name, true, 'a');
        }
        for (name, _) in super::ALIASES {
            has(name, false, 'a');
        }
        for (name, c) in [("L", 'é'), ("uppercase-letter", 'É'), ("gr eek", 'α'), ("ASCII", 'a'), ("assigned", 'a')]
        {
            assert!(has(name, false, c) && !has(name, true, c), "{name}");
        }
        for name in ["", "Emoji", "Lowercase", "Nag_Mundari", "Zyyy", "Latn", "Garay", "_", "Xx", "L L Latin"] {
            assert_eq!(class(name, false), None, "{name}");
        }
    }

    #[test]
    fn letters_and_digits_are_those_of_version_15() {
        for c in ['a', '7', 'é', '٣', '\u{11f04}'] {
            assert!(super::is_letter_or_digit(c), "{c}");
        }
        for c in ['_', ' ', '½', 'Ⅷ', '\u{301}', '\u{10d50}', '\u{10d40}'] {
            assert!(!super::is_letter_or_digit(c), "{c}");
        }
    }

    #[test]
    fn later_characters_are_not_assigned() {
        // GARAY CAPITAL LETTER A came with 16.0, KAWI LETTER A with 15.0.
        assert!(!has("L", false, '\u{10d50}') && has("Cn", false, '\u{10d50}') && has("C", false, '\u{10d50}'));
        assert!(has("L", false, '\u{11f04}') && has("Kawi", false, '\u{11f04}') && !has("Cn", false, '\u{11f04}'));
        assert!(has("Any", false, '\u{10d50}') && !has("Cs", false, 'a') && has("Cs", true, 'a'));
    }
}
