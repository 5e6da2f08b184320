//! What is said of a builtin that this build was made without.

use lictor_compiler::{Options, analyse};
use lictor_syntax::{Version, parse_module};

#[test]
fn a_call_of_a_family_that_is_switched_off_names_the_feature_that_it_needs() {
    let text = "package p\n\nx := yaml.unmarshal(\"a\")\n\ny := json.unmarshall(\"1\")\n";
    let module = parse_module("p.rego", text, Version::V1).tree.expect("it can be parsed");
    let mut registry = lictor_builtins::registry();
    registry.remove("yaml.unmarshal");
    registry.note_lacking("yaml", &["yaml."]);
    let findings = analyse(&[module], &[], &registry, &Options::default()).all();
    let hints_of = |message: &str| findings.iter().find(|finding| finding.message == message).map(|it| &it.hints[..]);
    let lacking = "undefined function yaml.unmarshal: it needs the feature `yaml` of lictor, which is switched off";
    assert_eq!(hints_of(lacking), Some(&[][..]), "{findings:?}");
    let nearest = "did you mean `json.unmarshal`?";
    assert_eq!(hints_of("undefined function json.unmarshall"), Some(&[nearest.to_owned()][..]));
}
