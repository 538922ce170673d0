//! Chance that can be repeated: a seed gives the same throws.

/// SplitMix64.
#[derive(Debug)]
pub(crate) struct Dice {
    state: u64,
    seed: u64,
}

impl Dice {
    /// The throws of `seed`.
    pub(crate) fn of(seed: u64) -> Self {
        Self { state: seed, seed }
    }

    /// The throws of `MARUGOTO_SEED`, or others each time.
    pub(crate) fn cast() -> Self {
        let given = std::env::var("MARUGOTO_SEED")
            .ok()
            .map(|seed| seed.parse().expect("a number"));
        Self::of(given.unwrap_or_else(|| u64::from_be_bytes(crypto::random())))
    }

    /// What repeats these throws.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Yes, so many times of a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// A part of a whole.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
