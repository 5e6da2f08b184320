//! The page that lists the requirements, held to the tests.

use crate::stage::repository;

/// Those that only a server can do.
const SERVER: [&str; 2] = ["R40", "R42"];

/// Rows of the page: the requirement, and what its last column says.
fn rows() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(repository("policies/seed/README.md")).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.starts_with("| R")).map(cells);
    rows.map(|cells| (cells[0].clone(), cells.last().unwrap().clone())).collect()
}

#[test]
fn every_requirement_is_listed_once_and_has_its_test() {
    let listed: Vec<String> = rows().into_iter().map(|(name, _)| name).collect();
    let all: Vec<String> = (1..=59).map(|number| format!("R{number}")).collect();
    assert_eq!(listed, all);
    let folder = format!("{}/tests", env!("CARGO_MANIFEST_DIR"));
    let sources =
        ["requirements/governance.rs", "requirements/requests.rs", "requirements/change.rs", "walk_through.rs"];
    let sources: String =
        sources.iter().map(|file| std::fs::read_to_string(format!("{folder}/{file}")).unwrap()).collect();
    for name in all.iter().filter(|name| !SERVER.contains(&name.as_str())) {
        let number: u32 = name[1..].parse().unwrap();
        let found = sources.matches(&format!("fn r{number:02}_")).count();
        assert_eq!(found, 1, "tests named after {name}");
    }
}

#[test]
fn what_needs_a_server_is_said_to() {
    for (name, does) in rows() {
        assert_eq!(does.contains("server"), SERVER.contains(&name.as_str()), "{name}: {does}");
    }
}
