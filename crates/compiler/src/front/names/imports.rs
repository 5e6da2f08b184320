//! Imports: what they are called, and which of them shadow others or are used by nobody.

use lictor_syntax::ast::Import;
use lictor_syntax::{Code, Name};

use crate::front::analysis::Stage;
use crate::front::report::Report;
use crate::hash::{Map, Set};

/// What an import is called.
pub(super) fn import_name(import: &Import) -> Name {
    import.alias.clone().or_else(|| import.path.last().cloned()).unwrap_or_else(|| Name::from(""))
}

/// An import as OPA writes it.
fn import_text(import: &Import) -> String {
    let path = crate::front::text::path(&import.path);
    match &import.alias {
        Some(alias) => format!("import {path} as {alias}"),
        None => format!("import {path}"),
    }
}

pub(super) fn duplicate_imports(imports: &[Import], file: u32, report: &mut Report) {
    let mut seen: Map<Name, &Import> = Map::default();
    for import in imports {
        match seen.entry(import_name(import)) {
            std::collections::hash_map::Entry::Occupied(first) => {
                let message = format!("import must not shadow {}", import_text(first.get()));
                report.add(Stage::DuplicateImports, Code::Compile, file, import.span, message);
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(import);
            }
        }
    }
}

pub(super) fn unused_imports(imports: &[Import], used: &Set<Name>, file: u32, report: &mut Report) {
    for import in imports.iter().filter(|i| names_code(i) && !used.contains(&import_name(i))) {
        let message = format!("{} unused", import_text(import));
        report.add(Stage::UnusedImports, Code::Compile, file, import.span, message);
    }
}

pub(super) fn names_code(import: &Import) -> bool {
    import.path.first().is_some_and(|root| &**root == "data" || &**root == "input")
}
