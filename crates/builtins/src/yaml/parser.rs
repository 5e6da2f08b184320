//! From tokens to nodes: the productions of YAML 1.1, with the faults that `libyaml` and its Go port find.
//!
//! The collections that are open stand on a stack of their own, so depth costs no stack of the thread.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::{Error, plain};
use super::node::{Content, Id, Node, Tree};
use super::scalar;
use super::scanner::Scanner;
use super::source::Source;
use super::token::{Kind, Mark, Token};

type Step<T> = Result<T, Error>;

const CORE: &str = "tag:yaml.org,2002:";

/// How deeply collections may nest; those without brackets or indentation of their own count too.
const MAX_DEPTH: usize = lictor_value::json::MAX_DEPTH;

/// Reads a stream: all of it must be YAML, though the first document alone counts.
pub(super) fn parse(source: &Source) -> Result<Tree, Error> {
    let mut parser = Parser {
        scanner: Scanner::new(&source.characters),
        tree: Tree::default(),
        anchors: HashMap::new(),
        handles: HashMap::new(),
    };
    let read = parser.stream();
    match source.broken {
        // What the scanner found before it came there was found first.
        Some(why) if read.is_ok() || parser.scanner.is_at_end() => Err(plain(why)),
        _ => read.map(|()| parser.tree),
    }
}

struct Parser<'c> {
    scanner: Scanner<'c>,
    tree: Tree,
    /// They outlive their documents, as in Go.
    anchors: HashMap<String, Id>,
    /// The tag directives of the document: handles and what they stand for.
    handles: HashMap<String, String>,
}

/// What stands before a node.
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
    start: Mark,
}

/// A collection that is not complete.
struct Open {
    id: Id,
    begun: Mark,
    state: State,
    children: Vec<Id>,
}

/// What comes next in a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    BlockSequence,
    /// Its dashes stand where the keys around it do.
    IndentlessSequence,
    BlockKey,
    BlockValue,
    FlowSequence {
        first: bool,
    },
    /// Of the one pair of a mapping without braces.
    PairKey,
    PairValue,
    PairEnd,
    FlowMapping {
        first: bool,
    },
    FlowValue,
    /// The value after a key without a colon.
    FlowNoValue,
}

impl State {
    fn next(self) -> State {
        match self {
            State::BlockKey => State::BlockValue,
            State::BlockValue => State::BlockKey,
            State::FlowSequence { .. } => State::FlowSequence { first: false },
            State::PairKey => State::PairValue,
            State::PairValue => State::PairEnd,
            State::FlowMapping { .. } => State::FlowValue,
            State::FlowValue | State::FlowNoValue => State::FlowMapping { first: false },
            State::BlockSequence | State::IndentlessSequence | State::PairEnd => self,
        }
    }
}

/// A fault within what began at `begun`, found at `at`.
fn fail<T>(begun: Mark, at: Mark, what: &str) -> Step<T> {
    let line = [begun.line, at.line].into_iter().find(|line| *line > 0);
    Err(Error::Yaml(line, what.into()))
}

impl Parser<'_> {
    fn stream(&mut self) -> Step<()> {
        let mut first = true;
        while let Some(root) = self.document(first)? {
            self.tree.root.get_or_insert(root);
            first = false;
        }
        Ok(())
    }

    /// The node of the next document; `None` at the end of the stream.
    fn document(&mut self, first: bool) -> Step<Option<Id>> {
        if !first {
            while *self.kind()? == Kind::DocumentEnd {
                self.scanner.next()?;
            }
        }
        let root = match self.kind()? {
            Kind::StreamEnd => return Ok(None),
            Kind::Version(..) | Kind::TagDirective { .. } | Kind::DocumentStart => self.explicit_document()?,
            _ if first => {
                self.directives()?;
                self.node()?
            }
            _ => self.explicit_document()?,
        };
        if *self.kind()? == Kind::DocumentEnd {
            self.scanner.next()?;
        }
        self.handles.clear();
        Ok(Some(root))
    }

    fn explicit_document(&mut self) -> Step<Id> {
        self.directives()?;
        let token = self.scanner.next()?;
        if token.kind != Kind::DocumentStart {
            return fail(Mark::default(), token.start, "did not find expected <document start>");
        }
        let token = self.scanner.peek()?;
        let start = token.start;
        match token.kind {
            Kind::Version(..)
            | Kind::TagDirective { .. }
            | Kind::DocumentStart
            | Kind::DocumentEnd
            | Kind::StreamEnd => Ok(self.empty(start)),
            _ => self.node(),
        }
    }

    fn directives(&mut self) -> Step<()> {
        let mut versioned = false;
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match token.kind.clone() {
                Kind::Version(..) if versioned => {
                    return fail(Mark::default(), start, "found duplicate %YAML directive");
                }
                Kind::Version(1, 1) => versioned = true,
                Kind::Version(..) => return fail(Mark::default(), start, "found incompatible YAML document"),
                Kind::TagDirective { handle, prefix } => {
                    if self.handles.contains_key(&handle) {
                        return fail(Mark::default(), start, "found duplicate %TAG directive");
                    }
                    self.handles.insert(handle, prefix);
                }
                _ => break,
            }
            self.scanner.next()?;
        }
        for (handle, prefix) in [("!", "!"), ("!!", CORE)] {
            self.handles.entry(handle.into()).or_insert_with(|| prefix.into());
        }
        Ok(())
    }

    fn kind(&mut self) -> Step<&Kind> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn push(&mut self, content: Content, tag: Cow<'static, str>, implicit: bool, start: Mark) -> Id {
        self.tree.nodes.push(Node { content, tag, implicit, line: start.line + 1 });
        self.tree.nodes.len() - 1
    }

    /// A null where there is nothing.
    fn empty(&mut self, start: Mark) -> Id {
        self.push(Content::Scalar(String::new()), Cow::Borrowed(scalar::NULL), true, start)
    }

    /// A node with all that is in it.
    fn node(&mut self) -> Step<Id> {
        let mut open = Vec::new();
        let mut done = self.begin(true, false, &mut open)?;
        loop {
            match (done, open.last_mut()) {
                (Some(id), None) => return Ok(id),
                (Some(id), Some(parent)) => {
                    parent.children.push(id);
                    done = None;
                }
                (None, _) => done = self.step(&mut open)?,
            }
        }
    }

    /// Begins a node, which is done where it is no collection.
    fn begin(&mut self, block: bool, indentless: bool, open: &mut Vec<Open>) -> Step<Option<Id>> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if let Kind::Alias(name) = &token.kind {
            let name = name.clone();
            let Some(target) = self.anchors.get(&name).copied() else {
                return Err(plain(format!("unknown anchor '{name}' referenced")));
            };
            self.scanner.next()?;
            return Ok(Some(self.push(Content::Alias(name, target), Cow::Borrowed(""), false, start)));
        }
        let properties = self.properties()?;
        let token = self.scanner.peek()?;
        let next = token.start;
        let state = match token.kind {
            Kind::Scalar { .. } => return self.scalar(properties).map(Some),
            Kind::BlockEntry if indentless => State::IndentlessSequence,
            Kind::FlowSequenceStart => State::FlowSequence { first: true },
            Kind::FlowMappingStart => State::FlowMapping { first: true },
            Kind::BlockSequenceStart if block => State::BlockSequence,
            Kind::BlockMappingStart if block => State::BlockKey,
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                return Ok(Some(self.named_scalar(properties, String::new(), true)));
            }
            _ => return fail(properties.start, next, "did not find expected node content"),
        };
        self.open(properties, state, open)?;
        if state != State::IndentlessSequence {
            self.scanner.next()?;
        }
        Ok(None)
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self) -> Step<Properties> {
        let token = self.scanner.peek()?;
        let mut properties = Properties { anchor: None, tag: None, start: token.start };
        for _ in 0..2 {
            let token = self.scanner.peek()?;
            match &token.kind {
                Kind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(name.clone()),
                Kind::Tag { handle, suffix } if properties.tag.is_none() => {
                    let (handle, suffix, at) = (handle.clone(), suffix.clone(), token.start);
                    // The token after it is asked for first, in case that is none.
                    self.scanner.next()?;
                    let both = properties.anchor.is_none() && matches!(self.kind()?, Kind::Anchor(_));
                    if both && let Kind::Anchor(name) = self.scanner.next()?.kind {
                        properties.anchor = Some(name);
                        self.scanner.peek()?;
                    }
                    let tag = self.whole_tag(&handle, suffix);
                    let Some(tag) = tag else { return fail(properties.start, at, "found undefined tag handle") };
                    properties.tag = (!tag.is_empty()).then_some(tag);
                    return Ok(properties);
                }
                _ => break,
            }
            self.scanner.next()?;
        }
        Ok(properties)
    }

    fn whole_tag(&self, handle: &str, suffix: String) -> Option<String> {
        if handle.is_empty() {
            return Some(suffix);
        }
        let prefix = self.handles.get(handle)?;
        Some(format!("{prefix}{suffix}")).filter(|tag| !tag.is_empty())
    }

    fn anchor(&mut self, name: Option<String>, id: Id) {
        if let Some(name) = name {
            self.anchors.insert(name, id);
        }
    }

    fn scalar(&mut self, properties: Properties) -> Step<Id> {
        match self.scanner.next()? {
            Token { kind: Kind::Scalar { value, plain }, .. } => Ok(self.named_scalar(properties, value, plain)),
            token => fail(properties.start, token.start, "did not find expected node content"),
        }
    }

    fn named_scalar(&mut self, properties: Properties, value: String, plain: bool) -> Id {
        let given = properties.tag.filter(|tag| tag != "!");
        let implicit = plain && given.is_none();
        let tag = match given {
            Some(tag) => Cow::Owned(short(&tag)),
            None if !plain => Cow::Borrowed(scalar::STRING),
            None if value == "<<" => Cow::Borrowed(scalar::MERGE),
            None => Cow::Borrowed(scalar::tag_of(&value)),
        };
        let id = self.push(Content::Scalar(value), tag, implicit, properties.start);
        self.anchor(properties.anchor, id);
        id
    }

    /// Opens a collection at the next token.
    fn open(&mut self, properties: Properties, state: State, open: &mut Vec<Open>) -> Step<()> {
        if open.len() >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let (content, tag) = match state {
            State::BlockSequence | State::IndentlessSequence | State::FlowSequence { .. } => {
                (Content::Sequence(Vec::new()), scalar::SEQUENCE)
            }
            _ => (Content::Mapping(Vec::new()), scalar::MAPPING),
        };
        let given = properties.tag.filter(|tag| tag != "!");
        let tag = given.map_or(Cow::Borrowed(tag), |tag| Cow::Owned(short(&tag)));
        let begun = self.scanner.peek()?.start;
        let id = self.push(content, tag, false, properties.start);
        self.anchor(properties.anchor, id);
        open.push(Open { id, begun, state, children: Vec::new() });
        Ok(())
    }

    /// The innermost collection is complete.
    fn close(&mut self, open: &mut Vec<Open>) -> Option<Id> {
        let Open { id, children, .. } = open.pop()?;
        match &mut self.tree.nodes[id].content {
            Content::Sequence(of) | Content::Mapping(of) => *of = children,
            Content::Scalar(_) | Content::Alias(..) => {}
        }
        Some(id)
    }

    /// Begins the next node of the innermost collection, or ends that.
    fn step(&mut self, open: &mut Vec<Open>) -> Step<Option<Id>> {
        let Some(innermost) = open.last_mut() else { return Ok(None) };
        let begun = innermost.begun;
        let state = innermost.state;
        innermost.state = state.next();
        match state {
            State::BlockSequence => self.block_item(begun, open),
            State::IndentlessSequence => self.indentless_item(open),
            State::BlockKey => self.block_key(begun, open),
            State::BlockValue => {
                let token = self.scanner.peek()?;
                let start = token.start;
                if token.kind != Kind::Value {
                    return Ok(Some(self.empty(start)));
                }
                let end = self.scanner.next()?.end;
                self.block_part(end, open)
            }
            State::FlowSequence { first } => self.flow_item(begun, first, open),
            State::PairKey => {
                let token = self.scanner.peek()?;
                if !matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
                    return self.begin(false, false, open);
                }
                // The Go port takes the token for its own, so a value after an empty key is lost to the sequence.
                let end = self.scanner.next()?.end;
                Ok(Some(self.empty(end)))
            }
            State::PairValue => self.flow_value(&Kind::FlowSequenceEnd, open),
            State::PairEnd => Ok(self.close(open)),
            State::FlowMapping { first } => self.flow_key(begun, first, open),
            State::FlowValue => self.flow_value(&Kind::FlowMappingEnd, open),
            State::FlowNoValue => {
                let start = self.scanner.peek()?.start;
                Ok(Some(self.empty(start)))
            }
        }
    }

    fn block_item(&mut self, begun: Mark, open: &mut Vec<Open>) -> Step<Option<Id>> {
        let token = self.scanner.next()?;
        match token.kind {
            Kind::BlockEntry => match self.kind()? {
                Kind::BlockEntry | Kind::BlockEnd => Ok(Some(self.empty(token.end))),
                _ => self.begin(true, false, open),
            },
            Kind::BlockEnd => Ok(self.close(open)),
            _ => fail(begun, token.start, "did not find expected '-' indicator"),
        }
    }

    /// An item of a sequence in a mapping whose dashes are not indented.
    fn indentless_item(&mut self, open: &mut Vec<Open>) -> Step<Option<Id>> {
        if *self.kind()? != Kind::BlockEntry {
            return Ok(self.close(open));
        }
        let end = self.scanner.next()?.end;
        match self.kind()? {
            Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => Ok(Some(self.empty(end))),
            _ => self.begin(true, false, open),
        }
    }

    fn block_key(&mut self, begun: Mark, open: &mut Vec<Open>) -> Step<Option<Id>> {
        let token = self.scanner.next()?;
        match token.kind {
            Kind::Key => self.block_part(token.end, open),
            Kind::BlockEnd => Ok(self.close(open)),
            _ => fail(begun, token.start, "did not find expected key"),
        }
    }

    /// A key or a value, which may be missing.
    fn block_part(&mut self, after: Mark, open: &mut Vec<Open>) -> Step<Option<Id>> {
        match self.kind()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(Some(self.empty(after))),
            _ => self.begin(true, true, open),
        }
    }

    /// The comma before all but the first, which may also stand before the end.
    fn separator(&mut self, begun: Mark, first: bool, end: &Kind, missing: &str) -> Step<()> {
        let token = self.scanner.peek()?;
        if first || token.kind == *end {
            return Ok(());
        }
        if token.kind != Kind::FlowEntry {
            return fail(begun, token.start, missing);
        }
        self.scanner.next()?;
        Ok(())
    }

    fn flow_item(&mut self, begun: Mark, first: bool, open: &mut Vec<Open>) -> Step<Option<Id>> {
        self.separator(begun, first, &Kind::FlowSequenceEnd, "did not find expected ',' or ']'")?;
        match self.kind()? {
            Kind::FlowSequenceEnd => {
                self.scanner.next()?;
                Ok(self.close(open))
            }
            Kind::Key => {
                // `a: b` within a sequence in brackets.
                let start = self.scanner.next()?.start;
                self.open(Properties { anchor: None, tag: None, start }, State::PairKey, open)?;
                Ok(None)
            }
            _ => self.begin(false, false, open),
        }
    }

    fn flow_key(&mut self, begun: Mark, first: bool, open: &mut Vec<Open>) -> Step<Option<Id>> {
        self.separator(begun, first, &Kind::FlowMappingEnd, "did not find expected ',' or '}'")?;
        match self.kind()? {
            Kind::FlowMappingEnd => {
                self.scanner.next()?;
                Ok(self.close(open))
            }
            Kind::Key => {
                self.scanner.next()?;
                let token = self.scanner.peek()?;
                let start = token.start;
                match token.kind {
                    Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => Ok(Some(self.empty(start))),
                    _ => self.begin(false, false, open),
                }
            }
            _ => {
                if let Some(innermost) = open.last_mut() {
                    innermost.state = State::FlowNoValue;
                }
                self.begin(false, false, open)
            }
        }
    }

    fn flow_value(&mut self, end: &Kind, open: &mut Vec<Open>) -> Step<Option<Id>> {
        if *self.kind()? == Kind::Value {
            self.scanner.next()?;
            let kind = self.kind()?;
            if *kind != Kind::FlowEntry && kind != end {
                return self.begin(false, false, open);
            }
        }
        let start = self.scanner.peek()?.start;
        Ok(Some(self.empty(start)))
    }
}

/// `!!str` for the long form of a tag.
fn short(tag: &str) -> String {
    tag.strip_prefix(CORE).map_or_else(|| tag.to_owned(), |name| format!("!!{name}"))
}
