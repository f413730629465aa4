//! The Mersenne twister as libtorch's CPU generator uses it.

use serde::{Deserialize, Serialize};

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// libtorch's CPU generator: MT19937, and the arithmetic with which libtorch makes integers, floats and permutations of
/// its 32-bit words. On processors without fused multiply-add, libtorch's floats differ in the last bit; these do not.
///
/// Written and compared as what defines its state: the seed and the number of words drawn.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Position", into = "Position")]
pub(crate) struct TorchGenerator {
    seed: u32,
    drawn: u64,
    words: Box<[u32; WORDS]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Position {
    seed: u32,
    drawn: u64,
}

impl From<Position> for TorchGenerator {
    fn from(position: Position) -> Self {
        let mut generator = Self::new(u64::from(position.seed));
        generator.skip(position.drawn);
        generator
    }
}

impl From<TorchGenerator> for Position {
    fn from(generator: TorchGenerator) -> Self {
        generator.position()
    }
}

impl PartialEq for TorchGenerator {
    fn eq(&self, other: &Self) -> bool {
        self.position() == other.position()
    }
}

impl std::fmt::Debug for TorchGenerator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.position().fmt(f)
    }
}

impl TorchGenerator {
    /// Words that one 64-bit integer takes.
    pub(crate) const DRAWS_PER_INTEGER: u64 = 2;

    /// A generator seeded as `manual_seed` does, which uses the low 32 bits of the seed.
    pub(crate) fn new(seed: u64) -> Self {
        let seed = seed as u32;
        let mut words = Box::new([0; WORDS]);
        words[0] = seed;
        for i in 1..WORDS {
            let previous = words[i - 1] ^ (words[i - 1] >> 30);
            words[i] = previous.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { seed, drawn: 0, words }
    }

    fn position(&self) -> Position {
        Position { seed: self.seed, drawn: self.drawn }
    }

    /// The next 32 bits.
    pub(crate) fn word(&mut self) -> u32 {
        let index = (self.drawn % WORDS as u64) as usize;
        if index == 0 {
            self.twist();
        }
        self.drawn += 1;
        tempered(self.words[index])
    }

    fn twist(&mut self) {
        let words = &mut self.words;
        let twisted = |word: u32, next: u32| {
            let joined = (word & 0x8000_0000) | (next & 0x7fff_ffff);
            (joined >> 1) ^ if joined & 1 == 0 { 0 } else { 0x9908_b0df }
        };
        // In two loops without a remainder, which vectorise.
        for i in 0..WORDS - SHIFT {
            words[i] = words[i + SHIFT] ^ twisted(words[i], words[i + 1]);
        }
        for i in WORDS - SHIFT..WORDS - 1 {
            words[i] = words[i + SHIFT - WORDS] ^ twisted(words[i], words[i + 1]);
        }
        words[WORDS - 1] = words[SHIFT - 1] ^ twisted(words[WORDS - 1], words[0]);
    }

    /// Moves past `n` words.
    pub(crate) fn skip(&mut self, n: u64) {
        let twists = self.drawn.div_ceil(WORDS as u64)..(self.drawn + n).div_ceil(WORDS as u64);
        twists.for_each(|_| self.twist());
        self.drawn += n;
    }

    /// What `random_()` draws for an int64: 63 bits, the first word the upper one.
    pub(crate) fn integer(&mut self) -> u64 {
        let upper = u64::from(self.word());
        ((upper << 32) | u64::from(self.word())) & (i64::MAX as u64)
    }

    /// What `uniform_(from, to)` draws for an f32: 24 bits, scaled in double precision.
    #[cfg(test)]
    pub(crate) fn uniform(&mut self, from: f32, to: f32) -> f32 {
        uniform(self.word(), from, to)
    }

    /// What `uniform_(from, to)` makes of a tensor of f32, one word per value: as many words at a time as the state has
    /// left, in a loop that vectorises.
    fn fill_uniform(&mut self, from: f32, to: f32, mut values: &mut [f32]) {
        while !values.is_empty() {
            let index = (self.drawn % WORDS as u64) as usize;
            if index == 0 {
                self.twist();
            }
            let words = &self.words[index..];
            let count = words.len().min(values.len());
            let (now, later) = values.split_at_mut(count);
            for (value, word) in now.iter_mut().zip(words) {
                *value = uniform(tempered(*word), from, to);
            }
            self.drawn += count as u64;
            values = later;
        }
    }

    /// Gives the weights and the bias of a layer with so many inputs their random values: uniform within 1 / sqrt(inputs)
    /// of 0, as libtorch's default for a linear layer.
    pub(crate) fn fill_layer(&mut self, inputs: usize, weight: &mut [f32], bias: &mut [f32]) {
        let root = (inputs.max(1) as f64).sqrt();
        // libtorch computes the bound of a weight in these steps (Kaiming's for a leaky ReLU of slope sqrt(5)), and its
        // last bit differs from that of the bias.
        let gain = (2.0 / (1.0 + 5.0_f64.sqrt().powi(2))).sqrt();
        for (bound, values) in [(3.0_f64.sqrt() * (gain / root), weight), (1.0 / root, bias)] {
            self.fill_uniform(-bound as f32, bound as f32, values);
        }
    }

    /// What `randperm(n)` draws.
    pub(crate) fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in 0..n.saturating_sub(1) {
            let offset = self.word() as usize % (n - i);
            order.swap(i, i + offset);
        }
        order
    }
}

/// A word of the state as it is drawn.
fn tempered(mut word: u32) -> u32 {
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    word ^ (word >> 18)
}

/// The number that a word stands for among those from `from` to `to`.
fn uniform(word: u32, from: f32, to: f32) -> f32 {
    const BITS: u32 = f32::MANTISSA_DIGITS;
    // As a signed number, which 24 bits always are, because processors convert those faster.
    let bits = (word & ((1 << BITS) - 1)).cast_signed();
    let fraction = f64::from(bits) / f64::from(1_u32 << BITS);
    (fraction * f64::from(to - from) + f64::from(from)) as f32
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tch::{Device, Kind, Tensor};

    use super::*;

    /// libtorch's generator belongs to the whole process.
    static LIBTORCH: Mutex<()> = Mutex::new(());

    #[test]
    fn integers_floats_and_permutations_are_libtorchs() {
        let _guard = LIBTORCH.lock().unwrap();
        tch::manual_seed(42);
        let mut ours = TorchGenerator::new(42);
        let options = (Kind::Float, Device::Cpu);
        for bound in [0.013_363_062_095_621_22, 1.0 / 7168.0_f64.sqrt(), 1.0] {
            let theirs =
                Vec::<f32>::try_from(Tensor::zeros([1003], options).uniform_(-bound, bound)).unwrap();
            let mut one_by_one = ours.clone();
            let mut drawn = vec![0.0; 1003];
            ours.fill_uniform(-bound as f32, bound as f32, &mut drawn);
            // The sum of two terms of up to twice the bound, which libtorch rounds twice where a processor
            // cannot multiply and add at once.
            for (ours, theirs) in drawn.iter().zip(&theirs) {
                approx::assert_abs_diff_eq!(ours, theirs, epsilon = bound as f32 * f32::EPSILON);
            }
            let together = drawn.clone();
            drawn.fill_with(|| one_by_one.uniform(-bound as f32, bound as f32));
            assert_eq!((drawn, one_by_one), (together, ours.clone()));
        }
        for _ in 0..2000 {
            let theirs = Tensor::zeros([0_i64; 0], (Kind::Int64, Device::Cpu)).random_().int64_value(&[]);
            assert_eq!(ours.integer(), theirs as u64);
        }
        for n in [0, 1, 2, 1960] {
            let theirs = Vec::<i64>::try_from(Tensor::randperm(n, (Kind::Int64, Device::Cpu))).unwrap();
            assert_eq!(ours.permutation(n as usize), theirs.iter().map(|i| *i as usize).collect::<Vec<_>>());
        }
    }

    #[test]
    fn skipping_words_equals_drawing_them() {
        let mut drawn = TorchGenerator::new(42);
        let mut skipped = drawn.clone();
        let size = WORDS as u64;
        for n in [0, 1, size - 2, 1, 1, size, 3, 5 * size + 17, size - 21, 2 * size] {
            (0..n).for_each(|_| _ = drawn.word());
            skipped.skip(n);
            assert_eq!((skipped.position(), &skipped.words), (drawn.position(), &drawn.words), "{n} more");
        }
        assert_eq!(skipped.word(), drawn.word());
    }

    #[test]
    fn large_seeds_count_with_their_low_half() {
        assert_eq!(TorchGenerator::new(7).word(), TorchGenerator::new((5 << 32) + 7).word());
    }
}
