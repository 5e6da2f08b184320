use super::*;
use crate::json::{Style, write_json, write_json_with};

fn round(text: &[u8]) -> String {
    let arena = Arena::default();
    match parse_copied(&arena, text) {
        Ok(value) => {
            let mut out = Vec::new();
            write_json(value, &mut out);
            String::from_utf8(out).unwrap()
        }
        Err(error) => format!("{error}"),
    }
}

#[test]
fn values_come_back_as_they_were_written() {
    for text in ["null", "true", "-0", "1.50", "1e400", "18446744073709551616", "[]", "{}", r#"{"a":[1,{"b":""}]}"#] {
        assert_eq!(round(text.as_bytes()), text);
    }
    assert_eq!(round(b" { \"b\" : 1 , \"a\" : [ 2 , 3 ] } \n"), r#"{"a":[2,3],"b":1}"#);
}

#[test]
fn of_equal_keys_the_last_one_wins() {
    assert_eq!(round(br#"{"a":1,"b":2,"a":3,"\u0061":4}"#), r#"{"a":4,"b":2}"#);
}

#[test]
fn escapes_are_read_and_written_as_in_go() {
    assert_eq!(round(br#""\u00e9\n\/\ud83d\ude00\u2028<\u001f\u007f""#), "\"é\\n/😀\\u2028\\u003c\\u001f\u{7f}\"");
    // A lone surrogate becomes U+FFFD and takes nothing with it.
    assert_eq!(round(br#""\ud800a\udc00\ud800\ud83d\ude00\ud800\u0041""#), "\"\u{fffd}a\u{fffd}\u{fffd}😀\u{fffd}A\"");
    // Each byte that is not UTF-8 becomes one.
    assert_eq!(round(b"\"a\xe2\x82b\xff\""), "\"a\u{fffd}\u{fffd}b\u{fffd}\"");
}

#[test]
fn errors_say_where() {
    for (text, error) in [
        ("", "1:1: EOF"),
        ("[1,\n 2,]", "2:4: invalid character ']' looking for beginning of value"),
        ("{\"a\" 1}", "1:6: invalid character '1' after object key"),
        ("{\"a\":1 \"", "1:8: invalid character '\"' after object key:value pair"),
        ("{a:1}", "1:2: invalid character 'a' looking for beginning of object key string"),
        ("[1] x", "1:5: invalid character 'x' after top-level value"),
        ("01", "1:2: invalid character '1' after top-level value"),
        ("[01]", "1:3: invalid character '1' after array element"),
        ("[1.]", "1:4: invalid character ']' after decimal point in numeric literal"),
        ("[1e+]", "1:5: invalid character ']' in exponent of numeric literal"),
        ("-", "1:2: unexpected EOF"),
        ("-a", "1:2: invalid character 'a' in numeric literal"),
        ("[1e-40000]", "1:10: invalid number: number too big"),
        ("[0e99999999999999999999]", "1:24: invalid number: invalid float"),
        ("\"\\x\"", "1:3: invalid character 'x' in string escape code"),
        ("\"\\u12\"", "1:6: invalid character '\"' in \\u hexadecimal character escape"),
        ("\"a\nb\"", "1:3: invalid character '\\n' in string literal"),
        ("\"abc", "1:5: unexpected EOF"),
        ("nul", "1:4: unexpected EOF"),
        ("nuL", "1:3: invalid character 'L' in literal null (expecting 'l')"),
        ("\u{ff}", "1:1: invalid character 'Ã' looking for beginning of value"),
        ("'", "1:1: invalid character '\\'' looking for beginning of value"),
    ] {
        assert_eq!(round(text.as_bytes()), error, "{text:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    let arena = Arena::default();
    assert!(parse_copied(&arena, &nested(MAX_DEPTH)).is_ok());
    let error = parse_copied(&arena, &nested(1_000_000)).unwrap_err();
    assert_eq!((error.kind, error.offset), (JsonErrorKind::TooDeep, MAX_DEPTH));
}

#[test]
fn memory_is_bounded() {
    let arena = Arena::with_limit(1000);
    let text = "[".to_owned() + &"[1,2,3,4],".repeat(40) + "1]";
    assert_eq!(parse(&arena, text.as_bytes()).unwrap_err().kind, JsonErrorKind::Memory);
}

#[test]
fn the_reader_keeps_its_scratch_memory() {
    let mut reader = Reader::default();
    let text = b"[1,2,3,4,5,6,7,8,9,{\"a\":1}]";
    reader.parse(&Arena::default(), text).unwrap();
    let capacity = (reader.values.capacity(), reader.pairs.capacity());
    assert!(capacity.0 >= 10 && capacity.1 >= 1);
    reader.parse(&Arena::default(), text).unwrap();
    assert_eq!((reader.values.capacity(), reader.pairs.capacity()), capacity);
}

#[test]
fn indented_json_has_two_spaces_a_level() {
    let arena = Arena::default();
    let value = parse(&arena, br#"{"a":[1,[]],"b":{},"c":"<"}"#).unwrap();
    let mut out = Vec::new();
    write_json_with(value, Style { escape_html: false, indent: true }, &mut out);
    let expected = "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": {},\n  \"c\": \"<\"\n}";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn read_into_little_memory_objects_with_the_same_keys_share_them() {
    let record = |n: usize| format!("{{\"identifier\": {n}, \"description\": \"d\", \"owner\": null}}");
    let text = format!("[{}]", (0..1000).map(record).collect::<Vec<_>>().join(","));
    let arena = Arena::default();
    let records = parse_compact(&arena, text.as_bytes()).unwrap().as_array().unwrap();
    let keys: Vec<_> = records.iter().map(|record| record.as_object().unwrap().keys().items().as_ptr()).collect();
    assert!(keys.iter().all(|place| *place == keys[0]));
    // 3 values, an object and its place in the array, and what ends of chunks are left.
    assert!(arena.used() < 1000 * (3 * 16 + 48 + 16) + 16_384, "{}", arena.used());
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn json_like() -> impl Strategy<Value = Vec<u8>> {
        let token = prop_oneof![
            Just("["),
            Just("]"),
            Just("{"),
            Just("}"),
            Just(","),
            Just(":"),
            Just("\""),
            Just("\\u"),
            Just("d83d"),
            Just("1"),
            Just("-"),
            Just("0"),
            Just("."),
            Just("e"),
            Just("true"),
            Just("null"),
            Just("\"a\""),
            Just("\"b\":"),
            Just(" "),
            Just("é"),
            Just("\u{1}"),
        ];
        proptest::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat().into_bytes())
    }

    /// Objects whose keys come again, with and without escapes, in any order and twice; numbers that are kept as text.
    fn documents() -> impl Strategy<Value = Vec<u8>> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|n| n.to_string()),
            Just("1.50e400".to_owned()),
            Just("\"a\\n\u{e9}\"".to_owned()),
            "[a-z]{0,9}".prop_map(|text| format!("\"{text}\"")),
        ];
        let nested = leaf.prop_recursive(4, 64, 6, |inner| {
            let key = prop_oneof![Just("id"), Just("name"), Just("n\\u0061me"), Just("x\u{e9}"), Just("z")];
            let object = proptest::collection::vec((key, inner.clone()), 0..6).prop_map(|pairs| {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", pairs.join(","))
            });
            let array = proptest::collection::vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(",")));
            prop_oneof![object, array]
        });
        nested.prop_map(String::into_bytes)
    }

    proptest! {
        #[test]
        fn what_serde_json_accepts_is_accepted(text in json_like()) {
            let arena = Arena::default();
            let ours = parse(&arena, &text).is_ok();
            match serde_json::from_slice::<serde_json::Value>(&text) {
                Ok(_) => prop_assert!(ours),
                // serde_json refuses lone surrogates.
                Err(error) => prop_assert!(!ours || error.to_string().contains("surrogate")
                    || error.to_string().contains("hex escape"), "{error}"),
            }
        }

        #[test]
        fn strings_agree_with_serde_json(text in any::<String>()) {
            let arena = Arena::default();
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(parse(&arena, &json).unwrap().as_bytes(), Some(text.as_bytes()));
            let mut out = Vec::new();
            write_json(parse(&arena, &json).unwrap(), &mut out);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn a_text_means_the_same_in_little_memory(text in prop_oneof![json_like(), documents()]) {
            let arena = Arena::default();
            match (parse(&arena, &text), parse_compact(&arena, &text)) {
                (Ok(read), Ok(compact)) => {
                    let print = |value| {
                        let mut out = Vec::new();
                        write_json(value, &mut out);
                        out
                    };
                    prop_assert_eq!(print(read), print(compact));
                    prop_assert!(crate::same(read, compact));
                    prop_assert_eq!(crate::hash(read), crate::hash(compact));
                }
                (Err(read), Err(compact)) => prop_assert_eq!(read.to_string(), compact.to_string()),
                (read, compact) => prop_assert!(false, "{read:?} but {compact:?}"),
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let arena = Arena::default();
            let _ = parse(&arena, &bytes);
            let quoted = [b"\"".as_slice(), &bytes, b"\""].concat();
            let _ = parse(&arena, &quoted);
        }
    }
}
