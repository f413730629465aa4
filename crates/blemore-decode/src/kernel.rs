//! The exponentials and the two products of a step of the fit, where nearly all of its time goes.
//!
//! The products take a tile of twelve labels and two rows (or two columns) at a time: 24 sums that stay in the processor's
//! registers while a long loop runs over columns (or rows). The code is plain; [`InstructionSet::run`] has the compiler make
//! registers of it for each kind of processor, with the same bits, and only where it is inlined.

use blemore_simd::{InstructionSet, Simd, Work};

use crate::regression::{LABELS, PerLabel};

/// Labels of a tile; 36 are three of them.
const TILE: usize = 12;

/// Examples that are taken at once, so that their logits stay in the cache.
const BLOCK: usize = 64;

/// Minus the log likelihood of examples under weights and biases, and its gradients.
pub(crate) struct Loss<'a> {
    /// One row after another, one value per column.
    pub(crate) rows: &'a [f64],
    /// The label of each row.
    pub(crate) labels: &'a [usize],
    /// One row per column.
    pub(crate) weights: &'a [PerLabel],
    pub(crate) biases: &'a PerLabel,
    /// The gradient by weights is added here.
    pub(crate) gradient: &'a mut [PerLabel],
    /// The gradient by biases is added here.
    pub(crate) biases_gradient: &'a mut PerLabel,
    /// The loss is added here.
    pub(crate) loss: &'a mut f64,
}

impl Loss<'_> {
    /// Adds to the sums, with the fastest instructions that the processor has.
    pub(crate) fn add(self) {
        InstructionSet::detect().run(self);
    }
}

impl Work for Loss<'_> {
    #[inline(always)]
    fn run<S: Simd<L>, const L: usize>(self, _: S) {
        let mut block = [[0.0; LABELS]; BLOCK];
        let values = BLOCK * self.weights.len();
        for (place, labels) in self.labels.chunks(BLOCK).enumerate() {
            let rows = &self.rows[place * values..place * values + labels.len() * self.weights.len()];
            let logits = &mut block[..labels.len()];
            logits.fill(*self.biases);
            add_products(rows, self.weights, logits);
            for (values, &label) in logits.iter_mut().zip(labels) {
                let own = values[label];
                *self.loss += softmax(values) - own;
                values[label] -= 1.0;
                for (gradient, value) in self.biases_gradient.iter_mut().zip(&*values) {
                    *gradient += value;
                }
            }
            add_gradient(rows, logits, self.gradient);
        }
    }
}

/// Adds to the logits of each row the products of its values with the weights of the columns.
#[inline(always)]
fn add_products(rows: &[f64], weights: &[PerLabel], logits: &mut [PerLabel]) {
    let columns = weights.len();
    if columns == 0 {
        return;
    }
    for (rows, logits) in rows.chunks(2 * columns).zip(logits.chunks_mut(2)) {
        let (first, second) = rows.split_at(columns);
        for tile in (0..LABELS).step_by(TILE) {
            let mut sums = [[0.0; TILE]; 2];
            // The last row of an odd number goes twice.
            let other = if second.is_empty() { first } else { second };
            for ((weights, x), y) in weights.iter().zip(first).zip(other) {
                let weights = tile_of(weights, tile);
                for label in 0..TILE {
                    sums[0][label] += x * weights[label];
                    sums[1][label] += y * weights[label];
                }
            }
            for (logits, sums) in logits.iter_mut().zip(sums) {
                for (logit, sum) in logits[tile..].iter_mut().zip(sums) {
                    *logit += sum;
                }
            }
        }
    }
}

/// Adds to the gradient of each column's weights the products of its values with what each row is off.
#[inline(always)]
fn add_gradient(rows: &[f64], off: &[PerLabel], gradient: &mut [PerLabel]) {
    let columns = gradient.len();
    for (pair, gradient) in gradient.chunks_mut(2).enumerate() {
        let (first, second) = (2 * pair, (2 * pair + 1).min(columns - 1));
        for tile in (0..LABELS).step_by(TILE) {
            let mut sums = [[0.0; TILE]; 2];
            for (row, off) in rows.chunks_exact(columns).zip(off) {
                let (x, y, off) = (row[first], row[second], tile_of(off, tile));
                for label in 0..TILE {
                    sums[0][label] += x * off[label];
                    sums[1][label] += y * off[label];
                }
            }
            for (gradient, sums) in gradient.iter_mut().zip(sums) {
                for (gradient, sum) in gradient[tile..].iter_mut().zip(sums) {
                    *gradient += sum;
                }
            }
        }
    }
}

#[inline(always)]
fn tile_of(values: &PerLabel, start: usize) -> &[f64; TILE] {
    &values.as_chunks::<TILE>().0[start / TILE]
}

/// Below this the exponential counts as that of this.
const LOWEST: f64 = -700.0;
/// Adding this leaves the nearest whole number in the last bits: 1.5 times 2 to the 52.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// The bits of a double's fraction, behind its exponent.
const FRACTION_BITS: u32 = 52;
const EXPONENT_OF_ONE: u64 = 1023;
/// The logarithm of 2: its first 32 bits, whose products with exponents are exact, and the rest.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
/// One over the factorials of 11 down to 0.
const TAYLOR: [f64; 12] = [
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// Exponentials over their sum, in place; gives the logarithm of the sum.
///
/// Largest and sum are taken for the twelve places of a tile side by side, and then over these: one after another, each
/// would wait for the one before.
#[inline(always)]
pub(crate) fn softmax(logits: &mut PerLabel) -> f64 {
    let largest = joined(logits, |a, b| if b > a { b } else { a }, f64::NEG_INFINITY);
    logits.iter_mut().for_each(|logit| *logit -= largest);
    exponentials(logits);
    let sum = joined(logits, |a, b| a + b, 0.0);
    let share = 1.0 / sum;
    logits.iter_mut().for_each(|power| *power *= share);
    largest + sum.ln()
}

#[inline(always)]
fn joined(values: &PerLabel, join: impl Fn(f64, f64) -> f64, start: f64) -> f64 {
    let mut joined = [start; TILE];
    for tile in values.as_chunks::<TILE>().0 {
        for place in 0..TILE {
            joined[place] = join(joined[place], tile[place]);
        }
    }
    joined.into_iter().fold(start, join)
}

/// The exponential of each value, none above 0, within 1e-14 of its size.
///
/// `exp(x) = 2^k exp(x - k ln 2)`, with `k` the whole number nearest to `x / ln 2`. No step asks about a single value, so
/// that several go side by side; and the results are the same on every processor, which those of the C library are not.
#[inline(always)]
fn exponentials(values: &mut PerLabel) {
    for values in values.as_chunks_mut::<TILE>().0 {
        let x = values.map(|value| if value > LOWEST { value } else { LOWEST });
        let shifted = x.map(|x| x * std::f64::consts::LOG2_E + ROUNDING);
        let mut rest = [0.0; TILE];
        for place in 0..TILE {
            let k = shifted[place] - ROUNDING;
            rest[place] = (x[place] - k * LN_2[0]) - k * LN_2[1];
        }
        let mut series = [0.0; TILE];
        for factor in TAYLOR {
            for place in 0..TILE {
                series[place] = series[place] * rest[place] + factor;
            }
        }
        for place in 0..TILE {
            let power = shifted[place].to_bits().wrapping_add(EXPONENT_OF_ONE) << FRACTION_BITS;
            values[place] = series[place] * f64::from_bits(power);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_the_c_library() {
        for start in 0..20_000 {
            let of = |label: usize| -((start * LABELS + label) as f64) / 1024.0;
            let mut values: PerLabel = std::array::from_fn(of);
            exponentials(&mut values);
            for (label, found) in values.into_iter().enumerate() {
                let expected = of(label).max(LOWEST).exp();
                assert!((found / expected - 1.0).abs() < 1e-14, "{} {found} {expected}", of(label));
            }
        }
    }

    /// Gradients by weights and biases, and the loss, one number after another.
    fn by_definition(
        rows: &[f64],
        labels: &[usize],
        weights: &[PerLabel],
        biases: &PerLabel,
    ) -> (Vec<PerLabel>, PerLabel, f64) {
        let (mut gradient, mut biases_gradient, mut loss) =
            (vec![[0.0; LABELS]; weights.len()], [0.0; LABELS], 0.0);
        for (row, &own) in rows.chunks(weights.len()).zip(labels) {
            let logits: PerLabel = std::array::from_fn(|label| {
                biases[label] + row.iter().zip(weights).map(|(x, weights)| x * weights[label]).sum::<f64>()
            });
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
            loss += sum.ln() - logits[own];
            for label in 0..LABELS {
                let off = logits[label].exp() / sum - f64::from(u8::from(label == own));
                biases_gradient[label] += off;
                for (gradient, x) in gradient.iter_mut().zip(row) {
                    gradient[label] += x * off;
                }
            }
        }
        (gradient, biases_gradient, loss)
    }

    #[test]
    fn sums_are_those_of_the_definition_and_the_same_bits_on_all_processors() {
        let value = |index: usize| ((index * 37 % 19) as f64 - 9.0) / 7.0;
        let (columns, count) = (5, 2 * BLOCK + 7);
        let rows: Vec<f64> = (0..columns * count).map(value).collect();
        let labels: Vec<usize> = (0..count).map(|row| row * 5 % LABELS).collect();
        let weights: Vec<PerLabel> =
            (0..columns).map(|column| std::array::from_fn(|label| value(11 * column + label))).collect();
        let biases = std::array::from_fn(value);
        let found = |set: InstructionSet| {
            let (mut gradient, mut biases_gradient, mut loss) =
                (vec![[0.0; LABELS]; columns], [0.0; LABELS], 0.0);
            set.run(Loss {
                rows: &rows,
                labels: &labels,
                weights: &weights,
                biases: &biases,
                gradient: &mut gradient,
                biases_gradient: &mut biases_gradient,
                loss: &mut loss,
            });
            (gradient, biases_gradient, loss)
        };
        let plain = found(InstructionSet::Portable);
        let expected = by_definition(&rows, &labels, &weights, &biases);
        approx::assert_relative_eq!(plain.2, expected.2, max_relative = 1e-12);
        for (found, expected) in plain.0.iter().chain([&plain.1]).zip(expected.0.iter().chain([&expected.1]))
        {
            approx::assert_abs_diff_eq!(&found[..], &expected[..], epsilon = 1e-11);
        }
        for set in InstructionSet::available() {
            assert_eq!(found(set), plain, "{set:?}");
        }
    }

    #[test]
    fn tiles_give_the_products_of_single_values() {
        for (rows, columns) in [(1, 1), (2, 3), (5, 4), (64, 7)] {
            let value = |index: usize| ((index * 37 % 19) as f64 - 9.0) / 8.0;
            let x: Vec<f64> = (0..rows * columns).map(value).collect();
            let per_label = |row: usize| -> PerLabel { std::array::from_fn(|label| value(7 * row + label)) };
            let weights: Vec<PerLabel> = (0..columns).map(per_label).collect();
            let mut logits: Vec<PerLabel> = (0..rows).map(|row| per_label(row + 3)).collect();
            let before = logits.clone();
            add_products(&x, &weights, &mut logits);
            let mut gradient = weights.clone();
            add_gradient(&x, &before, &mut gradient);
            for label in 0..before[0].len() {
                for row in 0..rows {
                    let products =
                        (0..columns).map(|column| x[row * columns + column] * weights[column][label]);
                    let expected = before[row][label] + products.sum::<f64>();
                    approx::assert_abs_diff_eq!(logits[row][label], expected, epsilon = 1e-12);
                }
                for column in 0..columns {
                    let products = (0..rows).map(|row| x[row * columns + column] * before[row][label]);
                    let expected = weights[column][label] + products.sum::<f64>();
                    approx::assert_abs_diff_eq!(gradient[column][label], expected, epsilon = 1e-12);
                }
            }
        }
    }
}
