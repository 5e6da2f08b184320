//! Random numbers from a seed: SplitMix64 (Steele, Lea and Flood, 2014), whole numbers only, so that every machine draws
//! the same.

/// A source of random numbers.
pub(crate) struct Random {
    state: u64,
}

/// How likely it is, times 1,000, that a rank lies between 2^k and 2^(k+1): Zipf's law with s = 1.1 over a million.
const OCTAVES: [u64; 20] =
    [1000, 933, 871, 812, 758, 707, 660, 616, 574, 536, 500, 467, 435, 406, 379, 354, 330, 308, 287, 268];

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The upper half of a product: no division, and biased by less than bound / 2^64.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `share` times of 100,000.
    pub(crate) fn happens(&mut self, share: u32) -> bool {
        self.below(100_000) < u64::from(share)
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// One of `choices`, each as often as the number beside it says.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let total: u64 = choices.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (weight, choice) in choices {
            match left.checked_sub(u64::from(*weight)) {
                None => return *choice,
                Some(rest) => left = rest,
            }
        }
        choices[choices.len() - 1].1
    }

    /// A rank from 1 to about a million: a few come very often, most hardly ever.
    pub(crate) fn rank(&mut self) -> u64 {
        let total: u64 = OCTAVES.iter().sum();
        let mut left = self.below(total);
        for (octave, weight) in OCTAVES.iter().enumerate() {
            match left.checked_sub(*weight) {
                None => return (1 << octave) + self.below(1 << octave),
                Some(rest) => left = rest,
            }
        }
        1
    }

    /// `count` characters of the base64url alphabet.
    pub(crate) fn base64url(&mut self, count: usize) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..count).map(|_| char::from(self.pick(ALPHABET))).collect()
    }

    /// `count` letters.
    pub(crate) fn letters(&mut self, count: usize) -> String {
        const ALPHABET: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..count).map(|_| char::from(self.pick(ALPHABET))).collect()
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            8 + (low >> 62),
            (low >> 48) & 0xFFF,
            low & 0xFFFF_FFFF_FFFF,
        )
    }
}

/// The letters and digits that stand for a number wherever an identifier is needed: the same number, the same text.
pub(crate) fn identifier(namespace: &str, number: u64, length: usize) -> String {
    let seed = namespace.bytes().fold(number, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Random::new(seed).base64url(length).replace(['-', '_'], "x")
}
