//! What the values of a table show to be wrong with it.
//!
//! One pass over the rows gives sums and hashes of every column, and a hash of every row. Equal columns and rows have equal
//! hashes; different ones have equal hashes once in 2^32 or less, and each match is looked at again.

use std::collections::HashMap;

use blemore_base::list::{Names, counted};
use rayon::prelude::*;

use super::FeatureRows;

/// Rows that one thread takes at a time.
const BLOCK: usize = 64;
/// A test table is far from training's where half of its columns' means are more training deviations away than this.
const FAR: f64 = 3.0;
/// Or where half of its columns vary this many times as much as in training, or as little.
const SCALED: f64 = 10.0;
/// Groups of equal clips that a message shows.
const SHOWN_GROUPS: usize = 5;
/// An odd constant that spreads neighbouring numbers over all 64 bits.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// What to do about features that are suspect, but may be meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnSuspicion {
    /// Say so.
    #[default]
    Note,
    /// Refuse them.
    Refuse,
}

/// Constant, equal and zero columns, equal clips, and how the values of each column are spread.
///
/// ```
/// use blemore_features::{FeatureTable, TableQuality};
/// use ndarray::array;
///
/// let clips = ["test_0001", "test_0002", "test_0003"].map(|name| name.parse().unwrap());
/// let table = FeatureTable::new(clips, array![[1.0, 7.0, 0.5], [3.0, 7.0, 0.5], [3.0, 7.0, 0.7]])?;
/// let quality = TableQuality::of(&table);
/// assert_eq!(quality.suspicions(), ["1 of 3 columns is constant"]);
/// assert!(quality.faults().is_empty());
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableQuality {
    rows: usize,
    is_zero: bool,
    /// Columns that hold one value.
    constant: usize,
    /// Columns that vary, and are equal to one before them.
    repeated: usize,
    /// Clips whose rows are equal, in groups.
    same: Vec<Vec<String>>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

/// Sums of each column over some rows, of the differences from the first row of all.
struct Sums {
    sum: Vec<f64>,
    squares: Vec<f64>,
    hash: Vec<u64>,
    is_zero: bool,
    of_rows: Vec<(u64, usize)>,
}

impl Sums {
    fn new(width: usize) -> Self {
        Sums {
            sum: vec![0.0; width],
            squares: vec![0.0; width],
            hash: vec![0; width],
            is_zero: true,
            of_rows: Vec::new(),
        }
    }

    fn add(&mut self, other: Self) {
        let add =
            |own: &mut [f64], other: &[f64]| own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        add(&mut self.sum, &other.sum);
        add(&mut self.squares, &other.squares);
        self.hash.iter_mut().zip(&other.hash).for_each(|(own, other)| *own = own.wrapping_add(*other));
        self.is_zero &= other.is_zero;
        self.of_rows.extend(other.of_rows);
    }
}

/// An odd number for each row and column.
fn spread(number: usize) -> u64 {
    let mut bits = (number as u64 + 1).wrapping_mul(GOLDEN);
    bits ^= bits >> 29;
    bits.wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1
}

impl TableQuality {
    /// Looks at rows: those of one partition.
    pub fn of<'a>(rows: impl Into<FeatureRows<'a>>) -> Self {
        let rows = rows.into();
        let (table, numbers, width) = (rows.table(), rows.numbers(), rows.width());
        let Some(first) = numbers.first().map(|row| table.row(*row).to_vec()) else {
            return Self::empty();
        };
        let factors: Vec<u64> = (0..width).map(spread).collect();
        let blocks = numbers.par_chunks(BLOCK).enumerate().map(|(block, numbers)| {
            let mut sums = Sums::new(width);
            for (offset, &number) in numbers.iter().enumerate() {
                let row = table.row(number);
                let (of_row, mut hash) = (spread(block * BLOCK + offset), 0_u64);
                for (column, value) in row.iter().enumerate() {
                    // Both zeros are one value.
                    let bits = u64::from((value + 0.0).to_bits());
                    let difference = f64::from(*value) - f64::from(first[column]);
                    sums.sum[column] += difference;
                    sums.squares[column] += difference * difference;
                    sums.hash[column] = sums.hash[column].wrapping_add(bits.wrapping_mul(of_row));
                    hash = hash.wrapping_add(bits.wrapping_mul(factors[column]));
                    sums.is_zero &= *value == 0.0;
                }
                sums.of_rows.push((hash, number));
            }
            sums
        });
        // In the order of the rows, so that threads change no bit.
        let sums = blocks.collect::<Vec<_>>().into_iter().fold(Sums::new(width), |mut all, block| {
            all.add(block);
            all
        });
        Self::from_sums(&rows, &first, sums)
    }

    fn empty() -> Self {
        let (mean, deviation) = (Vec::new(), Vec::new());
        Self { rows: 0, is_zero: false, constant: 0, repeated: 0, same: Vec::new(), mean, deviation }
    }

    fn from_sums(rows: &FeatureRows<'_>, first: &[f32], sums: Sums) -> Self {
        let (table, count) = (rows.table(), rows.len() as f64);
        let varies = |column: usize| sums.squares[column] > 0.0;
        let equal_columns = |a: usize, b: usize| {
            rows.numbers().iter().all(|row| {
                let row = table.row(*row);
                row[a] == row[b]
            })
        };
        let mut first_of: HashMap<u64, usize> = HashMap::new();
        let mut repeated = 0;
        for column in (0..first.len()).filter(|column| varies(*column)) {
            let earlier = *first_of.entry(sums.hash[column]).or_insert(column);
            repeated += usize::from(earlier != column && equal_columns(earlier, column));
        }
        let mut of_hash: HashMap<u64, Vec<usize>> = HashMap::new();
        for (hash, row) in sums.of_rows {
            of_hash.entry(hash).or_default().push(row);
        }
        let mut same: Vec<Vec<usize>> = of_hash.into_values().filter(|rows| rows.len() > 1).collect();
        same.sort_unstable();
        let same = same.into_iter().filter_map(|rows| {
            let first = table.row(rows[0]);
            let mut clips: Vec<String> = Vec::new();
            for row in rows.iter().filter(|row| table.row(**row) == first) {
                let clip = table.index().clip_at(*row).to_string();
                if !clips.contains(&clip) {
                    clips.push(clip);
                }
            }
            (clips.len() > 1).then_some(clips)
        });
        let moment = |column: usize| {
            let mean = sums.sum[column] / count;
            (f64::from(first[column]) + mean, (sums.squares[column] / count - mean * mean).max(0.0).sqrt())
        };
        let (mean, deviation) = (0..first.len()).map(moment).unzip();
        Self {
            rows: rows.len(),
            is_zero: sums.is_zero,
            constant: (0..first.len()).filter(|column| !varies(*column)).count(),
            repeated,
            same: same.collect(),
            mean,
            deviation,
        }
    }

    /// What makes the features useless: nothing but zeros, columns of which most say nothing, clips that are equal.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let width = self.mean.len();
        if self.is_zero {
            return vec!["every value is 0: compute the features again".to_owned()];
        }
        if self.rows > 1 && 2 * (self.constant + self.repeated) > width {
            faults.push(format!("{}: more than half say nothing", self.columns()));
        }
        let of_group = |clips: &Vec<String>| {
            format!("{} have the same values: {}", counted(clips.len(), "clip"), Names(clips))
        };
        faults.extend(self.same.iter().take(SHOWN_GROUPS).map(of_group));
        if let Some(more) = self.same.len().checked_sub(SHOWN_GROUPS).filter(|more| *more > 0) {
            faults.push(format!("and {more} more such groups"));
        }
        faults
    }

    /// What may be meant, and is worth saying: constant and equal columns.
    pub fn suspicions(&self) -> Vec<String> {
        let is_suspect = self.rows > 1 && self.constant + self.repeated > 0;
        if is_suspect { vec![self.columns()] } else { Vec::new() }
    }

    fn columns(&self) -> String {
        let width = self.mean.len();
        let are = |number: usize| if number == 1 { "is" } else { "are" };
        let constant = format!("{} of {width} columns {} constant", self.constant, are(self.constant));
        let repeated = format!("{} {} equal to another", self.repeated, are(self.repeated));
        match (self.constant, self.repeated) {
            (_, 0) => constant,
            (0, _) => format!("{} of {width} columns {} equal to another", self.repeated, are(self.repeated)),
            _ => format!("{constant}, {repeated}"),
        }
    }

    /// Whether the values lie elsewhere than those of training: then they were computed in another way.
    pub fn suspicions_beside(&self, training: &Self) -> Vec<String> {
        let columns =
            self.mean.iter().zip(&self.deviation).zip(training.mean.iter().zip(&training.deviation));
        let varying = columns.filter(|(_, (_, deviation))| **deviation > 0.0);
        let (mut shifts, mut ratios): (Vec<f64>, Vec<f64>) = varying
            .map(|((mean, deviation), (of_training, spread))| {
                ((mean - of_training).abs() / spread, deviation / spread)
            })
            .unzip();
        let mut suspicions = Vec::new();
        if let Some(shift) = median(&mut shifts).filter(|shift| *shift > FAR) {
            suspicions.push(format!(
                "half of the columns' means are {shift:.1} training deviations or more away from those of training: were \
                 these features computed in the same way?"
            ));
        }
        let is_scaled = |ratio: &f64| !(1.0 / SCALED..=SCALED).contains(ratio);
        if let Some(ratio) = median(&mut ratios).filter(|ratio| self.rows > 1 && is_scaled(ratio)) {
            suspicions.push(format!(
                "the columns' deviations are {ratio:.3} of those of training, by their median: were these features \
                 computed in the same way?"
            ));
        }
        suspicions
    }
}

/// The value in the middle; of two, the larger.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
