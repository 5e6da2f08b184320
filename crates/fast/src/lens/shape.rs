//! Shapes of texts that were read before: a text of a known shape is compared instead of searched.
//!
//! Events of one sender differ in values, not in keys. A shape is the row of a text's tokens, the keys in the objects that
//! paths lead through, and where the values at the paths stand among the tokens. A text with the same tokens has the same
//! grammar; with the same keys at the same places it has the paths' values where the other had them. What remains to be
//! looked at is what varies: strings (while listing tokens), scalars, UTF-8.
//!
//! Nothing is taken for granted: every token and every such key is compared. A shape is learnt when it is met for the second
//! time, in bounded memory, and where texts keep having new shapes most of them are not looked up.
#![expect(unsafe_code, reason = "calls vector instructions")]

use lictor_value::{Object, Value};

use super::LensError;
use super::block::Classify;
use super::scalar;
use super::take::Take;
use super::tokens::{self, Tokens};
use super::trie::{NONE, Trie};

/// How many shapes are kept: sets, found by hash, of some each.
const SETS: usize = 32;
const WAYS: usize = 4;
/// How many hashes of shapes that were met once are remembered.
const MET: usize = 256;
/// How many different keys are kept; all shapes share them.
const KEYS: usize = 1024;
/// The longest key with its quotes that is kept.
const LONGEST_KEY: usize = 64;

/// What a missed look-up costs, as a hit saves it: a third.
const SAVED: u32 = 3;
/// What learning costs, likewise.
const LEARNT: u32 = 4;
/// With so much lost, texts are left out.
const PATIENCE: u32 = 64;
/// The most texts that are left out before the next try.
const MOST_SKIPPED: u32 = 512;

/// The shapes that one lens knows, in one thread's scratch memory.
pub(super) struct Shapes {
    kept: Vec<Shape>,
    met: Vec<u64>,
    keys: Vec<[u8; LONGEST_KEY]>,
    clock: u64,
    /// What looking up has cost more than it saved.
    lost: u32,
    /// How many texts will be left out.
    skip: u32,
}

/// One shape.
#[derive(Default)]
struct Shape {
    hash: u64,
    /// When it was last used; 0 for never.
    used: u64,
    kinds: Vec<u8>,
    keys: Vec<Key>,
    /// The tokens that are scalars.
    scalars: Vec<u16>,
    values: Vec<At>,
}

/// A key in an object that paths lead through.
struct Key {
    token: u16,
    length: u16,
    /// Its position among all keys.
    key: u16,
}

/// Where a path's value stands.
struct At {
    id: u32,
    token: u16,
    what: What,
}

enum What {
    Text,
    Scalar,
    /// A container and the token that closes it.
    Tree(u16),
    /// A container whose inside is not read; whether it is an object.
    Empty(bool),
}

impl Default for Shapes {
    fn default() -> Self {
        Shapes {
            kept: std::iter::repeat_with(Shape::default).take(SETS * WAYS).collect(),
            met: vec![0; MET],
            keys: vec![],
            clock: 0,
            lost: 0,
            skip: 0,
        }
    }
}

impl Shapes {
    /// Whether to look the next text up.
    #[inline(always)]
    pub(super) fn is_worth_it(&mut self) -> bool {
        let now = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        now
    }

    fn miss(&mut self, cost: u32) {
        self.lost = (self.lost + cost).min(2 * MOST_SKIPPED);
        if self.lost > PATIENCE {
            self.skip = self.lost / 2;
        }
    }

    /// Reads a text whose tokens are listed, if its shape is known and all that varies is well-formed: whether it was read.
    ///
    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    pub(super) unsafe fn read<'s, C: Classify, const CHECK: bool>(
        &mut self,
        tokens: &Tokens,
        hash: u64,
        take: &mut Take<'_, 's>,
        values: &mut [Value<'s>],
    ) -> Result<bool, LensError> {
        let set = hash as usize % SETS * WAYS;
        for shape in &mut self.kept[set..set + WAYS] {
            if shape.hash != hash || shape.used == 0 || shape.kinds != tokens.kinds() {
                continue;
            }
            // SAFETY: by contract.
            if !shape.keys.iter().all(|key| unsafe { key.stands::<C>(&self.keys, take.text, tokens) }) {
                continue;
            }
            if CHECK {
                for token in &shape.scalars {
                    let (at, end) = (tokens.place(*token), tokens.end(take.text, *token));
                    if !scalar::is_scalar_between(take.text, at, end) {
                        return Ok(false);
                    }
                }
            }
            self.clock += 1;
            shape.used = self.clock;
            self.lost = self.lost.saturating_sub(SAVED);
            for At { id, token, what } in &shape.values {
                let at = tokens.place(*token);
                let value = match what {
                    What::Text => take.string(at + 1, tokens.end(take.text, *token).wrapping_sub(1))?,
                    What::Scalar => take.scalar(at, tokens.end(take.text, *token))?,
                    What::Empty(true) => Value::object(&Object::EMPTY),
                    What::Empty(false) => Value::array(&[]),
                    What::Tree(last) => take.read(at, tokens.place(*last).saturating_add(1))?,
                };
                *values.get_mut(*id as usize).ok_or(LensError)? = value;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Notes that a text, which is well-formed, has a shape that is not known; learns it when it is met again.
    #[inline(never)]
    pub(super) fn note(&mut self, text: &[u8], tokens: &Tokens, hash: u64, trie: &Trie) {
        let met = &mut self.met[hash as usize / SETS % MET];
        if *met != hash {
            *met = hash;
            self.miss(1);
            return;
        }
        self.miss(1 + LEARNT);
        if self.keys.len() >= KEYS {
            // Too many keys: those who are still needed come back.
            self.keys.clear();
            self.kept.iter_mut().for_each(|shape| shape.used = 0);
        }
        let set = hash as usize % SETS * WAYS;
        let oldest = (set..set + WAYS).min_by_key(|at| self.kept[*at].used).unwrap_or(set);
        let mut shape = std::mem::take(&mut self.kept[oldest]);
        shape.used = 0;
        if shape.learn(text, tokens, trie, &mut self.keys).is_some() {
            self.clock += 1;
            (shape.hash, shape.used) = (hash, self.clock);
        }
        self.kept[oldest] = shape;
    }
}

impl Key {
    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    unsafe fn stands<C: Classify>(&self, keys: &[[u8; LONGEST_KEY]], text: &[u8], tokens: &Tokens) -> bool {
        let Some(key) = keys.get(usize::from(self.key)) else { return false };
        // SAFETY: by contract.
        unsafe { C::stands(text, tokens.place(self.token), key, usize::from(self.length)) }
    }
}

/// A container while a shape is learnt.
struct Open {
    node: u16,
    token: u16,
    object: bool,
}

impl Shape {
    /// Follows the tokens of a text as the walk follows its brackets and colons. `None` where a key is too long, or the
    /// text is malformed after all.
    fn learn(&mut self, text: &[u8], tokens: &Tokens, trie: &Trie, known: &mut Vec<[u8; LONGEST_KEY]>) -> Option<()> {
        let kinds = tokens.kinds();
        self.kinds.clear();
        self.kinds.extend_from_slice(kinds);
        self.keys.clear();
        self.scalars.clear();
        self.values.clear();
        let mut open: Vec<Open> = vec![];
        // The node whose value comes next.
        let mut due = 0;
        for (token, kind) in (0u16..).zip(kinds) {
            let at = tokens.place(token);
            match kind {
                b'{' | b'[' => {
                    self.arrive(trie, due);
                    open.push(Open { node: due, token, object: *kind == b'{' });
                    due = NONE;
                }
                b'}' | b']' => {
                    let closed = open.pop()?;
                    if let Some(node) = trie.nodes.get(usize::from(closed.node))
                        && let Some(id) = node.id
                    {
                        let what = if node.emptied { What::Empty(closed.object) } else { What::Tree(token) };
                        self.values.push(At { id, token: closed.token, what });
                    }
                }
                b'"' if kinds.get(usize::from(token) + 1) == Some(&b':') => {
                    let Open { node, object, .. } = open.last()?;
                    let Some(node) = trie.nodes.get(usize::from(*node)) else { continue };
                    if node.edges.is_empty() || !object {
                        continue;
                    }
                    let quoted = text.get(at..tokens.end(text, token))?;
                    due = node.child_quoted(quoted)?.unwrap_or(NONE);
                    let key = keep(quoted, known)?;
                    self.keys.push(Key { token, length: quoted.len() as u16, key });
                }
                b':' | b',' => {}
                _ => {
                    let scalar = tokens::is_scalar(*kind);
                    if scalar {
                        self.scalars.push(token);
                    }
                    if let Some(id) = self.arrive(trie, due) {
                        let what = if scalar { What::Scalar } else { What::Text };
                        self.values.push(At { id, token, what });
                    }
                    due = NONE;
                }
            }
        }
        open.is_empty().then_some(())
    }

    /// Begins the value of a node: the last of several equal keys wins, with all that is below it. The path that ends there.
    fn arrive(&mut self, trie: &Trie, node: u16) -> Option<u32> {
        let node = trie.nodes.get(usize::from(node))?;
        self.values.retain(|at| !node.below.contains(&at.id));
        node.id
    }
}

/// The position of a key among all that are known.
fn keep(quoted: &[u8], known: &mut Vec<[u8; LONGEST_KEY]>) -> Option<u16> {
    let mut key = [0; LONGEST_KEY];
    key.get_mut(..quoted.len())?.copy_from_slice(quoted);
    let at = known.iter().position(|other| *other == key).unwrap_or_else(|| {
        known.push(key);
        known.len() - 1
    });
    u16::try_from(at).ok()
}
