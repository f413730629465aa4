//! Random numbers that are the same on every platform: a portable generator, and no function of the platform's own
//! mathematics library, whose last bits differ.

use std::f64::consts::TAU;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A stream of random numbers for one purpose.
pub(crate) struct Random {
    bits: Pcg64,
    spare_normal: Option<f64>,
}

impl Random {
    /// The stream for `purpose`: streams of other purposes are independent of it, so that one more draw in one place
    /// moves nothing elsewhere.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        Random { bits: Pcg64::seed_from_u64(seed ^ fnv1a(purpose.as_bytes())), spare_normal: None }
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn uniform(&mut self) -> f64 {
        const RESOLUTION: f64 = 1.0 / (1u64 << 53) as f64;
        (self.bits.next_u64() >> 11) as f64 * RESOLUTION
    }

    /// Uniform in `0..end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // The high half of a 128-bit product; its bias is under 2^-32 for every collection that fits in memory here.
        ((u128::from(self.bits.next_u64()) * end as u128) >> 64) as usize
    }

    /// Standard normal, by the Box-Muller transform.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // 1 - u is in (0, 1]: its logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let angle = TAU * self.uniform();
        self.spare_normal = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// Puts the items in a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for position in (1..items.len()).rev() {
            items.swap(position, self.below(position + 1));
        }
    }
}

/// A hash of a text that never changes, unlike the standard library's.
fn fnv1a(bytes: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let mut random = Random::new(1, "test");
        let draws: Vec<f64> = (0..100_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "mean {mean}, variance {variance}");
    }

    #[test]
    fn streams_differ_by_purpose_and_repeat_by_seed() {
        let draw = |seed, purpose| Random::new(seed, purpose).uniform();
        assert_eq!(draw(7, "a"), draw(7, "a"));
        assert_ne!(draw(7, "a"), draw(7, "b"));
        assert_ne!(draw(7, "a"), draw(8, "a"));
    }

    #[test]
    fn the_bits_never_change() {
        let mut random = Random::new(42, "fixed");
        let drawn = [random.uniform().to_bits(), random.normal().to_bits(), random.below(1000) as u64];
        assert_eq!(drawn, FIXED);
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        Random::new(3, "test").shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }

    const FIXED: [u64; 3] = [4_603_253_935_320_693_178, 13_831_507_935_733_531_735, 908];
}
