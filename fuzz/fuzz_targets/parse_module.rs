//! Any text is a module or has diagnostics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lictor::Version;

fuzz_target!(|text: &str| {
    for version in [Version::V0, Version::V1] {
        match lictor::ast_json("fuzz.rego", text, version) {
            Ok(tree) => assert!(tree.to_string().starts_with("{\"package\":")),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});
