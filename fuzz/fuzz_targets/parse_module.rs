//! Any text, as v0 and as v1: a tree or errors with places in the text, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lictor::report::{self, Style};
use lictor::{BuildError, Version};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for version in [Version::V0, Version::V1] {
        match lictor::ast_json("fuzz.rego", &text, version) {
            Ok(tree) => {
                let printed = tree.to_string();
                assert!(serde_json::from_str::<serde_json::Value>(&printed).is_ok() || is_deep(&printed), "{printed}");
            }
            Err(BuildError::Rejected(diagnostics)) => {
                assert!(!diagnostics.is_empty(), "a refusal has reasons");
                report::pretty(&diagnostics, Style::default());
                report::opa_text(&diagnostics);
                diagnostics.iter().for_each(|diagnostic| drop(report::json(diagnostic)));
            }
            Err(other) => panic!("{other}"),
        }
    }
});

/// Whether JSON nests deeper than what reads it back can go.
fn is_deep(json: &str) -> bool {
    let mut depth = 0_i32;
    json.bytes().any(|byte| {
        depth += i32::from(matches!(byte, b'[' | b'{')) - i32::from(matches!(byte, b']' | b'}'));
        depth > 100
    })
}
