//! Metadata as frames, and in the formats that polars reads.

use std::fs::File;
use std::path::Path;

use blemore_data::polars::df;
use blemore_data::polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, IpcWriter, NamedFrom, ParquetWriter, SerWriter, Series,
};
use blemore_data::{Dataset, Error, Metadata};
use blemore_testing::wild;

use crate::shared::HEADER;

fn metadata() -> Metadata {
    let first = "A1_hap_int3_ver1,A1,0,hap,1,3.0,,,,,0.0,left";
    let second = "A2_mix_ang_sad_30_70_ver1,A2,1,ang,1,,,sad,30.0,70.0,1.0,";
    Metadata::from_csv(&format!("{HEADER},camera\n{first}\n{second}\n")).unwrap()
}

fn write_parquet(frame: &DataFrame, path: &Path) {
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame.clone()).unwrap();
}

#[test]
fn parquet_and_arrow_ipc_keep_clips_columns_and_types() {
    let folder = tempfile::tempdir().unwrap();
    let frame = metadata().frame().unwrap();
    let [parquet, ipc] = ["metadata.parquet", "metadata.arrow"].map(|name| folder.path().join(name));
    write_parquet(&frame, &parquet);
    IpcWriter::new(File::create(&ipc).unwrap()).finish(&mut frame.clone()).unwrap();
    for path in [parquet, ipc] {
        let read = Metadata::read(&path).unwrap();
        assert_eq!(read.clips(), metadata().clips());
        assert!(read.frame().unwrap().equals_missing(&frame));
        assert_eq!(read.frame().unwrap().schema(), frame.schema());
        assert_eq!(Metadata::read_names(&path).unwrap().columns().count(), 1);
        let bytes = std::fs::read(&path).unwrap();
        for end in (0..bytes.len()).step_by(7) {
            std::fs::write(&path, &bytes[..end]).unwrap();
            assert!(Metadata::read(&path).is_err(), "{} cut at byte {end}", path.display());
        }
        std::fs::write(&path, [&bytes[..6], b" or not"].concat()).unwrap();
        assert!(matches!(Metadata::read(&path), Err(Error::Table { .. })));
    }
}

#[test]
fn published_columns_have_their_types_and_others_are_texts() {
    let frame = metadata().frame().unwrap();
    for (column, expected) in [
        ("filename", DataType::String),
        ("mix", DataType::Int64),
        ("intensity_level", DataType::Float64),
        ("fold", DataType::Int64),
        ("camera", DataType::String),
    ] {
        assert_eq!(frame.column(column).unwrap().dtype(), &expected, "{column}");
    }
    assert_eq!(frame.column("intensity_level").unwrap().null_count(), 1);
}

#[test]
fn frames_may_hold_integers_floats_and_booleans() {
    let column = |name: &str, series: Series| -> Column { series.with_name(name.into()).into_column() };
    let text = |cells: &[Option<&str>]| Series::new("".into(), cells);
    let frame = DataFrame::new(
        2,
        vec![
            column("filename", text(&[Some("A1_hap_int3_ver1"), Some("A2_mix_ang_sad_30_70_ver1")])),
            column("video_id", text(&[Some("A1"), Some("A2")])),
            column("mix", Series::new("".into(), [false, true])),
            column("emotion_1", text(&[Some("hap"), Some("ang")])),
            column("version", Series::new("".into(), [1i32, 1])),
            column("intensity_level", Series::new("".into(), [3.0, f64::NAN])),
            column("situation", text(&[None, None])),
            column("emotion_2", text(&[None, Some("sad")])),
            column("emotion_1_salience", Series::new("".into(), [None, Some(30i64)])),
            column("emotion_2_salience", Series::new("".into(), [None, Some(70f32)])),
            column("fold", Series::new("".into(), [0.0, 1.0])),
        ],
    )
    .unwrap();
    assert_eq!(Metadata::from_frame(&frame).unwrap().clips(), metadata().clips());
}

#[test]
fn words_that_pandas_reads_as_empty_are_empty_in_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("as-frame.parquet");
    write_parquet(&df!("filename" => ["test_0001", "test_0002"], "gender" => ["None", "m"]).unwrap(), &path);
    assert_eq!(Metadata::read(&path).unwrap().clips()[0].gender, None);
}

#[test]
fn parquet_is_known_by_its_first_bytes() {
    let read = |file: &str| Metadata::read(wild(&format!("metadata/{file}"))).unwrap();
    assert_eq!(read("parquet-named.csv").clips(), read("sep-line.csv").clips());
}

#[test]
fn a_dataset_folder_may_have_its_metadata_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    write_parquet(&metadata().frame().unwrap(), &folder.path().join("train_metadata.parquet"));
    std::fs::write(folder.path().join("test_metadata.jsonl"), r#"{"filename": "test_0001.mov"}"#).unwrap();
    let dataset = Dataset::open(folder.path()).unwrap();
    assert_eq!((dataset.train().len(), dataset.test().map(Metadata::len)), (2, Some(1)));
    assert!(dataset.overlooked().is_empty());
}
