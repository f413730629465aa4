//! The files of the published code's run.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use blemore_labels::{ClipName, Label};
use ndarray::{Array1, Array2, Axis};

/// The folder of shared data, or `None` (after saying so) when it is not there and nobody insists.
pub(crate) fn folder() -> Option<PathBuf> {
    let path = std::env::var_os("BLEMORE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var_os("BLEMORE_REQUIRE_SHARED").is_none(), "{} is not there", path.display());
    eprintln!(
        "skipped: {} is not there (set BLEMORE_SHARED to the folder with the published run)",
        path.display()
    );
    None
}

/// The features, labels and folds of the published run, rows in the order of the metadata.
pub(crate) struct Dataset {
    pub(crate) features: Array2<f32>,
    pub(crate) labels: Vec<Label>,
    pub(crate) folds: Vec<usize>,
}

impl Dataset {
    pub(crate) fn read(folder: &Path) -> Self {
        let table = read_table(&folder.join("parity/cross_validation/features.npz"));
        let mut metadata = csv::Reader::from_path(folder.join("blemore/train_metadata.csv")).unwrap();
        let headers = metadata.headers().unwrap().clone();
        let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
        let (name, fold) = (column("filename"), column("fold"));
        let (mut values, mut labels, mut folds) = (Vec::new(), Vec::new(), Vec::new());
        for record in metadata.records() {
            let record = record.unwrap();
            let clip: ClipName = record[name].parse().unwrap();
            values.extend_from_slice(&table[clip.as_str()]);
            labels.push(clip.label().unwrap());
            folds.push(record[fold].parse().unwrap());
        }
        let features = Array2::from_shape_vec((labels.len(), values.len() / labels.len()), values).unwrap();
        Self { features, labels, folds }
    }

    /// Training and validation part of a fold, standardised by the training part.
    pub(crate) fn split(&self, fold: usize) -> [(Array2<f32>, Vec<Label>); 2] {
        let rows_where = |keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..self.folds.len()).filter(|row| keep(self.folds[*row])).collect()
        };
        let (train, validation) = (rows_where(&|f| f != fold), rows_where(&|f| f == fold));
        let part = self.features.select(Axis(0), &train).mapv(f64::from);
        let mean: Array1<f32> = part.mean_axis(Axis(0)).unwrap().mapv(|mean| mean as f32);
        let scale: Array1<f32> =
            part.std_axis(Axis(0), 0.0).mapv(|std| if std == 0.0 { 1.0 } else { std as f32 });
        [train, validation].map(|rows| {
            let features = (self.features.select(Axis(0), &rows) - &mean) / &scale;
            (features, rows.iter().map(|row| self.labels[*row]).collect())
        })
    }
}

/// Reads `X` and `filenames` of an npz whose members are stored, not compressed.
fn read_table(path: &Path) -> HashMap<String, Vec<f32>> {
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    let bytes = fs::read(path).unwrap();
    let mut members =
        bytes.windows(MAGIC.len()).enumerate().filter(|(_, window)| window == &MAGIC).map(|(at, _)| {
            let body = &bytes[at + MAGIC.len()..];
            let header_length = usize::from(u16::from_le_bytes([body[0], body[1]]));
            (String::from_utf8_lossy(&body[2..2 + header_length]).into_owned(), &body[2 + header_length..])
        });
    let (header, values) = members.next().unwrap();
    assert!(header.contains("'<f4'") && header.contains("(3050, 56)"), "{header}");
    let (header, names) = members.next().unwrap();
    assert!(header.contains("'<U29'"), "{header}");
    let names = names.chunks_exact(4 * 29).map(|name| {
        let letters = name.chunks_exact(4).map(|letter| char::from(letter[0]));
        letters.take_while(|letter| *letter != '\0').collect::<String>()
    });
    let rows = values
        .chunks_exact(4 * 56)
        .map(|row| row.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)).collect::<Vec<_>>());
    names.zip(rows).take(3050).collect()
}
