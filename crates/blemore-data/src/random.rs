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
