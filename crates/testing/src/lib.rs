//! Helpers for tests: conformance cases, builtin vectors, the oracle.
