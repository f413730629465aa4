//! What the values of a table show to be wrong with it.
//!
//! One pass over the rows gives sums and hashes of every column, and a hash of every clip. Different columns and clips have
//! equal hashes of 64 bits by chance alone: less than once in 10^11 tables of 10,000 clips. What stands in the columns of an
//! encoder that has no row of a clip means nothing, and does not count.

use std::collections::{HashMap, HashSet};
use std::iter;
use std::ops::Range;

use blemore_base::list::{Names, counted};
use blemore_labels::ClipName;
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
/// assert_eq!(quality.suspicions(None), ["1 of 3 columns is constant"]);
/// assert!(quality.faults(None).is_empty());
/// # Ok::<(), blemore_features::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableQuality {
    rows: usize,
    is_zero: bool,
    /// Columns with a value in any row.
    filled: usize,
    /// Columns that hold one value.
    constant: usize,
    /// Columns that vary, and are equal to one before them.
    repeated: usize,
    /// Clips by the hash of their values, in the order of their rows.
    clips: HashMap<u64, Vec<ClipName>>,
    /// Mean and deviation of each column that has a value.
    spread: Vec<Option<(f64, f64)>>,
}

/// Sums of each column over some rows, of the differences from the column's first value.
struct Sums {
    /// Rows with a value.
    count: Vec<u32>,
    sum: Vec<f64>,
    squares: Vec<f64>,
    hash: Vec<u64>,
    is_zero: bool,
    /// Hashes of clips, by their positions in the index. The order of a clip's rows does not matter.
    of_clips: HashMap<usize, u64>,
}

impl Sums {
    fn new(width: usize) -> Self {
        Sums {
            count: vec![0; width],
            sum: vec![0.0; width],
            squares: vec![0.0; width],
            hash: vec![0; width],
            is_zero: true,
            of_clips: HashMap::new(),
        }
    }

    fn add(&mut self, other: Self) {
        let add =
            |own: &mut [f64], other: &[f64]| own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        self.count.iter_mut().zip(&other.count).for_each(|(own, other)| *own += other);
        add(&mut self.sum, &other.sum);
        add(&mut self.squares, &other.squares);
        self.hash.iter_mut().zip(&other.hash).for_each(|(own, other)| *own = own.wrapping_add(*other));
        self.is_zero &= other.is_zero;
        other.of_clips.into_iter().for_each(|(clip, hash)| self.add_to_clip(clip, hash));
    }

    fn add_to_clip(&mut self, clip: usize, hash: u64) {
        let of_clip = self.of_clips.entry(clip).or_default();
        *of_clip = of_clip.wrapping_add(hash);
    }
}

/// Bits that depend on all bits of a number.
fn mixed(number: u64) -> u64 {
    let bits = number.wrapping_add(1).wrapping_mul(GOLDEN);
    bits ^ (bits >> 32)
}

/// An odd number for each row and column.
fn spread(number: usize) -> u64 {
    mixed(number as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1
}

impl TableQuality {
    /// Looks at rows: those of one partition.
    pub fn of<'a>(rows: impl Into<FeatureRows<'a>>) -> Self {
        let rows = rows.into();
        let (table, numbers, width) = (rows.table(), rows.numbers(), rows.width());
        let first = first_values(&rows);
        let factors: Vec<u64> = (0..width).map(spread).collect();
        let blocks = numbers.par_chunks(BLOCK).enumerate().map(|(block, numbers)| {
            let mut sums = Sums::new(width);
            for (offset, &number) in numbers.iter().enumerate() {
                let row = table.row(number);
                let (of_row, mut hash) = (spread(block * BLOCK + offset), 0_u64);
                for columns in filled_columns(&rows, number) {
                    for column in columns {
                        let value = row[column];
                        // Both zeros are one value.
                        let bits = mixed(u64::from((value + 0.0).to_bits()));
                        let difference = f64::from(value) - f64::from(first[column]);
                        sums.count[column] += 1;
                        sums.sum[column] += difference;
                        sums.squares[column] += difference * difference;
                        sums.hash[column] = sums.hash[column].wrapping_add(bits.wrapping_mul(of_row));
                        hash = hash.wrapping_add(bits.wrapping_mul(factors[column]));
                        sums.is_zero &= value == 0.0;
                    }
                }
                sums.add_to_clip(table.index().clip_of_row()[number], mixed(hash));
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

    fn from_sums(rows: &FeatureRows<'_>, first: &[f32], sums: Sums) -> Self {
        let filled: Vec<usize> = (0..first.len()).filter(|column| sums.count[*column] > 0).collect();
        let varies = |column: usize| sums.squares[column] > 0.0;
        let mut seen = HashSet::new();
        let varying = filled.iter().filter(|column| varies(**column));
        let repeated = varying.filter(|column| !seen.insert(sums.hash[**column])).count();
        let mut of_clips: Vec<(usize, u64)> = sums.of_clips.into_iter().collect();
        of_clips.sort_unstable();
        let mut clips: HashMap<u64, Vec<ClipName>> = HashMap::new();
        for (clip, hash) in of_clips {
            clips.entry(hash).or_default().push(rows.table().clips()[clip].clone());
        }
        let moments = |column: usize| {
            let count = f64::from(sums.count[column]);
            let mean = sums.sum[column] / count;
            let variance = (sums.squares[column] / count - mean * mean).max(0.0);
            (count > 0.0).then(|| (f64::from(first[column]) + mean, variance.sqrt()))
        };
        Self {
            rows: rows.len(),
            is_zero: sums.is_zero && !filled.is_empty(),
            filled: filled.len(),
            constant: filled.iter().filter(|column| !varies(**column)).count(),
            repeated,
            clips,
            spread: (0..first.len()).map(moments).collect(),
        }
    }

    /// What makes the features useless: nothing but zeros, columns of which most say nothing, clips that are equal, and
    /// beside those of `training` test clips that are equal to training clips.
    pub fn faults(&self, training: Option<&Self>) -> Vec<String> {
        let mut faults = Vec::new();
        if self.is_zero {
            return vec!["every value is 0: compute the features again".to_owned()];
        }
        if self.rows > 1 && 2 * (self.constant + self.repeated) > self.filled {
            faults.push(format!("{}: more than half say nothing", self.columns()));
        }
        let mut same: Vec<&Vec<ClipName>> = self.clips.values().filter(|clips| clips.len() > 1).collect();
        same.sort_unstable();
        let of_group = |clips: &&Vec<ClipName>| {
            format!("{} have the same values: {}", counted(clips.len(), "clip"), Names(clips))
        };
        faults.extend(same.iter().take(SHOWN_GROUPS).map(of_group));
        if let Some(more) = same.len().checked_sub(SHOWN_GROUPS).filter(|more| *more > 0) {
            faults.push(format!("and {more} more such groups"));
        }
        faults.extend(training.and_then(|training| self.clips_of(training)));
        faults
    }

    /// What may be meant, and is worth saying: constant and equal columns, and beside those of `training` values that lie
    /// elsewhere, as if they were computed in another way.
    pub fn suspicions(&self, training: Option<&Self>) -> Vec<String> {
        let is_suspect = self.rows > 1 && self.constant + self.repeated > 0;
        let columns = is_suspect.then(|| self.columns());
        columns
            .into_iter()
            .chain(training.into_iter().flat_map(|training| self.distance_from(training)))
            .collect()
    }

    fn columns(&self) -> String {
        let width = self.filled;
        let are = |number: usize| if number == 1 { "is" } else { "are" };
        let constant = format!("{} of {width} columns {} constant", self.constant, are(self.constant));
        let repeated = format!("{} {} equal to another", self.repeated, are(self.repeated));
        match (self.constant, self.repeated) {
            (_, 0) => constant,
            (0, _) => format!("{} of {width} columns {} equal to another", self.repeated, are(self.repeated)),
            _ => format!("{constant}, {repeated}"),
        }
    }

    fn clips_of(&self, training: &Self) -> Option<String> {
        let in_both = self.clips.iter().filter(|(hash, _)| training.clips.contains_key(*hash));
        let mut clips: Vec<&ClipName> = in_both.flat_map(|(_, clips)| clips).collect();
        clips.sort_unstable();
        let number = Some(clips.len()).filter(|number| *number > 0)?;
        Some(format!("{} with the values of training clips: {}", counted(number, "clip"), Names(&clips)))
    }

    fn distance_from(&self, training: &Self) -> Vec<String> {
        let columns = self.spread.iter().zip(&training.spread);
        let both = columns.filter_map(|(own, of_training)| Some(((*own)?, (*of_training)?)));
        let (mut shifts, mut ratios): (Vec<f64>, Vec<f64>) = both
            .filter(|(_, (_, spread))| *spread > 0.0)
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

/// The first value of each column; 0 where it has none.
fn first_values(rows: &FeatureRows<'_>) -> Vec<f32> {
    let mut first = vec![None; rows.width()];
    let mut empty = rows.width();
    for &number in rows.numbers() {
        if empty == 0 {
            break;
        }
        let row = rows.table().row(number);
        for column in filled_columns(rows, number).into_iter().flatten() {
            if first[column].is_none() {
                first[column] = Some(row[column]);
                empty -= 1;
            }
        }
    }
    first.into_iter().map(Option::unwrap_or_default).collect()
}

/// The columns of a row that hold values: those of the encoders that have its clip.
fn filled_columns(rows: &FeatureRows<'_>, number: usize) -> Vec<Range<usize>> {
    let table = rows.table();
    if table.encoders().iter().all(|encoder| encoder.missing.is_empty()) {
        return iter::once(0..rows.width()).collect();
    }
    let clip = table.index().clip_at(number);
    let mut end = 0;
    let columns = table.encoders().iter().map(|encoder| {
        end += encoder.width;
        (encoder, end - encoder.width..end)
    });
    columns.filter(|(encoder, _)| encoder.has(clip)).map(|(_, columns)| columns).collect()
}

/// The value in the middle; of two, the larger.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
