//! `with`: values first, outside; then the literal between `Enter` and `Leave`, which every way out passes.
//!
//! What follows a literal sees the old world. So one that may hold several times gathers what it binds in an array
//! inside, and the loop over that array is outside.

use lictor_ir::{Act, Kind, Mock, Path, Replacement, Slot, Target};

use super::builder::Builder;
use super::solutions::literal_loops;
use super::{Outcome, WithPlan};
use crate::hir::{Literal, LiteralKind, NodeId, Term, With, WithTarget, WithValue};

impl Builder<'_, '_> {
    /// A literal with replacements.
    pub(super) fn literal_with(&mut self, literal: &Literal) -> Outcome<()> {
        let bare = Literal { kind: LiteralKind::Not { body: vec![], whole: false }, with: vec![], at: literal.at };
        let bound = self.bound_in(literal);
        let loops = literal_loops(&Literal { kind: literal.kind.clone(), ..bare }, &bound);
        // What is replaced is not what fails.
        self.closures += 1;
        let (with, first) = self.replacements(&literal.with)?;
        self.closures -= 1;
        self.keep_order();
        self.just(Act::Enter { first, with });
        let world = self.enter_world();
        if !loops {
            let (outer, leave, done) = (self.fail, self.code.label(), self.code.label());
            self.fail = leave;
            self.literal(&literal.kind)?;
            self.leave_world(world);
            self.fail = outer;
            self.just(Act::Leave);
            self.jump(done);
            self.code.bind(leave);
            self.just(Act::Leave);
            self.jump(outer);
            self.code.bind(done);
            return Ok(());
        }
        let trail = self.trail();
        let mut locals = vec![];
        let rows = self.gather(Kind::Array, None, |b| {
            b.literal(&literal.kind)?;
            let found = b.bound_since(trail);
            let first = b.slots(found.len().max(1))?;
            for (i, (_, slot)) in found.iter().enumerate() {
                b.copy(*slot, first + i as Slot);
            }
            let v = b.slot()?;
            b.just(Act::Array { dst: v, first, n: found.len() as u16 });
            b.just(Act::Emit { v });
            locals = found.into_iter().map(|(local, _)| local).collect();
            Ok(())
        })?;
        self.leave_world(world);
        self.just(Act::Leave);
        let row = self.slot()?;
        self.each(rows, None, row)?;
        for (i, local) in locals.into_iter().enumerate() {
            let k = self.shared.constants.id(&crate::hir::Constant::Number(i.to_string().into()));
            let slot = self.field(row, k)?;
            self.bind_local(local, slot);
        }
        Ok(())
    }

    /// The values in slots in a row, documents first, and what they replace.
    fn replacements(&mut self, withs: &[With]) -> Outcome<(u32, Slot)> {
        let (documents, functions): (Vec<_>, Vec<_>) =
            withs.iter().partition(|with| matches!(with.target, WithTarget::Input(_) | WithTarget::Data(_)));
        let first = self.slots(withs.len().max(1))?;
        let (mut at, mut targets, mut mocks) = (0, vec![], vec![]);
        let mut value = |b: &mut Self, term: &Term| {
            at += 1;
            b.value_in(term, first + at - 1).map(|()| at - 1)
        };
        for with in documents {
            if let WithValue::Term(term) = &with.value {
                value(self, term)?;
                targets.push(self.target(&with.target));
            }
        }
        for with in functions {
            let id = match &with.target {
                WithTarget::Function(rule) => self.shared.mock_of_function(*rule),
                WithTarget::Builtin(builtin) => self.shared.mock_of_builtin(builtin),
                _ => None,
            };
            let Some(id) = id else { continue };
            let by = match &with.value {
                WithValue::Term(term) => Replacement::Value(value(self, term)?),
                WithValue::Function(rule) => Replacement::Routine(*rule),
                WithValue::Builtin(builtin) => Replacement::Call(self.shared.plain_call(builtin)),
            };
            mocks.push(Mock { id, by });
        }
        let with = self.shared.withs.len() as u32;
        self.shared.withs.push(WithPlan { targets, mocks });
        Ok((with, first))
    }

    fn target(&mut self, target: &WithTarget) -> Target {
        match target {
            WithTarget::Data(path) => {
                let steps: Vec<_> = path.iter().map(|key| self.shared.constants.id(key)).collect();
                let mut rules = vec![];
                if let Some(node) = self.node_at(path) {
                    self.rules_below(node, &mut vec![], &mut rules);
                }
                Target::Data { path: self.shared.constants.path(&steps), rules }
            }
            WithTarget::Input(path) => {
                let steps: Vec<_> = path.iter().map(|key| self.shared.constants.id(key)).collect();
                Target::Input(self.shared.constants.path(&steps))
            }
            WithTarget::Function(_) | WithTarget::Builtin(_) => Target::Input(self.shared.constants.path(&[])),
        }
    }

    fn node_at(&self, path: &[crate::hir::Constant]) -> Option<NodeId> {
        path.iter().try_fold(self.root, |node, key| match key {
            crate::hir::Constant::String(name) => self.child(node, name),
            _ => None,
        })
    }

    /// The rules at and below a node with their paths from there; functions keep what they are.
    fn rules_below(&mut self, node: NodeId, path: &mut Vec<u32>, rules: &mut Vec<(u32, Path)>) {
        let unit = self.shared.unit;
        let here = &unit.nodes[node as usize];
        if let Some(rule) = here.rule
            && !self.shared.is_function(node)
        {
            rules.push((rule, Path(path.clone().into())));
        }
        for (name, child) in &here.children {
            path.push(self.shared.constants.name(name));
            self.rules_below(*child, path, rules);
            path.pop();
        }
    }
}
