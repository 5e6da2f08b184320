//! A Git repository for a test: a bare one, and a work tree that pushes to it. Nothing leaves the machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::loopback::{self, Asked, Reply};

/// A bare repository with a work tree beside it, gone with the value.
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// An empty repository whose default branch is `main`; `None`, and a word on standard error, where there is no program
    /// `git`.
    pub fn new() -> Option<Self> {
        let there = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
        if !there {
            eprintln!("SKIPPED: the program `git` is not installed, so nothing about repositories is tested");
            return None;
        }
        let repository = Repository { folder: tempfile::tempdir().ok()? };
        let (bare, work) = (repository.bare(), repository.work());
        std::fs::create_dir(&work).ok()?;
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", &bare.to_string_lossy()]);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["remote", "add", "origin", &bare.to_string_lossy()]);
        Some(repository)
    }

    /// The folder that all of it is in; there is room for a cache.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The work tree.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The bare repository.
    pub fn bare(&self) -> PathBuf {
        self.folder.path().join("repository.git")
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("file://{}", self.bare().display())
    }

    /// What git's own server program, for the repositories in a folder, answers to a request by HTTP.
    ///
    /// # Panics
    /// When it fails.
    pub fn answer(root: &Path, asked: &Asked) -> Reply {
        let (path, query) = asked.target().split_once('?').unwrap_or((asked.target(), ""));
        let mut backend = Command::new("git");
        backend
            .arg("http-backend")
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GIT_PROJECT_ROOT", root)
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", asked.line.split(' ').next().unwrap_or_default())
            .env("CONTENT_TYPE", asked.header("Content-Type").unwrap_or_default())
            .env("CONTENT_LENGTH", asked.body.len().to_string())
            .env("HTTP_CONTENT_ENCODING", asked.header("Content-Encoding").unwrap_or_default())
            .env("HTTP_GIT_PROTOCOL", asked.header("Git-Protocol").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut backend = backend.spawn().expect("git is installed");
        let written = backend.stdin.take().map(|mut stdin| stdin.write_all(&asked.body));
        written.transpose().expect("it reads the body");
        let answer = backend.wait_with_output().expect("it answers").stdout;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("it sends headers");
        loopback::ok(&format!("{}\r\n", String::from_utf8_lossy(&answer[..end])), &answer[end + 4..])
    }

    /// Runs the program in the work tree; what it writes.
    ///
    /// # Panics
    /// When it fails.
    pub fn git(&self, words: &[&str]) -> String {
        let mut git = Command::new("git");
        // Nothing of the machine's own settings.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").current_dir(self.work());
        let identity = ["-c", "user.name=t", "-c", "user.email=t", "-c", "commit.gpgSign=false"];
        let output = git.args(identity).args(words).output().unwrap_or_else(|error| panic!("git {words:?}: {error}"));
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes files into the work tree.
    ///
    /// # Panics
    /// When one cannot be written.
    pub fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            let file = self.work().join(name);
            let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
            let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, text));
            written.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    /// Writes files, commits them and pushes the branch that the work tree is on; the commit's id.
    pub fn commit(&self, files: &[(&str, &str)]) -> String {
        self.write(files);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=more"]);
        self.git(&["push", "--quiet", "--force", "origin", "HEAD"]);
        self.git(&["rev-parse", "HEAD"])
    }
}
