//! `lictor library` from the outside: what it lists, shows and copies.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value as Json;

fn lictor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lictor")).args(arguments).output().unwrap()
}

fn library(arguments: &[&str]) -> Output {
    lictor(&[&["library"], arguments].concat())
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn listed(arguments: &[&str]) -> Vec<String> {
    let output = library(&[&["list", "--format", "json"], arguments].concat());
    assert!(output.status.success(), "{}", said(&output));
    let entries: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn policies_are_listed_by_family_entity_event_control_and_profile() {
    assert!(listed(&[]).len() >= 40);
    assert!(listed(&["--family", "lifetime"]).iter().all(|id| id.starts_with("lifetime.")));
    assert_eq!(listed(&["--entity", "api_key", "--event", "create", "--family", "naming"]), ["naming.key"]);
    assert_eq!(listed(&["--event", "revoke"]), ["revocation.reason"]);
    assert_eq!(
        listed(&["--control", "cis aws"]),
        ["inactivity.unused", "ownership.keys_per_owner", "ownership.tokens_per_key", "rotation.due"]
    );
    assert_eq!(listed(&["--profile", "cis-aws"]), ["inactivity.unused", "ownership.keys_per_owner", "rotation.due"]);
    assert_eq!(listed(&["--family", "naming", "--event", "use"]), [""; 0]);
}

#[test]
fn the_table_is_for_people_and_the_json_has_parameters() {
    let table = out(&library(&["list", "--family", "rotation"]));
    assert!(table.contains("ID") && table.contains("DENIES") && table.contains("CONTROLS"), "{table}");
    assert!(table.contains("requests with tokens that are due for rotation"), "{table}");
    assert!(table.contains("CIS AWS 1.14") && table.contains("PCI DSS 4.0 8.3.9*"), "{table}");
    assert!(table.contains("4 policies") && !table.contains('\u{1b}'), "{table}");
    let output = library(&["list", "--profile", "pci-4", "--control", "8.2.6", "--format", "json"]);
    let entries: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(entries[0]["parameters"][0]["default"], 45);
    assert_eq!(entries[0]["parameters"][0]["value"], 90);
    assert_eq!(entries[0]["requires"][0], "usage");
    assert!(entries[0]["source"].is_null(), "a list holds no texts");
}

#[test]
fn a_policy_is_shown_with_all_that_one_needs_to_decide_on_it() {
    let shown = out(&library(&["show", "rotation.due"]));
    for part in [
        "rotation.due: Deny requests with tokens that are due for rotation",
        "max_days: 90",
        "package lictor.library.rotation.due",
        "enforced: false",
        "\"iat\"",
        "=> token is 183 days old, and must be rotated every 90",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let shown = out(&library(&["show", "revocation.revoked"]));
    assert!(shown.contains("with these data") && shown.contains("=> token is revoked"), "{shown}");
    let output = library(&["show", "inactivity.unused", "--profile", "pci-4", "--format", "json"]);
    let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["parameters"][0]["value"], 90);
    assert_eq!(shown["messages"][0], "token was unused for more than 45 days");
    assert!(shown["source"].as_str().unwrap().starts_with("# METADATA"));
}

#[test]
fn a_profile_is_shown_with_its_controls_and_says_which_are_from_memory() {
    let shown = out(&library(&["show", "pci-4"]));
    for part in
        ["PCI DSS 4.0.1 8.6.3 ", "PCI DSS 4.0 8.2.6*", "inactivity.unused", "none", "from memory", "max_days: 90"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let all_verified = out(&library(&["show", "asvs-5"]));
    assert!(!all_verified.contains("from memory"), "{all_verified}");
    let output = library(&["show", "cis-aws", "--format", "json"]);
    let profile: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(profile["policies"][0]["controls"][0]["id"], "CIS AWS 1.14");
    let listed = out(&library(&["list", "--profile", "pci-4"]));
    assert!(listed.contains("no policy for PCI DSS 4.0 8.3.4*: "), "{listed}");
}

#[test]
fn what_there_is_not_is_an_error_that_says_what_there_is() {
    for (arguments, message) in [
        (vec!["show", "lifetime.maximun"], "did you mean lifetime."),
        (vec!["list", "--family", "x"], "it has audience, "),
        (vec!["list", "--profile", "x"], "it has asvs-5, cis-aws, nist-800-63b, pci-4"),
        (vec!["use", "no.such", "--to", "nowhere"], "the library has no policy `no.such`"),
        (vec!["use", "--to", "nowhere"], "required"),
        (vec!["list", "--entity", "pipeline"], "`pipeline` is no entity"),
    ] {
        let output = library(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(message), "{arguments:?}: {}", said(&output));
    }
    assert!(!Path::new("nowhere").exists());
}

fn validated(place: &Path, event: &str) -> Output {
    let at = |part: &str| place.join(part).display().to_string();
    lictor(&["validate", &at(event), "--sets", &at("sets"), "--data", &at("data"), "--format", "json"])
}

#[test]
fn a_policy_that_is_taken_over_judges_and_obeys_its_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("governance");
    let to = place.to_str().unwrap();
    let output = library(&["use", "lifetime.maximum", "naming.token", "lifetime.maximum", "--to", to]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        out(&output).contains("lictor validate ") && out(&output).contains("lifetime/maximum_test.rego"),
        "{}",
        out(&output)
    );

    let denied = "events/lifetime/maximum.denied.json";
    let output = validated(&place, denied);
    assert_eq!(output.status.code(), Some(0), "a set is not enforced before somebody says so: {}", said(&output));
    let decided: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(decided["events"][0]["decision"], "warn");
    assert_eq!(decided["events"][0]["findings"][0]["message"], "token lives 91 days, and may live 90");

    let set = place.join("sets/lifetime.maximum.yaml");
    let text = std::fs::read_to_string(&set).unwrap();
    std::fs::write(&set, text.replace("enforced: false", "enforced: true")).unwrap();
    assert_eq!(validated(&place, denied).status.code(), Some(1));
    assert_eq!(validated(&place, "events/lifetime/maximum.allowed.json").status.code(), Some(0));

    let data = place.join("data/lifetime.maximum.yaml");
    let text = std::fs::read_to_string(&data).unwrap();
    std::fs::write(&data, text.replace("max_days: 90", "max_days: 91")).unwrap();
    assert_eq!(validated(&place, denied).status.code(), Some(0));
    std::fs::write(&data, text.replace("max_days: 90", "max_days: many")).unwrap();
    let refused = validated(&place, "events/lifetime/maximum.allowed.json");
    assert_eq!(refused.status.code(), Some(1));
    assert!(out(&refused).contains("parameter max_days must be a number, but is of type string"), "{}", out(&refused));
}

#[test]
fn nothing_is_written_over_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let data = folder.path().join("data/rotation.due.yaml");
    assert!(library(&["use", "rotation.due", "--to", to]).status.success());
    assert!(
        library(&["use", "rotation.due", "--to", to]).status.success(),
        "what is as it would be is in nobody's way"
    );
    std::fs::write(&data, "lictor: {}\n").unwrap();
    let refused = library(&["use", "rotation.due", "naming.key", "--to", to]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("rotation.due.yaml") && said(&refused).contains("--force"), "{}", said(&refused));
    assert!(!folder.path().join("policies/naming").exists(), "nothing was written");
    assert_eq!(std::fs::read_to_string(&data).unwrap(), "lictor: {}\n");
    assert!(library(&["use", "rotation.due", "--to", to, "--force"]).status.success());
    assert!(std::fs::read_to_string(&data).unwrap().contains("max_days: 90"));
}

#[test]
fn a_profile_is_taken_over_with_its_sets_and_runs_in_opa_too() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let output = library(&["use", "--profile", "pci-4", "--to", to]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(folder.path().join("sets/pci-4-token-use.yaml").exists());
    let data = std::fs::read_to_string(folder.path().join("data/inactivity.unused.yaml")).unwrap();
    assert!(data.contains("max_days: 90"), "{data}");
    let decided = validated(folder.path(), "events/rotation/due.denied.json");
    assert!(out(&decided).contains("token is 183 days old"), "{}{}", out(&decided), said(&decided));

    let policies = folder.path().join("policies");
    let tested = lictor(&["test", policies.to_str().unwrap()]);
    assert!(tested.status.success(), "{}{}", out(&tested), said(&tested));
    let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    match std::process::Command::new(opa).arg("test").arg(policies).output() {
        Ok(tested) => assert!(tested.status.success(), "{}", out(&tested)),
        Err(_) => eprintln!("SKIPPED: there is no opa on the path, and LICTOR_OPA names none"),
    }
}
