//! A tiny evaluator of Rego expressions without variables: literals, operators and calls of builtins. It is a means of
//! testing builtins by themselves and no more: comprehensions, references and unification are beyond it.

use lictor_value::{Arena, Builtin, Host, Object, Registry, Set, Value, json, number};

/// What became of an expression.
pub(crate) enum Evaluated<'v> {
    Value(Value<'v>),
    /// With the code and the message that strict evaluation would report.
    Undefined(Option<(&'static str, String)>),
    /// It is beyond this evaluator.
    Unread,
}

pub(crate) struct Evaluator {
    registry: Registry,
}

/// A clock that stands within the years for which the vectors' certificates are valid.
struct Standing;

impl Host for Standing {
    fn now_ns(&self) -> i64 {
        1_750_000_000_000_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

type Step<'v, T> = Result<T, Evaluated<'v>>;

impl Evaluator {
    pub(crate) fn new() -> Self {
        Evaluator { registry: lictor_builtins::registry() }
    }

    pub(crate) fn evaluate<'v>(&self, arena: &'v Arena, text: &str) -> Evaluated<'v> {
        let mut reader = Reader { evaluator: self, arena, text: text.as_bytes(), at: 0 };
        let value = reader.binary(0);
        reader.space();
        match value {
            Ok(_) if reader.at < text.len() => Evaluated::Unread,
            Ok(value) => Evaluated::Value(value),
            Err(outcome) => outcome,
        }
    }

    fn call<'v>(&self, arena: &'v Arena, builtin: &Builtin, args: &[Value<'v>]) -> Step<'v, Value<'v>> {
        if args.len() != builtin.args.len() {
            return Err(Evaluated::Unread);
        }
        let plain = builtin.call_alone(arena, &Standing, args, None);
        let constants: Vec<Option<Value<'_>>> = args.iter().copied().map(Some).collect();
        if let Some(prepared) = builtin.prepare.and_then(|prepare| prepare(&constants)) {
            let (value, fault) = builtin.call_alone(arena, &Standing, args, Some(&prepared));
            let alike = format!("{value:?} {fault:?}") == format!("{:?} {:?}", plain.0, plain.1);
            assert!(alike, "{}{args:?} differs when prepared", builtin.name);
        }
        plain.0.ok_or_else(|| {
            Evaluated::Undefined(plain.1.map(|fault| (fault.code(), format!("{}: {fault}", builtin.name))))
        })
    }
}

struct Reader<'r, 'v> {
    evaluator: &'r Evaluator,
    arena: &'v Arena,
    text: &'r [u8],
    at: usize,
}

/// Operators by precedence, the loosest first; longer ones before their prefixes.
const OPERATORS: &[&[(&str, &str)]] = &[
    &[("==", "equal"), ("!=", "neq"), ("<=", "lte"), (">=", "gte"), ("<", "lt"), (">", "gt")],
    &[("|", "or")],
    &[("&", "and")],
    &[("+", "plus"), ("-", "minus")],
    &[("*", "mul"), ("/", "div"), ("%", "rem")],
];

/// The level above `|`.
const ITEM: usize = 2;

impl<'v> Reader<'_, 'v> {
    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn takes(&mut self, token: &str) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(token.as_bytes());
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn needs(&mut self, token: &str) -> Step<'v, ()> {
        if self.takes(token) { Ok(()) } else { Err(Evaluated::Unread) }
    }

    fn binary(&mut self, level: usize) -> Step<'v, Value<'v>> {
        let Some(operators) = OPERATORS.get(level) else {
            return self.postfix();
        };
        let mut left = self.binary(level + 1)?;
        while let Some((_, name)) = operators.iter().find(|(sign, _)| self.takes(sign)) {
            let right = self.binary(level + 1)?;
            left = self.call(name, &[left, right])?;
        }
        Ok(left)
    }

    fn call(&self, name: &str, args: &[Value<'v>]) -> Step<'v, Value<'v>> {
        match self.evaluator.registry.get(name) {
            Some(builtin) => self.evaluator.call(self.arena, builtin, args),
            None => Err(Evaluated::Unread),
        }
    }

    fn postfix(&mut self) -> Step<'v, Value<'v>> {
        let mut value = self.term()?;
        while self.text.get(self.at) == Some(&b'[') {
            self.at += 1;
            let key = self.binary(0)?;
            self.needs("]")?;
            value = value.get(key).ok_or(Evaluated::Undefined(None))?;
        }
        Ok(value)
    }

    fn term(&mut self) -> Step<'v, Value<'v>> {
        self.space();
        match self.text.get(self.at) {
            Some(b'(') => {
                self.at += 1;
                let value = self.binary(0)?;
                self.needs(")")?;
                Ok(value)
            }
            Some(b'[') => {
                self.at += 1;
                let items = self.list("]", ITEM)?;
                Ok(Value::array(self.arena.slice(&items)))
            }
            Some(b'{') => self.braces(),
            Some(b'"') => self.string(),
            Some(b'`') => {
                let rest = &self.text[self.at + 1..];
                let len = rest.iter().position(|b| *b == b'`').unwrap_or(rest.len());
                self.at += len + 2;
                Ok(Value::str(self.arena.slice(&rest[..len])))
            }
            Some(b'-' | b'.' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z') => self.name(),
            _ => Err(Evaluated::Unread),
        }
    }

    /// What stands between brackets; items of a collection hold no `|`, which would make it a comprehension.
    fn list(&mut self, close: &str, level: usize) -> Step<'v, Vec<Value<'v>>> {
        let mut items = Vec::new();
        while !self.takes(close) {
            items.push(self.binary(level)?);
            if !self.takes(",") {
                self.needs(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn braces(&mut self) -> Step<'v, Value<'v>> {
        self.at += 1;
        if self.takes("}") {
            return Ok(Value::object(self.arena.one(Object::EMPTY)));
        }
        let first = self.binary(ITEM)?;
        if !self.takes(":") {
            let mut items = vec![first];
            if self.takes(",") {
                items.extend(self.list("}", ITEM)?);
            } else {
                self.needs("}")?;
            }
            return Ok(Value::set(self.arena.one(Set::from_unsorted(self.arena, &mut items, true))));
        }
        let mut pairs = vec![(first, self.binary(ITEM)?)];
        while !self.takes("}") {
            self.needs(",")?;
            if self.takes("}") {
                break;
            }
            let key = self.binary(0)?;
            self.needs(":")?;
            pairs.push((key, self.binary(ITEM)?));
        }
        Ok(Value::object(self.arena.one(Object::from_unsorted(self.arena, &mut pairs))))
    }

    fn string(&mut self) -> Step<'v, Value<'v>> {
        let mut end = self.at + 1;
        while self.text.get(end).is_some_and(|b| *b != b'"') {
            end += 1 + usize::from(self.text[end] == b'\\');
        }
        let quoted = &self.text[self.at..self.text.len().min(end + 1)];
        self.at = end + 1;
        json::parse_copied(self.arena, quoted).map_err(|_| Evaluated::Unread)
    }

    fn number(&mut self) -> Step<'v, Value<'v>> {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            let exponent = matches!(self.text[self.at - 1], b'e' | b'E');
            match byte {
                b'0'..=b'9' | b'.' | b'e' | b'E' => self.at += 1,
                b'+' | b'-' if exponent => self.at += 1,
                _ => break,
            }
        }
        let text = &self.text[start..self.at];
        if !json::is_number(text) {
            return Err(Evaluated::Unread);
        }
        Ok(number::from_text(self.arena, std::str::from_utf8(text).unwrap()))
    }

    fn name(&mut self) -> Step<'v, Value<'v>> {
        let rest = &self.text[self.at..];
        let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        let len = rest.iter().position(|b| !part(b)).unwrap_or(rest.len());
        let name = std::str::from_utf8(&rest[..len]).unwrap();
        self.at += len;
        if self.takes("(") {
            let args = self.list(")", 0)?;
            return if name == "set" { Ok(Value::set(self.arena.one(Set::EMPTY))) } else { self.call(name, &args) };
        }
        match name {
            "null" => Ok(Value::NULL),
            "true" => Ok(Value::bool(true)),
            "false" => Ok(Value::bool(false)),
            _ => Err(Evaluated::Unread),
        }
    }
}
