//! Which answers are not compared (`conformance/differences.toml` says why), and which are the same though they are written
//! differently.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lictor_testing::known_differences;
use serde_json::Value as Json;

use crate::wire::Answer;

/// Builtins that are not compared with OPA, and why.
static NOT_COMPARED: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| known_differences("builtins"));

/// Whether calls of a builtin are compared.
pub fn is_compared(name: &str) -> bool {
    !NOT_COMPARED.contains_key(name)
}

/// Whether OPA's answer to a call, which is a line of the wire, is the one given here.
pub fn agree(name: &str, call: &str, ours: &Answer, theirs: &Answer) -> bool {
    if ours == theirs || is_refused_number(name, ours) || is_in_difference(name, call) {
        return true;
    }
    match (ours, theirs) {
        // OPA failed itself, which nobody has to copy.
        (_, Answer::Panic(_)) => true,
        (Answer::Value(ours), Answer::Value(theirs)) => match name {
            // Of equal numbers any may come first: Go's sorting is not stable.
            "sort" => same_numbers(ours, theirs),
            // OPA keeps Go's notation, which it cannot print.
            "to_number" => numeral(ours).is_some_and(is_number) && numeral(theirs).is_some_and(|text| !is_number(text)),
            // Where a number lies in memory is not told.
            "sprintf" => ours.as_str().is_some_and(|text| text.contains("%!p(*big.Int=")),
            // Of a comment at the end of a module OPA may lose bytes.
            "rego.parse_module" => without_comments(ours) == without_comments(theirs),
            // A schema's errors come in any order.
            "json.match_schema" => sorted(ours) == sorted(theirs),
            // Signatures with a nonce are never the same; what is signed is.
            "io.jwt.encode_sign" | "io.jwt.encode_sign_raw" => has_nonce(ours) && signed(ours) == signed(theirs),
            _ => false,
        },
        // OPA signs with the private half of a key alone.
        (Answer::Error(_, text), _) if text.ends_with("the private key is not of the public one") => true,
        // Patterns are bounded here by what they take when they are compiled.
        (Answer::Error(_, text), _) if text.ends_with("error parsing regexp: expression too large") => true,
        // A `null` that follows the value is nothing to OPA.
        (Answer::Error(_, text), _) if text.ends_with("invalid character 'null' after top-level value") => true,
        (Answer::Error(ours, our_text), Answer::Error(theirs, their_text)) => {
            ours == theirs && (is_free(name, our_text, their_text) || steady(our_text) == steady(their_text))
        }
        (Answer::Error(_, text), Answer::Value(theirs)) => match name {
            // OPA signs with the bytes of keys that are no secrets.
            "io.jwt.encode_sign" | "io.jwt.encode_sign_raw" if text.contains("[]byte is required") => {
                text.contains("invalid key type *jwk.okp")
            }
            // OPA keeps Go's notation of what is less than any float.
            "to_number" if numeral(theirs).is_some_and(|text| !is_number(text)) => true,
            // OPA does not see exponents next to the ends of 64 bits.
            _ => text.ends_with("invalid number: invalid float"),
        },
        _ => false,
    }
}

/// Whether a call has what OPA takes otherwise.
fn is_in_difference(name: &str, call: &str) -> bool {
    if has_numbers_taken_for_equal(call) {
        return true;
    }
    match name {
        "ceil" | "floor" => argument(call).is_some_and(|number| -1.0 < number && number <= 0.0),
        "net.cidr_merge" => call.contains("::ffff:"),
        "yaml.unmarshal" | "yaml.is_valid" => call.contains('\u{feff}'),
        // A key, or a set of keys, that has a name twice.
        _ if name.starts_with("io.jwt.") => {
            let Ok(Json::Array(call)) = serde_json::from_str(call) else { return false };
            let mut texts = Vec::new();
            call.iter().for_each(|item| collect_texts(item, &mut texts));
            texts.iter().any(|text| has_name_twice(text))
        }
        _ => false,
    }
}

/// Whether a call has two numbers that OPA compares as floats of 64 bits: more than 15 digits, a point, and a zero at the end.
fn has_numbers_taken_for_equal(call: &str) -> bool {
    fn collect<'j>(item: &'j Json, to: &mut Vec<&'j str>) {
        match item {
            Json::Array(items) => items.iter().for_each(|item| collect(item, to)),
            Json::Object(fields) => match fields.get("number").and_then(Json::as_str) {
                Some(text) => to.push(text),
                None => fields.values().for_each(|item| collect(item, to)),
            },
            _ => {}
        }
    }
    let Ok(call) = serde_json::from_str(call) else { return false };
    let mut numbers = Vec::new();
    collect(&call, &mut numbers);
    numbers.retain(|text| text.contains('.') && text.ends_with('0'));
    let same = |(a, b): (&str, &str)| a != b && a.parse::<f64>().ok() == b.parse().ok();
    numbers.iter().enumerate().any(|(at, a)| numbers[at + 1..].iter().any(|b| same((a, b))))
}

/// The number that a call has as its only argument.
fn argument(call: &str) -> Option<f64> {
    let call: Json = serde_json::from_str(call).ok()?;
    numeral(call.get(1)?)?.parse().ok()
}

fn collect_texts<'j>(item: &'j Json, to: &mut Vec<&'j str>) {
    match item {
        Json::String(text) => to.push(text),
        Json::Array(items) => items.iter().for_each(|item| collect_texts(item, to)),
        Json::Object(fields) => fields.values().for_each(|item| collect_texts(item, to)),
        _ => {}
    }
}

/// Whether an object of a JSON text has two fields of the same name: the text has more colons than fields and strings.
fn has_name_twice(text: &str) -> bool {
    fn colons(item: &Json) -> usize {
        match item {
            Json::String(text) => text.matches(':').count(),
            Json::Array(items) => items.iter().map(colons).sum(),
            Json::Object(fields) => {
                fields.iter().map(|(name, item)| 1 + name.matches(':').count() + colons(item)).sum()
            }
            _ => 0,
        }
    }
    serde_json::from_str(text).is_ok_and(|item| text.matches(':').count() > colons(&item))
}

/// Whether a number was too big here that OPA reads in schemas and what they are for.
fn is_refused_number(name: &str, ours: &Answer) -> bool {
    const WHY: &str = "invalid number: number too big";
    matches!(name, "json.match_schema" | "json.verify_schema")
        && match ours {
            Answer::Error(_, text) => text.ends_with(WHY),
            Answer::Value(value) => value.get(1).and_then(Json::as_str).is_some_and(|text| text.ends_with(WHY)),
            _ => false,
        }
}

/// Whether an error's text is not held to OPA's.
fn is_free(name: &str, ours: &str, theirs: &str) -> bool {
    const FIELD: &str = "failed to unmarshal JSON into key";
    const NODE: &str = "json: cannot unmarshal";
    match name {
        // Of a key's fields that are wrong, OPA names the first of the text, and Lictor that of the names in order.
        _ if ours.contains(FIELD) && theirs.contains(FIELD) => true,
        // Which of the names that are equally like one comes first is left to chance.
        _ if name.starts_with("graphql.") && ours.contains("Did you mean") => {
            sorted_words(ours) == sorted_words(theirs)
        }
        // As is, which of a node's fields that do not fit is told.
        _ if name.starts_with("graphql.") && ours.contains(NODE) && theirs.contains(NODE) => true,
        // How a parser goes on behind an error in noise: other tests hold its texts.
        "rego.parse_module" => true,
        // OPA takes the pattern itself for a format, and says how little sense it makes as one.
        "regex.globs_match" => theirs.contains("%!") || ours.contains("%%"),
        // A struct of OPA's with its addresses.
        "crypto.x509.parse_rsa_private_key" => {
            ours.ends_with("unknown elliptic curve: P-224") && theirs.contains("unknown elliptic curve: &{")
        }
        _ => false,
    }
}

fn sorted_words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split([' ', ',', '?', '\n']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words
}

/// A text without what is another in each process of OPA's: the fields of a struct that is made while it runs, and where
/// something lies in memory.
fn steady(text: &str) -> String {
    const FIELDS: [&str; 2] = [r#"Kty string "json:\"kty\"""#, r#"D json.RawMessage "json:\"d,omitempty\"""#];
    const POINTERS: [&str; 2] = ["tag:0x", "defaultValue:0x"];
    let text = text.replace(&format!("{}; {}", FIELDS[1], FIELDS[0]), &format!("{}; {}", FIELDS[0], FIELDS[1]));
    POINTERS.iter().fold(text, |text, pointer| {
        let mut parts = text.split(pointer);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + pointer + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
    })
}

/// A number's text.
fn numeral(answer: &Json) -> Option<&str> {
    answer.get("number")?.as_str()
}

fn is_number(text: &str) -> bool {
    lictor_value::json::is_number(text.as_bytes())
}

/// Whether both have the same items, in an order that only numbers of the same value may differ in.
fn same_numbers(ours: &Json, theirs: &Json) -> bool {
    let number = |item: &Json| numeral(item)?.parse::<f64>().ok();
    let (Some(ours), Some(theirs)) = (ours.as_array(), theirs.as_array()) else { return false };
    let texts = |items: &[Json]| {
        let mut texts: Vec<_> = items.iter().map(Json::to_string).collect();
        texts.sort_unstable();
        texts
    };
    let fits = |(ours, theirs)| ours == theirs || number(ours).is_some() && number(ours) == number(theirs);
    texts(ours) == texts(theirs) && ours.iter().zip(theirs).all(fits)
}

/// A module, which is an object of the wire, without its comments.
fn without_comments(module: &Json) -> Json {
    let mut module = module.clone();
    if let Some(fields) = module.get_mut("object").and_then(Json::as_array_mut) {
        fields.retain(|field| field.get(0).and_then(Json::as_str) != Some("comments"));
    }
    module
}

fn sorted(answer: &Json) -> Json {
    let mut answer = answer.clone();
    if let Some(errors) = answer.get_mut(1).and_then(Json::as_array_mut) {
        errors.sort_by_key(Json::to_string);
    }
    answer
}

fn signed(token: &Json) -> Option<&str> {
    token.as_str()?.rsplit_once('.').map(|(signed, _)| signed)
}

/// Whether the token's algorithm, which its first part names in base64, is one that signs with a nonce.
fn has_nonce(token: &Json) -> bool {
    let Some(header) = token.as_str().and_then(|token| token.split('.').next()) else { return false };
    let Some(header) = decoded(header) else { return false };
    ["ES", "PS"].iter().any(|family| header.contains(&format!("\"{family}")))
}

fn decoded(base64: &str) -> Option<String> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in base64.bytes() {
        bits = bits << 6 | u32::try_from(DIGITS.iter().position(|known| *known == digit)?).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
