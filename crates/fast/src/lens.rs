//! The lens: from an event's bytes straight to the values at the paths that a program reads.
//!
//! It is no JSON parser: it builds only what is asked for. Two passes: [`scan`] turns the text into bit masks and checks
//! the grammar 64 bytes at a time, [`walk`] goes from bracket to bracket and takes the values at the paths. Most texts need
//! neither, having a [`shape`] that is known. It takes what
//! [`lictor_value::json`] takes and refuses what that refuses, and also what is no UTF-8, which that reader mends as OPA
//! does; where and why a text is refused is for others to say, since a refused event has time.
//!
//! The words below: a *mark* is a colon or comma, a *sign* is a mark or a bracket, a *value end* is a closing quote, a
//! closing bracket or a byte of a scalar (a number, `true`, `false` or `null`).
#![expect(unsafe_code, reason = "vector instructions: this room chooses them, `x86` uses them")]

mod block;
mod parts;
mod scalar;
mod scan;
mod shape;
mod take;
mod tokens;
mod trie;
mod walk;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::fmt;
use std::sync::Arc;

use lictor_ir::{Program, Reads};
use lictor_value::{Arena, Value, json};

use block::{Chunk, Classify, LANES};
use shape::Shapes;
use take::Take;
use tokens::Tokens;
use trie::Trie;
use walk::{Frame, Walk};

/// Reads a program's paths out of JSON texts. Shared by threads; each has a [`LensScratch`].
pub struct Lens {
    trie: Arc<Trie>,
    options: LensOptions,
    instructions: Instructions,
}

/// How a lens reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LensOptions {
    /// Take it for granted that texts are well-formed JSON: what is read is taken from where it would be. A text that is
    /// not gives an error or some reading of it.
    pub trusted: bool,
    /// Use no vector instructions. For tests.
    pub portable: bool,
    /// Use none wider than AVX2. For tests.
    pub narrow: bool,
}

/// The text is not the JSON that [`json::Reader`] takes, or no UTF-8, or larger than 4 GiB, or memory ran out: that reader says what is
/// wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LensError;

impl fmt::Display for LensError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event is no JSON that can be read")
    }
}

impl std::error::Error for LensError {}

/// One thread's scratch memory: it grows to what events need and keeps it.
#[derive(Default)]
pub struct LensScratch {
    chunks: Vec<Chunk>,
    scalars: Vec<u32>,
    frames: Vec<Frame>,
    reader: json::Reader,
    tokens: Tokens,
    /// What each lens has seen, by its trie; the last one read by comes first.
    shapes: Vec<(Arc<Trie>, Shapes)>,
}

/// How many lenses have shapes in one scratch memory.
const LENSES: usize = 4;

impl LensScratch {
    /// Brings the shapes of a lens to the front.
    #[inline(always)]
    fn shapes_of(&mut self, trie: &Arc<Trie>) {
        if self.shapes.first().is_none_or(|(first, _)| !Arc::ptr_eq(first, trie)) {
            self.turn_to(trie);
        }
    }

    #[inline(never)]
    fn turn_to(&mut self, trie: &Arc<Trie>) {
        let found = self.shapes.iter().position(|(other, _)| Arc::ptr_eq(other, trie));
        let at = found.unwrap_or_else(|| {
            self.shapes.truncate(LENSES - 1);
            self.shapes.push((Arc::clone(trie), Shapes::default()));
            self.shapes.len() - 1
        });
        self.shapes[..=at].rotate_right(1);
    }
}

impl fmt::Debug for LensScratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LensScratch").finish_non_exhaustive()
    }
}

impl fmt::Debug for Lens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lens").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What the processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Instructions {
    fn detect(narrow: bool) -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let bits = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("pclmulqdq")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vbmi2");
            if bits && wide && !narrow {
                return Instructions::Avx512;
            }
            if bits {
                return Instructions::Avx2;
            }
        }
        Instructions::Portable
    }
}

impl Lens {
    /// A lens on what these entries of a program read; `None` where one reads all of the input, or a path has a key that
    /// needs more care than it is worth (one with a quote, a backslash or U+FFFD, which malformed text becomes).
    pub fn new(program: &Arc<Program>, reads: &[&Reads], options: LensOptions) -> Option<Self> {
        Lens::with(program, reads, &[], options)
    }

    /// As [`Lens::new`], on other paths too, whose values are read as wholes: [`Lens::also`].
    pub fn with(program: &Arc<Program>, reads: &[&Reads], also: &[&[&str]], options: LensOptions) -> Option<Self> {
        let trie = Trie::new(program, reads, also)?;
        let instructions = if options.portable { Instructions::Portable } else { Instructions::detect(options.narrow) };
        Some(Lens { trie: Arc::new(trie), options, instructions })
    }

    /// Where the values of the other paths are, in their order: among those of the program's, or behind them.
    pub fn also(&self) -> &[u32] {
        &self.trie.also
    }

    /// The values at the program's paths, by path id, [`Value::ABSENT`] where there is none or nobody reads it. Strings
    /// borrow from the text where they have no escapes. Nothing is allocated besides the arena once the scratch memory is
    /// warm.
    ///
    /// # Errors
    /// Where the text is not JSON; see [`LensError`].
    pub fn read<'s>(
        &'s self,
        text: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
    ) -> Result<&'s [Value<'s>], LensError> {
        let values = self.find(text, arena, scratch)?;
        self.put_together(arena, values)?;
        Ok(values)
    }

    /// The first half of [`Lens::read`]: objects of which only some keys are read are still empty.
    ///
    /// # Errors
    /// As [`Lens::read`].
    #[expect(clippy::mut_from_ref, reason = "each call hands out other memory")]
    pub fn find<'s>(
        &'s self,
        text: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
    ) -> Result<&'s mut [Value<'s>], LensError> {
        if text.len() >= u32::MAX as usize - 64 || !arena.has_room(self.trie.ids() * size_of::<Value<'_>>()) {
            return Err(LensError);
        }
        let values = arena.filled(self.trie.ids(), Value::ABSENT);
        if scratch.frames.is_empty() {
            scratch.frames.resize(json::MAX_DEPTH, Frame::TOP);
        }
        match self.instructions {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Instructions::detect` found the features.
            Instructions::Avx512 => unsafe { self.read_avx512(text, arena, scratch, values)? },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Instructions::Avx2 => unsafe { self.read_avx2(text, arena, scratch, values)? },
            // SAFETY: no feature is needed.
            Instructions::Portable => unsafe { self.read_by::<block::Portable>(text, arena, scratch, values)? },
        }
        Ok(values)
    }

    /// The second half of [`Lens::read`]: puts objects of which only some keys are read together from the values at these.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn put_together<'s>(&'s self, arena: &'s Arena, values: &mut [Value<'s>]) -> Result<(), LensError> {
        self.trie.parts.iter().try_for_each(|parts| parts.put_together(arena, values))
    }

    /// # Safety
    /// The processor has the features named.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn read_avx512<'s>(
        &self,
        text: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
        values: &mut [Value<'s>],
    ) -> Result<(), LensError> {
        // SAFETY: by contract.
        unsafe { self.read_by::<x86::Avx512>(text, arena, scratch, values) }
    }

    /// # Safety
    /// The processor has the features named.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn read_avx2<'s>(
        &self,
        text: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
        values: &mut [Value<'s>],
    ) -> Result<(), LensError> {
        // SAFETY: by contract.
        unsafe { self.read_by::<x86::Avx2>(text, arena, scratch, values) }
    }

    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    unsafe fn read_by<'s, C: Classify>(
        &self,
        text: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
        values: &mut [Value<'s>],
    ) -> Result<(), LensError> {
        // SAFETY: by contract.
        unsafe {
            if self.options.trusted {
                self.read_with::<C, false>(text, arena, scratch, values)
            } else {
                self.read_with::<C, true>(text, arena, scratch, values)
            }
        }
    }

    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    unsafe fn read_with<'s, C: Classify, const CHECK: bool>(
        &self,
        text: &'s [u8],
        arena: &'s Arena,
        scratch: &mut LensScratch,
        values: &mut [Value<'s>],
    ) -> Result<(), LensError> {
        // SAFETY: by contract.
        unsafe { C::fetch(text) };
        scratch.shapes_of(&self.trie);
        let LensScratch { chunks, scalars, frames, reader, tokens, shapes } = scratch;
        let shapes = &mut shapes[0].1;
        let mut missed = None;
        if shapes.is_worth_it()
            // SAFETY: by contract.
            && let Some(summary) = unsafe { tokens.read::<C, CHECK>(text) }
            && (!CHECK || summary.ascii || simdutf8::basic::from_utf8(text).is_ok())
        {
            let hash = tokens.hash();
            let mut take = Take { text, summary, arena, reader };
            // SAFETY: by contract.
            if unsafe { shapes.read::<C, CHECK>(tokens, hash, &mut take, values)? } {
                return Ok(());
            }
            missed = Some(hash);
        }
        // SAFETY: by contract.
        unsafe { self.search::<C, CHECK>(text, arena, (chunks, scalars, frames, reader), values)? };
        if let Some(hash) = missed {
            shapes.note(text, tokens, hash, &self.trie);
        }
        Ok(())
    }

    /// Reads a text that has no known shape.
    ///
    /// # Safety
    /// The processor has the features of `C`.
    #[inline(always)]
    unsafe fn search<'s, C: Classify, const CHECK: bool>(
        &self,
        text: &'s [u8],
        arena: &'s Arena,
        (chunks, scalars, frames, reader): (&mut Vec<Chunk>, &mut Vec<u32>, &mut [Frame], &mut json::Reader),
        values: &mut [Value<'s>],
    ) -> Result<(), LensError> {
        let count = text.len().div_ceil(64 * LANES);
        if chunks.len() < count {
            chunks.resize(count.next_power_of_two(), Chunk::default());
        }
        let chunks = &mut chunks[..count];
        // SAFETY: by contract.
        let summary = unsafe { scan::scan::<C, CHECK>(text, chunks, scalars)? };
        if CHECK && !summary.ascii && simdutf8::basic::from_utf8(text).is_err() {
            return Err(LensError);
        }
        let take = Take { text, summary, arena, reader };
        let walk = Walk { take, chunks, trie: &self.trie, values };
        walk.run::<CHECK>(frames)
    }
}
