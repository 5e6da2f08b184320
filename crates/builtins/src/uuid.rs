//! Universally unique identifiers: RFC 4122, and the looser forms that the Go package `github.com/google/uuid` reads.

use std::collections::HashMap;

use lictor_value::{Builtin, Context, Object, Type, Value};

use crate::encoding::hex;
use crate::family;

const FIELDS: Type = Type::Object(&Type::String, &Type::Any);

/// From the beginning of the Gregorian calendar, 1582-10-15, to 1970, in 100 ns.
const GREGORIAN: i64 = 122_192_928_000_000_000;

/// The family.
pub static FAMILY: &[Builtin] = family! {
    /// A random UUID, version 4: another for each `k`, and for one `k` the same throughout an evaluation.
    "uuid.rfc4122" { nondeterministic: true } |cx, k ("names the UUID within the evaluation"): Value<'_> [Type::String]|
    -> "output" ("the UUID"): Vec<u8> [Type::String] {
        let mut key = Vec::new();
        lictor_value::text::write_rego(k, &mut key);
        let host = cx.host;
        let made = cx.scratch.of_evaluation::<Made>();
        written(made.0.entry(key).or_insert_with(|| random(host)))
    }
    /// The fields of a UUID: `version` and `variant`, and of versions 1 and 2 also `time` (ns since 1970), `nodeid`,
    /// `macvariables` and `clocksequence`, of version 2 besides `id` and `domain`. Undefined where the text is none. It
    /// may stand in any brackets, after `urn:uuid:`, or without dashes.
    "uuid.parse" |cx, uuid ("the text of a UUID"): &[u8]| -> "result" ("its fields"): Option<Value<'_>> [FIELDS] {
        Some(fields(cx, &parse(uuid)?))
    }
};

/// What this evaluation made, by key.
#[derive(Default)]
struct Made(HashMap<Vec<u8>, [u8; 16]>);

fn random(host: &dyn lictor_value::Host) -> [u8; 16] {
    let mut bytes = [0; 16];
    host.random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// The form with dashes.
fn written(bytes: &[u8; 16]) -> Vec<u8> {
    let groups = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]];
    groups.map(hex).join(&b'-')
}

fn parse(text: &[u8]) -> Option<[u8; 16]> {
    let dashed = match text.len() {
        32 => return bytes(text),
        36 => text,
        // Whatever stands around it is taken for brackets.
        38 => &text[1..37],
        45 if text[..9].eq_ignore_ascii_case(b"urn:uuid:") => &text[9..],
        _ => return None,
    };
    let dash = |at: &usize| matches!(at, 8 | 13 | 18 | 23);
    if !(0..36).filter(dash).all(|at| dashed[at] == b'-') {
        return None;
    }
    let digits: Vec<u8> = (0..36).filter(|at| !dash(at)).map(|at| dashed[at]).collect();
    bytes(&digits)
}

fn bytes(digits: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).map(|digit| digit as u8);
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(bytes)
}

fn fields<'v>(cx: &Context<'_, 'v>, uuid: &[u8; 16]) -> Value<'v> {
    let version = uuid[6] >> 4;
    let mut pairs =
        vec![(cx.string("version"), Value::int(version.into())), (cx.string("variant"), cx.string(variant(uuid[8])))];
    if matches!(version, 1 | 2) {
        pairs.extend([
            (cx.string("time"), Value::int(time_ns(uuid))),
            (
                cx.string("nodeid"),
                cx.string(uuid[10..].iter().map(|byte| hex(&[*byte])).collect::<Vec<_>>().join(&b'-')),
            ),
            (cx.string("macvariables"), cx.string(kind_of_address(uuid[10]))),
            (cx.string("clocksequence"), Value::int(i64::from(u16::from_be_bytes([uuid[8], uuid[9]]) & 0x3fff))),
        ]);
    }
    if version == 2 {
        let [a, b, c, d, ..] = *uuid;
        pairs.extend([
            (cx.string("id"), Value::int(u32::from_be_bytes([a, b, c, d]).into())),
            (cx.string("domain"), cx.string(domain(uuid[9]))),
        ]);
    }
    Value::object(cx.arena.one(Object::from_unsorted(cx.arena, &mut pairs)))
}

fn variant(byte: u8) -> &'static str {
    match byte >> 5 {
        0b100 | 0b101 => "RFC4122",
        0b110 => "Microsoft",
        0b111 => "Future",
        _ => "Reserved",
    }
}

/// The two bits that say who gave the address and whom it reaches (RFC 7042, 2.1).
fn kind_of_address(first: u8) -> &'static str {
    match first & 0b11 {
        0b11 => "local:multicast",
        0b01 => "global:multicast",
        0b10 => "local:unicast",
        _ => "global:unicast",
    }
}

fn domain(byte: u8) -> String {
    match byte {
        0 => "Person".into(),
        1 => "Group".into(),
        2 => "Org".into(),
        other => format!("Domain{other}"),
    }
}

/// The time of versions 1 and 2; what is past 64 bits wraps, as it does in OPA.
fn time_ns(uuid: &[u8; 16]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *uuid;
    let ticks = i64::from_be_bytes([g & 0x0f, h, e, f, a, b, c, d]);
    (ticks - GREGORIAN).wrapping_mul(100)
}

#[cfg(test)]
mod tests {
    use lictor_value::{Arena, Context, Host, Scratch, Value};

    use super::FAMILY;
    use crate::family::calls::assert_gives;

    #[test]
    fn fields_are_those_of_the_version() {
        let parse = |text: &str, fields: &str| assert_gives(FAMILY, "uuid.parse", &[text], fields);
        parse(r#""{9073926b-929f-41c2-abc9-fad77ae3e8eb}""#, r#"{"variant":"RFC4122","version":4}"#);
        parse(r#""URN:UUID:9073926B-929F-41C2-cbc9-fad77ae3e8eb""#, r#"{"variant":"Microsoft","version":4}"#);
        parse(
            r#""13814000-1dd2-11b2-8001-010000000007""#,
            r#"{"clocksequence":1,"macvariables":"global:multicast","nodeid":"01-00-00-00-00-07","time":0,"variant":"RFC4122","version":1}"#,
        );
        parse(
            r#""0000000713b221d280070200000000ff""#,
            r#"{"clocksequence":7,"domain":"Domain7","id":7,"macvariables":"local:unicast","nodeid":"02-00-00-00-00-ff","time":899606637227213500,"variant":"RFC4122","version":2}"#,
        );
        for text in [r#""""#, r#""9073926b+929f-41c2-abc9-fad77ae3e8eb""#, r#""9073926b-929f-41c2-abc9-fad77ae3e8eg""#]
        {
            parse(text, "undefined");
        }
        parse("1", "operand 1 must be string but got number");
    }

    /// Counts, so that no two random numbers are the same.
    struct Counter(std::sync::atomic::AtomicU8);

    impl Host for Counter {
        fn now_ns(&self) -> i64 {
            0
        }
        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(0x11, std::sync::atomic::Ordering::Relaxed));
        }
    }

    #[test]
    fn a_key_has_one_uuid_for_as_long_as_an_evaluation_lasts() {
        let (arena, host, mut scratch) = (Arena::default(), Counter(0x11.into()), Scratch::default());
        let made = |scratch: &mut Scratch, key: &'static str| {
            let mut buffer = Vec::new();
            let mut cx =
                Context { arena: &arena, buffer: &mut buffer, host: &host, scratch, prepared: None, fault: None };
            let key: Value<'_> = cx.string(key);
            (FAMILY[0].run)(&mut cx, &[key]).and_then(Value::as_text).expect("there always is one")
        };
        assert_eq!(made(&mut scratch, "a"), "11111111-1111-4111-9111-111111111111");
        assert_eq!(made(&mut scratch, "b"), "22222222-2222-4222-a222-222222222222");
        assert_eq!(made(&mut scratch, "a"), "11111111-1111-4111-9111-111111111111");
        scratch.begin();
        assert_eq!(made(&mut scratch, "a"), "33333333-3333-4333-b333-333333333333");
    }
}
