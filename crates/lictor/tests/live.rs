//! Live policies: switches that take effect in a running process, in under a second, and never by halves.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lictor::live::{LiveError, Update};
use lictor::{Library, Live, Session, Watch};
use tempfile::TempDir;

/// A request that none of the library's policies below denies while no switch is thrown.
const REQUEST: &str = r#"{
    "event": "use",
    "token": {"id": "t1", "hash": "h1", "sub": "ann"},
    "request": {"country": "DE"},
    "usage": {"count_1m": 30}
}"#;

const POLICIES: [&str; 5] =
    ["shutdown.all", "shutdown.subject", "revocation.revoked", "region.countries", "rate.token"];

/// What is promised of a build for use; compilers that are not optimized may take longer on a machine that is busy.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

/// Sets, policies of the library, and one data file with all switches.
fn governance(data: &str) -> TempDir {
    let library = Library::embedded().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for part in ["sets", "policies", "data"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
    }
    let mut set = "name: requests\nentity: token\nevents: use\nenforced: true\npolicies:\n".to_owned();
    for id in POLICIES {
        std::fs::write(folder.path().join(format!("policies/{id}.rego")), library.entry(id).unwrap().source).unwrap();
        set += &format!("  - {{name: {id}, path: ../policies/{id}.rego, severity: error}}\n");
    }
    std::fs::write(folder.path().join("sets/requests.yaml"), set).unwrap();
    std::fs::write(folder.path().join("data/switches.json"), data).unwrap();
    folder
}

fn watch(folder: &TempDir) -> Watch {
    Watch::new().sets(folder.path().join("sets")).data(folder.path().join("data").to_string_lossy())
}

/// Writes a file beside the one that it replaces, as who deploys should.
fn replace(file: &Path, text: &str) {
    let beside = file.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, file).unwrap();
}

fn says(session: &mut Session, event: &str) -> String {
    let decision = session.decide(event).unwrap();
    decision.findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// Waits until `what` holds; fails where that takes longer than was promised. How long it took.
fn soon(mut what: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < SOON, "not within {SOON:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}

/// Ends the deciding threads, also when a test fails.
struct End<'s>(&'s AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_switch_takes_effect_within_a_second_under_load_and_back_and_no_request_fails() {
    let folder = governance("{}");
    let live = watch(&folder).start().unwrap();
    let file = folder.path().join("data/switches.json");
    let (stop, decided) = (AtomicBool::new(false), AtomicU64::new(0));
    // What the deciding threads may say: while a switch is being thrown, the old and the new.
    let allowed = Mutex::new((String::new(), String::new()));
    std::thread::scope(|scope| {
        let _end = End(&stop);
        for _ in 0..2 {
            scope.spawn(|| {
                let mut session = live.session();
                while !stop.load(Ordering::Relaxed) {
                    let before = allowed.lock().unwrap().clone();
                    let said = says(&mut session, REQUEST);
                    let after = allowed.lock().unwrap().clone();
                    let known = [&before.0, &before.1, &after.0, &after.1];
                    assert!(known.contains(&&said), "{said:?} of {known:?}");
                    decided.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut session = live.session();
        let switches = [
            (r#"{"control": {"shutdown": {"all": true}}}"#, "emergency shutdown"),
            (r#"{"control": {"shutdown": {"sub": {"ann": true}}}}"#, "access for this sub is shut down"),
            (r#"{"control": {"revoked": {"h1": true}}}"#, "token is revoked"),
            (
                r#"{"lictor": {"parameters": {"region": {"countries": {"allowed": ["FR"]}}}}}"#,
                "requests from 'DE' are not allowed",
            ),
            (r#"{"lictor": {"parameters": {"rate": {"token": {"max_per_minute": 10}}}}}"#, "*"),
        ];
        let mut slowest = Duration::ZERO;
        for (data, message) in switches {
            // The words of the last one have its figures in them: a session of its own policy knows them.
            let message = match message {
                "*" => {
                    let sets = lictor::PolicySet::load_all(folder.path().join("sets")).unwrap();
                    let policy = lictor::Builder::new().sets(sets).data(data).build().unwrap();
                    says(&mut policy.session(), REQUEST)
                }
                message => message.to_owned(),
            };
            assert!(!message.is_empty());
            for (text, now) in [(data, message.as_str()), ("{}", "")] {
                {
                    let mut allowed = allowed.lock().unwrap();
                    *allowed = (allowed.1.clone(), now.to_owned());
                }
                replace(&file, text);
                slowest = slowest.max(soon(|| says(&mut session, REQUEST) == now));
                // The other threads follow before the next switch.
                let seen = decided.load(Ordering::Relaxed);
                soon(|| decided.load(Ordering::Relaxed) > seen + 4);
            }
        }
        println!("the slowest of {} switches took {slowest:?}", 2 * switches.len());
    });
    assert!(decided.into_inner() > 100);
    assert_eq!(live.status().generation, 11);
}

#[test]
fn no_request_is_judged_by_half_of_the_old_and_half_of_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let set = |version: u32| {
        let policy = |name: &str| {
            format!(
                "  - name: {name}\n    severity: error\n    rego: |\n      package {name}\n      deny contains sprintf(\"{version} {name} %v\", [data.version])\n"
            )
        };
        format!(
            "name: s\nentity: token\nevents: use\nenforced: true\npolicies:\n{}{}{}",
            policy("a"),
            policy("b"),
            policy("c")
        )
    };
    let said = |version: u32| format!("{version} a {version}; {version} b {version}; {version} c {version}");
    // Both files are in one folder that is replaced as a whole, by a link.
    let publish = |version: u32| {
        let at = folder.path().join(version.to_string());
        std::fs::create_dir(&at).unwrap();
        std::fs::write(at.join("sets.yaml"), set(version)).unwrap();
        std::fs::write(at.join("version.json"), format!(r#"{{"version": {version}}}"#)).unwrap();
        let link = folder.path().join("next");
        std::os::unix::fs::symlink(&at, &link).unwrap();
        std::fs::rename(link, folder.path().join("current")).unwrap();
    };
    publish(1);
    let current = folder.path().join("current");
    let watch = Watch::new().sets(current.join("sets.yaml")).data(current.join("version.json").to_string_lossy());
    let live = watch.every(Duration::from_millis(10)).start().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = End(&stop);
        for _ in 0..2 {
            scope.spawn(|| {
                let mut session = live.session();
                let mut last = 1;
                while !stop.load(Ordering::Relaxed) {
                    let words = says(&mut session, REQUEST);
                    let version: u32 = words.split(' ').next().unwrap().parse().unwrap();
                    assert_eq!(words, said(version));
                    assert!(version >= last, "{version} came after {last}");
                    last = version;
                }
            });
        }
        let mut session = live.session();
        for version in 2..12 {
            publish(version);
            soon(|| says(&mut session, REQUEST) == said(version));
        }
    });
}

#[test]
fn what_is_bad_changes_nothing_and_says_why_until_it_is_good_again() {
    let folder = governance(r#"{"control": {"revoked": {"h1": true}}}"#);
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hears = Arc::clone(&heard);
    let live = watch(&folder)
        .accept(|policy| if policy.calls("opa.runtime") { Err("no looking around".to_owned()) } else { Ok(()) })
        .on_update(move |update| {
            hears.lock().unwrap().push(match update {
                Update::Loaded { changed, .. } => format!("loaded {}", changed.len()),
                Update::Refused { error, .. } => format!("refused {error}"),
                _ => "something else".to_owned(),
            });
        })
        .start()
        .unwrap();
    let mut session = live.session();
    let revision = live.status().revision;
    let policy = folder.path().join("policies/revocation.revoked.rego");
    let good = std::fs::read_to_string(&policy).unwrap();
    let set = folder.path().join("sets/requests.yaml");
    let data = folder.path().join("data/switches.json");
    let bad = [
        (&policy, "package lictor.library.revocation.revoked\n\ndeny contains", "rego_parse_error"),
        (&policy, "package a\n\ndeny contains \"x\" if opa.runtime().env.HOME", "no looking around"),
        (&set, "name: requests\nentity: pipeline\npolicies: []\n", "entity: `pipeline` is no entity"),
        (&data, "{\"control\": ", "switches.json"),
    ];
    for (file, text, why) in bad {
        let before = std::fs::read_to_string(file).unwrap();
        replace(file, text);
        soon(|| live.status().refused.is_some_and(|error| error.to_string().contains(why)));
        assert_eq!(live.status().revision, revision);
        assert_eq!(says(&mut session, REQUEST), "token is revoked", "the policy before is in force");
        replace(file, &before);
        soon(|| live.status().refused.is_none());
    }
    // A policy that lies elsewhere is followed too.
    std::fs::write(&policy, good.replace("token is revoked", "token was taken back")).unwrap();
    soon(|| says(&mut session, REQUEST) == "token was taken back");
    assert_ne!(live.status().revision, revision);
    let heard = heard.lock().unwrap();
    assert_eq!(heard.iter().filter(|said| said.starts_with("refused")).count(), 4, "{heard:#?}");
    assert_eq!(heard.iter().filter(|said| *said == "loaded 1").count(), 5, "{heard:#?}");
}

#[test]
fn there_has_to_be_a_good_policy_to_begin_with() {
    let folder = governance("[]");
    let error = watch(&folder).start().unwrap_err();
    assert!(matches!(error, LiveError::Build(_)), "{error}");
    let error = Watch::new().sets(folder.path().join("nowhere")).start().unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn a_policy_that_is_named_before_it_is_there_is_taken_when_it_comes() {
    let folder = governance("{}");
    let live = watch(&folder).start().unwrap();
    let mut session = live.session();
    let set = folder.path().join("sets/late.yaml");
    replace(
        &set,
        "{name: late, entity: token, events: use, enforced: true, policies: [{path: ../late.rego, severity: error}]}",
    );
    soon(|| live.status().refused.is_some_and(|error| error.to_string().contains("late.rego")));
    std::fs::write(folder.path().join("late.rego"), "package late\n\ndeny contains \"late\"").unwrap();
    soon(|| says(&mut session, REQUEST) == "late");
}

#[test]
fn sessions_go_on_with_the_last_policy_when_nobody_watches_any_more() {
    let folder = governance("{}");
    let live: Live = watch(&folder).start().unwrap();
    let mut session = live.session();
    drop(live);
    replace(&folder.path().join("data/switches.json"), r#"{"control": {"shutdown": {"all": true}}}"#);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(says(&mut session, REQUEST), "");
}

#[cfg(unix)]
#[test]
fn a_mounted_config_map_is_followed_when_its_link_is_swapped() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // As the kubelet mounts one: files are links through `..data`, which is replaced as a whole.
    let publish = |stamp: &str, word: &str| {
        std::fs::create_dir(at(stamp)).unwrap();
        let set = format!(
            "name: s\nentity: token\nevents: use\npolicies: [{{severity: error, rego: 'package a\n\n    deny contains data.words.{word}'}}]\n"
        );
        std::fs::write(at(stamp).join("s.yaml"), set).unwrap();
        std::fs::write(at(stamp).join("words.json"), format!("{{\"words\": {{\"{word}\": \"{word}\"}}}}")).unwrap();
        symlink(stamp, at("..data_tmp")).unwrap();
        std::fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish("..2026_11_28_1", "one");
    symlink("..data/s.yaml", at("s.yaml")).unwrap();
    symlink("..data/words.json", at("words.json")).unwrap();
    let live = Watch::new().sets(folder.path()).data(at("words.json").to_string_lossy()).start().unwrap();
    let mut session = live.session();
    assert_eq!(says(&mut session, REQUEST), "one");
    publish("..2026_11_28_2", "two");
    std::fs::remove_dir_all(at("..2026_11_28_1")).unwrap();
    soon(|| says(&mut session, REQUEST) == "two");
}

#[test]
fn what_is_masked_in_a_decision_log_follows_the_policy() {
    use lictor::record::{DecisionLog, Recorder};
    let folder = governance("{}");
    let rules = folder.path().join("data/mask.rego");
    let mask = |path: &str| replace(&rules, &format!("package system.log\n\nmask contains \"/input/{path}\"\n"));
    mask("request");
    let live = watch(&folder).prepare(DecisionLog::queries).start().unwrap();
    let log = DecisionLog::new(Recorder::new(&live.policy())).follow(&live);
    let (mut lines, mut session) = (log.lines(), live.session());
    let mut erased = || {
        let (_, line) = lines.line(&session.evaluate(REQUEST), REQUEST.as_bytes(), None);
        let line: serde_json::Value = serde_json::from_slice(&line.unwrap()).unwrap();
        line["erased"].to_string()
    };
    assert!(erased().contains("/input/request"));
    mask("usage");
    soon(|| erased().contains("/input/usage"));
    assert!(!erased().contains("/input/request"));
}
