use blemore_data::Metadata;
use blemore_data::polars::prelude::{ChunkAgg, DataFrame, DataFrameJoinOps};
use blemore_run::ResultsTable;

use crate::scene::{FOLDS, Scene};

#[test]
fn cells_and_epochs_are_frames_with_the_same_columns() {
    let scene = Scene::new();
    let cells = scene.run.frame(&scene.folder, ResultsTable::Cells).unwrap();
    let epochs = scene.run.frame(&scene.folder, ResultsTable::Epochs).unwrap();
    assert_eq!((cells.height(), epochs.height()), (2, 6));
    assert_eq!(cells.schema(), epochs.schema());
    let best = cells.column("epoch").unwrap().u64().unwrap().iter().flatten();
    assert_eq!(best.collect::<Vec<_>>(), [2, 2]);
    let by_fold = epochs.partition_by(["fold"], true).unwrap();
    let last = |fold: &DataFrame| fold.column("train_loss").unwrap().f64().unwrap().iter().last().unwrap();
    assert_eq!(by_fold.iter().map(last).collect::<Vec<_>>(), [Some(1.0 / 3.0); 2]);
}

#[test]
fn predictions_are_joined_with_metadata_and_grouped() {
    let scene = Scene::new();
    let clips = scene.run.frame(&scene.folder, ResultsTable::Clips).unwrap();
    assert_eq!(clips.height(), 4);
    let predicted = clips.column("predicted").unwrap().str().unwrap();
    assert!(predicted.iter().all(|label| label == Some("ang")));
    let names = FOLDS.concat().into_iter().map(|name| name.parse().unwrap());
    let metadata = Metadata::of_names(names).unwrap().frame().unwrap();
    let joined = clips.inner_join(&metadata, ["filename"], ["filename"]).unwrap();
    let by_actor = joined.partition_by(["video_id"], true).unwrap();
    let mean = |clips: &DataFrame| clips.column("ang").unwrap().f64().unwrap().mean();
    assert_eq!(by_actor.iter().map(mean).collect::<Vec<_>>(), [Some(0.95); 2]);
}
