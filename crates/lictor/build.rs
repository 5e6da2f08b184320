//! Lists the library's files, so that they are part of the program: what `policies/library`, `policies/events` and
//! `policies/profiles` hold, by id, for `src/library.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies").canonicalize()?;
    let mut list = String::from("pub(super) const POLICIES: &[Files] = &[\n");
    for family in below(&root.join("library"))?.into_iter().filter(|path| path.is_dir()) {
        for file in below(&family)? {
            let (family, name) = (named(&family), named(&file));
            if file.extension().is_none_or(|e| e != "rego") || name.ends_with("_test") {
                continue;
            }
            let text = |path: PathBuf| format!("include_str!({path:?})");
            let event = |kind: &str| root.join(format!("events/{family}/{name}.{kind}"));
            let data = event("data.yaml");
            let data = if data.exists() { format!("Some({})", text(data)) } else { "None".to_owned() };
            let _ = writeln!(
                list,
                "    Files {{ id: \"{family}.{name}\", source: {}, tests: {}, allowed: {}, denied: {}, data: {data} }},",
                text(file.clone()),
                text(file.with_file_name(format!("{name}_test.rego"))),
                text(event("allowed.json")),
                text(event("denied.json")),
            );
        }
    }
    list.push_str("];\n\npub(super) const PROFILES: &[&str] = &[\n");
    for profile in below(&root.join("profiles"))?.into_iter().filter(|path| path.is_dir()) {
        let _ = writeln!(list, "    include_str!({:?}),", profile.join("parameters.yaml"));
    }
    list.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo gives no OUT_DIR"))?;
    std::fs::write(Path::new(&out).join("library.rs"), list)?;
    // A folder that is named here is looked through for changes.
    for part in ["library", "events", "profiles"] {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

/// What a folder holds, by name.
fn below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn named(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
