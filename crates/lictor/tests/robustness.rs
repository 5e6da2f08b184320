//! Nothing that a user can write makes Lictor panic: short and random sequences of Rego's words, as modules, through
//! parser, compiler and evaluation. `fuzz/` goes further, with a compiler that shows it the way.

use lictor::{BuildError, Builder, Limits, Version};

const WORDS: &[&str] = &[
    "package p\n",
    "import data.x\n",
    "import rego.v1\n",
    "import future.keywords.not\n",
    "\n",
    " ",
    "p",
    "q",
    "x",
    "_",
    "data",
    "input",
    "p.q",
    "input.a",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ":=",
    "=",
    "==",
    "!=",
    "<",
    ":",
    ",",
    ";",
    ".",
    "|",
    "&",
    "+",
    "-",
    "*",
    "/",
    "%",
    "if ",
    "else ",
    "contains ",
    "default ",
    "not ",
    "some ",
    "every ",
    "in ",
    "with ",
    "as ",
    "and ",
    "or ",
    "null",
    "true",
    "1",
    "-1",
    "1e9",
    "1e",
    "\"a\"",
    "`b`",
    "\"",
    "`",
    "$\"",
    "{x}\"",
    "# METADATA\n# title: t\n",
    "#",
    "set()",
    "count(",
    "\\",
    "\0",
    "\u{feff}",
    "é",
    "\u{2028}",
];

/// Marsaglia's xorshift: the same words on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Parses a text, in both versions; a refusal has a reason.
fn parse(text: &str) {
    for version in [Version::V0, Version::V1] {
        if let Err(BuildError::Rejected(diagnostics)) = lictor::ast_json("words.rego", text, version) {
            assert!(!diagnostics.is_empty(), "{text:?} is refused without a reason");
            lictor::report::pretty(&diagnostics, lictor::report::Style::default());
            lictor::report::opa_text(&diagnostics);
        }
    }
}

#[test]
fn no_one_or_two_words_panic() {
    for first in WORDS {
        parse(first);
        for second in WORDS {
            parse(&format!("{first}{second}"));
            parse(&format!("package p\n{first}{second}"));
        }
    }
}

#[test]
fn no_random_words_panic() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..6_000 {
        let words: String = (0..random.below(14)).map(|_| WORDS[random.below(WORDS.len())]).collect();
        parse(&words);
        parse(&format!("package p\n{words}"));
    }
}

/// Parts that mostly compile, so that what is behind the parser is reached too.
const PARTS: &[&str] = &[
    "p := x if { x := input.a }\n",
    "p contains x if { some x in input.xs }\n",
    "q[x] := y if { some x, y in input.m }\n",
    "f(x) := x + 1\n",
    "f(x) := y if { y := x[_] }\n",
    "r if { not p }\n",
    "r if { q[_] == 1 }\n",
    "r if { every x in p { x > 0 } }\n",
    "default r := false\n",
    "s := [x | x := p[_]; f(x) == y; y := 2]\n",
    "s := {x: y | y := input[x]}\n",
    "t := f(p) if { r }\n",
    "t := p with input as {\"a\": q}\n",
    "u := data.words if { p }\n",
    "u := x if { x = y; y = [z, 1]; z := input.a }\n",
    "v.w[x].z := y if { x := input.a; y := x }\n",
    "v.w contains 1\n",
    "p if { walk(input, [x, y]); x == y }\n",
    "q := sprintf(\"%v %d %s\", [p, input, f(1)])\n",
    "p := p\n",
    "f(x) := f(x)\n",
    "r if { input[x][y] == data[x][y] }\n",
    "import data.words.p as pp\n",
    "s := y if { y := pp } else := 2 if { r } else := 3\n",
    "p := count({x | some x in input.xs; x > p})\n",
    "t if { x = {\"a\": y, z: 1}; y == 1 }\n",
    "t if { [x, y] = [y, 1]; {x, 2} == {1, y} }\n",
    "u if { 1 / 0 == input.a }\n",
];

#[test]
fn no_random_module_panics_and_lens_and_index_change_no_answer() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let limits = Limits { memory: 16 << 20, steps: 20_000, depth: 200, deadline: None };
    let input: &[u8] = br#"{"a": 1, "xs": [1, 2, "USER", null], "m": {"k": [1], "l": {"a": 2}}}"#;
    let mut answered = 0;
    for _ in 0..1_500 {
        let parts: String = (0..1 + random.below(4)).map(|_| PARTS[random.below(PARTS.len())]).collect();
        let module = format!("package words\n\n{parts}");
        let answer = |slow: bool| {
            let builder = Builder::new().module("words.rego", &module).query("all", "data.words").limits(limits);
            let builder = if slow { builder.without_fast_rooms() } else { builder };
            let mut session = builder.build().ok()?.session();
            let rows = session.eval("all", Some(input)).map_err(|error| error.to_string());
            let written = rows.map(|rows| {
                let mut text = Vec::new();
                let values = rows.iter().flat_map(|row| row.expressions().map(|(_, value)| value).collect::<Vec<_>>());
                values.for_each(|value| lictor::json::write_json(value, &mut text));
                String::from_utf8_lossy(&text).into_owned()
            });
            Some(written)
        };
        let (fast, slow) = (answer(false), answer(true));
        answered += usize::from(matches!(fast, Some(Ok(_))));
        assert_eq!(fast, slow, "{module}");
    }
    assert!(answered > 250, "most modules are worth asking: {answered}");
}
