//! Policies of Git repositories: what is read of a commit, what is refused, and switches that one commit throws.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own data is broken")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lictor::git::{Access, GitSource, Limits, Repositories};
use lictor::live::Update;
use lictor::record::{DecisionLog, Recorder};
use lictor::{Builder, Live, Location, Policy, PolicySet, Session, Watch};
use lictor_testing::{Repository, loopback};

const EVENT: &str = r#"{"event": "create", "token": {"id": "t1"}}"#;
/// Compilers that are not optimized may take longer on a machine that is busy.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });

const SET: &str =
    "name: s\nentity: token\nenforced: true\npolicies:\n  - {path: ../policies/a.rego, severity: error}\n";

fn says(message: &str) -> String {
    format!("package a\n\ndeny contains {message:?}\n")
}

fn access(repository: &Repository) -> Access {
    Access::default().cache(repository.folder().join("cache"))
}

fn source(repository: &Repository, rest: &str) -> GitSource {
    format!("git+{}{rest}", repository.url()).parse().unwrap()
}

fn load(repository: &Repository, rest: &str) -> Result<Policy, String> {
    load_with(repository, rest, access(repository))
}

fn load_with(repository: &Repository, rest: &str, access: Access) -> Result<Policy, String> {
    let repositories = Repositories::new(access);
    let sets = PolicySet::load_from(&Location::Git(source(repository, rest)), &repositories);
    let sets = sets.map_err(|error| error.to_string())?;
    Builder::new().repositories(repositories).sets(sets).build().map_err(|error| error.to_string())
}

fn words(session: &mut Session) -> String {
    let decision = session.decide(EVENT).unwrap();
    decision.findings.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn said(policy: &Policy) -> String {
    words(&mut policy.session())
}

fn soon(mut what: impl FnMut() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < SOON, "not within {SOON:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn branches_tags_and_commits_are_read_and_what_judged_is_recorded() {
    let Some(repository) = Repository::new() else { return };
    let first = repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", &says("one"))]);
    repository.git(&["tag", "--annotate", "v1", "--message=v1"]);
    repository.git(&["push", "--quiet", "origin", "v1"]);
    let second = repository.commit(&[("policies/a.rego", &says("two"))]);
    for (reference, message, id) in [
        ("", "two", &second),
        ("#main:sets", "two", &second),
        ("#:sets/s.yaml", "two", &second),
        ("#refs/heads/main", "two", &second),
        ("#v1:sets", "one", &first),
        ("#refs/tags/v1", "one", &first),
        (&format!("#{first}"), "one", &first),
        (&format!("#{second}:sets"), "two", &second),
    ] {
        let policy = load(&repository, reference).unwrap_or_else(|error| panic!("{reference}: {error}"));
        assert_eq!(said(&policy), message, "{reference}");
        assert_eq!(policy.commits()[0].id, *id, "{reference}");
    }
    let policy = load(&repository, "#v1:sets").unwrap();
    assert!(policy.revision().ends_with(&format!("@{first}")), "{}", policy.revision());
    let evaluation = policy.session().evaluate(EVENT);
    let rule = &evaluation.outcome.as_ref().unwrap().findings[0].rule;
    assert_eq!(*rule, format!("{}:policies/a.rego:3", &first[..12]));
    let (record, line) = DecisionLog::new(Recorder::new(&policy)).lines().line(&evaluation, EVENT.as_bytes(), None);
    assert_eq!(record.commits, policy.commits());
    let line: serde_json::Value = serde_json::from_slice(&line.unwrap()).unwrap();
    let bundle = source(&repository, "#v1:sets").to_string();
    assert_eq!(line["bundles"][bundle]["revision"], first);
    assert_eq!(line["bundles"]["policy"]["revision"], policy.revision());
}

#[test]
fn policies_and_data_of_a_repository_go_where_paths_go_and_sets_on_the_disk_name_them() {
    let Some(repository) = Repository::new() else { return };
    let id = repository.commit(&[
        ("policies/a.rego", "package a\n\ndeny contains data.words.stop\n"),
        ("data/words/w.json", r#"{"stop": "halt"}"#),
    ]);
    let repositories = Repositories::new(access(&repository));
    let git = |rest: &str| source(&repository, rest).to_string();
    let builder = Builder::new().repositories(repositories.clone()).policy_path(&git("#main:policies")).unwrap();
    let policy = builder.data_path(&git("#main:data")).unwrap().build().unwrap();
    assert_eq!(said(&policy), "halt");
    let folders: Vec<_> = policy.commits().iter().map(|commit| (commit.folder.as_str(), commit.id == id)).collect();
    assert_eq!(folders, [("data", true), ("policies", true)]);
    let placed = Builder::new().repositories(repositories).data_path(&format!("p.q:{}", git("#main:data"))).unwrap();
    let policy = placed.query("q", "data.p.q.words.stop").build().unwrap();
    assert_eq!(policy.session().eval("q", None).unwrap().value().unwrap().as_text(), Some("halt"));

    let disk = tempfile::tempdir().unwrap();
    let url = repository.url();
    let set = format!(
        "name: s\nentity: token\nenforced: true\npolicies:\n  - git: {{url: '{url}', ref: main, path: policies/a.rego}}\n    severity: error\n  - name: b\n    git: 'git+{url}#{id}:policies/a.rego'\n    severity: warning\n"
    );
    std::fs::write(disk.path().join("s.yaml"), set).unwrap();
    let sets = PolicySet::load_from(&disk.path().into(), &Repositories::new(access(&repository))).unwrap();
    let names: Vec<_> = sets[0].policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let policy = Builder::new().sets(sets).data(r#"{"words": {"stop": "now"}}"#).build().unwrap();
    assert_eq!(said(&policy), "now; now");
    assert_eq!(policy.commits().len(), 2);
}

#[test]
fn an_unknown_branch_is_told_with_those_that_sound_like_it() {
    let Some(repository) = Repository::new() else { return };
    let id = repository.commit(&[("s.yaml", SET)]);
    for name in ["release", "maintenance"] {
        repository.git(&["push", "--quiet", "origin", &format!("HEAD:refs/heads/{name}")]);
    }
    let error = load(&repository, "#mian").unwrap_err();
    assert!(error.contains("there is no branch or tag `mian`; there are: main, "), "{error}");
    let error = load(&repository, "#refs/tags/v1").unwrap_err();
    assert!(error.contains("there is no tag `v1`"), "{error}");
    let error = load(&repository, &format!("#{}", &id[..7])).unwrap_err();
    assert!(error.contains("a commit needs all its digits"), "{error}");
    let gone = id.chars().rev().collect::<String>();
    let error = load(&repository, &format!("#{gone}")).unwrap_err();
    assert!(error.contains(&format!("there is no commit `{gone}`")), "{error}");
    repository.git(&["push", "--quiet", "origin", "HEAD:refs/tags/release"]);
    repository.commit(&[("more", "")]);
    repository.git(&["push", "--quiet", "origin", "HEAD:refs/heads/release"]);
    let error = load(&repository, "#release").unwrap_err();
    assert!(error.contains("write `refs/heads/release` or `refs/tags/release`"), "{error}");
    let error = format!("git+file://{}/nowhere", repository.folder().display());
    let error = Repositories::new(access(&repository)).open(&error.parse().unwrap()).unwrap_err().to_string();
    assert!(error.contains("git ls-remote failed"), "{error}");
}

#[test]
fn the_last_fetched_commit_is_used_only_where_that_is_asked_for() {
    let Some(repository) = Repository::new() else { return };
    let id = repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", &says("one"))]);
    let offline = || access(&repository).offline(true);
    let error = load_with(&repository, "#main:sets", offline()).unwrap_err();
    assert!(error.contains("was never fetched"), "{error}");
    load(&repository, "#main:sets").unwrap();
    let moved = repository.folder().join("moved");
    std::fs::rename(repository.bare(), &moved).unwrap();
    assert!(load(&repository, "#main:sets").unwrap_err().contains("git ls-remote failed"));
    let policy = load_with(&repository, "#main:sets", offline()).unwrap();
    assert_eq!(said(&policy), "one");
    assert_eq!(said(&load_with(&repository, &format!("#{id}:sets"), offline()).unwrap()), "one");
    assert_eq!(
        said(&load(&repository, &format!("#{id}:sets")).unwrap()),
        "one",
        "a commit that is here is not asked for"
    );
    assert!(load_with(&repository, "#other", offline()).is_err());
}

#[test]
fn a_commit_rewritten_by_force_takes_the_place_of_the_one_before() {
    let Some(repository) = Repository::new() else { return };
    repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", &says("one"))]);
    assert_eq!(said(&load(&repository, "#main:sets").unwrap()), "one");
    repository.write(&[("policies/a.rego", &says("two"))]);
    repository.git(&["add", "--all"]);
    repository.git(&["commit", "--quiet", "--amend", "--message=rewritten"]);
    repository.git(&["push", "--quiet", "--force", "origin", "HEAD"]);
    assert_eq!(said(&load(&repository, "#main:sets").unwrap()), "two");
}

#[cfg(unix)]
#[test]
fn links_stay_within_the_repository_and_limits_hold() {
    use std::os::unix::fs::symlink;
    let Some(repository) = Repository::new() else { return };
    repository.write(&[("sets/s.yaml", SET), ("real/a.rego", &says("one")), ("secret", "")]);
    symlink("real", repository.work().join("policies")).unwrap();
    repository.commit(&[]);
    assert_eq!(said(&load(&repository, "#main:sets").unwrap()), "one", "a link within it is followed");
    let error =
        load_with(&repository, "#main:sets", access(&repository).limits(Limits { files: 2, ..Limits::default() }));
    assert!(error.as_ref().is_err_and(|error| error.contains("more than 2 files")), "{error:?}");
    let small = Limits { file_bytes: 30, ..Limits::default() };
    let error = load_with(&repository, "#main:sets", access(&repository).limits(small)).unwrap_err();
    assert!(error.contains("larger than 30 bytes"), "{error}");
    // Two ways back at each level: more ways than anybody could go.
    std::fs::create_dir(repository.work().join("loop")).unwrap();
    symlink(".", repository.work().join("loop/a")).unwrap();
    symlink(".", repository.work().join("loop/b")).unwrap();
    repository.commit(&[("loop/s.yaml", SET)]);
    let few = Limits { files: 300, ..Limits::default() };
    let error = load_with(&repository, "#main:loop", access(&repository).limits(few)).unwrap_err();
    assert!(error.contains("does a link lead back?"), "{error}");
    for target in ["/etc", "../../../etc", "policies"] {
        std::fs::remove_file(repository.work().join("policies")).unwrap();
        symlink(target, repository.work().join("policies")).unwrap();
        repository.commit(&[]);
        let error = load(&repository, "#main:sets").unwrap_err();
        assert!(error.contains("out of the repository") || error.contains("too many"), "{target}: {error}");
    }
    std::fs::remove_file(repository.work().join("policies")).unwrap();
    let id = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},policies")]);
    repository.git(&["commit", "--quiet", "--message=submodule"]);
    repository.git(&["push", "--quiet", "origin", "HEAD"]);
    let error = load(&repository, "#main:sets").unwrap_err();
    assert!(error.contains("submodule"), "{error}");
}

/// The repository over HTTP, by git's own server program, for who says who they are.
fn serve(repository: &Repository) -> loopback::Server {
    let root = repository.folder().to_owned();
    loopback::Server::start(move |asked| {
        if asked.header("Authorization") != Some("Basic YW5uOnR1bGlw") {
            let refused = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
            return loopback::Reply::Bytes(refused.into());
        }
        Repository::answer(&root, asked)
    })
}

#[test]
fn credentials_open_a_repository_over_http_and_go_nowhere_else() {
    let Some(repository) = Repository::new() else { return };
    let first = repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", &says("one"))]);
    let second = repository.commit(&[("policies/a.rego", &says("two"))]);
    let server = serve(&repository);
    let host = format!("http://127.0.0.1:{}/", server.port());
    let load = |rest: &str, access: &Access| {
        let source: GitSource = format!("git+{host}repository.git{rest}").parse().unwrap();
        let sets = PolicySet::load_from(&Location::Git(source), &Repositories::new(access.clone()));
        sets.map_err(|error| error.to_string()).map(|sets| Builder::new().sets(sets).build().unwrap())
    };
    let none = access(&repository);
    assert!(load("#main:sets", &none).unwrap_err().contains("git ls-remote failed"));
    let ann = none.clone().credentials(&host, "ann", "tulip");
    assert!(!format!("{ann:?}").contains("tulip"));
    for (rest, message, id) in
        [("#main:sets", "two", &second), (&format!("#{first}:sets"), "one", &first), (":sets", "two", &second)]
    {
        let rest = if rest.starts_with('#') { rest.to_owned() } else { format!("#{rest}") };
        let policy = load(&rest, &ann).unwrap();
        assert_eq!((said(&policy).as_str(), &policy.commits()[0].id), (message, id));
    }
    let local = format!(
        "name: s\nentity: token\npolicies: [{{severity: error, git: 'git+{}#main:policies/a.rego'}}]\n",
        repository.url()
    );
    repository.commit(&[("sets/s.yaml", &local)]);
    let error = load("#main:sets", &ann).unwrap_err();
    assert!(error.contains("may name others by https and ssh only"), "{error}");
    server.asked();
    let elsewhere = none.credentials("http://127.0.0.1:1/", "ann", "tulip");
    assert!(load("#main:sets", &elsewhere).is_err());
    let asked = server.asked();
    assert!(!asked.is_empty() && asked.iter().all(|asked| asked.header("Authorization").is_none()));
}

#[test]
fn a_repository_that_does_not_answer_is_waited_for_so_long_and_no_longer() {
    let Some(repository) = Repository::new() else { return };
    let server = loopback::Server::start(|_| loopback::Reply::Stall(vec![], Duration::from_secs(3_600)));
    let source = format!("git+http://127.0.0.1:{}/r.git", server.port()).parse().unwrap();
    let impatient = access(&repository).timeout(Duration::from_millis(300));
    let error = Repositories::new(impatient).open(&source).unwrap_err().to_string();
    assert!(error.ends_with("git ls-remote took longer than 300ms"), "{error}");
}

fn watch(repository: &Repository) -> Watch {
    let location = Location::Git(source(repository, "#main:sets"));
    Watch::new()
        .access(access(repository))
        .sets_from(location)
        .data(source(repository, "#main:data").to_string())
        .every(Duration::from_millis(10))
        .every_branch(Duration::from_millis(20))
}

fn refused(live: &Live) -> String {
    live.status().refused.map_or_else(String::new, |error| error.to_string())
}

#[test]
fn one_commit_throws_a_switch_and_nobody_is_judged_by_half_of_it() {
    let Some(repository) = Repository::new() else { return };
    // Of one commit: the policy's text, and the data that it reads.
    let publish = |version: usize| {
        let text = format!("package a\n\ndeny contains sprintf(\"{version} %v\", [data.version])\n");
        let data = format!("{{\"version\": {version}}}");
        repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", &text), ("data/v.json", &data)])
    };
    publish(1);
    let live = watch(&repository).start().unwrap();
    let stop = AtomicBool::new(false);
    struct End<'s>(&'s AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        let _end = End(&stop);
        scope.spawn(|| {
            let mut session = live.session();
            let mut last = 1;
            while !stop.load(Ordering::Relaxed) {
                let said = words(&mut session);
                let (text, data) = said.split_once(' ').unwrap();
                assert_eq!(text, data, "of two commits");
                let version: usize = text.parse().unwrap();
                assert!(version >= last);
                last = version;
            }
        });
        let mut session = live.session();
        let mut slowest = Duration::ZERO;
        for version in 2..6 {
            let id = publish(version);
            let start = Instant::now();
            soon(|| words(&mut session) == format!("{version} {version}"));
            slowest = slowest.max(start.elapsed());
            assert!(live.status().revision.ends_with(&format!("@{id}")));
        }
        println!("the slowest of 4 commits took {slowest:?} from the end of the push");
    });
}

#[test]
fn a_bad_commit_and_a_branch_that_is_gone_change_nothing_and_say_why() {
    let Some(repository) = Repository::new() else { return };
    let good = says("one");
    let first = repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", &good), ("data/d.json", "{}")]);
    let heard = std::sync::Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let live = watch(&repository)
        .on_update(move |update| match update {
            Update::Loaded { changed, .. } => hears.lock().unwrap().push(format!("loaded {changed:?}")),
            Update::Refused { error, .. } => hears.lock().unwrap().push(format!("refused {error}")),
            _ => {}
        })
        .start()
        .unwrap();
    let mut session = live.session();
    let bad = repository.commit(&[("policies/a.rego", "package a\n\ndeny contains x if { x := y }\n")]);
    soon(|| refused(&live).contains(&format!("{}:policies/a.rego:3", &bad[..12])));
    assert_eq!(words(&mut session), "one");
    assert!(live.status().revision.ends_with(&format!("@{first}")));
    // Taken back by force.
    repository.git(&["reset", "--quiet", "--hard", &first]);
    repository.commit(&[("policies/a.rego", &says("two"))]);
    soon(|| words(&mut session) == "two");
    assert_eq!(refused(&live), "");
    repository.git(&["push", "--quiet", "origin", "HEAD:refs/heads/other"]);
    // The default branch of a bare repository is deleted by nobody but its owner.
    let bare = repository.bare();
    repository.git(&["--git-dir", bare.to_str().unwrap(), "update-ref", "-d", "refs/heads/main"]);
    soon(|| refused(&live).contains("there is no branch or tag `main`; there are: other"));
    assert_eq!(words(&mut session), "two");
    repository.commit(&[("policies/a.rego", &says("three"))]);
    soon(|| words(&mut session) == "three");
    assert_eq!(refused(&live), "");
    let heard = heard.lock().unwrap();
    assert!(heard.iter().any(|said| said.contains("#main\"]")), "{heard:#?}");
}

#[test]
fn a_file_on_the_disk_is_followed_while_a_repository_does_not_answer() {
    let Some(repository) = Repository::new() else { return };
    let text = "package a\n\ndeny contains data.word if data.word\n";
    repository.commit(&[("sets/s.yaml", SET), ("policies/a.rego", text), ("data/d.json", "{}")]);
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("switch.json");
    std::fs::write(&file, "{}").unwrap();
    let live = watch(&repository).data(file.to_string_lossy()).start().unwrap();
    let mut session = live.session();
    std::fs::rename(repository.bare(), repository.folder().join("moved")).unwrap();
    soon(|| refused(&live).contains("git ls-remote failed"));
    std::fs::write(&file, r#"{"word": "stop"}"#).unwrap();
    soon(|| words(&mut session) == "stop");
    assert!(refused(&live).contains("git ls-remote failed"), "it is still not known where the branch stands");
    std::fs::rename(repository.folder().join("moved"), repository.bare()).unwrap();
    soon(|| refused(&live).is_empty());
}
