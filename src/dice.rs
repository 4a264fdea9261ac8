//! Numbers for tests that try wild things: the same ones for the same seed.

/// Marsaglia's xorshift.
pub struct Dice(pub u64);

impl Dice {
    /// One that `KONUSMA_FUZZ_SECONDS`, for as long as which wild things are tried, makes another one in every process.
    pub fn for_long() -> (Dice, std::time::Duration) {
        let seconds = std::env::var("KONUSMA_FUZZ_SECONDS")
            .ok()
            .and_then(|text| text.parse().ok());
        let seed = seconds.map_or(1, |_| u64::from(std::process::id()));
        let time = std::time::Duration::from_secs(seconds.unwrap_or(1));
        (Dice(0x9e37_79b9_7f4a_7c15 ^ seed), time)
    }

    /// 0 to `sides` less one.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }
}
