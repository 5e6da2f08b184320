//! The differences to OPA that are known: `conformance/differences.toml`, which gives a reason for each.

use std::collections::BTreeMap;

const FILE: &str = include_str!("../../../conformance/differences.toml");

/// What a section of the file lists, and why.
pub fn known_differences(section: &str) -> BTreeMap<String, String> {
    listed(FILE, section)
}

/// The file is TOML of sections and of quoted keys and values only, whose quoting is JSON's.
fn listed(text: &str, section: &str) -> BTreeMap<String, String> {
    let quoted = |text: &str| serde_json::from_str::<String>(text.trim()).ok();
    let header = format!("[{section}]");
    text.lines()
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once("\" = \""))
        .filter_map(|(key, value)| Some((quoted(&format!("{key}\""))?, quoted(&format!("\"{value}"))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_reasons() {
        let text = "# none\n[a]\n\"v0/a: \\\"b\\\"\" = \"because = of \\\"c\\\"\"\n[b]\n\"d\" = \"because\"\n";
        assert_eq!(
            listed(text, "a").into_iter().collect::<Vec<_>>(),
            [("v0/a: \"b\"".to_owned(), "because = of \"c\"".to_owned())]
        );
        assert_eq!(listed(text, "b")["d"], "because");
        assert!(listed(text, "c").is_empty());
    }
}
