//! The hot path: raw JSON to the paths read, many rules to the few that can hold.
//!
//! Take it away and every answer is the same, only later.

mod gate;
mod index;
mod lens;

pub use gate::{Gate, GateScratch};
pub use index::{COMMON, Index, holds};
pub use lens::{Lens, LensError, LensOptions, LensScratch};
