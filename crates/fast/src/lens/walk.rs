//! The second pass: from bracket to bracket with a stack of the containers, and from colon to colon only within objects
//! that paths lead through.

use lictor_value::Value;

use super::LensError;
use super::block::{Chunk, LANES};
use super::scalar;
use super::take::Take;
use super::trie::{NONE, Node, Trie};

/// An open container.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// All ones where a keyless value after a comma is wrong: in objects and at the top.
    ban_keyless: u64,
    /// All ones where a colon is wrong: in arrays and at the top.
    ban_colon: u64,
    /// All ones where the colons are visited.
    visit: u64,
    start: u32,
    /// The node whose value this is.
    node: u16,
}

impl Frame {
    pub(super) const TOP: Frame = Frame { ban_keyless: !0, ban_colon: !0, visit: 0, start: 0, node: NONE };
}

pub(super) struct Walk<'w, 's> {
    pub(super) take: Take<'w, 's>,
    pub(super) chunks: &'w [Chunk],
    pub(super) trie: &'w Trie,
    pub(super) values: &'w mut [Value<'s>],
}

/// A container that is about to open, and the node whose value it is.
struct Due {
    at: usize,
    node: u16,
}

impl<'s> Walk<'_, 's> {
    /// Walks the text. `frames` has room for one entry a level of nesting that is allowed.
    #[inline(always)]
    pub(super) fn run<const CHECK: bool>(mut self, frames: &mut [Frame]) -> Result<(), LensError> {
        let trie = self.trie;
        let mut due = Due { at: usize::MAX, node: NONE };
        self.arrive(0, self.skip_blanks(0), &mut due)?;
        let mut frame = Frame::TOP;
        let mut depth = 0;
        let mut bad = 0;
        for i in 0..self.text().len().div_ceil(64) {
            let (chunk, lane) = (&self.chunks[i / LANES], i % LANES);
            let (open, colon) = (chunk.open[lane], chunk.colon[lane]);
            let keyless = if CHECK { chunk.keyless[lane] } else { 0 };
            let brackets = open | chunk.close[lane];
            // The bits of this block that are still ahead.
            let mut ahead = !0u64;
            let mut events = brackets | colon & frame.visit;
            while events != 0 {
                let at = i * 64 + events.trailing_zeros() as usize;
                let bit = events & events.wrapping_neg();
                if colon & bit != 0 {
                    events &= events - 1;
                    if let Some(child) = self.child_before(&trie.nodes[usize::from(frame.node)], at)? {
                        self.arrive(child, self.skip_blanks(at + 1), &mut due)?;
                    }
                    continue;
                }
                let up_to = bit | (bit - 1);
                if CHECK {
                    let banned = keyless & frame.ban_keyless | colon & frame.ban_colon;
                    bad |= banned & ahead & up_to;
                }
                ahead = !up_to;
                let byte = self.text()[at];
                if open & bit != 0 {
                    *frames.get_mut(depth).ok_or(LensError)? = frame;
                    depth += 1;
                    let object = if byte == b'{' { !0 } else { 0 };
                    frame = Frame { ban_keyless: object, ban_colon: !object, visit: 0, start: at as u32, node: NONE };
                    if at == due.at {
                        frame.node = due.node;
                        if !trie.nodes[usize::from(due.node)].edges.is_empty() {
                            frame.visit = object;
                        }
                    }
                } else {
                    if depth == 0 || (byte == b'}') != (frame.ban_colon == 0) {
                        return Err(LensError);
                    }
                    if frame.node != NONE
                        && let node = &trie.nodes[usize::from(frame.node)]
                        && let Some(id) = node.id
                    {
                        self.values[id as usize] = match node.emptied(byte == b'}') {
                            Some(empty) => empty,
                            None => self.take.read(frame.start as usize, at + 1)?,
                        };
                    }
                    depth -= 1;
                    frame = frames[depth];
                }
                events = (brackets | colon & frame.visit) & ahead;
            }
            if CHECK {
                let banned = keyless & frame.ban_keyless | colon & frame.ban_colon;
                bad |= banned & ahead;
            }
        }
        if bad != 0 || depth != 0 { Err(LensError) } else { Ok(()) }
    }

    #[inline(always)]
    fn skip_blanks(&self, mut at: usize) -> usize {
        while self.text().get(at).is_some_and(|byte| *byte <= b' ') {
            at += 1;
        }
        at
    }

    /// The child that the key before the colon at `colon` leads to.
    #[inline(always)]
    fn child_before(&self, node: &Node, colon: usize) -> Result<Option<u16>, LensError> {
        let mut end = colon;
        loop {
            end = end.checked_sub(1).ok_or(LensError)?;
            match self.text()[end] {
                b'"' => break,
                0..=b' ' => {}
                _ => return Err(LensError),
            }
        }
        if self.take.summary.escapes && self.may_have_escapes(end) {
            return self.child_escaped(node, end);
        }
        Ok(node.child_ending_at(self.text(), end))
    }

    /// Whether the key that ends at `end` may hold escapes, as far as the block there shows.
    #[inline(always)]
    fn may_have_escapes(&self, end: usize) -> bool {
        let (chunk, lane) = (&self.chunks[end / 64 / LANES], end / 64 % LANES);
        let below = (1u64 << (end % 64)) - 1;
        let quotes = chunk.quote[lane] & below;
        // Without a quote in this block the key began in an earlier one.
        quotes == 0 || (chunk.backslash[lane] & below) >> (63 - quotes.leading_zeros()) != 0
    }

    /// The same where the key may hold escapes: its opening quote is looked up.
    #[inline(never)]
    fn child_escaped(&self, node: &Node, end: usize) -> Result<Option<u16>, LensError> {
        let mut i = end / 64;
        let mut before = self.quotes(i)? & !(!0 << (end % 64));
        while before == 0 {
            i = i.checked_sub(1).ok_or(LensError)?;
            before = self.quotes(i)?;
        }
        let start = i * 64 + 64 - before.leading_zeros() as usize;
        let quoted = self.text().get(start - 1..=end).ok_or(LensError)?;
        node.child_quoted(quoted).ok_or(LensError)
    }

    /// The quotes of a block.
    #[inline(always)]
    fn quotes(&self, block: usize) -> Result<u64, LensError> {
        self.chunks.get(block / LANES).map(|chunk| chunk.quote[block % LANES]).ok_or(LensError)
    }

    /// Takes the value at `at`, which belongs to `node`. The last of several equal keys wins, with all that is below it.
    #[inline(always)]
    fn arrive(&mut self, node: u16, at: usize, due: &mut Due) -> Result<(), LensError> {
        let trie = self.trie;
        let here = &trie.nodes[usize::from(node)];
        for id in &here.below {
            self.values[*id as usize] = Value::ABSENT;
        }
        match (self.text().get(at), here.id) {
            (Some(b'{' | b'['), _) => *due = Due { at, node },
            (Some(b'"'), Some(id)) => self.values[id as usize] = self.string(at + 1)?,
            (Some(_), Some(id)) => {
                let end = at + scalar::scalar(&self.text()[at..]).len();
                self.values[id as usize] = self.take.scalar(at, end)?;
            }
            (Some(_), None) => {}
            (None, _) => return Err(LensError),
        }
        Ok(())
    }

    /// The string whose inside begins at `start`.
    #[inline(always)]
    fn string(&mut self, start: usize) -> Result<Value<'s>, LensError> {
        let mut i = start / 64;
        let mut after = self.quotes(i)? & (!0 << (start % 64));
        while after == 0 {
            i += 1;
            after = self.quotes(i)?;
        }
        let end = i * 64 + after.trailing_zeros() as usize;
        self.take.string(start, end)
    }

    #[inline(always)]
    fn text(&self) -> &'s [u8] {
        self.take.text
    }
}
