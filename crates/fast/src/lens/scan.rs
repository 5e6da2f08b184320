//! The first pass: straight-line code from text to masks. Checking, it decides everything about the grammar that does not
//! depend on which kind of container encloses a token; the rest is for the walk.
//!
//! What stands before a token, white space aside, is found by letting an addition's carry run across the white space:
//! bits of `from` moved up by one, plus the run of white space they land on, end up right after it.
#![expect(unsafe_code, reason = "calls vector instructions, and writes a list without asking for room each time")]

use super::LensError;
use super::block::{Block, Classify};
use super::scalar::is_scalar;

/// What the walk needs to know of the whole text.
pub(super) struct Summary {
    /// Whether there is any backslash, so that keys and strings may hold escapes.
    pub(super) escapes: bool,
    /// Whether every byte is below 0x80; only known where it was checked.
    pub(super) ascii: bool,
}

/// Moves each bit of `from` up by one, and past the run of `gap` bits that it lands on. `carry` takes a bit from block to
/// block. One bit at most enters a run, as bits of `from` are never in `gap`.
///
/// # Safety
/// The processor has the features of `C`.
#[inline(always)]
unsafe fn next_after<C: Classify>(from: u64, gap: u64, carry: &mut u64) -> u64 {
    // SAFETY: by contract.
    let (sum, over) = unsafe { C::sum((from << 1) | *carry, gap) };
    *carry = from >> 63 | u64::from(over);
    sum & !gap
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
struct Escapes {
    /// 1 where the first byte of the next block is escaped.
    carry: u64,
    bad: bool,
}

impl Escapes {
    /// The mask of escaped bytes, given that of the backslashes.
    #[inline(never)]
    fn block<const CHECK: bool>(&mut self, text: &[u8], base: usize, mask: u64) -> u64 {
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

/// Runs the pass. `blocks` has one entry for each begun 64 bytes.
///
/// # Safety
/// The processor has the features of `C`.
#[inline(always)]
pub(super) unsafe fn scan<C: Classify, const CHECK: bool>(
    text: &[u8],
    blocks: &mut [Block],
    scalars: &mut Vec<u32>,
) -> Result<Summary, LensError> {
    let (whole, tail) = text.as_chunks::<64>();
    let mut padded = [b' '; 64];
    padded[..tail.len()].copy_from_slice(tail);

    let mut escapes = Escapes::default();
    let mut any_backslash = 0;
    let mut any_high = false;
    let mut error = 0;
    // All ones while a string is open where the block begins.
    let mut inside = 0u64;
    let (mut after_string, mut after_other, mut after_open) = (0, 0, 0);
    let (mut after_comma, mut after_brace, mut scalar_before) = (0, 0, 0);
    if CHECK && scalars.len() < text.len() + 128 {
        // Fresh zeroed memory costs nothing before it is touched.
        *scalars = vec![0; (text.len() + 128).next_power_of_two()];
    }
    let list = scalars.as_mut_ptr();
    let mut cursor = list;

    for (i, out) in blocks.iter_mut().enumerate() {
        let block = whole.get(i).unwrap_or(&padded);
        // SAFETY: features by contract.
        let masks = unsafe { C::masks(block) };
        let mut quote = masks.quote;
        if masks.backslash | escapes.carry != 0 {
            any_backslash |= masks.backslash;
            quote &= !escapes.block::<CHECK>(text, i * 64, masks.backslash);
        }
        // From each opening quote up to its closing one, which is left out.
        // SAFETY: features by contract.
        let string = unsafe { C::prefix_parity(quote) } ^ inside;
        inside = ((string as i64) >> 63) as u64;
        let outside = !(string | quote);
        let (open, close) = (masks.open & outside, masks.close & outside);
        let colon = masks.colon & outside;
        out.open = open;
        out.close = close;
        out.colon = colon;
        out.quote = quote;
        out.backslash = masks.backslash;
        if !CHECK {
            continue;
        }

        any_high |= masks.any_high;
        if masks.any_control {
            // SAFETY: features by contract.
            let (control, space) = unsafe { C::controls(block) };
            error |= control & (string | !space);
        }
        let comma = masks.comma & outside;
        let blank = masks.blank & outside;
        let sign = open | close | colon | comma;
        let scalar = outside & !sign & !blank;

        // Scalars are looked at after the loop; here, where they begin.
        let begin = scalar & !(scalar << 1 | scalar_before);
        scalar_before = scalar >> 63;
        // SAFETY: there is room for an entry for each byte and 128 more, and at most one was written for each byte before.
        unsafe { push(&mut cursor, (i * 64) as u32, begin) };

        // SAFETY: features by contract.
        let before = |from: u64, gap: u64, carry: &mut u64| unsafe { next_after::<C>(from, gap, carry) };
        // What stands before each token, white space aside.
        let from_string = before(quote & !string, blank, &mut after_string);
        let from_other = before(close | scalar, blank, &mut after_other);
        let from_open = before(open, blank, &mut after_open);
        let from_value = from_string | from_other;
        let value = quote & string | open | begin;
        // A value after a value; a mark or closing bracket after anything else, but `{}` and `[]` are fine; a colon after
        // anything but a string.
        error |= value & from_value;
        error |= (sign & !open) & !(from_value | close & from_open);
        error |= colon & from_other;

        // Which sign stands before each sign: a colon follows an opening brace or a comma, and an opening brace is
        // followed by a colon, or by its closing one right away.
        let from_comma = before(comma, !sign, &mut after_comma);
        let from_brace = before(open & masks.brace, !sign, &mut after_brace);
        error |= colon & !(from_comma | from_brace);
        error |= from_brace & !(colon | close & from_open);
        out.keyless = from_comma & !colon;
    }

    if inside != 0 {
        return Err(LensError);
    }
    if CHECK {
        // A text without a value ends after none; one that ends in a comma lacks another.
        if error != 0 || escapes.bad || after_string | after_other == 0 || after_comma != 0 {
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
