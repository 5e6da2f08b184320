//! Sixty-four bytes at a time as bit masks: bit i speaks of byte i.

/// How many blocks make a chunk.
pub(super) const LANES: usize = 8;

/// What a block of 64 bytes holds, without regard to strings.
pub(super) struct Masks {
    pub(super) quote: u64,
    pub(super) backslash: u64,
    /// Bytes up to and including the space: white space and control characters.
    pub(super) blank: u64,
    /// `{` and `[`.
    pub(super) open: u64,
    /// `}` and `]`.
    pub(super) close: u64,
    /// `:`; where a byte is a control character it may be set as well, since that is refused in any case.
    pub(super) colon: u64,
    /// `,`; likewise.
    pub(super) comma: u64,
    /// Tells `{` from `[` where `open` is set; elsewhere without meaning.
    pub(super) brace: u64,
    /// Whether any byte is below 0x20.
    pub(super) any_control: bool,
    /// Whether any byte is 0x80 or above.
    pub(super) any_high: bool,
}

/// What a block of 64 bytes holds, as far as finding its tokens needs it.
pub(super) struct Marks {
    pub(super) quote: u64,
    pub(super) backslash: u64,
    /// As in [`Masks`].
    pub(super) blank: u64,
    /// Brackets, colons and commas; where a byte is a control character it may be set as well.
    pub(super) sign: u64,
    /// Bytes below 0x20 and from 0x80 on.
    pub(super) odd: u64,
}

/// What stands for a scalar among the kinds of tokens; any other token is its first byte.
pub(super) const SCALAR: u8 = b'0';

/// Eight blocks side by side: each mask is a vector. Before the grammar is looked at `open`, `close`, `colon`, `comma` and
/// `blank` are as in [`Masks`]; afterwards the first three know only what is outside strings.
#[derive(Clone, Copy, Default)]
pub(super) struct Chunk {
    /// Quotes that open or close a string; escaped ones are left out.
    pub(super) quote: [u64; LANES],
    /// From each opening quote up to its closing one, which is left out.
    pub(super) string: [u64; LANES],
    pub(super) backslash: [u64; LANES],
    pub(super) open: [u64; LANES],
    pub(super) close: [u64; LANES],
    pub(super) colon: [u64; LANES],
    pub(super) comma: [u64; LANES],
    pub(super) blank: [u64; LANES],
    pub(super) brace: [u64; LANES],
    /// Signs other than a colon whose preceding sign is a comma: wrong within an object.
    pub(super) keyless: [u64; LANES],
    /// Where scalars begin.
    pub(super) begin: [u64; LANES],
}

impl Chunk {
    /// Makes the blocks from `lane` on blank: there is no text for them.
    pub(super) fn blank_from(&mut self, lane: usize) {
        let Chunk { quote, string, backslash, open, close, colon, comma, blank, brace, .. } = self;
        for masks in [quote, string, backslash, open, close, colon, comma, brace] {
            masks[lane..].fill(0);
        }
        blank[lane..].fill(!0);
    }
}

/// What the grammar carries from chunk to chunk, and whether it was broken.
#[derive(Clone, Copy, Default)]
pub(super) struct Grammar {
    pub(super) after_string: u64,
    pub(super) after_other: u64,
    pub(super) after_open: u64,
    pub(super) after_comma: u64,
    pub(super) after_brace: u64,
    pub(super) scalar_before: u64,
    /// Not 0 where it was broken.
    pub(super) error: u64,
}

/// Moves each bit of `from` up by one, and past the run of `gap` bits that it lands on: the carry of an addition does it.
/// `carry` takes a bit from block to block. One bit at most enters a run, as bits of `from` are never in `gap`.
#[inline(always)]
fn next_after(from: u64, gap: u64, carry: &mut u64) -> u64 {
    let (sum, over) = ((from << 1) | *carry).overflowing_add(gap);
    *carry = (from >> 63) | u64::from(over);
    sum & !gap
}

/// Everything about the grammar that does not depend on which kind of container encloses a token, block by block.
#[inline(always)]
pub(super) fn check(chunk: &mut Chunk, state: &mut Grammar) {
    for lane in 0..LANES {
        let (quote, string) = (chunk.quote[lane], chunk.string[lane]);
        let outside = !(string | quote);
        let (open, close) = (chunk.open[lane] & outside, chunk.close[lane] & outside);
        let (colon, comma) = (chunk.colon[lane] & outside, chunk.comma[lane] & outside);
        let blank = chunk.blank[lane] & outside;
        let sign = open | close | colon | comma;
        let scalar = outside & !sign & !blank;
        let begin = scalar & !((scalar << 1) | state.scalar_before);
        state.scalar_before = scalar >> 63;

        // What stands before each token, white space aside.
        let from_string = next_after(quote & !string, blank, &mut state.after_string);
        let from_other = next_after(close | scalar, blank, &mut state.after_other);
        let from_open = next_after(open, blank, &mut state.after_open);
        let from_value = from_string | from_other;
        let value = (quote & string) | open | begin;
        // A value after a value; a mark or closing bracket after anything else, but `{}` and `[]` are fine; a colon after
        // anything but a string.
        state.error |= value & from_value;
        state.error |= (sign & !open) & !(from_value | (close & from_open));
        state.error |= colon & from_other;

        // Which sign stands before each sign: a colon follows an opening brace or a comma, and an opening brace is
        // followed by a colon, or by its closing one right away.
        let from_comma = next_after(comma, !sign, &mut state.after_comma);
        let from_brace = next_after(open & chunk.brace[lane], !sign, &mut state.after_brace);
        state.error |= colon & !(from_comma | from_brace);
        state.error |= from_brace & !(colon | (close & from_open));

        chunk.open[lane] = open;
        chunk.close[lane] = close;
        chunk.colon[lane] = colon;
        chunk.keyless[lane] = from_comma & !colon;
        chunk.begin[lane] = begin;
    }
}

/// One way to find the masks.
///
/// # Safety
/// The methods may use features of the processor; the caller makes sure that it has them.
#[expect(unsafe_code, reason = "implementations use vector instructions")]
pub(super) unsafe trait Classify {
    /// Asks for the text's beginning to be brought near, where the reading to come would wait for it bit by bit.
    #[inline(always)]
    unsafe fn fetch(text: &[u8]) {
        let _ = text;
    }
    /// The same for what comes some way behind `at`.
    #[inline(always)]
    unsafe fn fetch_ahead(text: &[u8], at: usize) {
        let _ = (text, at);
    }
    /// The last block of a text, of which fewer than 64 bytes are left: with blanks behind them.
    #[inline(always)]
    unsafe fn last(rest: &[u8]) -> [u8; 64] {
        let mut padded = [b' '; 64];
        padded[..rest.len()].copy_from_slice(rest);
        padded
    }
    /// The masks of a block.
    unsafe fn masks(block: &[u8; 64]) -> Masks;
    /// The block's bytes below 0x20, and those of them that are white space.
    unsafe fn controls(block: &[u8; 64]) -> (u64, u64);
    /// Bit i is the parity of bits 0 to i.
    unsafe fn prefix_parity(bits: u64) -> u64;
    /// [`check`], by whatever means.
    unsafe fn grammar(chunk: &mut Chunk, state: &mut Grammar);
    /// The marks of a block.
    unsafe fn marks(block: &[u8; 64]) -> Marks;
    /// Lists a block's tokens: what each is, where `scalar` tells which are scalars, and where it begins, `base` added.
    /// What stands in the lists beyond as many entries as `tokens` has bits may change.
    #[inline(always)]
    unsafe fn list(
        block: &[u8; 64],
        base: u16,
        tokens: u64,
        scalar: u64,
        kinds: &mut [u8; 64],
        places: &mut [u16; 64],
    ) {
        let mut rest = tokens;
        for (kind, place) in kinds.iter_mut().zip(places) {
            if rest == 0 {
                break;
            }
            let at = rest.trailing_zeros();
            *kind = if scalar >> at & 1 == 1 { SCALAR } else { block[at as usize] };
            *place = base.wrapping_add(at as u16);
            rest &= rest - 1;
        }
    }
    /// Whether the first `length` bytes of `key` stand at `at`.
    #[inline(always)]
    unsafe fn stands(text: &[u8], at: usize, key: &[u8; 64], length: usize) -> bool {
        text.get(at..).and_then(|rest| rest.get(..length)).is_some_and(|found| key.get(..length) == Some(found))
    }
}

/// By steps of doubling length.
#[inline(always)]
fn prefix_parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Plain 64-bit arithmetic, eight bytes at a time, for processors without the vector instructions used elsewhere.
pub(super) struct Portable;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES * 0x80;

/// The top bit of every byte, side by side.
#[inline(always)]
fn gather(words: [u64; 8]) -> u64 {
    words.iter().rev().fold(0, |mask, word| mask << 8 | (word & HIGH).wrapping_mul(0x0002_0408_1020_4081) >> 56)
}

/// The top bit of each byte that is at most `limit`, which is below 0x80.
#[inline(always)]
fn up_to(word: u64, limit: u8) -> u64 {
    !(((word & !HIGH) + ONES * u64::from(0x7f - limit)) | word)
}

/// The top bit of each byte that is zero.
#[inline(always)]
fn zero(word: u64) -> u64 {
    !(((word & !HIGH) + !HIGH) | word)
}

#[inline(always)]
fn words(block: &[u8; 64]) -> [u64; 8] {
    let (chunks, _) = block.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(chunks[i]))
}

// SAFETY: no feature of the processor is used.
#[expect(unsafe_code, reason = "the trait is for vector instructions; there are none here")]
unsafe impl Classify for Portable {
    #[inline(always)]
    unsafe fn masks(block: &[u8; 64]) -> Masks {
        let words = words(block);
        let equal = |byte: u8| gather(words.map(|word| zero(word ^ (ONES * u64::from(byte)))));
        // Bit 5 set makes `[` and `]` of what else is `{` and `}`.
        let folded = |byte: u8| gather(words.map(|word| zero((word | (ONES * 0x20)) ^ (ONES * u64::from(byte)))));
        Masks {
            quote: equal(b'"'),
            backslash: equal(b'\\'),
            blank: gather(words.map(|word| up_to(word, 0x20))),
            open: folded(b'{'),
            close: folded(b'}'),
            colon: equal(b':'),
            comma: equal(b','),
            brace: gather(words.map(|word| word << 2)),
            any_control: words.iter().any(|word| up_to(*word, 0x1f) & HIGH != 0),
            any_high: words.iter().any(|word| word & HIGH != 0),
        }
    }

    #[inline(always)]
    unsafe fn marks(block: &[u8; 64]) -> Marks {
        let words = words(block);
        let equal = |byte: u8| words.map(|word| zero(word ^ (ONES * u64::from(byte))));
        let (colon, comma) = (equal(b':'), equal(b','));
        let sign: [u64; 8] = std::array::from_fn(|i| {
            let folded = words[i] | (ONES * 0x20);
            let bracket = zero(folded ^ (ONES * u64::from(b'{'))) | zero(folded ^ (ONES * u64::from(b'}')));
            bracket | colon[i] | comma[i]
        });
        Marks {
            quote: gather(equal(b'"')),
            backslash: gather(equal(b'\\')),
            blank: gather(words.map(|word| up_to(word, 0x20))),
            sign: gather(sign),
            odd: gather(words.map(|word| up_to(word, 0x1f) | word)),
        }
    }

    unsafe fn controls(block: &[u8; 64]) -> (u64, u64) {
        let mask = |is: fn(u8) -> bool| block.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(is(*byte)));
        (mask(|byte| byte < 0x20), mask(|byte| matches!(byte, b'\t' | b'\n' | b'\r')))
    }

    #[inline(always)]
    unsafe fn prefix_parity(bits: u64) -> u64 {
        prefix_parity(bits)
    }

    #[inline(always)]
    unsafe fn grammar(chunk: &mut Chunk, state: &mut Grammar) {
        check(chunk, state);
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "calls what it tests")]
pub(super) mod tests {
    use super::*;

    /// Compares a way to find masks with what they mean.
    ///
    /// # Safety
    /// The processor has the features of `C`.
    pub(crate) unsafe fn agrees<C: Classify>() {
        let mut seed = 1u64;
        for round in 0..4000 {
            let mut block = [b' '; 64];
            for byte in &mut block {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let random = (seed >> 33) as usize;
                *byte = if round % 2 == 0 { random as u8 } else { b"\"\\{}[]:, a1\n\x1f\x80\xfb"[random % 15] };
            }
            // SAFETY: by contract.
            let masks = unsafe { C::masks(&block) };
            for (i, byte) in block.into_iter().enumerate() {
                let bit = |mask: u64| mask >> i & 1 == 1;
                assert_eq!(bit(masks.quote), byte == b'"');
                assert_eq!(bit(masks.backslash), byte == b'\\');
                assert_eq!(bit(masks.blank), byte <= b' ');
                assert_eq!(bit(masks.open), matches!(byte, b'{' | b'['));
                assert_eq!(bit(masks.close), matches!(byte, b'}' | b']'));
                if byte >= 0x20 {
                    assert_eq!(bit(masks.colon), byte == b':');
                    assert_eq!(bit(masks.comma), byte == b',');
                }
                if matches!(byte, b'{' | b'[') {
                    assert_eq!(bit(masks.brace), byte == b'{');
                }
            }
            assert_eq!(masks.any_control, block.iter().any(|byte| *byte < 0x20));
            assert_eq!(masks.any_high, !block.is_ascii());
            // SAFETY: by contract.
            let marks = unsafe { C::marks(&block) };
            for (i, byte) in block.into_iter().enumerate() {
                let bit = |mask: u64| mask >> i & 1 == 1;
                assert_eq!(bit(marks.quote), byte == b'"');
                assert_eq!(bit(marks.backslash), byte == b'\\');
                assert_eq!(bit(marks.blank), byte <= b' ');
                assert_eq!(bit(marks.odd), !(0x20..0x80).contains(&byte));
                if byte >= 0x20 {
                    assert_eq!(bit(marks.sign), b"{}[]:,".contains(&byte), "{byte:#x}");
                }
            }
            let tokens = match round % 3 {
                0 => masks.quote | marks.sign,
                1 => masks.quote,
                _ => !masks.blank,
            };
            // SAFETY: by contract.
            unsafe { lists_alike::<C>(&block, tokens, masks.brace) };
            // SAFETY: by contract.
            unsafe {
                assert_eq!(C::controls(&block), Portable::controls(&block));
                assert_eq!(C::prefix_parity(masks.quote), prefix_parity(masks.quote));
            }
        }
        let (mut state, mut plain) = (Grammar::default(), Grammar::default());
        for round in 0..20_000 {
            let mut random = |often: u64| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let bits = seed ^ (seed >> 29);
                // Runs of ones and of zeros from one block to the next are what carries have to get past.
                match seed >> 60 {
                    0..4 => 0,
                    4..6 => u64::MAX,
                    _ => bits & (bits >> often),
                }
            };
            let mut lanes = |often| std::array::from_fn(|_| random(often));
            let mut chunk = Chunk {
                quote: lanes(3),
                string: lanes(1),
                open: lanes(5),
                close: lanes(5),
                colon: lanes(5),
                comma: lanes(5),
                blank: lanes(round % 7),
                brace: lanes(1),
                ..Chunk::default()
            };
            // A byte is one thing only.
            for lane in 0..LANES {
                chunk.close[lane] &= !chunk.open[lane];
                chunk.colon[lane] &= !(chunk.open[lane] | chunk.close[lane]);
                chunk.comma[lane] &= !(chunk.open[lane] | chunk.close[lane] | chunk.colon[lane]);
                let sign = chunk.open[lane] | chunk.close[lane] | chunk.colon[lane] | chunk.comma[lane];
                chunk.blank[lane] &= !sign;
            }
            let mut other = chunk;
            // SAFETY: by contract.
            unsafe { C::grammar(&mut chunk, &mut state) };
            check(&mut other, &mut plain);
            for (a, b) in [
                (chunk.open, other.open),
                (chunk.close, other.close),
                (chunk.colon, other.colon),
                (chunk.keyless, other.keyless),
                (chunk.begin, other.begin),
            ] {
                assert_eq!(a, b, "round {round}");
            }
            let carries = |it: &Grammar| {
                [it.after_string, it.after_other, it.after_open, it.after_comma, it.after_brace, it.scalar_before]
            };
            assert_eq!(carries(&state), carries(&plain), "round {round}");
            assert_eq!(state.error != 0, plain.error != 0, "round {round}");
            (state.error, plain.error) = (0, 0);
        }
    }

    /// Compares a way to list tokens with the plain way, and a way to compare keys.
    ///
    /// # Safety
    /// The processor has the features of `C`.
    unsafe fn lists_alike<C: Classify>(block: &[u8; 64], tokens: u64, scalar: u64) {
        let count = tokens.count_ones() as usize;
        let (mut kinds, mut places) = ([0; 64], [0; 64]);
        let (mut plain_kinds, mut plain_places) = ([0; 64], [0; 64]);
        // SAFETY: by contract.
        unsafe {
            C::list(block, 640, tokens, scalar, &mut kinds, &mut places);
            Portable::list(block, 640, tokens, scalar, &mut plain_kinds, &mut plain_places);
        }
        assert_eq!(kinds[..count], plain_kinds[..count]);
        assert_eq!(places[..count], plain_places[..count]);
        for length in [0, 1, 31, 63] {
            let rest = &block[..length];
            // SAFETY: by contract.
            assert_eq!(unsafe { C::last(rest) }, unsafe { Portable::last(rest) });
        }
        for (at, length) in [(0, 64), (0, 0), (1, 63), (1, 64), (40, 24), (63, 1), (64, 0), (64, 1), (70, 0)] {
            let mut key = [0; 64];
            for (to, from) in key.iter_mut().zip(block.iter().skip(at)) {
                *to = *from;
            }
            let fits = at + length <= 64;
            // SAFETY: by contract.
            assert_eq!(unsafe { C::stands(block, at, &key, length) }, fits, "{at} {length}");
            if let Some(last) = length.checked_sub(1) {
                key[last] ^= 1;
                // SAFETY: by contract.
                assert!(!unsafe { C::stands(block, at, &key, length) });
            }
        }
    }

    #[test]
    fn the_portable_masks_are_what_they_mean() {
        // SAFETY: no feature is needed.
        unsafe { agrees::<Portable>() };
    }
}
