//! Threads on one policy: they decide as one does, and nothing that they share has a place that could be written.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::path::{Path, PathBuf};
use std::sync::Barrier;

use lictor::{Builder, Decision, Policy, Session};

/// Rules of all that is shared: an index over many definitions, base data, a pattern, a function, messages.
fn policy() -> Policy {
    let mut text = String::from(
        "package p\n\n\
         deny contains sprintf(\"%s is blocked\", [input.name]) if input.name in data.blocked\n\n\
         deny contains \"no such name\" if not regex.match(\"^n[0-9]+$\", input.name)\n\n\
         deny contains \"odd\" if odd(input.n)\n\n\
         odd(n) if n % 7 == 1\n\n",
    );
    for n in 0..200 {
        text.push_str(&format!("deny contains \"number {n}\" if input.n == {n}\n\n"));
    }
    let blocked: Vec<String> = (0..100).map(|n| format!("\"n{}\"", n * 3)).collect();
    let data = format!("{{\"blocked\": [{}]}}", blocked.join(","));
    Builder::new().module("p.rego", text).data(data).build().unwrap()
}

fn decide_all(session: &mut Session) -> Vec<Decision> {
    let names = ["n", "m", "x", "n1"];
    let events = (0..1_500).map(|n| format!("{{\"name\": \"{}{n}\", \"n\": {}}}", names[n % 4], n % 300));
    events.map(|event| session.decide(event).unwrap()).collect()
}

#[test]
fn threads_on_one_policy_decide_as_one_does() {
    let policy = policy();
    let alone = decide_all(&mut policy.session());
    assert!(alone.iter().any(Decision::is_allowed) && alone.iter().any(|decision| decision.findings.len() > 2));
    let start = Barrier::new(4);
    std::thread::scope(|scope| {
        let work = || {
            let mut session = policy.session();
            start.wait();
            decide_all(&mut session)
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().for_each(|thread| assert!(thread.join().unwrap() == alone));
    });
}

/// What can be written through a shared reference.
const WRITABLE: [&str; 8] =
    ["Mutex", "RwLock", "Atomic", "Cell<", "OnceLock", "LazyLock", "thread_local!", "static mut"];

/// Where the way from bytes to decision has such a thing all the same, and why that is none that threads share and write.
const ALLOWED: [(&str, &str, &str); 8] = [
    ("engine/src/linked.rs", "Atomic", "numbers programs when they are made"),
    ("engine/src/session.rs", "Atomic", "a flag to end an evaluation, which is only read"),
    ("lictor/src/fast.rs", "OnceLock", "the lens of tracked sessions, set once a policy, by the first of them"),
    ("lictor/src/session.rs", "Atomic", "the same flag"),
    ("value/src/arena.rs", "Cell<", "a session's own; that of base data and constants is only read once it is frozen"),
    ("value/src/effort.rs", "thread_local!", "a thread's own"),
    ("value/src/effort.rs", "Cell<", "the same"),
    ("value/src/order.rs", "OnceLock", "the seed of hashes, set once in a process"),
];

#[test]
fn nothing_on_the_way_can_be_written_by_two() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = vec![];
    for folder in ["engine/src", "fast/src", "ir/src", "value/src"] {
        rust_files(&crates.join(folder), &mut files);
    }
    for file in ["decision", "fast", "judge", "policy", "route", "rows", "session", "session/tracking"] {
        files.push(crates.join(format!("lictor/src/{file}.rs")));
    }
    // The network's caches: asked by policies that wait for the network anyway.
    files.retain(|file| !file.ends_with("value/src/network.rs"));
    let mut found = vec![];
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        // What tests do, at the end of a file, is their own business.
        let code = text.split("#[cfg(test)]").next().unwrap();
        let name = file.strip_prefix(crates).unwrap().to_string_lossy().replace('\\', "/");
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let lines: Vec<&str> = lines.collect();
        for word in WRITABLE.into_iter().filter(|word| lines.iter().any(|line| line.contains(word))) {
            found.push((name.clone(), word));
        }
    }
    let mut allowed: Vec<_> = ALLOWED.iter().map(|(file, word, _)| ((*file).to_owned(), *word)).collect();
    found.sort();
    allowed.sort();
    assert!(files.len() > 40, "the sources are there");
    assert_eq!(found, allowed, "a place that could be written: say why threads do not share and write it");
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}
