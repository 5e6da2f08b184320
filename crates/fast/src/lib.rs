//! The hot path: raw JSON to the paths read, many rules to the few that can hold.
