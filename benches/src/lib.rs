//! Events for benchmarks.
