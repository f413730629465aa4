//! A hash that is stable over versions and machines, unlike the standard library's.

/// FNV-1a over words instead of bytes, then a finalising mix. It finds slips, and is no defence against forgery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn push(&mut self, word: u64) {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        self.0 = (self.0 ^ word).wrapping_mul(PRIME);
    }

    pub(crate) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 33)
    }
}

/// The digest of words.
pub(crate) fn of_words(words: impl Iterator<Item = u64>) -> u64 {
    let mut digest = Digest::new();
    words.for_each(|word| digest.push(word));
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_length_and_values_count() {
        let of = |words: &[u64]| of_words(words.iter().copied());
        let all = [of(&[]), of(&[0]), of(&[0, 0]), of(&[1, 2]), of(&[2, 1]), of(&[1 << 31, 2])];
        let distinct: std::collections::HashSet<u64> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
