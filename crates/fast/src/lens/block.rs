//! Sixty-four bytes at a time as bit masks: bit i speaks of byte i.

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

/// What the walk needs to know of 64 bytes. Everything but `quote` is outside strings.
#[derive(Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) open: u64,
    pub(super) close: u64,
    pub(super) colon: u64,
    /// Quotes that open or close a string; escaped ones are left out.
    pub(super) quote: u64,
    pub(super) backslash: u64,
    /// Signs other than a colon whose preceding sign is a comma: wrong within an object.
    pub(super) keyless: u64,
}

/// One way to find the masks.
///
/// # Safety
/// The methods may use features of the processor; the caller makes sure that it has them.
#[expect(unsafe_code, reason = "implementations use vector instructions")]
pub(super) unsafe trait Classify {
    /// The masks of a block.
    unsafe fn masks(block: &[u8; 64]) -> Masks;
    /// The block's bytes below 0x20, and those of them that are white space.
    unsafe fn controls(block: &[u8; 64]) -> (u64, u64);
    /// Bit i is the parity of bits 0 to i.
    unsafe fn prefix_parity(bits: u64) -> u64;
    /// A sum, and whether it wrapped. Written so that the compiler does not gather several of them in vectors: getting
    /// them there and back costs more than adding.
    unsafe fn sum(a: u64, b: u64) -> (u64, bool);
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

    unsafe fn controls(block: &[u8; 64]) -> (u64, u64) {
        let mask = |is: fn(u8) -> bool| block.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(is(*byte)));
        (mask(|byte| byte < 0x20), mask(|byte| matches!(byte, b'\t' | b'\n' | b'\r')))
    }

    #[inline(always)]
    unsafe fn prefix_parity(bits: u64) -> u64 {
        prefix_parity(bits)
    }

    #[inline(always)]
    unsafe fn sum(a: u64, b: u64) -> (u64, bool) {
        a.overflowing_add(b)
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
            unsafe {
                assert_eq!(C::controls(&block), Portable::controls(&block));
                assert_eq!(C::prefix_parity(masks.quote), prefix_parity(masks.quote));
            }
        }
    }

    #[test]
    fn the_portable_masks_are_what_they_mean() {
        // SAFETY: no feature is needed.
        unsafe { agrees::<Portable>() };
    }
}
