//! The masks by vector instructions of x86-64: AVX-512, where a comparison gives its mask at once, and AVX2.
#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::*;

use super::block::{Chunk, Classify, Grammar, LANES, Marks, Masks, SCALAR, check};

/// AVX-512 F, BW and VBMI2.
pub(super) struct Avx512;

// SAFETY: every method needs the features that it names; the caller makes sure of them.
unsafe impl Classify for Avx512 {
    #[inline(always)]
    unsafe fn fetch(text: &[u8]) {
        fetch(text);
    }

    #[inline(always)]
    unsafe fn fetch_ahead(text: &[u8], at: usize) {
        fetch_ahead(text, at);
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn last(rest: &[u8]) -> [u8; 64] {
        let mut last = [b' '; 64];
        if rest.len() < 64 {
            // One load and one store: what is written in pieces cannot be read as a whole before it has reached memory.
            // SAFETY: no bytes but those of `rest` are read; an unaligned store of 64 bytes to an array of 64.
            unsafe {
                let bytes = _mm512_mask_loadu_epi8(
                    _mm512_set1_epi8(b' ' as i8),
                    _bzhi_u64(!0, rest.len() as u32),
                    rest.as_ptr().cast(),
                );
                _mm512_storeu_si512(last.as_mut_ptr().cast(), bytes);
            }
        }
        last
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn masks(block: &[u8; 64]) -> Masks {
        // SAFETY: an unaligned load of 64 bytes from an array of 64.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
        // Bit 5 set makes `[` and `]` of what else is `{` and `}`.
        let folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
        let folded = |byte: u8| _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8(byte as i8));
        let brace = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20));
        Masks {
            quote: equal(b'"'),
            backslash: equal(b'\\'),
            blank: _mm512_cmple_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
            open: folded(b'{'),
            close: folded(b'}'),
            colon: equal(b':'),
            comma: equal(b','),
            brace,
            any_control: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)) != 0,
            any_high: _mm512_movepi8_mask(bytes) != 0,
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn controls(block: &[u8; 64]) -> (u64, u64) {
        // SAFETY: as in `masks`.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
        let control = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
        (control, equal(b'\t') | equal(b'\n') | equal(b'\r'))
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    unsafe fn prefix_parity(bits: u64) -> u64 {
        multiplied(bits)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn grammar(chunk: &mut Chunk, state: &mut Grammar) {
        wide::check(chunk, state);
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn marks(block: &[u8; 64]) -> Marks {
        // SAFETY: as in `masks`.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8));
        let space = _mm512_set1_epi8(0x20);
        // As for AVX2.
        let table = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3a, 0x7b, 0x2c, 0x7d, 0, 0);
        let picked = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), bytes);
        Marks {
            quote: equal(b'"'),
            backslash: equal(b'\\'),
            blank: _mm512_cmple_epu8_mask(bytes, space),
            sign: _mm512_cmpeq_epi8_mask(picked, _mm512_or_si512(bytes, space)),
            odd: _mm512_cmplt_epi8_mask(bytes, space),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn list(
        block: &[u8; 64],
        base: u16,
        tokens: u64,
        scalar: u64,
        kinds: &mut [u8; 64],
        places: &mut [u16; 64],
    ) {
        static NUMBERS: [u8; 64] = {
            let mut numbers = [0; 64];
            let mut i = 0;
            while i < 64 {
                numbers[i] = i as u8;
                i += 1;
            }
            numbers
        };
        // SAFETY: unaligned loads and stores of 64 bytes, from and to arrays of that many.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            let bytes = _mm512_mask_mov_epi8(bytes, scalar, _mm512_set1_epi8(SCALAR as i8));
            _mm512_storeu_si512(kinds.as_mut_ptr().cast(), _mm512_maskz_compress_epi8(tokens, bytes));
            let at = _mm512_maskz_compress_epi8(tokens, _mm512_loadu_si512(NUMBERS.as_ptr().cast()));
            let base = _mm512_set1_epi16(base as i16);
            let first = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(at));
            _mm512_storeu_si512(places.as_mut_ptr().cast(), _mm512_add_epi16(first, base));
            if tokens.count_ones() > 32 {
                let second = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(at));
                _mm512_storeu_si512(places.as_mut_ptr().add(32).cast(), _mm512_add_epi16(second, base));
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn stands(text: &[u8], at: usize, key: &[u8; 64], length: usize) -> bool {
        if length > 64 || at > text.len() || length > text.len() - at {
            return false;
        }
        let counts = _bzhi_u64(!0, length as u32);
        // SAFETY: the bytes that the mask names are within the text and the key; others are not touched.
        let (found, key) = unsafe {
            let found = _mm512_maskz_loadu_epi8(counts, text.as_ptr().add(at).cast());
            (found, _mm512_maskz_loadu_epi8(counts, key.as_ptr().cast()))
        };
        _mm512_cmpneq_epi8_mask(found, key) == 0
    }
}

/// How much of a text is fetched before it is read: about as many lines as a core waits for at a time.
const FETCHED: usize = 768;

#[inline(always)]
fn fetch(text: &[u8]) {
    for line in text[..text.len().min(FETCHED)].chunks(64) {
        // SAFETY: a hint; any address may be given, and this one is within the text.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

#[inline(always)]
fn fetch_ahead(text: &[u8], at: usize) {
    // SAFETY: a hint; any address may be given.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(text.as_ptr().wrapping_add(at + FETCHED).cast()) };
}

/// A product without carries by all ones is the parity of all bits up to each.
#[inline]
#[target_feature(enable = "pclmulqdq")]
fn multiplied(bits: u64) -> u64 {
    let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits as i64), _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product) as u64
}

/// AVX2.
pub(super) struct Avx2;

// SAFETY: as for `Avx512`.
unsafe impl Classify for Avx2 {
    #[inline(always)]
    unsafe fn fetch(text: &[u8]) {
        fetch(text);
    }

    #[inline(always)]
    unsafe fn fetch_ahead(text: &[u8], at: usize) {
        fetch_ahead(text, at);
    }

    #[inline]
    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn masks(block: &[u8; 64]) -> Masks {
        let halves = load(block);
        let equal = |byte: u8| join(halves.map(|half| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8))));
        let bit5 = _mm256_set1_epi8(0x20);
        let sign = join(signs(halves));
        // Single bits of every byte tell the signs apart.
        let is_bracket = join(halves.map(|half| _mm256_slli_epi16::<1>(half)));
        let is_first = join(halves.map(|half| _mm256_slli_epi16::<6>(half)));
        let least = _mm256_min_epu8(halves[0], halves[1]);
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(least, _mm256_set1_epi8(0x1f)), least);
        let (bracket, mark) = (sign & is_bracket, sign & !is_bracket);
        Masks {
            quote: equal(b'"'),
            backslash: equal(b'\\'),
            blank: join(halves.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, bit5), half))),
            open: bracket & is_first,
            close: bracket & !is_first,
            colon: mark & is_first,
            comma: mark & !is_first,
            brace: join(halves.map(|half| _mm256_slli_epi16::<2>(half))),
            any_control: _mm256_movemask_epi8(control) != 0,
            any_high: _mm256_movemask_epi8(_mm256_or_si256(halves[0], halves[1])) != 0,
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn marks(block: &[u8; 64]) -> Marks {
        let halves = load(block);
        let equal = |byte: u8| join(halves.map(|half| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8))));
        let space = _mm256_set1_epi8(0x20);
        Marks {
            quote: equal(b'"'),
            backslash: equal(b'\\'),
            blank: join(halves.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, space), half))),
            sign: join(signs(halves)),
            odd: join(halves.map(|half| _mm256_cmpgt_epi8(space, half))),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn controls(block: &[u8; 64]) -> (u64, u64) {
        let halves = load(block);
        let equal = |byte: u8| join(halves.map(|half| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8))));
        let top = _mm256_set1_epi8(0x1f);
        let control = join(halves.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, top), half)));
        (control, equal(b'\t') | equal(b'\n') | equal(b'\r'))
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    unsafe fn prefix_parity(bits: u64) -> u64 {
        multiplied(bits)
    }

    #[inline(always)]
    unsafe fn grammar(chunk: &mut Chunk, state: &mut Grammar) {
        check(chunk, state);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(block: &[u8; 64]) -> [__m256i; 2] {
    // SAFETY: two unaligned loads of 32 bytes from an array of 64.
    unsafe { [_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast())] }
}

/// The low nibble picks the one sign that a byte could be; bit 5 set makes one of `[` and `{`.
#[inline]
#[target_feature(enable = "avx2")]
fn signs(halves: [__m256i; 2]) -> [__m256i; 2] {
    let table = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3a, 0x7b, 0x2c, 0x7d, 0, 0);
    let table = _mm256_broadcastsi128_si256(table);
    let bit5 = _mm256_set1_epi8(0x20);
    halves.map(|half| _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, half), _mm256_or_si256(half, bit5)))
}

/// The top bits of all bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn join(halves: [__m256i; 2]) -> u64 {
    let mask = |half| u64::from(_mm256_movemask_epi8(half) as u32);
    mask(halves[0]) | mask(halves[1]) << 32
}

/// The grammar of eight blocks at once: [`check`] with a lane for each block.
mod wide {
    use super::*;

    type Lanes = __m512i;

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(lanes: &[u64; LANES]) -> Lanes {
        // SAFETY: an unaligned load of 64 bytes from an array of 64.
        unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(lanes: &mut [u64; LANES], value: Lanes) {
        // SAFETY: an unaligned store of 64 bytes to an array of 64.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), value) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn and(a: Lanes, b: Lanes) -> Lanes {
        _mm512_and_si512(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn or(a: Lanes, b: Lanes) -> Lanes {
        _mm512_or_si512(a, b)
    }

    /// `a` without `b`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn without(a: Lanes, b: Lanes) -> Lanes {
        _mm512_andnot_si512(b, a)
    }

    /// The top bit of each lane.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn tops(lanes: Lanes) -> u32 {
        u32::from(_mm512_cmplt_epi64_mask(lanes, _mm512_setzero_si512()))
    }

    /// As `next_after` of the plain way, in all lanes. The carries between lanes are themselves found by an addition: of
    /// one bit a lane, where a lane generates a carry (its sum wraps, or its last bit moves on), or passes one on (its sum
    /// is all ones).
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn next_after(from: Lanes, gap: Lanes, carry: &mut u64) -> Lanes {
        let sum = _mm512_add_epi64(_mm512_add_epi64(from, from), gap);
        let generates = u32::from(_mm512_cmplt_epu64_mask(sum, gap)) | tops(from);
        let passes = u32::from(_mm512_cmpeq_epi64_mask(sum, _mm512_set1_epi64(-1)));
        let (a, b) = (generates | passes, generates);
        let total = a + b + *carry as u32;
        *carry = u64::from(total >> LANES);
        let carried = (a ^ b ^ total) as u8;
        let sum = _mm512_mask_add_epi64(sum, carried, sum, _mm512_set1_epi64(1));
        without(sum, gap)
    }

    /// See [`super::super::block::check`], of which this is the same, line by line.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(super) fn check(chunk: &mut Chunk, state: &mut Grammar) {
        let (quote, string) = (load(&chunk.quote), load(&chunk.string));
        let within = or(string, quote);
        let (open, close) = (without(load(&chunk.open), within), without(load(&chunk.close), within));
        let (colon, comma) = (without(load(&chunk.colon), within), without(load(&chunk.comma), within));
        let blank = without(load(&chunk.blank), within);
        let sign = or(or(open, close), or(colon, comma));
        let all = _mm512_set1_epi64(-1);
        let scalar = without(all, or(or(within, sign), blank));
        // A scalar goes on from one lane to the next.
        let ends = tops(scalar);
        let entered = ((ends << 1) | state.scalar_before as u32) as u8;
        state.scalar_before = u64::from(ends >> (LANES - 1));
        let moved = _mm512_add_epi64(scalar, scalar);
        let moved = _mm512_mask_add_epi64(moved, entered, moved, _mm512_set1_epi64(1));
        let begin = without(scalar, moved);

        let from_string = next_after(without(quote, string), blank, &mut state.after_string);
        let from_other = next_after(or(close, scalar), blank, &mut state.after_other);
        let from_open = next_after(open, blank, &mut state.after_open);
        let from_value = or(from_string, from_other);
        let value = or(or(and(quote, string), open), begin);
        let closes_empty = and(close, from_open);
        let mut error = and(value, from_value);
        error = or(error, without(without(sign, open), or(from_value, closes_empty)));
        error = or(error, and(colon, from_other));

        let unsigned = without(all, sign);
        let from_comma = next_after(comma, unsigned, &mut state.after_comma);
        let from_brace = next_after(and(open, load(&chunk.brace)), unsigned, &mut state.after_brace);
        error = or(error, without(colon, or(from_comma, from_brace)));
        error = or(error, without(from_brace, or(colon, closes_empty)));
        state.error |= u64::from(_mm512_test_epi64_mask(error, error));

        store(&mut chunk.open, open);
        store(&mut chunk.close, close);
        store(&mut chunk.colon, colon);
        store(&mut chunk.keyless, without(from_comma, colon));
        store(&mut chunk.begin, begin);
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::tests::agrees;
    use super::*;

    #[test]
    fn vector_masks_are_what_they_mean() {
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("pclmulqdq") {
            // SAFETY: the features were found; those that go with them are as old.
            unsafe { agrees::<Avx2>() };
        }
        if is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("pclmulqdq")
        {
            // SAFETY: as above.
            unsafe { agrees::<Avx512>() };
        }
    }
}
