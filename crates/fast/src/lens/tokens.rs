//! A text's tokens in a row: of each what it is, a sign, a string or a scalar, and where it begins.
//!
//! What a text's tokens are decides whether its grammar is right; what is within strings and scalars, and between tokens, is
//! another matter. So a text that has the tokens of one that was checked needs no check of its grammar: [`super::shape`].
#![expect(unsafe_code, reason = "calls vector instructions")]

use super::block::{Classify, SCALAR};
use super::scan::{Escapes, Summary};

/// The most tokens of a text that are listed.
const MOST: usize = 4096;
/// The longest text whose tokens are listed: places have 16 bits, and the end of the text is one.
const LONGEST: usize = u16::MAX as usize;

/// The list, kept from text to text.
pub(super) struct Tokens {
    /// A block's room more than there may be.
    kinds: Box<[u8; MOST + 64]>,
    places: Box<[u16; MOST + 64]>,
    count: usize,
}

impl Default for Tokens {
    fn default() -> Self {
        Tokens { kinds: Box::new([0; MOST + 64]), places: Box::new([0; MOST + 64]), count: 0 }
    }
}

/// What goes from block to block.
#[derive(Default)]
struct Pass {
    escapes: Escapes,
    any_backslash: u64,
    any_high: u64,
    wrong: u64,
    /// All ones while a string is open where the block begins.
    inside: u64,
    /// 1 while a scalar is.
    scalar_before: u64,
    count: usize,
}

impl Pass {
    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    unsafe fn step<C: Classify, const CHECK: bool>(
        &mut self,
        list: &mut Tokens,
        text: &[u8],
        base: usize,
        block: &[u8; 64],
    ) -> Option<()> {
        // SAFETY: features by contract.
        let marks = unsafe { C::marks(block) };
        let mut quote = marks.quote;
        if marks.backslash | self.escapes.carry != 0 {
            self.any_backslash |= marks.backslash;
            quote &= !self.escapes.block::<CHECK>(text, base, marks.backslash);
        }
        // SAFETY: features by contract.
        let string = unsafe { C::prefix_parity(quote) } ^ self.inside;
        self.inside = ((string as i64) >> 63) as u64;
        if CHECK && marks.odd != 0 {
            // SAFETY: features by contract.
            let (control, space) = unsafe { C::controls(block) };
            self.wrong |= control & (string | !space);
            self.any_high |= marks.odd & !control;
        }
        let outside = !(string | quote);
        let sign = marks.sign & outside;
        let scalar = outside & !(sign | marks.blank);
        let begin = scalar & !(scalar << 1 | self.scalar_before);
        self.scalar_before = scalar >> 63;
        let tokens = quote & string | sign | begin;
        let kinds = list.kinds.get_mut(self.count..)?.first_chunk_mut()?;
        let places = list.places.get_mut(self.count..)?.first_chunk_mut()?;
        // SAFETY: features by contract.
        unsafe { C::list(block, base as u16, tokens, begin, kinds, places) };
        self.count += tokens.count_ones() as usize;
        Some(())
    }
}

impl Tokens {
    /// Lists the tokens of a text. `None` where it has too many, or is no JSON for what strings hold or for not ending one;
    /// with `CHECK` all about strings is looked at, but for whether they are UTF-8.
    ///
    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    pub(super) unsafe fn read<C: Classify, const CHECK: bool>(&mut self, text: &[u8]) -> Option<Summary> {
        if text.len() > LONGEST {
            return None;
        }
        let (whole, tail) = text.as_chunks::<64>();
        let mut pass = Pass::default();
        for (i, block) in whole.iter().enumerate() {
            // SAFETY: features by contract.
            unsafe {
                C::fetch_ahead(text, i * 64);
                pass.step::<C, CHECK>(self, text, i * 64, block)?;
            }
        }
        // Not read before its turn: it is the last to arrive from memory.
        if !tail.is_empty() {
            // SAFETY: features by contract.
            unsafe { pass.step::<C, CHECK>(self, text, whole.len() * 64, &C::last(tail))? };
        }
        let Pass { escapes, any_backslash, any_high, wrong, inside, count, .. } = pass;
        if inside != 0 || wrong != 0 || escapes.bad {
            return None;
        }
        // The hash reads a little further.
        self.kinds.get_mut(count..)?.first_chunk_mut::<HASHED>()?.fill(0);
        *self.places.get_mut(count)? = text.len() as u16;
        self.count = count;
        Some(Summary { escapes: any_backslash != 0, ascii: CHECK && any_high == 0 })
    }

    /// What the tokens are: a string by its quote, a scalar as [`SCALAR`], a sign as itself.
    #[inline(always)]
    pub(super) fn kinds(&self) -> &[u8] {
        &self.kinds[..self.count]
    }

    /// Where a token begins; after the last one, where the text ends.
    #[inline(always)]
    pub(super) fn place(&self, token: u16) -> usize {
        self.places.get(usize::from(token)).map_or(usize::MAX, |place| usize::from(*place))
    }

    /// Where a token ends that is no bracket with what it encloses: at the next token, but for white space.
    #[inline(always)]
    pub(super) fn end(&self, text: &[u8], token: u16) -> usize {
        let mut end = self.place(token.saturating_add(1));
        while end > 0 && text.get(end - 1).is_some_and(|byte| *byte <= b' ') {
            end -= 1;
        }
        end
    }

    /// A hash of the kinds.
    #[inline(always)]
    pub(super) fn hash(&self) -> u64 {
        const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut lanes = [self.count as u64, 1, 2, 3];
        let (groups, _) = self.kinds.as_chunks::<HASHED>();
        for group in &groups[..self.count.div_ceil(HASHED)] {
            let (words, _) = group.as_chunks::<8>();
            for (lane, word) in lanes.iter_mut().zip(words) {
                *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME).rotate_left(29);
            }
        }
        let [a, b, c, d] = lanes;
        let all = (a ^ b.rotate_left(17)).wrapping_add(c ^ d.rotate_left(31)).wrapping_mul(PRIME);
        all ^ all >> 32
    }
}

/// How many kinds are hashed at a time.
const HASHED: usize = 32;

/// Whether a kind is a scalar's.
pub(super) fn is_scalar(kind: u8) -> bool {
    kind == SCALAR
}
