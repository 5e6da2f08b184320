//! The first pass: straight-line code from text to masks. Checking, it decides everything about the grammar that does not
//! depend on which kind of container encloses a token ([`super::block::check`]); the rest is for the walk.
#![expect(unsafe_code, reason = "calls vector instructions, and writes a list without asking for room each time")]

use super::LensError;
use super::block::{Chunk, Classify, Grammar, LANES};
use super::scalar::is_scalar;

/// What the walk needs to know of the whole text.
pub(super) struct Summary {
    /// Whether there is any backslash, so that keys and strings may hold escapes.
    pub(super) escapes: bool,
    /// Whether every byte is below 0x80; only known where it was checked.
    pub(super) ascii: bool,
}

/// Writes the positions of the set bits at `cursor` and moves it. One bit or none is the rule, so the first is written
/// without asking.
///
/// # Safety
/// As many entries as `mask` has bits, and at least one, may be written at `cursor`.
#[inline(always)]
unsafe fn push(cursor: &mut *mut u32, base: u32, mask: u64) {
    let mut rest = mask & mask.wrapping_sub(1);
    // SAFETY: by contract.
    unsafe {
        cursor.write(base.wrapping_add(mask.trailing_zeros()));
        let mut more = *cursor;
        while rest != 0 {
            more = more.add(1);
            more.write(base + rest.trailing_zeros());
            rest &= rest - 1;
        }
        *cursor = cursor.add(mask.count_ones() as usize);
    }
}

/// Follows escapes from block to block.
#[derive(Default)]
pub(super) struct Escapes {
    /// 1 where the first byte of the next block is escaped.
    pub(super) carry: u64,
    pub(super) bad: bool,
}

impl Escapes {
    /// The mask of escaped bytes, given that of the backslashes.
    #[inline(never)]
    pub(super) fn block<const CHECK: bool>(&mut self, text: &[u8], base: usize, mask: u64) -> u64 {
        let mut escaped = self.carry;
        let mut rest = mask & !escaped;
        self.carry = 0;
        while rest != 0 {
            let bit = rest & rest.wrapping_neg();
            if CHECK {
                self.bad |= !is_escape(&text[base + rest.trailing_zeros() as usize + 1..]);
            }
            escaped |= bit << 1;
            self.carry = bit >> 63;
            rest &= !(bit | bit << 1);
        }
        escaped
    }
}

/// Whether what follows a backslash makes it an escape.
fn is_escape(after: &[u8]) -> bool {
    match after {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => true,
        [b'u', a, b, c, d, ..] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
        _ => false,
    }
}

/// Checks a chunk's grammar, and lists where its scalars begin: they are looked at when all is read.
///
/// # Safety
/// The processor has the features of `C`, and as many entries as scalars begin in the chunk, and one, may be written.
#[inline(always)]
unsafe fn finish<C: Classify>(chunk: &mut Chunk, number: usize, grammar: &mut Grammar, cursor: &mut *mut u32) {
    // SAFETY: by contract.
    unsafe {
        C::grammar(chunk, grammar);
        for (lane, begin) in chunk.begin.iter().enumerate() {
            push(cursor, ((number * LANES + lane) * 64) as u32, *begin);
        }
    }
}

/// Runs the pass. `chunks` has one entry for each begun 512 bytes.
///
/// # Safety
/// The processor has the features of `C`.
#[inline(always)]
pub(super) unsafe fn scan<C: Classify, const CHECK: bool>(
    text: &[u8],
    chunks: &mut [Chunk],
    scalars: &mut Vec<u32>,
) -> Result<Summary, LensError> {
    let (whole, tail) = text.as_chunks::<64>();
    // SAFETY: features by contract.
    let padded = unsafe { C::last(tail) };

    let mut escapes = Escapes::default();
    let mut any_backslash = 0;
    let mut any_high = false;
    // All ones while a string is open where the block begins.
    let mut inside = 0u64;
    let mut grammar = Grammar::default();
    if CHECK && scalars.len() < text.len() + 1024 {
        // Fresh zeroed memory costs nothing before it is touched.
        *scalars = vec![0; (text.len() + 1024).next_power_of_two()];
    }
    let list = scalars.as_mut_ptr();
    let mut cursor = list;

    for number in 0..chunks.len() {
        let chunk = &mut chunks[number];
        for lane in 0..LANES {
            let i = number * LANES + lane;
            let block = match whole.get(i) {
                Some(block) => block,
                None if i == whole.len() && !tail.is_empty() => &padded,
                None => {
                    chunk.blank_from(lane);
                    break;
                }
            };
            // SAFETY: features by contract.
            let masks = unsafe {
                C::fetch_ahead(text, i * 64);
                C::masks(block)
            };
            let mut quote = masks.quote;
            if masks.backslash | escapes.carry != 0 {
                any_backslash |= masks.backslash;
                quote &= !escapes.block::<CHECK>(text, i * 64, masks.backslash);
            }
            // SAFETY: features by contract.
            let string = unsafe { C::prefix_parity(quote) } ^ inside;
            inside = ((string as i64) >> 63) as u64;
            chunk.quote[lane] = quote;
            chunk.string[lane] = string;
            chunk.backslash[lane] = masks.backslash;
            if CHECK {
                chunk.open[lane] = masks.open;
                chunk.close[lane] = masks.close;
                chunk.colon[lane] = masks.colon;
                chunk.comma[lane] = masks.comma;
                chunk.blank[lane] = masks.blank;
                chunk.brace[lane] = masks.brace;
                any_high |= masks.any_high;
                if masks.any_control {
                    // SAFETY: features by contract.
                    let (control, space) = unsafe { C::controls(block) };
                    grammar.error |= control & (string | !space);
                }
            } else {
                let outside = !(string | quote);
                chunk.open[lane] = masks.open & outside;
                chunk.close[lane] = masks.close & outside;
                chunk.colon[lane] = masks.colon & outside;
            }
        }
        // The chunk before: this one's masks are still on their way to memory, where the grammar would wait for them.
        if CHECK && number > 0 {
            // SAFETY: as below.
            unsafe { finish::<C>(&mut chunks[number - 1], number - 1, &mut grammar, &mut cursor) };
        }
    }
    if CHECK && let Some(chunk) = chunks.last_mut() {
        // SAFETY: features by contract; there is room for an entry for each byte and more than a chunk's besides, and at
        // most one is written for each byte.
        unsafe { finish::<C>(chunk, text.len().div_ceil(64 * LANES) - 1, &mut grammar, &mut cursor) };
    }

    if inside != 0 {
        return Err(LensError);
    }
    if CHECK {
        // A text without a value ends after none; one that ends in a comma lacks another.
        let ends = grammar.after_string | grammar.after_other != 0 && grammar.after_comma == 0;
        if grammar.error != 0 || escapes.bad || !ends {
            return Err(LensError);
        }
        // SAFETY: the cursor began at `list` and moved within it.
        let found = unsafe { cursor.offset_from(list) } as usize;
        if !scalars[..found].iter().all(|at| is_scalar(text, *at as usize)) {
            return Err(LensError);
        }
    }
    Ok(Summary { escapes: any_backslash != 0, ascii: CHECK && !any_high })
}
