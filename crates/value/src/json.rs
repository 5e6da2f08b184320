//! JSON in and out, as OPA reads and prints it.
//!
//! Reading is Go's `encoding/json` with numbers kept as their text; printing is the same package with the escapes that
//! OPA leaves on. What differs: nesting is bounded by [`MAX_DEPTH`].

mod error;
mod keep;
mod read;
mod write;

pub use error::{JsonError, JsonErrorKind, Place};
pub use read::{MAX_DEPTH, Reader, check, is_number, parse, parse_any_numbers, parse_compact, parse_copied};
pub use write::{Style, write_json, write_json_indented, write_json_string, write_json_with};
