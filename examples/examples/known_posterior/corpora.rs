//! The generated clips, and their features as tables of one encoder, of two, and of noise.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use blemore::data::generate::KnownCorpus;
use blemore::features::FeatureTable;
use blemore::features::ndarray::{Array2, Axis, concatenate, s};

use crate::{Failure, SIGNALS};

/// Columns of the first of two encoders.
const FIRST: usize = 8;
/// Corpora without signal that make an encoder of noise, 16 columns each.
const NOISE: std::ops::Range<u64> = 1001..1005;

pub(crate) fn corpus(seed: u64, signal: Option<f64>) -> Result<KnownCorpus, blemore::data::Error> {
    match signal {
        Some(signal) => KnownCorpus::generate(seed, signal),
        None => KnownCorpus::without_signal(seed),
    }
}

/// The features by the names of their files: all columns; the halves of them, as of two encoders; noise.
pub(crate) fn tables(corpus: &KnownCorpus) -> Result<BTreeMap<&'static str, FeatureTable>, Failure> {
    let (clips, values) = (corpus.features().clips().to_vec(), corpus.features().values());
    let noise = NOISE.map(|seed| of_noise(seed, clips.len()));
    let noise = noise.collect::<Result<Vec<_>, Failure>>()?;
    let noise = concatenate(Axis(1), &noise.iter().map(|values| values.view()).collect::<Vec<_>>())?;
    let table = |values| FeatureTable::new(clips.iter().cloned(), values);
    Ok(BTreeMap::from([
        ("features", corpus.features().clone()),
        ("first", table(values.slice(s![.., ..FIRST]).to_owned())?),
        ("second", table(values.slice(s![.., FIRST..]).to_owned())?),
        ("noise", table(noise)?),
    ]))
}

/// As many rows of features that say nothing.
fn of_noise(seed: u64, rows: usize) -> Result<Array2<f32>, Failure> {
    Ok(KnownCorpus::without_signal(seed)?.features().values().slice(s![..rows, ..]).to_owned())
}

/// The corpus that is written for the plans.
pub(crate) struct Written {
    signal: Option<f64>,
    seed: u64,
    /// How many columns each table has, its own ones over and over; its own ones once unless given.
    columns: Option<usize>,
}

impl Written {
    /// A difficulty, a seed and a number of columns, as far as they are given.
    pub(crate) fn of_words(words: &[String]) -> Result<Self, Failure> {
        let name = words.first().map_or("middle", String::as_str);
        let (_, signal) = SIGNALS.into_iter().find(|(known, _)| *known == name).ok_or_else(|| {
            format!("{name}: the difficulties are {}", SIGNALS.map(|(known, _)| known).join(", "))
        })?;
        let seed = words.get(1).map_or(Ok(1), |word| word.parse())?;
        Ok(Self { signal, seed, columns: words.get(2).map(|word| word.parse()).transpose()? })
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let corpus = corpus(self.seed, self.signal)?;
        fs::create_dir_all(folder)?;
        corpus.metadata().write(folder.join("train_metadata.csv"))?;
        for (name, table) in tables(&corpus)? {
            let own: Vec<usize> = (0..table.width()).collect();
            let columns: Vec<usize> =
                own.iter().copied().cycle().take(self.columns.unwrap_or(own.len())).collect();
            let values = table.values().select(Axis(1), &columns);
            FeatureTable::new(table.clips().to_vec(), values)?.write(folder.join(format!("{name}.npz")))?;
        }
        println!("{}: metadata and features, made up", folder.display());
        Ok(())
    }
}
