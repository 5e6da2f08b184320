//! Reads: which parts of `input` an entry point can touch.
//!
//! A necessary over-approximation: evaluating with everything else deleted gives the same answer. The lens materialises
//! only these. Each is the id of a path of the program ([`crate::Program::paths`]); an empty path means `input` itself. Steps
//! are string keys; a path that would go through an array by index stops at the array.
//!
//! ```rego
//! deny if { input.metadata; user := input.user; user.role == "admin"; object.get(user, "age", 0) < 18 }
//! ```
//!
//! reads `input.metadata` by kind, the parts `role` and `age` of `input.user`, and these two paths as they are.

/// The input paths that an entry point reads: every one that a reachable op or guard names is in one of these. One may lie
/// below another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Whose value is read with all that is in it.
    pub paths: Vec<u32>,
    /// Of which is asked only what kind of value there is: of arrays and objects nothing that is in them.
    pub kinds: Vec<u32>,
    /// Of which, where they are objects, only some keys are looked at, where they are arrays, nothing that is in them.
    pub parts: Vec<Part>,
}

/// A path, and those one key longer that are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The path.
    pub path: u32,
    /// The paths to its parts; each is read by itself too, as far as it needs to be.
    pub below: Vec<u32>,
}

impl Reads {
    /// Whether a path is read in some way.
    pub fn names(&self, path: u32) -> bool {
        self.all().any(|read| read == path)
    }

    /// Every path that is read in some way.
    pub fn all(&self) -> impl Iterator<Item = u32> + '_ {
        let parts = self.parts.iter().map(|part| part.path);
        self.paths.iter().chain(&self.kinds).copied().chain(parts)
    }
}
