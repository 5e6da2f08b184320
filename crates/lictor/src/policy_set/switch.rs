//! Switching a policy set on and off: `enforced` in its file, changed where it stands.
//!
//! Not a writer of YAML: everything else in the file stays as it is, byte for byte, comments and all. Whatever place is
//! changed, the result is read again, and taken only when it says what the file said before but for the switch.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_norway::Value;

use super::{Document, PolicySet, SetError, shared};
use crate::origin::Origin;

static SWITCH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"enforced["']?[ \t]*:[ \t]+(?P<value>true|false|True|False|TRUE|FALSE)"#).ok());
static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)^["']?(policies|name|entity)["']?[ \t]*:"#).ok());

/// Says in a set's file whether it is enforced; whether that changed anything. The file is replaced as a whole: whoever reads
/// it meanwhile finds the old one or the new one.
///
/// # Errors
/// When the file is no policy set, cannot be read or written, or is written so that the switch cannot be changed in place.
pub fn switch(file: impl AsRef<Path>, enforced: bool) -> Result<bool, SetError> {
    let path = file.as_ref().display().to_string();
    let unreadable = |source| SetError::Unreadable { path: path.clone(), source };
    // A link stays a link.
    let file = file.as_ref().canonicalize().map_err(unreadable)?;
    let text = fs::read_to_string(&file).map_err(unreadable)?;
    let malformed = |message| SetError::Malformed { path: path.clone(), message };
    match switched(&text, enforced).map_err(malformed)? {
        None => Ok(false),
        Some(text) => match replace(&file, &text) {
            Ok(()) => Ok(true),
            Err(source) => Err(SetError::Unwritable { path, source }),
        },
    }
}

impl PolicySet {
    /// The files at a path and below it that hold sets, by name; those of shared policies are left out.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn files(path: impl AsRef<Path>) -> Result<Vec<PathBuf>, SetError> {
        Ok(shared::sorted(Origin::Disk, path.as_ref())?.0)
    }

    /// The file of the set with this name. Other sets, and the policies of this one, may be bad: it can be switched off.
    ///
    /// # Errors
    /// When there is none, or more than one, or a folder cannot be read.
    pub fn file_of<P: AsRef<Path>>(name: &str, paths: impl IntoIterator<Item = P>) -> Result<PathBuf, SetError> {
        let (mut found, mut known): (Option<PathBuf>, _) = (None, Vec::new());
        for path in paths {
            for file in PolicySet::files(path)? {
                let Some(document) = fs::read_to_string(&file).ok().and_then(|text| read(&text).ok()) else { continue };
                if document.name != name {
                    known.push(document.name);
                    continue;
                }
                if let Some(other) = found.replace(file.clone()) {
                    let (path, other) = (file.display().to_string(), other.display().to_string());
                    return Err(SetError::Duplicate { name: name.to_owned(), path, other });
                }
            }
        }
        found.ok_or_else(|| SetError::Unknown { name: name.to_owned(), known: known.join(", ") })
    }
}

fn read(text: &str) -> Result<Document, String> {
    serde_norway::from_str(text).map_err(|error| error.to_string())
}

/// The text with the switch as wanted; `None` where it is so already.
fn switched(text: &str, enforced: bool) -> Result<Option<String>, String> {
    if read(text)?.enforced == enforced {
        return Ok(None);
    }
    let mut wanted: Value = serde_norway::from_str(text).map_err(|error| error.to_string())?;
    if let Some(fields) = wanted.as_mapping_mut() {
        fields.insert("enforced".into(), enforced.into());
    }
    let word = if enforced { "true" } else { "false" };
    let right = |text: &String| serde_norway::from_str::<Value>(text).is_ok_and(|value| value == wanted);
    let values = SWITCH.iter().flat_map(|switch| switch.captures_iter(text)).filter_map(|found| found.name("value"));
    let changed = values.map(|value| format!("{}{word}{}", &text[..value.start()], &text[value.end()..]));
    // Where the switch is not there: a line of its own before another one's, or the first field within braces.
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<_> = KEY.iter().flat_map(|key| key.find_iter(text)).collect();
    // Switches stand before policies, as they are written down in the documentation.
    lines.sort_by_key(|key| !key.as_str().contains("policies"));
    let lines =
        lines.into_iter().map(|key| format!("{}enforced: {word}{end}{}", &text[..key.start()], &text[key.start()..]));
    let braces = text.find('{').map(|at| format!("{}enforced: {word}, {}", &text[..=at], &text[at + 1..]));
    changed
        .chain(lines)
        .chain(braces)
        .find(right)
        .map(Some)
        .ok_or_else(|| format!("its `enforced` cannot be changed in place; write `enforced: {word}` there yourself"))
}

/// Writes beside the file, and renames.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = || {
        let mut new = fs::File::create_new(&beside)?;
        new.set_permissions(fs::metadata(file)?.permissions())?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, file)
    };
    written().inspect_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(&beside);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_changes_and_nothing_else_does() {
        let rest = "policies:\n  - severity: error # enforced: false\n    rego: |\n      package a # enforced: false\n";
        let cases = [
            ("name: n # mine\nentity: token\nenforced:   false   # not yet\n", "enforced:   true   # not yet\n"),
            ("# enforced: false\nname: n\nentity: token\n\"enforced\": False\n", "\"enforced\": true\n"),
            ("description: 'enforced: false'\nname: n\nentity: token\n", "entity: token\nenforced: true\n"),
        ];
        for (head, changed) in cases {
            let text = format!("{head}{rest}");
            let on = switched(&text, true).unwrap().unwrap();
            assert!(on.contains(changed) && on.ends_with(rest), "{on}");
            let (before, after): (Vec<_>, Vec<_>) = (text.lines().collect(), on.lines().collect());
            let same = before.iter().filter(|line| after.contains(line)).count();
            assert!(same >= before.len() - 1, "{on}");
            assert_eq!(switched(&on, true), Ok(None));
            assert!(!read(&switched(&on, false).unwrap().unwrap()).unwrap().enforced);
        }
    }

    #[test]
    fn what_was_switched_and_switched_back_is_as_it_was() {
        let text = "name: n\r\nentity: token\r\nenforced: false # why\r\npolicies:\r\n- {rego: package a, severity: error}\r\n";
        let on = switched(text, true).unwrap().unwrap();
        assert_eq!(switched(&on, false).unwrap().unwrap(), text);
    }

    #[test]
    fn a_set_within_braces_is_switched_too() {
        let text = "{name: n, entity: token, policies: [{rego: package a, severity: error}]}";
        let on = switched(text, true).unwrap().unwrap();
        assert_eq!(on, format!("{{enforced: true, {}", &text[1..]));
    }

    #[test]
    fn what_is_no_set_is_not_touched() {
        assert!(switched("name: n\nenforced: maybe\n", true).unwrap_err().contains("enforced"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        fs::write(&file, "[]").unwrap();
        assert!(switch(&file, true).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"[]");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.yaml"), folder.path().join("link.yaml"));
        fs::write(&file, "name: n\nentity: token\npolicies: [{rego: package a, severity: error}]\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(switch(&link, true).unwrap());
        assert!(link.is_symlink() && fs::read_to_string(&file).unwrap().contains("enforced: true"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside");
    }

    #[test]
    fn a_set_is_found_by_name_though_others_are_bad() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bad.yaml"), "name: [").unwrap();
        let gone = "name: gone\nentity: token\npolicies: [{path: nowhere.rego, severity: error}]\n";
        fs::write(folder.path().join("gone.yaml"), gone).unwrap();
        let found = PolicySet::file_of("gone", [folder.path()]).unwrap();
        assert_eq!(found, folder.path().join("gone.yaml"));
        let error = PolicySet::file_of("gnoe", [folder.path()]).unwrap_err().to_string();
        assert_eq!(error, "there is no policy set `gnoe`; there are: gone");
    }
}
