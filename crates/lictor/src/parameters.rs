//! Parameters of one use of a policy, which hide what data says to all uses.
//!
//! They become constant rules at `data.lictor.parameters.PACKAGE.NAME`, in a module beside the policy's own, within its unit:
//! what the policy reads there is known when it is compiled, and no other unit sees it. A policy without parameters of its own
//! is compiled as ever, once for all sets.

use lictor_compiler::hir::Unit;
use lictor_syntax::{Diagnostic, Module, Name, Version};

use crate::policy_set::PolicySource;

/// Files of these modules have names that begin so.
const PREFIX: &str = "parameters of ";
const AT: [&str; 2] = ["lictor", "parameters"];

/// The module that gives a policy of this package its parameters; `None` where it has none of its own.
pub(crate) fn module(policy: &PolicySource, package: &[Name]) -> Result<Option<Module>, Vec<Diagnostic>> {
    if policy.parameters.is_empty() {
        return Ok(None);
    }
    let package: Vec<&str> = package.iter().map(|name| &**name).collect();
    let package = package.strip_prefix(&["lictor", "library"]).unwrap_or(&package);
    let mut text = "package lictor\n".to_owned();
    for (name, value) in &policy.parameters {
        // JSON is Rego.
        let keys = package.iter().copied().chain([name.as_str()]);
        let keys: String = keys.map(|key| format!("[{}]", serde_json::Value::from(key))).collect();
        text.push_str(&format!("\nparameters{keys} := {value}\n"));
    }
    let parsed = lictor_syntax::parse_module(&format!("{PREFIX}{}", policy.file), &text, Version::V1);
    match parsed.tree {
        Some(module) if parsed.diagnostics.is_empty() => Ok(Some(module)),
        _ => Err(parsed.diagnostics),
    }
}

/// Whether a file is such a module.
pub(crate) fn is_module(file: &str) -> bool {
    file.starts_with(PREFIX)
}

/// Whether a rule at this path from `data` is a parameter.
pub(crate) fn is_parameter(path: &[Name]) -> bool {
    path.len() > AT.len() && path.iter().zip(AT).all(|(name, at)| &**name == at)
}

/// A parameter that nothing in the policy reads.
pub(crate) fn unread(unit: &Unit) -> Option<&str> {
    let read = |id: u32| unit.rules.iter().any(|rule| rule.uses.contains(&id));
    let mut rules = (0..).zip(&unit.rules);
    let (_, rule) = rules.find(|(id, rule)| is_parameter(&rule.path) && !read(*id))?;
    rule.path.last().map(|name| &**name)
}
