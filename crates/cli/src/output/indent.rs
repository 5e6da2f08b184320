//! Compact JSON, indented by two spaces as OPA prints it.

/// Breaks lines and indents; empty arrays and objects stay on their line.
pub(crate) fn indent(compact: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(compact.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + depth * 2, b' ');
    };
    for (at, byte) in compact.iter().enumerate() {
        if in_string {
            out.push(*byte);
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        let empty = |close: u8| compact.get(at + 1) == Some(&close);
        match byte {
            b'"' => {
                in_string = true;
                out.push(b'"');
            }
            b'{' | b'[' => {
                out.push(*byte);
                depth += 1;
                if !empty(if *byte == b'{' { b'}' } else { b']' }) {
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(at.checked_sub(1).map(|before| compact[before]), Some(b'{' | b'[')) {
                    line(&mut out, depth);
                }
                out.push(*byte);
            }
            b',' => {
                out.push(b',');
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(*byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_outside_of_strings_only() {
        let compact = br#"{"a":[1,{}],"b\"":"x,{}:\\","c":[]}"#;
        let expected = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\\\"\": \"x,{}:\\\\\",\n  \"c\": []\n}";
        assert_eq!(String::from_utf8(indent(compact)).unwrap(), expected);
    }
}
