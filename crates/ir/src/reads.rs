//! Reads: which parts of `input` an entry point can touch.
//!
//! A necessary over-approximation: evaluating with everything else deleted gives the same answer. The lens materialises
//! only these. Each is the id of a path of the program ([`crate::Program::paths`]) whose whole subtree may be read; an
//! empty path means all of `input`. Steps are string keys; a path that would go through an array by index stops at the
//! array.

/// The input paths that an entry point reads: ids into the program's paths, each once, every one that a reachable op or
/// guard names. One may lie below another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Path ids.
    pub paths: Vec<u32>,
}
