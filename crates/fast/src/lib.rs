//! The hot path: raw JSON to the paths read, many rules to the few that can hold.
//!
//! Take it away and every answer is the same, only later.

mod index;
mod lens;
mod screen;

pub use index::Index;
pub use lens::{Lens, LensError, LensOptions, LensScratch};
pub use screen::Screen;
