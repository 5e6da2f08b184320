//! Literals to conditions. `not`, `every`, `and`, `or` are labels only: a body of its own that is left at its first
//! solution, or where OPA looks for all of them at its last.

use lictor_ir::{Act, Kind, Slot};
use lictor_value::Builtin;

use super::Outcome;
use super::builder::{Builder, Load};
use super::code::Label;
use super::demands::FEW_KEYS;
use crate::hir::{Base, Callee, Constant, Literal, LiteralKind, LocalId, Term, TermKind};

impl Builder<'_, '_> {
    /// Literals that must all hold. Loops that they open stay open until the scope closes.
    pub(super) fn body(&mut self, literals: &[Literal]) -> Outcome<()> {
        literals.iter().try_for_each(|literal| {
            self.from(literal.at, |b| if b.shared.traced { b.traced(literal) } else { b.plain(literal) })
        })
    }

    /// A literal as it is.
    pub(super) fn plain(&mut self, literal: &Literal) -> Outcome<()> {
        if literal.with.is_empty() { self.literal(&literal.kind) } else { self.literal_with(literal) }
    }

    /// A body of its own that is left at its first solution: jumps to `hold`, or fails to `fail`.
    fn once(&mut self, literals: &[Literal], fail: Label, hold: Label) -> Outcome<()> {
        let scope = self.open(fail);
        self.body(literals)?;
        self.jump(hold);
        self.close(scope);
        Ok(())
    }

    /// The same for a body that is left when it has no more solutions.
    fn throughout(&mut self, literals: &[Literal], fail: Label, hold: Label) -> Outcome<()> {
        let dst = self.slot()?;
        self.just(Act::Clear { dst });
        let none = self.code.label();
        let scope = self.open(none);
        self.body(literals)?;
        let k = self.shared.constants.id(&Constant::Bool(true));
        self.just(Act::Const { dst, k });
        self.jump(self.fail);
        self.close(scope);
        self.code.bind(none);
        self.emit_to(Act::Known { a: dst }, fail);
        self.jump(hold);
        Ok(())
    }

    /// What must hold, without its `with`.
    pub(super) fn literal(&mut self, kind: &LiteralKind) -> Outcome<()> {
        match kind {
            LiteralKind::Term(term) => self.condition(term),
            LiteralKind::Unify(a, b) => self.unify(a, b),
            LiteralKind::SomeIn { key, value, domain } => self.some_in(key.as_ref(), value, domain),
            LiteralKind::Every { key, value, domain, body } => self.every(*key, *value, domain, body),
            LiteralKind::Not { body, whole } => {
                let (after, fail) = (self.code.label(), self.fail);
                let marked = self.shared.marks.len();
                self.closures += 1;
                if *whole {
                    self.throughout(body, after, fail)?;
                } else {
                    self.once(body, after, fail)?;
                }
                self.closures -= 1;
                if let [_] = &body[..] {
                    self.watch_as(marked);
                }
                self.code.bind(after);
                Ok(())
            }
            LiteralKind::And(a, b) => {
                for body in [a, b] {
                    let (hold, fail) = (self.code.label(), self.fail);
                    self.once(body, fail, hold)?;
                    self.code.bind(hold);
                }
                Ok(())
            }
            LiteralKind::Or(a, b) => {
                let (second, hold, fail) = (self.code.label(), self.code.label(), self.fail);
                self.once(a, second, hold)?;
                self.code.bind(second);
                self.once(b, fail, hold)?;
                self.code.bind(hold);
                Ok(())
            }
            LiteralKind::Print(terms) => self.print(terms),
        }
    }

    /// A term as a condition: defined, and not `false`.
    fn condition(&mut self, term: &Term) -> Outcome<()> {
        self.from(term.at, |b| match &term.kind {
            TermKind::Constant(Constant::Bool(false)) => {
                b.jump(b.fail);
                Ok(())
            }
            TermKind::Constant(_) => Ok(()),
            TermKind::Call(Callee::Builtin(builtin), args) if !builtin.relation => b.test(builtin, args),
            TermKind::Array(_) | TermKind::Set(_) | TermKind::Object(_) | TermKind::Comprehension(_) => {
                b.value(term).map(|_| ())
            }
            _ => {
                let a = b.value(term)?;
                b.emit(Act::Holds { a });
                Ok(())
            }
        })
    }

    /// A builtin as a condition: an op of its own for comparisons and membership.
    fn test(&mut self, builtin: &'static Builtin, args: &[Term]) -> Outcome<()> {
        let mocked = self.shared.mock_of_builtin(builtin).is_some();
        if let [left, right] = args
            && !mocked
            && let Some(make) = comparison(builtin.name)
        {
            let (a, b) = self.both(left, right)?;
            self.emit(make(a, b));
            return Ok(());
        }
        // A case is noted where it begins, though what follows may not hold for any.
        if self.shared.strict || builtin.name == "internal.test_case" {
            self.keep_order();
        }
        let first = self.row(args)?;
        let call = self.shared.call(builtin, args);
        self.emit(Act::Test { first, call });
        Ok(())
    }

    fn some_in(&mut self, key: Option<&Term>, value: &Term, domain: &Term) -> Outcome<()> {
        // Over a node of the rule tree the elements come one name at a time: base data first, then rules.
        if let TermKind::Ref(Base::Data, keys) = &domain.kind
            && self.is_inner_node(keys)
        {
            let local = |local| Term { kind: TermKind::Local(local), at: domain.at };
            let key = key.cloned().unwrap_or_else(|| local(self.fresh_local()));
            let keys = keys.iter().cloned().chain([key]).collect();
            let of = Term { kind: TermKind::Ref(Base::Data, keys), at: domain.at };
            return self.unify(value, &of);
        }
        if let TermKind::Constant(Constant::Array(items) | Constant::Set(items)) = &domain.kind
            && items.len() <= FEW_KEYS
        {
            // Where they are keys of the input, the lens reads what is at them by their ids.
            for item in items {
                self.shared.constants.id(item);
            }
        }
        let of = self.value(domain)?;
        if let Some(key) = key
            && !self.is_open(key)
        {
            let part = self.index(of, std::slice::from_ref(key), None)?;
            return self.match_pattern(value, part);
        }
        let val = self.slot()?;
        let key_local = key.filter(|key| !matches!(key.kind, TermKind::Local(local) if self.is_wildcard(local)));
        let key_slot = match key_local {
            Some(_) => Some(self.slot()?),
            None => None,
        };
        self.each(of, key_slot, val)?;
        if let (Some(key), Some(slot)) = (key_local, key_slot) {
            self.match_pattern(key, slot)?;
        }
        self.match_pattern(value, val)
    }

    fn every(&mut self, key: Option<LocalId>, value: LocalId, domain: &Term, body: &[Literal]) -> Outcome<()> {
        let of = self.value(domain)?;
        self.emit(Act::Collection { a: of });
        let end = self.code.label();
        let fail = self.fail;
        let val = self.slot()?;
        let key_slot = match key {
            Some(local) if !self.is_wildcard(local) => Some(self.slot()?),
            _ => None,
        };
        // Not a loop of the enclosing body: it ends here, and its failing ends the body.
        let it = self.next_loop()?;
        let (top, next) = (self.code.label(), self.code.label());
        let (first, step) = match key_slot {
            Some(key) => (Act::EachPair { it, of, key, val }, Act::NextPair { it, key, val }),
            None => (Act::Each { it, of, val }, Act::Next { it, val }),
        };
        self.start_turns(first, end);
        self.code.bind(top);
        let scope = self.open(fail);
        self.written_here(val);
        self.bind_local(value, val);
        if let (Some(local), Some(slot)) = (key, key_slot) {
            self.written_here(slot);
            self.bind_local(local, slot);
        }
        self.body(body)?;
        self.jump(next);
        self.close(scope);
        self.code.bind(next);
        self.emit_to(step, top);
        self.code.bind(end);
        self.end_turns();
        Ok(())
    }

    /// Each argument is an array of its values.
    fn print(&mut self, terms: &[Term]) -> Outcome<()> {
        self.keep_order();
        let first = self.slots(terms.len().max(1))?;
        for (i, term) in terms.iter().enumerate() {
            self.gather(Kind::Array, Some(first + i as Slot), |b| {
                b.reach(term.at);
                let v = b.value(term)?;
                b.just(Act::Emit { v });
                Ok(())
            })?;
        }
        self.just(Act::Print { first, n: terms.len() as u16 });
        Ok(())
    }

    /// A rule's value.
    pub(super) fn rule_value(&mut self, rule: u32) -> Outcome<Slot> {
        if self.shared.strict {
            self.keep_order();
        }
        self.load(Load::Rule(rule))
    }
}

/// The op of a builtin that compares.
fn comparison(name: &str) -> Option<fn(Slot, Slot) -> Act> {
    Some(match name {
        "equal" => |a, b| Act::Eq { a, b },
        "neq" => |a, b| Act::Ne { a, b },
        "lt" => |a, b| Act::Lt { a, b },
        "lte" => |a, b| Act::Le { a, b },
        "gt" => |a, b| Act::Gt { a, b },
        "gte" => |a, b| Act::Ge { a, b },
        "internal.member_2" => |a, of| Act::In { a, of },
        _ => return None,
    })
}
