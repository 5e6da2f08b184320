//! Which repository, which commit, which folder, as people write it.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use super::GitError;
use crate::record::secret;

/// A folder of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitSource {
    /// Where the repository is: `https`, `ssh` or `file`.
    pub url: String,
    /// Which commit.
    pub reference: Reference,
    /// Which folder or file; empty for all of it.
    pub folder: String,
}

/// Which commit of a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// The last one of the default branch.
    Default,
    /// The last one of a branch, or that of a tag, whichever has this name.
    Named(String),
    /// The last one of a branch.
    Branch(String),
    /// That of a tag.
    Tag(String),
    /// This one, by all its digits.
    Commit(String),
}

/// A folder or file: on the disk, or in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// On the disk.
    Path(PathBuf),
    /// In a repository.
    Git(GitSource),
}

impl Reference {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (make, name): (fn(String) -> Reference, &str) =
            match (text.strip_prefix("refs/heads/"), text.strip_prefix("refs/tags/")) {
                (Some(name), _) => (Reference::Branch, name),
                (_, Some(name)) => (Reference::Tag, name),
                _ if text.is_empty() || text == "HEAD" => return Ok(Reference::Default),
                _ if is_id(text) => return Ok(Reference::Commit(text.to_ascii_lowercase())),
                _ => (Reference::Named, text),
            };
        // What `git check-ref-format` refuses, so that no name is anything else to the program.
        let sign = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
        let wrong = name.is_empty()
            || name.starts_with(['-', '/', '.'])
            || name.ends_with(['/', '.'])
            || name.contains(sign)
            || [":", "..", "//", "/.", "@{"].iter().any(|part| name.contains(part));
        if wrong { Err("what stands after # is no name of a branch or tag") } else { Ok(make(name.to_owned())) }
    }

    /// Whether it never moves.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Reference::Commit(_))
    }
}

/// Whether this is a commit's id, by SHA-1 or SHA-256.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Default => f.write_str("HEAD"),
            Reference::Named(name) | Reference::Commit(name) => f.write_str(name),
            Reference::Branch(name) => write!(f, "refs/heads/{name}"),
            Reference::Tag(name) => write!(f, "refs/tags/{name}"),
        }
    }
}

impl GitSource {
    /// Whether the text is meant as a repository: it begins with `git+`.
    pub(crate) fn is_meant(text: &str) -> bool {
        text.starts_with("git+")
    }

    /// A folder or file of a repository, from its parts; no reference is the default branch.
    ///
    /// # Errors
    /// When the URL, the reference or the folder is none.
    pub fn of_parts(url: &str, reference: Option<&str>, folder: &str) -> Result<Self, GitError> {
        let wrong = |why| GitError::Url { text: without_password(url), why };
        check_url(url).map_err(wrong)?;
        let reference = Reference::parse(reference.unwrap_or_default()).map_err(wrong)?;
        let folder = within(folder).ok_or_else(|| wrong("the folder lies outside of the repository"))?;
        Ok(GitSource { url: url.to_owned(), reference, folder })
    }

    /// The same repository and commit, another folder.
    pub(crate) fn whole(&self) -> Self {
        GitSource { folder: String::new(), ..self.clone() }
    }

    /// Whether the repository is on this machine.
    pub fn is_local(&self) -> bool {
        self.url.starts_with("file://")
    }
}

impl FromStr for GitSource {
    type Err = GitError;

    fn from_str(text: &str) -> Result<Self, GitError> {
        let wrong = |why| GitError::Url { text: without_password(text), why };
        let example = "write git+https://host/repo.git#BRANCH:FOLDER";
        let url = text.strip_prefix("git+").ok_or_else(|| wrong(example))?;
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        if url.contains('?') || fragment.contains('=') {
            return Err(wrong(example));
        }
        let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
        GitSource::of_parts(url, Some(reference), folder)
            .map_err(|error| if let GitError::Url { why, .. } = error { wrong(why) } else { error })
    }
}

impl fmt::Display for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git+{}#{}", self.url, self.reference)?;
        if self.folder.is_empty() { Ok(()) } else { write!(f, ":{}", self.folder) }
    }
}

impl FromStr for Location {
    type Err = GitError;

    fn from_str(text: &str) -> Result<Self, GitError> {
        let is_url = ["https://", "http://", "ssh://", "git://", "git@"].iter().any(|start| text.starts_with(start));
        match text {
            text if GitSource::is_meant(text) => text.parse().map(Location::Git),
            text if is_url => {
                let why = "a repository is written git+https://host/repo.git#BRANCH:FOLDER, or with git+ssh:// or git+file://";
                Err(GitError::Url { text: without_password(text), why })
            }
            path => Ok(Location::Path(path.into())),
        }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Location::Path(path.to_owned())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Path(path) => path.display().fmt(f),
            Location::Git(source) => source.fmt(f),
        }
    }
}

fn check_url(url: &str) -> Result<(), &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("write a URL with https://, ssh:// or file://")?;
    if url.contains(|c: char| c.is_control() || c == ' ') {
        return Err("write blanks in a URL as %20");
    }
    let (authority, path) = rest.split_once('/').ok_or("the URL has no path")?;
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') {
        return Err("a password in a URL can be read by others; leave it to git's credential helper or ~/.netrc");
    }
    if secret::is_in(user) {
        return Err("a token in a URL can be read by others; leave it to git's credential helper or ~/.netrc");
    }
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    if !host.ends_with(']') && !port.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("what stands after the host's colon is no port");
    }
    if authority.starts_with('-') || host.starts_with('-') || path.is_empty() {
        return Err("it names no repository");
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    match scheme {
        "https" | "ssh" if !host.is_empty() => Ok(()),
        "file" if authority.is_empty() => Ok(()),
        "file" => Err("write the path of a local repository with three slashes: file:///srv/repo"),
        "http" if ["localhost", "127.0.0.1", "[::1]"].contains(&name) => Ok(()),
        "http" => Err("over plain http anybody on the way could change policies; use https"),
        _ => Err("write a URL with https://, ssh:// or file://"),
    }
}

/// The text without what may be a password or a token, wherever one might end that has signs in it.
fn without_password(text: &str) -> String {
    let parts = text.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        match user.split_once(':') {
            Some((user, _)) if !secret::is_in(user) => Some(format!("{scheme}://{user}:[masked]@{host}")),
            None if !secret::is_in(user) => None,
            _ => Some(format!("{scheme}://[masked]@{host}")),
        }
    });
    parts.unwrap_or_else(|| text.to_owned())
}

/// A folder's path from the root, tidied; `None` where it lies outside.
fn within(folder: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(folder.trim_start_matches('/')).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::ParentDir => _ = parts.pop()?,
            _ => {}
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_says_repository_commit_and_folder() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let named = |name: &str| Reference::Named(name.to_owned());
        for (text, url, reference, folder) in [
            ("git+https://h/r.git", "https://h/r.git", Reference::Default, ""),
            ("git+https://h/r.git#main:sets", "https://h/r.git", named("main"), "sets"),
            ("git+https://h/r.git#:a/../b/", "https://h/r.git", Reference::Default, "b"),
            ("git+ssh://git@h:22/r#refs/tags/v1.0", "ssh://git@h:22/r", Reference::Tag("v1.0".into()), ""),
            ("git+file:///r#refs/heads/a/b:/c", "file:///r", Reference::Branch("a/b".into()), "c"),
            (&format!("git+http://localhost:80/r#{id}"), "http://localhost:80/r", Reference::Commit(id.into()), ""),
        ] {
            let source: GitSource = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((source.url.as_str(), &source.reference, source.folder.as_str()), (url, &reference, folder));
            assert_eq!(source.to_string().parse::<GitSource>().unwrap(), source, "{text}");
        }
    }

    #[test]
    fn what_is_no_source_is_told_why_and_no_password_is_repeated() {
        for (text, why) in [
            ("git+https://h", "has no path"),
            ("git+http://h/r", "plain http"),
            ("git+ext::sh -c x", "https://"),
            ("git+file://r/x", "three slashes"),
            ("git+ssh://-oProxyCommand=x/r", "names no repository"),
            ("git+https://h/r#-x", "no name of a branch"),
            ("git+https://h/r#a..b", "no name of a branch"),
            ("git+https://h/r#main:../x", "outside"),
            ("git+https://h/r?ref=main", "write git+https"),
            ("git+https://h/r#subdirectory=a", "write git+https"),
            ("git+https://ann:tulip@h/r", "credential helper"),
            ("git+https://ann:tulip/@h/r", "no port"),
            ("git+https://ann:#tulip@h/r", "no path"),
            ("git+https://ghp_tuliptuliptuliptulip@h/r", "a token in a URL"),
            ("git+https://ghp_tuliptuliptuliptulip:x@h/r", "credential helper"),
            ("https://ann:tulip@h/r", "is written git+https://"),
        ] {
            let error = text.parse::<Location>().unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("tulip"), "{text}: {error}");
        }
    }

    #[test]
    fn a_location_is_a_path_unless_it_says_git() {
        assert_eq!("sets".parse::<Location>().unwrap(), Location::Path("sets".into()));
        assert!(matches!("git+file:///r".parse(), Ok(Location::Git(_))));
        for url in ["https://h/r.git", "git@h:r.git"] {
            let error = url.parse::<Location>().unwrap_err().to_string();
            assert!(error.contains("is written git+https://"), "{error}");
        }
    }
}
