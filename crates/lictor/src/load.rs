//! From paths to sources: which files hold policies, which hold data, and where their data belongs.
//!
//! The rules are those of `opa eval`. `--data PATH` takes a file, or every `.rego`, `.json`, `.yaml` and `.yml` file in a
//! folder and below; a data file's content stands below `data` at the folder's path from there. `PREFIX:PATH` (with dots)
//! puts it below the prefix. `--bundle PATH` takes a folder's `.rego` files and, of data, only `data.json` and `data.yaml`.
//!
//! A path may be one in a Git repository ([`crate::git`]), with a prefix too: `a.b:git+https://host/repo.git#main:data`.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use lictor_syntax::Name;

use crate::git::{Commit, GitError, GitSource, Repositories};
use crate::origin::Origin;
use crate::schemas::{SchemaFile, SchemaFiles};

/// A Rego file.
#[derive(Clone, Debug)]
pub struct ModuleFile {
    /// What messages call it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A data file.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// What messages call it.
    pub name: String,
    /// The path below `data` where its content stands.
    pub at: Vec<String>,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it is YAML rather than JSON.
    pub yaml: bool,
}

/// What paths led to, in order of the paths and, within a folder, of names.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The policies.
    pub modules: Vec<ModuleFile>,
    /// The data.
    pub data: Vec<DataFile>,
    /// The commits that some of it was read from.
    pub commits: Vec<Commit>,
}

/// Why loading failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or folder is not there or cannot be read.
    #[error("{}", unreadable(path, source))]
    Unreadable {
        /// The path as given.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A Rego file is not UTF-8.
    #[error("{path}: not UTF-8 from byte {at}")]
    NotUtf8 {
        /// The file.
        path: String,
        /// The first bad byte.
        at: usize,
    },
    /// A file that is neither policy nor data.
    #[error("{path}: unrecognized file; expected .rego, .json, .yaml or .yml")]
    Unrecognized {
        /// The file.
        path: String,
    },
    /// Folders nest without end.
    #[error("{path}: folders nest more than {DEEPEST} deep; does a link lead back?")]
    TooDeep {
        /// The folder.
        path: String,
    },
    /// A repository's files cannot be had.
    #[error(transparent)]
    Git(#[from] GitError),
}

fn unreadable(path: &str, source: &std::io::Error) -> String {
    match source.kind() {
        std::io::ErrorKind::NotFound => format!("stat {path}: no such file or directory"),
        _ => format!("open {path}: {source}"),
    }
}

/// Folders deeper than this are refused.
const DEEPEST: usize = 64;

/// Which files of a folder count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    Everything,
    Bundle,
}

/// The schemas of a file, which has no name, or of a folder, by their paths in it without their extensions.
///
/// # Errors
/// When something cannot be read.
pub(crate) fn schemas(path: &str) -> Result<SchemaFiles, LoadError> {
    let (_, path) = prefixed(path);
    let mut found = SchemaFiles::new();
    schemas_below(&path, &mut vec![], &mut found)?;
    Ok(found)
}

fn schemas_below(path: &Path, at: &mut Vec<Name>, found: &mut SchemaFiles) -> Result<(), LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.display().to_string(), source };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        let bytes = std::fs::read(path).map_err(unreadable)?;
        found.insert(at.clone(), SchemaFile { name: path.display().to_string(), bytes });
        return Ok(());
    }
    if at.len() >= DEEPEST {
        return Err(LoadError::TooDeep { path: path.display().to_string() });
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        at.push(name.unwrap_or_default().to_string_lossy().as_ref().into());
        schemas_below(&path, at, found)?;
        at.pop();
    }
    Ok(())
}

/// How a walk goes.
#[derive(Clone, Copy)]
struct Walk<'w> {
    origin: Origin<'w>,
    take: Take,
    ignore: &'w [String],
}

impl Loaded {
    /// Adds what `--data` would.
    ///
    /// # Errors
    /// When something cannot be read, or a file that was named itself is neither policy nor data.
    pub fn data(&mut self, path: &str, ignore: &[String], repositories: &Repositories) -> Result<(), LoadError> {
        let (prefix, path) = cut(path);
        self.add(path, prefix, Take::Everything, ignore, repositories)
    }

    /// Adds what `--bundle` would.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn bundle(&mut self, path: &str, ignore: &[String], repositories: &Repositories) -> Result<(), LoadError> {
        let (_, path) = cut(path);
        self.add(path, vec![], Take::Bundle, ignore, repositories)
    }

    fn add(
        &mut self,
        path: &str,
        at: Vec<String>,
        take: Take,
        ignore: &[String],
        repositories: &Repositories,
    ) -> Result<(), LoadError> {
        if !GitSource::is_meant(path) {
            return Walk { origin: Origin::Disk, take, ignore }.start(&local(path), at, self);
        }
        let source: GitSource = path.parse()?;
        let tree = repositories.open(&source)?;
        let folder = Path::new(&source.folder);
        self.commits.push(tree.commit(folder));
        Walk { origin: Origin::Commit(&tree), take, ignore }.start(folder, at, self)
    }
}

impl Walk<'_> {
    fn start(self, path: &Path, at: Vec<String>, into: &mut Loaded) -> Result<(), LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: self.origin.shown(path), source };
        if self.origin.is_folder(path).map_err(unreadable)? {
            return self.folder(path, &at, 0, into);
        }
        if !self.file(path, at, into)? {
            return Err(LoadError::Unrecognized { path: self.origin.shown(path) });
        }
        Ok(())
    }

    fn folder(self, folder: &Path, at: &[String], depth: usize, into: &mut Loaded) -> Result<(), LoadError> {
        if depth > DEEPEST {
            return Err(LoadError::TooDeep { path: self.origin.shown(folder) });
        }
        let unreadable = |source| LoadError::Unreadable { path: self.origin.shown(folder), source };
        let below = self.origin.below(folder).map_err(unreadable)?;
        let mut below: Vec<PathBuf> = below.iter().map(|path| clean(path)).collect();
        below.sort();
        for path in below {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if self.ignore.iter().any(|pattern| matches(pattern, &name)) {
                continue;
            }
            if self.origin.is_folder(&path).unwrap_or(false) {
                let mut deeper = at.to_vec();
                deeper.push(name);
                self.folder(&path, &deeper, depth + 1, into)?;
            } else {
                self.file(&path, at.to_vec(), into)?;
            }
        }
        Ok(())
    }

    /// Adds a file; whether it is policy or data at all.
    fn file(self, path: &Path, at: Vec<String>, into: &mut Loaded) -> Result<bool, LoadError> {
        let extension = path.extension().and_then(OsStr::to_str);
        let stem = path.file_stem().and_then(OsStr::to_str);
        let name = self.origin.shown(path);
        let read = || self.origin.read(path).map_err(|source| LoadError::Unreadable { path: name.clone(), source });
        match extension {
            Some("rego") => {
                let text = String::from_utf8(read()?)
                    .map_err(|e| LoadError::NotUtf8 { path: name.clone(), at: e.utf8_error().valid_up_to() })?;
                into.modules.push(ModuleFile { name, text });
            }
            Some(kind @ ("json" | "yaml" | "yml")) if self.take == Take::Everything || stem == Some("data") => {
                let bytes = read()?;
                into.data.push(DataFile { name, at, bytes, yaml: kind != "json" });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A path without what says nothing, `./a/../b`: messages name files as OPA does.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) => {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    cleaned
}

/// Cuts `a.b:path` and `file://path`.
pub(crate) fn prefixed(path: &str) -> (Vec<String>, PathBuf) {
    let (prefix, path) = cut(path);
    (prefix, local(path))
}

/// Cuts `a.b:path`.
pub(crate) fn cut(path: &str) -> (Vec<String>, &str) {
    match path.split_once(':') {
        Some((prefix, rest))
            if !path.starts_with("file://")
                && !GitSource::is_meant(path)
                && !prefix.is_empty()
                && !prefix.contains('/') =>
        {
            (prefix.split('.').map(str::to_owned).collect(), rest)
        }
        _ => (vec![], path),
    }
}

fn local(path: &str) -> PathBuf {
    PathBuf::from(path.strip_prefix("file://").unwrap_or(path))
}

/// Whether a file name matches an `--ignore` pattern: `*` is any text, `?` any one character.
fn matches(pattern: &str, name: &str) -> bool {
    fn go(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|at| go(rest, &name[at..])),
            Some(('?', rest)) => !name.is_empty() && go(rest, &name[1..]),
            Some((c, rest)) => name.first() == Some(c) && go(rest, &name[1..]),
        }
    }
    go(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stands_at_its_folder_and_bundles_take_only_data_files() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("foo/bar")).unwrap();
        for (file, text) in [("foo/bar/data.json", "{}"), ("foo/x.json", "{}"), ("foo/p.rego", "package p")] {
            std::fs::write(root.path().join(file), text).unwrap();
        }
        let path = root.path().to_str().unwrap();
        let mut loaded = Loaded::default();
        loaded.data(path, &[], &Repositories::default()).unwrap();
        let places: Vec<_> = loaded.data.iter().map(|d| d.at.join(".")).collect();
        assert_eq!(places, ["foo.bar", "foo"]);
        assert_eq!(loaded.modules.len(), 1);
        let mut loaded = Loaded::default();
        loaded.bundle(path, &["p*".to_owned()], &Repositories::default()).unwrap();
        assert_eq!((loaded.data.len(), loaded.modules.len()), (1, 0));
    }

    #[test]
    fn what_is_not_there_is_said_as_opa_says_it() {
        let error = Loaded::default().data("no/such", &[], &Repositories::default()).unwrap_err().to_string();
        assert_eq!(error, "stat no/such: no such file or directory");
    }

    #[test]
    fn what_is_found_in_a_folder_is_named_without_detours() {
        for (path, name) in
            [("./a.rego", "a.rego"), ("../x/../a", "../a"), ("/p//q/./r", "/p/q/r"), ("../../a", "../../a")]
        {
            assert_eq!(clean(Path::new(path)), Path::new(name));
        }
    }

    #[test]
    fn a_prefix_stands_before_a_colon() {
        assert_eq!(prefixed("a.b:c/d.json"), (vec!["a".into(), "b".into()], "c/d.json".into()));
        assert_eq!(prefixed("file:///c.json"), (vec![], "/c.json".into()));
        assert_eq!(cut("a:git+file:///r#main:d"), (vec!["a".into()], "git+file:///r#main:d"));
        assert_eq!(cut("git+file:///r"), (vec![], "git+file:///r"));
    }
}
