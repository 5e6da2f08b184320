//! The library of policies: complete, tested, and never waving anything through. `LICTOR_UPDATE=1` writes anew what is
//! derived from it: its README, the messages of its events, the sets of its profiles.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lictor::library::{Entry, Library, Parameter, copy};
use lictor::{Builder, Decision, Session};
use lictor_testing::{Answer, Answers, Oracle, Question, Version};
use serde_json::{Value as Json, json};

/// When everything happens: the events' own instant.
const NOW_NS: i64 = 1_771_957_800_000_000_000;

fn library() -> Library {
    Library::embedded().unwrap()
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies").join(path)
}

fn data(entry: &Entry) -> String {
    let yaml = entry.data.unwrap_or("{}");
    String::from_utf8(lictor::json_of_yaml(yaml.as_bytes().to_vec()).unwrap()).unwrap()
}

fn session(entry: &Entry, data: &str, fast: bool) -> Session {
    let builder = Builder::new().sets(vec![entry.policy_set()]).data(data).now_ns(NOW_NS);
    let builder = if fast { builder } else { builder.without_fast_rooms() };
    builder.build().unwrap_or_else(|error| panic!("{}: {error}", entry.id)).session()
}

fn messages(decision: &Decision) -> Vec<&str> {
    decision.findings.iter().map(|finding| finding.message.as_str()).collect()
}

/// Fails where a file is not as it should be, or writes it.
fn derived(path: &Path, wanted: &str) {
    if std::env::var_os("LICTOR_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, wanted).unwrap();
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(there == wanted, "{} is not up to date; LICTOR_UPDATE=1 writes it anew:\n{wanted}", path.display());
}

#[test]
fn every_policy_says_what_it_is_and_reads() {
    let library = library();
    assert!(library.entries.len() >= 40, "{}", library.entries.len());
    for entry in &library.entries {
        let id = &entry.id;
        assert!(entry.title.starts_with("Deny ") && !entry.title.ends_with('.'), "{id}: {}", entry.title);
        assert!(entry.description.ends_with('.'), "{id}: {}", entry.description);
        assert!(entry.events.iter().count() > 0, "{id}");
        assert!(entry.source.contains(&format!("\npackage lictor.library.{id}\n")), "{id}");
        for path in entry.requires.iter().chain(&entry.optional) {
            let mut read = format!("input.{path}");
            if let Some((before, key)) = path.rsplit_once('.').filter(|(_, key)| key.contains('#')) {
                read = format!("input.{before}[\"{key}\"]");
            }
            assert!(entry.source.contains(&read), "{id} reads no {read}");
        }
        for parameter in &entry.parameters {
            let name = &parameter.name;
            let read = format!("{name} := data.lictor.parameters.{id}.{name}\n");
            assert!(entry.source.contains(&read), "{id}: {read}");
            let default = format!("\ndefault {name} := ");
            let written = entry.source.split_once(&default).unwrap().1;
            let end = written.find("\n\n").unwrap();
            assert_eq!(serde_json::from_str::<Json>(&written[..end]).unwrap(), parameter.default, "{id}: {name}");
        }
        for switch in &entry.switches {
            let (_, key) = switch.split_once('.').unwrap();
            let word = key.rsplit('.').next().unwrap();
            assert!(entry.source.contains(word), "{id}: {switch}");
        }
        for event in [entry.allowed, entry.denied] {
            serde_json::from_str::<Json>(event).unwrap();
        }
    }
}

#[test]
fn every_policy_passes_its_own_tests() {
    let mut count = 0;
    for entry in &library().entries {
        let package = format!("{}_test", entry.package());
        let tests: Vec<&str> = entry.tests.lines().filter_map(|line| line.strip_suffix(" if {")).collect();
        let needed = ["test_allowed", "test_denied"];
        assert!(needed.iter().all(|name| tests.contains(name)) && tests.len() > 3, "{}: {tests:?}", entry.id);
        let mut builder = Builder::new().module(entry.file(), entry.source).module("test.rego", entry.tests);
        for test in &tests {
            builder = builder.query(*test, format!("{package}.{test}"));
        }
        let policy = builder.build().unwrap_or_else(|error| panic!("{}: {error}", entry.id));
        let mut session = policy.session();
        for test in tests {
            let passes = session.eval(test, None).unwrap().value().and_then(lictor::Value::as_bool) == Some(true);
            assert!(passes, "{package}.{test} fails");
            count += 1;
        }
    }
    assert!(count > 500, "{count} tests");
}

#[test]
fn every_policy_passes_its_own_tests_in_opa() {
    let opa = std::env::var("LICTOR_OPA").unwrap_or_else(|_| "opa".to_owned());
    let path = folder("library");
    let Ok(check) = Command::new(&opa).args(["check", "--strict"]).arg(&path).output() else {
        eprintln!("SKIPPED: there is no opa on the path, and LICTOR_OPA names none");
        return;
    };
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let output = Command::new(&opa).args(["test", "--format", "json"]).arg(&path).output().unwrap();
    let results: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    let failed: Vec<_> = results.iter().filter(|result| result["fail"] == true || !result["error"].is_null()).collect();
    assert!(output.status.success() && failed.is_empty(), "{failed:?}");
    assert!(results.len() > 500, "{} tests", results.len());
}

#[test]
fn every_sample_event_is_judged_as_it_is_for() {
    let mut all = String::new();
    for entry in &library().entries {
        let data = data(entry);
        for fast in [true, false] {
            let allowed = session(entry, "{}", fast).decide(entry.allowed).unwrap();
            assert_eq!(messages(&allowed), [""; 0], "{}", entry.id);
            let allowed = session(entry, &data, fast).decide(entry.allowed).unwrap();
            // A switch for everybody is one for this event too.
            assert!(messages(&allowed).is_empty() || entry.id == "shutdown.all", "{}", entry.id);
        }
        let denied = session(entry, &data, true).decide(entry.denied).unwrap();
        assert!(!denied.is_allowed(), "{}", entry.id);
        assert_eq!(denied, session(entry, &data, false).decide(entry.denied).unwrap(), "{}", entry.id);
        for message in messages(&denied) {
            writeln!(all, "{}: {message}", entry.id).unwrap();
        }
    }
    derived(&folder("events/messages.golden"), &all);
}

/// Every value in a document, by path.
fn paths(value: &Json, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if !at.is_empty() {
        found.push(at.clone());
    }
    for (key, below) in value.as_object().into_iter().flatten() {
        at.push(key.clone());
        paths(below, at, found);
        at.pop();
    }
}

/// The document without the value at a path, or with another one there.
fn changed(event: &Json, path: &[String], value: Option<&Json>) -> Json {
    let mut changed = event.clone();
    let (last, before) = path.split_last().unwrap();
    let object = before.iter().fold(&mut changed, |at, key| &mut at[key]).as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(last.clone(), value.clone()),
        None => object.shift_remove(last),
    };
    changed
}

/// A value of each type.
fn strangers() -> [Json; 8] {
    [json!(null), json!(true), json!(-1), json!(9.5e300), json!("soon"), json!([]), json!([{"a": 1}]), json!({"a": 1})]
}

fn kind(value: &Json) -> u8 {
    match value {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    }
}

/// What becomes of the allowed event when a value in it is dropped, or is of another type: path, what is there now, event.
fn mutations(entry: &Entry) -> Vec<(String, Option<Json>, Json)> {
    let event: Json = serde_json::from_str(entry.allowed).unwrap();
    let mut found = Vec::new();
    paths(&event, &mut vec![], &mut found);
    let mut all = Vec::new();
    for path in found {
        let there = path.iter().fold(&event, |at, key| &at[key]);
        let name = path.join(".");
        all.push((name.clone(), None, changed(&event, &path, None)));
        for stranger in strangers() {
            // An empty list is of the type, whatever should be in it.
            if kind(&stranger) != kind(there) || stranger == json!([{"a": 1}]) {
                all.push((name.clone(), Some(stranger.clone()), changed(&event, &path, Some(&stranger))));
            }
        }
    }
    all
}

fn routed(entry: &Entry) -> lictor::Route<'static> {
    let event = entry.events.iter().next().unwrap();
    lictor::Route { entity: entry.entity, event, place: lictor::Place::default() }
}

#[test]
fn no_event_that_lacks_what_a_policy_requires_is_waved_through() {
    for entry in &library().entries {
        let mut session = session(entry, "{}", true);
        let mut seen = 0;
        for (path, now, event) in mutations(entry) {
            let under = |field: &String| *field == path || field.starts_with(&format!("{path}."));
            let required = entry.requires.iter().any(under);
            // What may be missing may be null.
            let optional = entry.optional.contains(&path) && now.as_ref().is_some_and(|now| !now.is_null());
            // One or several texts: a text is a type of it too.
            let either = path == "token.aud" && now.as_ref().is_some_and(Json::is_string);
            // What is in a permission is the platform's affair.
            let permissions = path == "token.scopedResourcePermissions" && now.as_ref().is_some_and(Json::is_array);
            if !required && !optional || either || permissions {
                continue;
            }
            let decision = session.decide_routed(&routed(entry), event.to_string()).unwrap();
            assert!(!decision.is_allowed(), "{}: {path} is {now:?}, and the event is allowed", entry.id);
            let said = messages(&decision).join("\n");
            let names = |field: &String| said.contains(field.as_str());
            let spoken = entry.requires.iter().chain(&entry.optional).any(names) || either;
            assert!(spoken || path == "token.aud", "{}: {path} is {now:?}, and it says only {said}", entry.id);
            seen += 1;
        }
        assert!(seen > 0 || entry.id == "shutdown.all", "{} requires nothing", entry.id);
    }
}

/// Whether a value is what a parameter may be, as far as its type goes.
fn is_of_type(value: &Json, parameter: &Parameter) -> bool {
    let holds_something = value == &json!([{"a": 1}]);
    match parameter.kind.as_str() {
        "a date as in RFC 3339" => false,
        words if words.starts_with("a time zone") => false,
        "a date as in RFC 3339, or null" => value.is_null(),
        "an object of numbers" => value.is_object(),
        words if words.starts_with("an object of") => false,
        _ => kind(value) == kind(&parameter.default) && !holds_something,
    }
}

#[test]
fn no_event_is_waved_through_when_a_parameter_is_of_another_type() {
    for entry in &library().entries {
        let set = |name: &str, value: &Json| json!({entry.family(): {entry.name(): {name: value}}});
        let wrong = entry.parameters.iter().flat_map(|parameter| {
            let strange = strangers().into_iter().filter(|value| !is_of_type(value, parameter));
            strange.map(move |value| (parameter, set(&parameter.name, &value), value))
        });
        let wrong: Vec<_> = wrong.collect();
        let event: Json = serde_json::from_str(entry.allowed).unwrap();
        let data = json!({"event": event, "sets": wrong.iter().map(|(_, set, _)| set).collect::<Vec<_>>()});
        let query = format!(
            "said = [denied | some set in data.sets; denied := {}.deny with input as data.event with data.lictor.parameters as set]",
            entry.package()
        );
        let said = said(&Lictor.answer(&question(entry, query, data)));
        assert_eq!(said.len(), wrong.len(), "{}", entry.id);
        for ((parameter, _, value), said) in wrong.iter().zip(said) {
            let wanted = format!("parameter {} must be {}, but is ", parameter.name, parameter.kind);
            let speaks = said.iter().any(|message| message.starts_with(&wanted));
            assert!(speaks, "{}: {} is {value}: {said:?}", entry.id, parameter.name);
        }
    }
}

#[test]
fn no_event_is_waved_through_when_a_switch_cannot_be_read() {
    let mut count = 0;
    for entry in &library().entries {
        for switch in &entry.switches {
            let keys: Vec<&str> = switch.split('.').collect();
            for depth in 1..=keys.len() {
                let path = keys[..depth].join(".");
                let of_type = match path.as_str() {
                    "control.shutdown.all" | "control.read_only" => Json::is_boolean,
                    "control.revoked_before" => Json::is_number,
                    _ => Json::is_object,
                };
                for stranger in strangers().into_iter().filter(|stranger| !of_type(stranger)) {
                    let nested = keys[..depth].iter().rev().fold(stranger, |below, key| json!({*key: below}));
                    let decision = session(entry, &nested.to_string(), true).decide(entry.allowed).unwrap();
                    let said = messages(&decision).join("\n");
                    assert!(!decision.is_allowed(), "{}: {nested}", entry.id);
                    assert!(said.contains(&format!("{path} must be ")), "{}: {nested}: {said}", entry.id);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 50, "{count}");
}

fn question(entry: &Entry, query: String, data: Json) -> Question {
    let modules = vec![entry.source.to_owned()];
    Question { modules, query, data: Some(data.to_string()), version: Version::V1, ..Question::default() }
}

/// The lists of messages that an answer's only row gives as `said`.
fn said(answer: &Answer) -> Vec<Vec<String>> {
    use lictor_testing::Json;
    let Answer::Rows(rows) = answer else { panic!("{answer:?}") };
    let [Json::Object(row)] = rows.as_slice() else { panic!("{rows:?}") };
    let list = |json: &Json| if let Json::Array(items) = json { items.clone() } else { panic!("{json:?}") };
    let text = |json: &Json| if let Json::String(text) = json { text.clone() } else { panic!("{json:?}") };
    list(&row["said"]).iter().map(|messages| list(messages).iter().map(text).collect()).collect()
}

/// Lictor as one that answers questions at a fixed instant.
struct Lictor;

impl Answers for Lictor {
    fn answer(&self, question: &Question) -> Answer {
        let mut builder = Builder::new().query("question", &question.query);
        for (place, text) in question.modules.iter().enumerate() {
            builder = builder.module(Question::module_name(place), text);
        }
        let policy = builder.data(question.data.clone().unwrap()).build().unwrap();
        let mut session = policy.session();
        let rows = session.eval("question", None).unwrap();
        let binding = |(name, value): (&str, lictor::Value<'_>)| {
            let mut text = Vec::new();
            lictor::json::write_json(value, &mut text);
            (name.to_owned(), lictor_testing::Json::read(&String::from_utf8(text).unwrap()).unwrap())
        };
        Answer::Rows(
            rows.iter().map(|row| lictor_testing::Json::Object(row.bindings().map(binding).collect())).collect(),
        )
    }
}

#[test]
fn lictor_and_opa_say_the_same_of_changed_events() {
    let Some(opa) = Oracle::installed() else {
        eprintln!("SKIPPED: there is no opa on the path, and LICTOR_OPA names none");
        return;
    };
    let library = library();
    let mut count = 0;
    for entry in &library.entries {
        let events: Vec<Json> = mutations(entry).into_iter().map(|(_, _, event)| event).collect();
        count += events.len();
        let mut base: Json = serde_json::from_str(&data(entry)).unwrap();
        base["events"] = Json::from(events.clone());
        let query = format!(
            "said = [denied | some event in data.events; denied := {}.deny with input as event with time.now_ns as {NOW_NS}]",
            entry.package()
        );
        let question = question(entry, query, base);
        let (theirs, ours) = (opa.answer(&question), Lictor.answer(&question));
        assert_eq!(theirs, ours, "{}", entry.id);
        // The way from bytes, with lens and screen, gives what evaluating gives.
        let mut session = session(entry, &data(entry), true);
        for (event, said) in events.iter().zip(said(&ours)) {
            let decision = session.decide_routed(&routed(entry), event.to_string()).unwrap();
            assert_eq!(messages(&decision), said, "{}: {event}", entry.id);
        }
    }
    eprintln!("{count} changed events");
    assert!(count > 10_000, "{count} events");
}

#[test]
fn a_profile_sets_parameters_that_there_are_to_what_they_may_be() {
    let library = library();
    assert_eq!(library.profiles.len(), 4);
    for profile in &library.profiles {
        for (id, name) in profile.parameters() {
            let entry = library.entry(&id).unwrap();
            assert!(entry.parameters.iter().any(|parameter| parameter.name == name), "{}: {id} {name}", profile.id);
            assert!(profile.policies.iter().any(|chosen| chosen.policy == id), "{}: {id} is not its own", profile.id);
        }
        let json = lictor::json_of_yaml(profile.source.as_bytes().to_vec()).unwrap();
        for (entry, _) in profile.entries(&library).unwrap() {
            let data = String::from_utf8(json.clone()).unwrap();
            let decision = session(entry, &data, true).decide(entry.allowed).unwrap();
            assert!(!messages(&decision).iter().any(|m| m.starts_with("parameter")), "{}: {decision:?}", entry.id);
        }
        for chosen in &profile.policies {
            let entry = library.entry(&chosen.policy).unwrap();
            for control in &chosen.controls {
                let known = if control.verified { &entry.controls } else { &entry.unverified };
                assert!(known.contains(&control.id), "{} does not say that it serves {}", entry.id, control.id);
            }
        }
    }
}

#[test]
fn the_sets_of_profiles_are_those_that_copying_writes_and_they_load() {
    let library = library();
    for profile in &library.profiles {
        let place = folder("profiles").join(&profile.id).join("sets");
        let sets = copy::sets(&library, profile, "../../../library").unwrap();
        for file in &sets {
            derived(&place.join(&file.path), &file.text);
        }
        let there = std::fs::read_dir(&place).unwrap().count();
        assert_eq!(there, sets.len(), "{} has sets that nobody writes", place.display());
        let loaded = lictor::PolicySet::load_all(&place).unwrap();
        assert!(loaded.iter().all(|set| !set.enforced), "{}", profile.id);
        let data = place.join("../parameters.yaml");
        let policy = Builder::new().data_path(data.to_str().unwrap()).unwrap().sets(loaded).build().unwrap();
        for (entry, _) in profile.entries(&library).unwrap() {
            let event = if entry.data.is_some() { continue } else { entry.denied };
            let decision = policy.session().decide(event).unwrap();
            let spoke = decision.findings.iter().any(|finding| finding.policy == entry.id);
            // A profile may allow more than the library does by itself.
            assert!(spoke || profile.id == "pci-4", "{}: {} is silent", profile.id, entry.id);
        }
    }
}

#[test]
fn what_is_copied_is_whole_and_works_by_itself() {
    let library = library();
    let profile = library.profile("pci-4").unwrap();
    let place = tempfile::tempdir().unwrap();
    let write = |files: Vec<copy::File>| {
        for file in files {
            let path = place.path().join(file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file.text).unwrap();
        }
    };
    write(copy::policies(&library.entries.iter().collect::<Vec<_>>(), None));
    write(copy::profile(&library, profile).unwrap());
    let at = |folder: &str| place.path().join(folder).display().to_string();
    let sets = lictor::PolicySet::load_all(at("sets")).unwrap();
    assert!(sets.len() > library.entries.len() && sets.iter().all(|set| !set.enforced));
    let policy = Builder::new().data_path(&at("data")).unwrap().sets(sets).build().unwrap();
    for entry in library.entries.iter().filter(|entry| entry.data.is_none()) {
        let decision = policy.session().decide(entry.denied).unwrap();
        let spoke = decision.findings.iter().any(|finding| finding.policy == entry.id);
        assert!(decision.is_allowed(), "nothing is enforced: {}", entry.id);
        assert!(spoke || profile.policies.iter().any(|chosen| chosen.policy == entry.id), "{} is silent", entry.id);
    }
    let due = std::fs::read_to_string(place.path().join("data/inactivity.unused.yaml")).unwrap();
    assert!(due.contains("max_days: 90"), "the profile's value: {due}");
}

#[test]
fn an_id_that_there_is_not_names_those_that_are_like_it() {
    let library = library();
    let error = library.entry("lifetime.maximun").unwrap_err().to_string();
    assert!(error.starts_with("the library has no policy `lifetime.maximun`; did you mean lifetime."), "{error}");
    assert!(library.entry("maximum").unwrap_err().to_string().contains("lifetime.maximum"));
    let error = library.profile("cis").unwrap_err().to_string();
    assert_eq!(error, "the library has no profile `cis`; it has asvs-5, cis-aws, nist-800-63b, pci-4");
}

#[test]
fn the_readme_lists_every_policy() {
    let library = library();
    let mut text = include_str!("library_readme.md").to_owned();
    let mut family = "";
    for entry in &library.entries {
        if entry.family() != family {
            family = entry.family();
            write!(text, "\n## {family}\n\n| id | denies | when | parameters | controls |\n|---|---|---|---|---|\n")
                .unwrap();
        }
        let parameters = entry.parameters.iter().map(|p| format!("`{}` {}", p.name, escaped(&p.default.to_string())));
        let events: Vec<&str> = entry.events.iter().map(|event| event.as_str()).collect();
        let controls = entry.controls.iter().cloned().chain(entry.unverified.iter().map(|c| format!("*{c}*")));
        let title = entry.title.strip_prefix("Deny ").unwrap();
        writeln!(
            text,
            "| [{}]({}) | {title} | {} {} | {} | {} |",
            entry.id,
            entry.file(),
            entry.entity,
            events.join(", "),
            parameters.collect::<Vec<_>>().join("<br>"),
            controls.collect::<Vec<_>>().join("<br>"),
        )
        .unwrap();
    }
    derived(&folder("library/README.md"), &text);
}

/// A value as code within a table.
fn escaped(json: &str) -> String {
    format!("`{}`", json.replace('|', "\\|"))
}
