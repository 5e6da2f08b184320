//! JSON in and out, as OPA reads and prints it.
