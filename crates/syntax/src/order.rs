//! OPA's order of terms, in which sets and objects are printed, and by which equal members of a literal are one.

use std::cmp::Ordering;

use crate::ast::*;
use crate::number;

/// How two terms compare. Places do not matter; no two wildcards are equal.
pub(crate) fn compare(left: &Term, right: &Term) -> Ordering {
    use TermKind::*;
    match (&left.kind, &right.kind) {
        (Bool(a), Bool(b)) => a.cmp(b),
        (Number(a), Number(b)) => number::compare(a, b),
        (String(a), String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Var(a), Var(b)) if a == b && &**a == "_" => left.span.cmp(&right.span),
        (Var(a), Var(b)) => rank(&left.kind).cmp(&rank(&right.kind)).then_with(|| a.cmp(b)),
        (Ref(head, segments), Ref(other, others)) => heads(head, other).then_with(|| lists(segments, others)),
        // `input` and `data` by themselves are references of one segment.
        (Ref(head, _), Var(_)) if rank(&right.kind) == 6 => heads(head, right).then(Ordering::Greater),
        (Var(_), Ref(head, _)) if rank(&left.kind) == 6 => heads(left, head).then(Ordering::Less),
        (Call(a), Call(b)) => compare(&a.function, &b.function).then_with(|| lists(&a.args, &b.args)),
        (Array(a), Array(b)) => lists(a, b),
        (Set(a), Set(b)) => lists(&sorted(a), &sorted(b)),
        (Object(a), Object(b)) => entries(a, b),
        (ArrayComprehension(a, p), ArrayComprehension(b, q)) | (SetComprehension(a, p), SetComprehension(b, q)) => {
            compare(a, b).then_with(|| bodies(p, q))
        }
        (ObjectComprehension(a, p), ObjectComprehension(b, q)) => {
            compare(&a.0, &b.0).then_with(|| compare(&a.1, &b.1)).then_with(|| bodies(p, q))
        }
        (Template(a), Template(b)) => templates(a, b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

/// Keeps the first of equal terms.
pub(crate) fn dedup(terms: &mut Vec<Term>) {
    let mut order: Vec<usize> = (0..terms.len()).collect();
    order.sort_by(|a, b| compare(&terms[*a], &terms[*b]).then(a.cmp(b)));
    let same = |pair: &&[usize]| compare(&terms[pair[0]], &terms[pair[1]]).is_eq();
    let mut later: Vec<usize> = order.windows(2).filter(same).map(|pair| pair[1]).collect();
    later.sort_unstable();
    for at in later.into_iter().rev() {
        terms.remove(at);
    }
}

/// The members of a set in order.
pub(crate) fn sorted(members: &[Term]) -> Vec<&Term> {
    let mut members: Vec<&Term> = members.iter().collect();
    members.sort_by(|a, b| compare(a, b));
    members
}

/// The entries of an object in the order of their keys.
pub(crate) fn sorted_entries(entries: &[(Term, Term)]) -> Vec<&(Term, Term)> {
    let mut entries: Vec<&(Term, Term)> = entries.iter().collect();
    entries.sort_by(|a, b| compare(&a.0, &b.0));
    entries
}

fn rank(kind: &TermKind) -> u8 {
    use TermKind::*;
    match kind {
        Null => 0,
        Bool(_) => 1,
        Number(_) => 2,
        String(_) => 3,
        Template(_) => 4,
        Var(name) if matches!(&**name, "input" | "data") => 6,
        Var(_) => 5,
        Ref(..) => 6,
        Array(_) => 7,
        Object(_) => 8,
        Set(_) => 9,
        ArrayComprehension(..) => 10,
        ObjectComprehension(..) => 11,
        SetComprehension(..) => 12,
        Call(_) => 13,
    }
}

fn heads(left: &Term, right: &Term) -> Ordering {
    match (&left.kind, &right.kind) {
        (TermKind::Var(a), TermKind::Var(b)) => a.cmp(b),
        _ => compare(left, right),
    }
}

/// The first order of many that is not equal.
fn first(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn lists<T: std::borrow::Borrow<Term>>(left: &[T], right: &[T]) -> Ordering {
    let pairs = left.iter().zip(right).map(|(a, b)| compare(a.borrow(), b.borrow()));
    first(pairs).then(left.len().cmp(&right.len()))
}

fn entries(left: &[(Term, Term)], right: &[(Term, Term)]) -> Ordering {
    let (left, right) = (sorted_entries(left), sorted_entries(right));
    let pairs = left.iter().zip(&right).map(|(a, b)| compare(&a.0, &b.0).then_with(|| compare(&a.1, &b.1)));
    first(pairs).then(left.len().cmp(&right.len()))
}

fn templates(left: &Template, right: &Template) -> Ordering {
    let parts = left.parts.iter().zip(&right.parts).map(|parts| match parts {
        (TemplatePart::Text(a, _), TemplatePart::Text(b, _)) => a.cmp(b),
        (TemplatePart::Expression(a), TemplatePart::Expression(b)) => literals(a, b),
        (TemplatePart::Text(..), _) => Ordering::Less,
        _ => Ordering::Greater,
    });
    first(parts).then(left.parts.len().cmp(&right.parts.len()))
}

fn bodies(left: &[Literal], right: &[Literal]) -> Ordering {
    let pairs = left.iter().zip(right).map(|(a, b)| literals(a, b));
    first(pairs).then(left.len().cmp(&right.len()))
}

fn literals(left: &Literal, right: &Literal) -> Ordering {
    use LiteralKind::*;
    let rank = |kind: &LiteralKind| match kind {
        Term(_) => 0,
        Some(_) => 1,
        SomeIn { .. } => 2,
        Every { .. } => 3,
        And(_) => 4,
        Or(_) => 5,
        Body(_) => 6,
    };
    let optional = |a: &Option<crate::ast::Term>, b: &Option<crate::ast::Term>| match (a, b) {
        (Option::Some(a), Option::Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    let kinds = match (&left.kind, &right.kind) {
        (Term(a), Term(b)) => compare(a, b),
        (Body(a), Body(b)) => bodies(a, b),
        (Some(a), Some(b)) => lists(a, b),
        (SomeIn { key: k, value: v, domain: d, .. }, SomeIn { key: l, value: w, domain: e, .. }) => {
            optional(k, l).then_with(|| compare(v, w)).then_with(|| compare(d, e))
        }
        (Every { key: k, value: v, domain: d, body: p }, Every { key: l, value: w, domain: e, body: q }) => {
            optional(k, l).then_with(|| compare(v, w)).then_with(|| compare(d, e)).then_with(|| bodies(p, q))
        }
        (And(a), And(b)) | (Or(a), Or(b)) => literals(&a.0, &b.0).then_with(|| literals(&a.1, &b.1)),
        (a, b) => rank(a).cmp(&rank(b)),
    };
    let withs = left.with.iter().zip(&right.with);
    kinds
        .then(left.negated.cmp(&right.negated))
        .then_with(|| {
            let pairs = withs.map(|(a, b)| compare(&a.target, &b.target).then_with(|| compare(&a.value, &b.value)));
            first(pairs)
        })
        .then(left.with.len().cmp(&right.with.len()))
}
