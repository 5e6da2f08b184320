//! References over the rule tree: from `data` down as long as keys are constants, then a rule, base data, a whole node,
//! or a switch over what is below it.
//!
//! `data.lib[k].allow`, where `lib` has a package `x`, goes through the names below `lib`: those of base data first, then
//! those of rules. For each name a switch leads to what is there: `x` to the rule, all else to base data.

use lictor_ir::{Act, Kind, Slot};

use super::Outcome;
use super::builder::{Builder, Load};
use super::code::Label;
use crate::hir::{Constant, LocalId, NodeId, RuleKind, Term, TermKind};

/// How a reference goes on below a node whose child is known only when running.
enum Below {
    /// Every arm has become a value after this many keys.
    Values(usize),
    /// Some arm loops over names again.
    Loops,
}

impl Builder<'_, '_> {
    /// Whether these keys lead to a node of the rule tree that is no rule and has rules or packages below.
    pub(super) fn is_inner_node(&self, keys: &[Term]) -> bool {
        let mut node = self.root;
        for key in keys {
            let Some(child) = string(key).and_then(|name| self.child(node, name)) else { return false };
            node = child;
        }
        let node = &self.shared.unit.nodes[node as usize];
        node.rule.is_none() && !node.children.is_empty()
    }

    pub(super) fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let children = &self.shared.unit.nodes.get(node as usize)?.children;
        let at = children.binary_search_by(|(child, _)| (**child).cmp(name)).ok()?;
        Some(children[at].1)
    }

    /// `data` and keys after it.
    pub(super) fn document(&mut self, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        self.below(self.root, keys, want)
    }

    /// What is at `keys` below a node.
    fn below(&mut self, mut node: NodeId, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        for (i, key) in keys.iter().enumerate() {
            let unit = self.shared.unit;
            let here = &unit.nodes[node as usize];
            if let Some(rule) = here.rule {
                return self.at_rule(rule, &keys[i..], want);
            }
            if here.children.is_empty() {
                return self.base(node, &keys[i..], want);
            }
            match &key.kind {
                TermKind::Constant(Constant::String(name)) => match self.child(node, name) {
                    Some(child) => node = child,
                    None => return self.base(node, &keys[i..], want),
                },
                TermKind::Constant(_) => return self.base(node, &keys[i..], want),
                _ => return self.from(key.at, |b| b.switch(node, &keys[i..], want)),
            }
        }
        match self.shared.unit.nodes[node as usize].rule {
            Some(rule) => self.at_rule(rule, &[], want),
            None => self.extent(node, want),
        }
    }

    fn at_rule(&mut self, rule: u32, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        if matches!(self.shared.unit.rules[rule as usize].kind, RuleKind::Function(_)) {
            // No function is a value.
            self.jump(self.fail);
            return self.slot();
        }
        if let Some((key, rest)) = keys.split_first()
            && self.shared.is_flat_object(rule)
            && !self.is_open(key)
        {
            return self.from(key.at, |b| b.entry(rule, key)).and_then(|of| self.index(of, rest, want));
        }
        let of = self.rule_value(rule)?;
        self.index(of, keys, want)
    }

    /// The value of a rule at a key, whatever is at other keys.
    fn entry(&mut self, routine: u32, key: &Term) -> Outcome<Slot> {
        if self.shared.strict {
            self.keep_order();
        }
        let first = self.slot()?;
        self.value_in(key, first)?;
        self.emit(Act::Lookup { first, routine });
        Ok(first)
    }

    fn extent(&mut self, node: NodeId, want: Option<Slot>) -> Outcome<Slot> {
        let node = self.shared.node(node);
        let dst = match want {
            Some(dst) => dst,
            None => self.slot()?,
        };
        self.emit(Act::Extent { dst, node });
        Ok(dst)
    }

    /// Base data at `keys` below a node.
    fn base(&mut self, node: NodeId, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        let mut steps = self.shared.node_steps(node);
        let constants = keys.iter().map_while(|key| match &key.kind {
            TermKind::Constant(constant @ (Constant::String(_) | Constant::Number(_))) => Some(constant),
            _ => None,
        });
        steps.extend(constants.map(|constant| self.shared.constants.id(constant)));
        let known = steps.len() - self.shared.unit.nodes[node as usize].path.len();
        let path = self.shared.constants.path(&steps);
        let mut of = self.load(Load::Data(path))?;
        for (i, key) in keys.iter().enumerate().skip(known) {
            let want = want.filter(|_| i + 1 == keys.len());
            of = self.from(key.at, |b| b.base_step(of, key, want))?;
        }
        Ok(of)
    }

    /// A step into base data.
    fn base_step(&mut self, of: Slot, key: &Term, want: Option<Slot>) -> Outcome<Slot> {
        let name = matches!(key.kind, TermKind::Constant(Constant::String(_)));
        if name || self.is_open(key) {
            return self.index(of, std::slice::from_ref(key), want);
        }
        let key = self.value(key)?;
        let dst = self.wanted(want)?;
        self.emit(Act::Find { dst, of, key });
        Ok(dst)
    }

    /// A node's child that is known only when running.
    fn switch(&mut self, node: NodeId, keys: &[Term], want: Option<Slot>) -> Outcome<Slot> {
        match self.shape(node, keys) {
            Below::Values(consumed) => {
                let dst = self.slot()?;
                let merge = self.code.label();
                self.arms(node, &keys[..consumed], &mut |b, slot| {
                    b.copy(slot, dst);
                    b.jump(merge);
                    Ok(())
                })?;
                self.code.bind(merge);
                self.written_here(dst);
                self.index(dst, &keys[consumed..], want)
            }
            Below::Loops => {
                let open = self.open_locals(keys);
                let rows = self.gather(Kind::Array, None, |b| {
                    b.arms(node, keys, &mut |b, slot| {
                        let first = b.slots(open.len() + 1)?;
                        for (i, local) in open.iter().enumerate() {
                            if let Some(bound) = b.bound(*local) {
                                b.copy(bound, first + i as Slot);
                            }
                        }
                        b.copy(slot, first + open.len() as Slot);
                        let v = b.slot()?;
                        b.just(Act::Array { dst: v, first, n: open.len() as u16 + 1 });
                        b.just(Act::Emit { v });
                        b.jump(b.fail);
                        Ok(())
                    })
                })?;
                self.each_row(rows, &open)
            }
        }
    }

    /// Loops over rows that hold the values of `locals` and one more, and binds them; gives the last one's slot.
    pub(super) fn each_row(&mut self, rows: Slot, locals: &[LocalId]) -> Outcome<Slot> {
        let row = self.slot()?;
        self.each(rows, None, row)?;
        for (i, local) in locals.iter().enumerate() {
            let k = self.shared.constants.id(&Constant::Number(i.to_string().into()));
            let slot = self.field(row, k)?;
            self.bind_local(*local, slot);
        }
        let k = self.shared.constants.id(&Constant::Number(locals.len().to_string().into()));
        self.field(row, k)
    }

    /// Locals in `keys` that are not bound, each once.
    fn open_locals(&self, keys: &[Term]) -> Vec<LocalId> {
        let mut open = vec![];
        for key in keys {
            super::solutions::locals_of_term(key, &mut |local| {
                if self.bound(local).is_none() && !self.is_wildcard(local) && !open.contains(&local) {
                    open.push(local);
                }
            });
        }
        open
    }

    /// How the reference goes on below the children of `node`, whose name is `keys[0]`.
    fn shape(&self, node: NodeId, keys: &[Term]) -> Below {
        let mut most = 1;
        for (_, child) in &self.shared.unit.nodes[node as usize].children {
            match self.values_after(*child, &keys[1..]) {
                Some(consumed) => most = most.max(1 + consumed),
                None => return Below::Loops,
            }
        }
        // Arms that become values earlier take the other keys too: none of those may loop.
        if keys[1..most].iter().any(|key| self.loops(key)) { Below::Loops } else { Below::Values(most) }
    }

    /// After how many keys what is below `node` is a value, if without a loop.
    fn values_after(&self, node: NodeId, keys: &[Term]) -> Option<usize> {
        let here = &self.shared.unit.nodes[node as usize];
        let Some(key) = keys.first() else { return Some(0) };
        if here.rule.is_some() || here.children.is_empty() {
            return Some(0);
        }
        match &key.kind {
            TermKind::Constant(Constant::String(name)) => match self.child(node, name) {
                Some(child) => Some(1 + self.values_after(child, &keys[1..])?),
                None => Some(0),
            },
            TermKind::Constant(_) => Some(0),
            _ if self.loops(key) => None,
            _ => {
                let mut children = here.children.iter();
                children.try_fold(1, |most, (_, child)| Some(most.max(1 + self.values_after(*child, &keys[1..])?)))
            }
        }
    }

    /// A switch on `keys[0]` below a node, each arm with what the keys after it lead to; `done` ends an arm.
    fn arms(
        &mut self,
        node: NodeId,
        keys: &[Term],
        done: &mut dyn FnMut(&mut Self, Slot) -> Outcome<()>,
    ) -> Outcome<()> {
        let Some((key, rest)) = keys.split_first() else { return Ok(()) };
        let on = if self.is_open(key) {
            let names = self.slot()?;
            let id = self.shared.node(node);
            self.emit(Act::Names { dst: names, node: id });
            let name = self.slot()?;
            self.each(names, None, name)?;
            self.match_pattern(key, name)?;
            name
        } else {
            self.value(key)?
        };
        let unit = self.shared.unit;
        let mut arms: Vec<(u32, NodeId, Label)> = vec![];
        for (name, child) in &unit.nodes[node as usize].children {
            if !self.shared.is_function(*child) {
                arms.push((self.shared.constants.name(name), *child, self.code.label()));
            }
        }
        let table = self.shared.new_table();
        self.code.tables.push((table, arms.iter().map(|(k, _, label)| (*k, *label)).collect()));
        let base = self.code.label();
        self.emit_to(Act::Switch { on, table }, base);
        for (_, child, label) in arms {
            self.code.bind(label);
            let scope = self.open(self.fail);
            let slot = self.below(child, rest, None)?;
            done(self, slot)?;
            self.close(scope);
        }
        self.code.bind(base);
        let scope = self.open(self.fail);
        let path = self.shared.node_path(node);
        let of = self.load(Load::Data(path))?;
        let mut slot = self.slot()?;
        self.emit(Act::Find { dst: slot, of, key: on });
        for key in rest {
            slot = self.from(key.at, |b| b.base_step(slot, key, None))?;
        }
        done(self, slot)?;
        self.close(scope);
        Ok(())
    }
}

fn string(key: &Term) -> Option<&str> {
    match &key.kind {
        TermKind::Constant(Constant::String(name)) => Some(name),
        _ => None,
    }
}
