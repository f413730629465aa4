//! The Mersenne twister as libtorch's CPU generator uses it.

use std::fmt;

use serde::{Deserialize, Serialize};

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// libtorch's CPU generator: MT19937, and the arithmetic with which libtorch makes integers, floats and permutations of
/// its 32-bit words. On processors without fused multiply-add, libtorch's floats differ in the last bit; these do not.
///
/// A file holds what defines its state: the seed and the number of words drawn.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Position")]
pub(crate) struct TorchGenerator {
    #[serde(flatten)]
    position: Position,
    #[serde(skip_serializing)]
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

impl fmt::Debug for TorchGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.position.fmt(f)
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
        Self { position: Position { seed, drawn: 0 }, words }
    }

    /// The place of the next word in the state, which is renewed when it is used up.
    fn place(&mut self) -> usize {
        let place = (self.position.drawn % WORDS as u64) as usize;
        if place == 0 {
            self.twist();
        }
        place
    }

    /// The next 32 bits.
    fn word(&mut self) -> u32 {
        let place = self.place();
        self.position.drawn += 1;
        tempered(self.words[place])
    }

    fn twist(&mut self) {
        let words = &mut self.words;
        let twisted = |word: u32, next: u32| {
            let joined = (word & 0x8000_0000) | (next & 0x7fff_ffff);
            (joined >> 1) ^ if joined & 1 == 0 { 0 } else { 0x9908_b0df }
        };
        // Two loops without the operator `%` vectorise.
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
        let twists = |drawn: u64| drawn.div_ceil(WORDS as u64);
        let drawn = self.position.drawn;
        (twists(drawn)..twists(drawn + n)).for_each(|_| self.twist());
        self.position.drawn += n;
    }

    /// What `random_()` draws for an int64: 63 bits, the first word the upper one.
    pub(crate) fn integer(&mut self) -> u64 {
        let upper = u64::from(self.word());
        ((upper << 32) | u64::from(self.word())) & (i64::MAX as u64)
    }

    /// What `uniform_(from, to)` makes of a tensor of f32, one word per value. It takes all words that are left in the
    /// state at once, in a loop that vectorises.
    pub(crate) fn fill_uniform(&mut self, from: f32, to: f32, mut values: &mut [f32]) {
        while !values.is_empty() {
            let place = self.place();
            let words = &self.words[place..];
            let count = words.len().min(values.len());
            let (now, later) = values.split_at_mut(count);
            for (value, word) in now.iter_mut().zip(words) {
                *value = uniform(tempered(*word), from, to);
            }
            self.position.drawn += count as u64;
            values = later;
        }
    }

    /// Gives weights and bias of a layer with this number of inputs their random values: uniform within 1 / sqrt(inputs)
    /// of 0, which is libtorch's default for a linear layer.
    pub(crate) fn fill_layer(&mut self, inputs: usize, [weight, bias]: [&mut [f32]; 2]) {
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

/// What is drawn for a word of the state.
fn tempered(mut word: u32) -> u32 {
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    word ^ (word >> 18)
}

/// What `uniform_(from, to)` makes of a word: 24 bits, scaled in double precision.
fn uniform(word: u32, from: f32, to: f32) -> f32 {
    const BITS: u32 = f32::MANTISSA_DIGITS;
    // 24 bits fit into a signed number, which processors convert faster.
    let bits = (word & ((1 << BITS) - 1)).cast_signed();
    let fraction = f64::from(bits) / f64::from(1_u32 << BITS);
    (fraction * f64::from(to - from) + f64::from(from)) as f32
}
