//! From tokens to nodes: the productions of YAML 1.1, with the faults that `libyaml` and its Go port find.
//!
//! Nesting is bounded by the scanner, so descending is safe.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::{Error, plain};
use super::node::{Content, Id, Node, Tree};
use super::scalar;
use super::scanner::Scanner;
use super::token::{Kind, Mark, Token};

type Step<T> = Result<T, Error>;

const CORE: &str = "tag:yaml.org,2002:";

/// How deeply collections may nest; those without brackets or indentation of their own count too.
const MAX_DEPTH: usize = 256;

/// Reads a stream: all of it must be YAML, though the first document alone counts.
pub(super) fn parse(characters: &[char]) -> Result<Tree, Error> {
    let mut parser = Parser {
        scanner: Scanner::new(characters),
        tree: Tree::default(),
        anchors: HashMap::new(),
        handles: Vec::new(),
        depth: 0,
    };
    let mut first = true;
    while let Some(root) = parser.document(first)? {
        parser.tree.root.get_or_insert(root);
        first = false;
    }
    Ok(parser.tree)
}

struct Parser<'c> {
    scanner: Scanner<'c>,
    tree: Tree,
    /// They outlive their documents, as in Go.
    anchors: HashMap<String, Id>,
    /// The tag directives of the document: handles and what they stand for.
    handles: Vec<(String, String)>,
    depth: usize,
}

/// What stands before a node.
struct Properties {
    anchor: Option<String>,
    tag: Option<String>,
    start: Mark,
}

/// A fault within what began at `begun`, found at `at`.
fn fail<T>(begun: Mark, at: Mark, what: &str) -> Step<T> {
    let line = [begun.line, at.line].into_iter().find(|line| *line > 0);
    Err(Error::Yaml(line, what.into()))
}

impl Parser<'_> {
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
                self.node(true, false)?
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
            _ => self.node(true, false),
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
                    if self.handles.iter().any(|(known, _)| *known == handle) {
                        return fail(Mark::default(), start, "found duplicate %TAG directive");
                    }
                    self.handles.push((handle, prefix));
                }
                _ => break,
            }
            self.scanner.next()?;
        }
        for (handle, prefix) in [("!", "!"), ("!!", CORE)] {
            if self.handles.iter().all(|(known, _)| known != handle) {
                self.handles.push((handle.into(), prefix.into()));
            }
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

    fn node(&mut self, block: bool, indentless: bool) -> Step<Id> {
        let token = self.scanner.peek()?;
        let start = token.start;
        if let Kind::Alias(name) = &token.kind {
            let name = name.clone();
            let Some(target) = self.anchors.get(&name).copied() else {
                return Err(plain(format!("unknown anchor '{name}' referenced")));
            };
            self.scanner.next()?;
            return Ok(self.push(Content::Alias(name, target), Cow::Borrowed(""), false, start));
        }
        let properties = self.properties()?;
        let token = self.scanner.peek()?;
        let next = token.start;
        match token.kind {
            Kind::BlockEntry if indentless => {
                self.collection(properties, scalar::SEQUENCE, |parser, of| parser.indentless_sequence(of))
            }
            Kind::Scalar { .. } => self.scalar(properties),
            Kind::FlowSequenceStart => {
                self.collection(properties, scalar::SEQUENCE, |parser, of| parser.flow_sequence(of))
            }
            Kind::FlowMappingStart => {
                self.collection(properties, scalar::MAPPING, |parser, of| parser.flow_mapping(of))
            }
            Kind::BlockSequenceStart if block => {
                self.collection(properties, scalar::SEQUENCE, |parser, of| parser.block_sequence(of))
            }
            Kind::BlockMappingStart if block => {
                self.collection(properties, scalar::MAPPING, |parser, of| parser.block_mapping(of))
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                Ok(self.named_scalar(properties, String::new(), true))
            }
            _ => fail(properties.start, next, "did not find expected node content"),
        }
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
        let (_, prefix) = self.handles.iter().find(|(known, _)| known == handle)?;
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

    fn collection(
        &mut self,
        properties: Properties,
        tag: &'static str,
        read: fn(&mut Self, &mut Vec<Id>) -> Step<()>,
    ) -> Step<Id> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        self.depth += 1;
        let content = |of| if tag == scalar::SEQUENCE { Content::Sequence(of) } else { Content::Mapping(of) };
        let given = properties.tag.filter(|tag| tag != "!");
        let tag = given.map_or(Cow::Borrowed(tag), |tag| Cow::Owned(short(&tag)));
        let id = self.push(content(Vec::new()), tag, false, properties.start);
        self.anchor(properties.anchor, id);
        let mut of = Vec::new();
        read(self, &mut of)?;
        self.tree.nodes[id].content = content(of);
        self.depth -= 1;
        Ok(id)
    }

    fn block_sequence(&mut self, items: &mut Vec<Id>) -> Step<()> {
        let begun = self.scanner.next()?.start;
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::BlockEntry => {
                    let empty = matches!(self.kind()?, Kind::BlockEntry | Kind::BlockEnd);
                    items.push(if empty { self.empty(token.end) } else { self.node(true, false)? });
                }
                Kind::BlockEnd => return Ok(()),
                _ => return fail(begun, token.start, "did not find expected '-' indicator"),
            }
        }
    }

    /// A sequence in a mapping whose dashes are not indented.
    fn indentless_sequence(&mut self, items: &mut Vec<Id>) -> Step<()> {
        while *self.kind()? == Kind::BlockEntry {
            let end = self.scanner.next()?.end;
            let empty = matches!(self.kind()?, Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd);
            items.push(if empty { self.empty(end) } else { self.node(true, false)? });
        }
        Ok(())
    }

    fn block_mapping(&mut self, pairs: &mut Vec<Id>) -> Step<()> {
        let begun = self.scanner.next()?.start;
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                Kind::Key => pairs.push(self.block_part(token.end)?),
                Kind::BlockEnd => return Ok(()),
                _ => return fail(begun, token.start, "did not find expected key"),
            }
            let token = self.scanner.peek()?;
            let value = if token.kind == Kind::Value {
                let end = self.scanner.next()?.end;
                self.block_part(end)?
            } else {
                let start = token.start;
                self.empty(start)
            };
            pairs.push(value);
        }
    }

    /// A key or a value, which may be missing.
    fn block_part(&mut self, after: Mark) -> Step<Id> {
        match self.kind()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => Ok(self.empty(after)),
            _ => self.node(true, true),
        }
    }

    fn flow_sequence(&mut self, items: &mut Vec<Id>) -> Step<()> {
        let begun = self.scanner.next()?.start;
        let mut first = true;
        while *self.kind()? != Kind::FlowSequenceEnd {
            if !first {
                self.separator(begun, "did not find expected ',' or ']'")?;
            }
            first = false;
            match self.kind()? {
                Kind::FlowSequenceEnd => break,
                Kind::Key => {
                    let start = self.scanner.next()?.start;
                    let properties = Properties { anchor: None, tag: None, start };
                    items.push(self.collection(properties, scalar::MAPPING, |parser, of| parser.single_pair(of))?);
                }
                _ => items.push(self.node(false, false)?),
            }
        }
        self.scanner.next()?;
        Ok(())
    }

    fn separator(&mut self, begun: Mark, missing: &str) -> Step<()> {
        let token = self.scanner.peek()?;
        if token.kind != Kind::FlowEntry {
            return fail(begun, token.start, missing);
        }
        self.scanner.next()?;
        Ok(())
    }

    /// `a: b` within a sequence in brackets.
    fn single_pair(&mut self, pair: &mut Vec<Id>) -> Step<()> {
        let token = self.scanner.peek()?;
        if matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
            // The Go port takes the token for its own, so a value after an empty key is lost to the sequence.
            let end = self.scanner.next()?.end;
            pair.push(self.empty(end));
        } else {
            pair.push(self.node(false, false)?);
        }
        if *self.kind()? == Kind::Value {
            self.scanner.next()?;
            if !matches!(self.kind()?, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                pair.push(self.node(false, false)?);
                return Ok(());
            }
        }
        let start = self.scanner.peek()?.start;
        pair.push(self.empty(start));
        Ok(())
    }

    fn flow_mapping(&mut self, pairs: &mut Vec<Id>) -> Step<()> {
        let begun = self.scanner.next()?.start;
        let mut first = true;
        while *self.kind()? != Kind::FlowMappingEnd {
            if !first {
                self.separator(begun, "did not find expected ',' or '}'")?;
            }
            first = false;
            match self.kind()? {
                Kind::FlowMappingEnd => break,
                Kind::Key => {
                    self.scanner.next()?;
                    let token = self.scanner.peek()?;
                    let start = token.start;
                    let missing = matches!(token.kind, Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd);
                    pairs.push(if missing { self.empty(start) } else { self.node(false, false)? });
                    let value = self.flow_value()?;
                    pairs.push(value);
                }
                _ => {
                    pairs.push(self.node(false, false)?);
                    let start = self.scanner.peek()?.start;
                    pairs.push(self.empty(start));
                }
            }
        }
        self.scanner.next()?;
        Ok(())
    }

    fn flow_value(&mut self) -> Step<Id> {
        if *self.kind()? == Kind::Value {
            self.scanner.next()?;
            if !matches!(self.kind()?, Kind::FlowEntry | Kind::FlowMappingEnd) {
                return self.node(false, false);
            }
        }
        let start = self.scanner.peek()?.start;
        Ok(self.empty(start))
    }
}

/// `!!str` for the long form of a tag.
fn short(tag: &str) -> String {
    tag.strip_prefix(CORE).map_or_else(|| tag.to_owned(), |name| format!("!!{name}"))
}
