//! Rules as OPA normalises them: what a head defines, one rule for each body, and the law that v1 lays down.
//!
//! `p[x] { .. }` of v0 is a partial set with the member `x`; so is `p.x { .. }`. `p[x] if { .. }`, `p[x] = y` and
//! everything longer are general references.

use crate::ast::*;
use crate::layout::MAX_DEPTH;
use crate::show::reference_text;
use crate::span::Span;
use crate::statement::is_keyword;
use crate::tree::{ElseSyntax, RuleSyntax, Wrong, kind_name};

/// What rules are checked by.
#[derive(Clone, Copy)]
pub(crate) struct Context<'t> {
    /// The module.
    pub(crate) text: &'t str,
    /// Whether v1's law holds.
    pub(crate) law: bool,
    /// Whether `and` and `or` are keywords.
    pub(crate) logic: bool,
    /// What a statement that is no rule may lack.
    pub(crate) hint: Option<&'static str>,
}

/// The rules of one statement; what is wrong with them is added to `out`.
pub(crate) fn rules(rule: RuleSyntax, span: Span, context: Context<'_>, out: &mut Vec<Wrong>) -> Vec<Rule> {
    let RuleSyntax { default, head, if_, bodies, elses } = rule;
    let statement = span;
    let bare = default.is_none() && bodies.is_empty() && head.value.is_none() && head.key.is_none();
    if bare && let Some(message) = no_rule(&head.name) {
        let message = match context.hint {
            Some(hint) => format!("{message} (hint: {hint})"),
            None => message.to_owned(),
        };
        let hints = near_keyword(&head.name).into_iter().collect();
        out.push(Wrong { hints, ..Wrong::new(span, message).late() });
        return vec![];
    }
    let mut wrong = |span: Span, message: String| out.push(Wrong::new(span, message));
    let contains = head.key.is_some();
    let last = head.value.as_ref().or(head.key.as_ref()).map_or(head.name.span, |term| term.span);
    let head_span = head.name.span.to(last);
    let name_span = head.name.span;
    let Some((mut reference, args)) = split(head.name) else {
        wrong(name_span, "rule head ref invalid".into());
        return vec![];
    };
    if reference.len() > MAX_DEPTH {
        wrong(name_span, "max parsing recursion depth exceeded".into());
        return vec![];
    }
    let mut key = head.key;
    let function = args.is_some();
    let bodiless = bodies.is_empty() && if_.is_none() && !contains && default.is_none();
    if bodiless && let Some(wrong) = apart(&reference, statement, context.text) {
        out.push(wrong);
        return vec![];
    }
    // `p[x] { .. }` and `p[x]` by itself: a member of the set p.
    if if_.is_none() && !contains && !function && default.is_none() && reference.len() == 2 && head.value.is_none() {
        key = reference.pop();
    }
    if contains && function {
        let name = reference_text(&reference);
        let message = format!(
            "unexpected contains keyword: the contains keyword can only be used with multi-value rule definitions \
             (e.g., {name} contains <VALUE> {{ ... }})"
        );
        wrong(head_span, message);
        return vec![];
    }
    let multiple = key.is_some();
    let unreached = elses.iter().zip(elses.iter().skip(1)).find(|(one, _)| one.body.is_none());
    if let Some((_, next)) = unreached {
        wrong(next.word, "unexpected else keyword".into());
    }
    if let Some(first) = elses.first() {
        let dynamic = reference.iter().skip(1).any(|segment| !is_ground(segment));
        if bodies.len() > 1 {
            wrong(first.word, "unexpected else keyword".into());
        } else if dynamic {
            wrong(first.word, "else keyword cannot be used on rules with variables in head".into());
        } else if multiple {
            wrong(first.word, "else keyword cannot be used on multi-value rules".into());
        }
    }
    if default.is_some() {
        let member = contains || reference.len() == 2 && args.is_none();
        check_default(statement, member, head.value.as_ref(), args.as_deref(), &mut wrong);
    }
    let head = Head {
        reference,
        args,
        key,
        value: head.value,
        assigned: head.assigned,
        contains,
        if_: if_.is_some(),
        span: head_span,
    };
    if context.logic
        && let Some(name @ ("and" | "or")) = single_name(&head)
    {
        wrong(statement, format!("{name} keyword cannot be used for rule name"));
    }
    let mut late = |span: Span, message: String| out.push(Wrong::new(span, message).late());
    if context.law {
        check_law(&head, default.is_some(), !bodies.is_empty(), statement, &elses, &mut late);
    }
    let elses: Vec<Else> = elses.into_iter().map(else_).collect();
    let mut rules = vec![];
    let single = |body: Option<Body>, elses: Vec<Else>, head: Head, span: Span| Rule {
        default: default.is_some(),
        head,
        body,
        elses,
        span,
    };
    let mut bodies = bodies.into_iter();
    match bodies.next() {
        None => rules.push(single(None, elses, head, statement)),
        Some((first, body)) => {
            let span = elses.last().map_or(statement.to_end(first), |last| statement.to_end(last.span));
            rules.push(single(Some(body), elses, head.clone(), span));
            rules.extend(bodies.map(|(span, body)| {
                // OPA gives the copies of a head the place of their body.
                single(Some(body), vec![], Head { span, ..head.clone() }, span)
            }));
        }
    }
    rules
}

impl Span {
    /// From this span's beginning to another's end.
    fn to_end(self, last: Span) -> Span {
        Span { start: self.start, end: last.end }
    }
}

fn else_(syntax: ElseSyntax) -> Else {
    let ElseSyntax { value, assigned, body, span, .. } = syntax;
    Else { value, body: body.map(|(_, body)| body), assigned, span }
}

/// A head's name as its reference and arguments; `None` if it is neither variable, reference nor call of one.
fn split(name: Term) -> Option<(Vec<Term>, Option<Vec<Term>>)> {
    match name.kind {
        TermKind::Call(call) => {
            let (reference, inner) = split(call.function)?;
            // `f()` names a rule: what takes no arguments is no function.
            inner.is_none().then_some((reference, Some(call.args).filter(|args| !args.is_empty())))
        }
        TermKind::Ref(head, segments) => {
            if !matches!(head.kind, TermKind::Var(_)) {
                return None;
            }
            let mut reference = vec![*head];
            reference.extend(segments);
            Some((reference, None))
        }
        TermKind::Var(_) => Some((vec![name], None)),
        _ => None,
    }
}

/// The name of a head that is a name only.
fn single_name(head: &Head) -> Option<&str> {
    match &head.reference[..] {
        [Term { kind: TermKind::Var(name), .. }] => Some(name),
        _ => None,
    }
}

/// The keyword that a name by itself may have been meant to be.
fn near_keyword(name: &Term) -> Option<String> {
    let TermKind::Var(name) = &name.kind else { return None };
    let keywords = ["import", "package", "default", "contains", "else", "every", "if", "with"];
    crate::near::nearest(name, keywords.into_iter()).map(|near| format!("did you mean `{near}`?"))
}

/// Why a name by itself is no rule, if it is none.
fn no_rule(name: &Term) -> Option<&'static str> {
    match &name.kind {
        TermKind::Var(name) if matches!(&**name, "input" | "data") => Some("refs cannot be used for rule head"),
        TermKind::Var(_) => Some("var cannot be used for rule name"),
        TermKind::Call(call) if is_builtin(&call.function) => Some("rule name conflicts with built-in function"),
        TermKind::Call(call) if call.args.is_empty() => Some("rule argument list must take at least one argument"),
        _ => None,
    }
}

/// What is wrong where a blank stands between the name of a rule without a body and the rest of it: OPA reads a term and a
/// second one there.
fn apart(reference: &[Term], statement: Span, text: &str) -> Option<Wrong> {
    let [name, next, ..] = reference else { return None };
    let between = text.get(name.span.end as usize..)?;
    let rest = between.trim_start();
    match rest.chars().next() {
        _ if rest.len() == between.len() => None,
        Some('.') => Some(Wrong::new(next.span, "unexpected identifier token: expected number")),
        _ => Some(Wrong::new(statement, "var cannot be used for rule name").late()),
    }
}

/// Whether a function has the name of one of OPA's builtins.
fn is_builtin(function: &Term) -> bool {
    let path = match &function.kind {
        TermKind::Ref(head, segments) => [std::slice::from_ref(&**head), &segments[..]].concat(),
        _ => vec![function.clone()],
    };
    let name = reference_text(&path);
    include_str!("builtins.txt").lines().any(|builtin| builtin == name)
}

/// Whether no variable stands in a term.
fn is_ground(term: &Term) -> bool {
    match &term.kind {
        TermKind::Var(_) => false,
        TermKind::Ref(head, segments) => {
            matches!(head.kind, TermKind::Var(_)) && segments.iter().all(is_ground) || is_ground(head)
        }
        TermKind::Call(call) => call.args.iter().all(is_ground),
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().all(is_ground),
        TermKind::Object(entries) => entries.iter().all(|(key, value)| is_ground(key) && is_ground(value)),
        TermKind::ArrayComprehension(..) | TermKind::SetComprehension(..) | TermKind::ObjectComprehension(..) => false,
        _ => true,
    }
}

/// What a default rule may hold.
fn check_default(
    rule: Span,
    member: bool,
    value: Option<&Term>,
    args: Option<&[Term]>,
    wrong: &mut impl FnMut(Span, String),
) {
    // `default p` means true; only a member of a set would have no value.
    if value.is_none() && member {
        wrong(rule, "illegal default rule (must have a value)".into());
    }
    if let Some(kind) = value.and_then(variable) {
        wrong(rule, format!("illegal default rule (value cannot contain {kind})"));
    }
    let mut seen: Vec<&str> = vec![];
    for arg in args.unwrap_or_default() {
        match &arg.kind {
            TermKind::Var(name) if matches!(&**name, "input" | "data") => {
                wrong(rule, "illegal default rule (arguments cannot contain ref)".into());
            }
            TermKind::Var(name) if &**name != "_" && seen.contains(&&**name) => {
                wrong(rule, format!("illegal default rule (arguments cannot be repeated {name})"));
            }
            TermKind::Var(name) => seen.push(name),
            kind => wrong(rule, format!("illegal default rule (arguments cannot contain {})", kind_name(kind))),
        }
    }
}

/// The first variable, reference or call in a term, comprehensions excluded.
fn variable(term: &Term) -> Option<&'static str> {
    match &term.kind {
        TermKind::Var(_) | TermKind::Ref(..) | TermKind::Call(_) => Some(kind_name(&term.kind)),
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter().find_map(variable),
        TermKind::Object(entries) => entries.iter().find_map(|(key, value)| variable(key).or_else(|| variable(value))),
        TermKind::Template(template) => template.parts.iter().find_map(|part| match part {
            TemplatePart::Expression(Literal { kind: LiteralKind::Term(term), .. }) => variable(term),
            _ => None,
        }),
        _ => None,
    }
}

/// What v1 demands of a rule and its `else`s.
fn check_law(
    head: &Head,
    default: bool,
    body: bool,
    rule: Span,
    elses: &[ElseSyntax],
    wrong: &mut impl FnMut(Span, String),
) {
    let kind = if head.args.is_some() { "function" } else { "rule" };
    if let Some(name) = single_name(head)
        && is_keyword(name, Version::V1)
    {
        wrong(rule, format!("{name} keyword cannot be used for rule name"));
    }
    let valued = head.value.is_some() || head.key.is_some();
    if !body && !valued && !default && head.args.is_none() {
        wrong(rule, format!("{kind} must have value assignment and/or body declaration"));
    }
    if body && !head.if_ && !default {
        wrong(rule, format!("`if` keyword is required before {kind} body"));
    }
    if head.key.is_some() && !head.contains {
        wrong(rule, "`contains` keyword is required for partial set rules".into());
    }
    for one in elses {
        if let Some((false, _)) = one.body {
            wrong(one.span, format!("`if` keyword is required before {kind} body"));
        }
    }
}
