//! Side files of arrays: tables know how their features were made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use blemore_features::{Aggregator, FeatureFolder, FeatureMatrix, FeatureTable, Origin, Statistic, fuse};
use blemore_media::{EncoderKind, FileStamp, PresetName, Recipe, SideFile, WeightsOrigin};
use ndarray::array;

fn recipe(encoder: EncoderKind, weights: WeightsOrigin) -> Recipe {
    Recipe { encoder, preset: PresetName::Published, weights, settings: BTreeMap::new() }
}

fn clip() -> Recipe {
    recipe(EncoderKind::Clip, WeightsOrigin::Random { seed: 7 })
}

/// What is known of aggregated features.
fn aggregated(recipe: &Recipe) -> Origin {
    Origin { recipe: recipe.clone(), statistics: Statistic::PAPER.to_vec() }
}

/// Two arrays with side files, as `blemore encode` leaves them.
fn encoded(folder: &Path, recipe: &Recipe) {
    for (clip, frames) in [("test_0001", array![[1.0], [3.0]]), ("test_0002", array![[2.0], [8.0]])] {
        let path = folder.join(format!("{clip}.npy"));
        FeatureMatrix::new(frames).unwrap().write(&path).unwrap();
        let stamp = FileStamp::of(&path).unwrap();
        let side_file = SideFile {
            format: SideFile::FORMAT,
            recipe: recipe.clone(),
            source: stamp.clone(),
            faces: None,
            found_faces: None,
            array: stamp,
            rows: 2,
            columns: 1,
            ffmpeg: "5.1.9".into(),
            video: None,
            sound: None,
            seconds: 0.25,
        };
        side_file.write(&path).unwrap();
    }
}

#[test]
fn a_table_knows_how_its_features_were_made() {
    let folder = tempfile::tempdir().unwrap();
    encoded(folder.path(), &clip());
    let arrays = FeatureFolder::new(folder.path());
    let report = arrays.aggregate(&Aggregator::default(), &|_| ()).unwrap();
    assert!(report.ignored.is_empty(), "side files are no strangers: {:?}", report.ignored);
    assert_eq!(report.table.origins(), [aggregated(&clip())]);
    let noted = ["its numbers mean nothing: CLIP, preset published, random weights of seed 7"];
    assert_eq!(report.table.notes(), noted);
    let rows = arrays.subsample(&|_| ()).unwrap().table;
    assert_eq!(rows.origins(), [Origin { recipe: clip(), statistics: Vec::new() }]);
    let path = folder.path().join("clip.npz");
    report.table.write(&path).unwrap();
    let read = FeatureTable::read(&path).unwrap();
    assert_eq!((read.origins(), read.notes()), (report.table.origins(), report.table.notes()));

    let other = tempfile::tempdir().unwrap();
    let sha256 = FileStamp::of(&path).unwrap().sha256;
    let weights = WeightsOrigin::Checkpoint { file: "wavlm_large.pt".into(), sha256 };
    let wavlm = recipe(EncoderKind::WavLm, weights);
    encoded(other.path(), &wavlm);
    let second = FeatureFolder::new(other.path()).aggregate(&Aggregator::default(), &|_| ()).unwrap().table;
    assert!(second.notes().is_empty());
    let fused = fuse(&[read, second]).unwrap();
    assert_eq!((fused.origins(), fused.notes().len()), (&[aggregated(&clip()), aggregated(&wavlm)][..], 1));
}

#[test]
fn a_side_file_or_an_entry_that_cannot_be_read_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    encoded(folder.path(), &clip());
    fs::write(folder.path().join("test_0001.json"), r#"{"format": 99}"#).unwrap();
    let table = FeatureFolder::new(folder.path()).aggregate(&Aggregator::default(), &|_| ()).unwrap().table;
    let [note] = table.notes() else { panic!("{:?}", table.notes()) };
    assert!(
        note.contains("is not known") && note.contains("test_0001.json") && note.contains("99"),
        "{note}"
    );
    assert!(table.origins().is_empty());
}
