//! Documents that rules and base data share: `data.lib` as a value, and the names below it.
//!
//! All rules below a node are evaluated first (the loop over ops sees to that); here their values are merged with base
//! data. A rule that is undefined is left out, a package without values is an empty object.

use lictor_ir::Node;
use lictor_value::{Halt, Object, Set, Value, order};

use super::loops::elements;
use super::{Machine, Outcome, halt};

/// Rule trees are no deeper than this.
const DEEPEST: u32 = 1000;

impl<'v> Machine<'v, '_> {
    /// The document at a node, all rules in it known; `None` where it is a rule that is undefined.
    pub(super) fn extent(&mut self, node: u32, depth: u32) -> Outcome<Option<Value<'v>>> {
        if depth > DEEPEST {
            return Err(halt(Halt::Depth));
        }
        let program = self.program;
        let node: &Node = &program.nodes[node as usize];
        let base = self.data_at(node.path);
        if !self.kept.with.is_empty() && self.is_replaced(node.path) {
            return Ok(base);
        }
        if let Some(rule) = node.rule {
            let known = self.memo.rule(&self.kept.memo, &self.values.memo, rule);
            return Ok(known.filter(|value| !value.is_absent()));
        }
        let object = match base {
            None => &Object::EMPTY,
            Some(base) => match base.as_object() {
                Some(object) => object,
                None => return Ok(Some(base)),
            },
        };
        let mut pairs: Vec<(Value<'v>, Value<'v>)> = Vec::with_capacity(node.children.len());
        for (name, child) in &node.children {
            if let Some(value) = self.extent(*child, depth + 1)? {
                pairs.push((self.constants[*name as usize], value));
            }
        }
        self.reserve((object.len() + pairs.len()) * 4)?;
        let from_rules = pairs.len();
        let hidden = |key: Value<'v>, pairs: &[(Value<'v>, Value<'v>)]| {
            node.children
                .binary_search_by(|(name, _)| order(self.constants[*name as usize], key))
                .is_ok_and(|_| pairs[..from_rules].binary_search_by(|pair| order(pair.0, key)).is_ok())
        };
        for (key, value) in object.iter() {
            if !hidden(key, &pairs) {
                pairs.push((key, value));
            }
        }
        pairs.sort_unstable_by(|a, b| order(a.0, b.0));
        let keys = self.arena.collect(pairs.iter().map(|pair| pair.0));
        let vals = self.arena.collect(pairs.iter().map(|pair| pair.1));
        let object = Object::new(Set::from_sorted(self.arena, keys, true), vals);
        Ok(Some(Value::object(self.arena.one(object))))
    }

    /// The names below a node: of base data in order, then of rules that are not among them.
    pub(super) fn names(&mut self, node: u32) -> Value<'v> {
        let program = self.program;
        let node = &program.nodes[node as usize];
        let base = self.data_at(node.path).unwrap_or(Value::ABSENT);
        let names = &mut self.values.scratch;
        names.clear();
        match elements(base) {
            Some(([], vals)) => names.extend((0..vals.len() as i64).map(Value::int)),
            Some((keys, _)) => names.extend_from_slice(keys),
            None => {}
        }
        if self.kept.with.is_empty() || !self.is_replaced(node.path) {
            let of_rules = node.children.iter().map(|(name, _)| self.constants[*name as usize]);
            let base = base.as_object();
            self.values.scratch.extend(of_rules.filter(|name| base.is_none_or(|base| base.get(*name).is_none())));
        }
        Value::array(self.arena.slice(&self.values.scratch))
    }
}
