//! Tables for people: one look for all commands.

use std::io::{self, IsTerminal};

use comfy_table::{ContentArrangement, Table, presets};

/// A table with a header, coloured where it goes to a terminal.
pub(crate) fn grid<const N: usize>(header: [&str; N]) -> Table {
    styled(header, io::stdout().is_terminal())
}

/// The same for a `terminal`, or for anything else.
pub(crate) fn styled<const N: usize>(header: [&str; N], terminal: bool) -> Table {
    let mut grid = headless(terminal);
    grid.set_header(header);
    grid
}

/// One without a header.
pub(crate) fn headless(terminal: bool) -> Table {
    let mut grid = Table::new();
    grid.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    if terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
        grid.enforce_styling();
    } else {
        grid.force_no_tty();
    }
    grid
}
