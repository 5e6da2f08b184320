//! Decides whether an API key or token event is allowed: Rego policies, compiled.
