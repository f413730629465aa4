//! A dataset of six clips.

use std::path::PathBuf;

use blemore::data::{ClipRecord, Metadata};
use blemore::features::FeatureTable;
use ndarray::Array2;

/// Six clips of three actors, one actor a fold.
pub(crate) const CLIPS: [(&str, i64); 6] = [
    ("A1_ang_int1_ver1", 0),
    ("A1_mix_ang_sad_70_30_ver1", 0),
    ("A2_hap_int1_ver1", 1),
    ("A2_mix_ang_sad_50_50_ver1", 1),
    ("A3_sad_int1_ver1", 2),
    ("A3_mix_fea_hap_30_70_ver1", 2),
];

/// A folder with metadata and features that fit together.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        scene.write_metadata(&CLIPS);
        scene.write_features(&CLIPS.map(|(clip, _)| clip));
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write_metadata(&self, clips: &[(&str, i64)]) {
        let records: Vec<ClipRecord> = clips
            .iter()
            .map(|(clip, fold)| ClipRecord {
                fold: Some(*fold),
                ..ClipRecord::of_name(clip.parse().unwrap())
            })
            .collect();
        Metadata::from_records(&records).unwrap().write(self.path("train.csv")).unwrap();
    }

    pub(crate) fn write_features(&self, clips: &[&str]) {
        self.write_table("features.npz", clips, 0.0);
    }

    pub(crate) fn write_table(&self, name: &str, clips: &[&str], first: f32) {
        let names = clips.iter().map(|clip| clip.parse().unwrap());
        let values =
            Array2::from_shape_fn((clips.len(), 3), |(row, column)| first + (row * 3 + column) as f32);
        FeatureTable::new(names, values).unwrap().write(self.path(name)).unwrap();
    }
}
