//! Programs that hold paths, constants and choices only.

use lictor_ir::{Choice, Path, Program};
use lictor_value::Frozen;

/// A program without code.
pub(crate) fn program(constants: Frozen, paths: Vec<Path>, choices: Vec<Choice>) -> Program {
    Program {
        code: vec![],
        places: vec![],
        files: vec![],
        routines: vec![],
        constants: constants.into(),
        keys: vec![],
        paths,
        calls: vec![],
        tables: vec![],
        choices,
        withs: vec![],
        nodes: vec![],
        rules: vec![],
        entries: vec![],
        screens: vec![],
        marks: vec![],
    }
}
