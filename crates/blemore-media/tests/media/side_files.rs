//! Side files: written, read back, and held against their arrays.

use blemore_base::Blame;
use std::fs;
use std::path::Path;

use blemore_hash::Hash;
use blemore_media::{
    EncoderKind, Error, FileStamp, PresetName, Recipe, SideFile, SoundFacts, VideoFacts, WeightsOrigin,
};

fn recipe() -> Recipe {
    let weights =
        WeightsOrigin::Checkpoint { file: "imagebind_huge.pth".into(), sha256: Hash::of_bytes(b"weights") };
    let (encoder, preset) = (EncoderKind::ImageBind, PresetName::Published);
    Recipe { encoder, preset, weights, settings: [("layer".to_owned(), "12".to_owned())].into() }
}

fn side_file(array: &Path) -> SideFile {
    fs::write(array, "numbers").unwrap();
    let stamp = FileStamp::of(array).unwrap();
    SideFile {
        format: SideFile::FORMAT,
        recipe: recipe(),
        source: FileStamp { name: "A1.mp4".into(), ..stamp.clone() },
        faces: None,
        found_faces: None,
        array: stamp,
        rows: 3,
        columns: 1_024,
        ffmpeg: "5.1.9".into(),
        video: Some(VideoFacts {
            decoded: 3,
            container_frames: Some(4),
            last_time: Some(1.0 / 3.0),
            ..VideoFacts::default()
        }),
        sound: Some(SoundFacts { samples: 5, problems: vec!["odd".into()], ..SoundFacts::default() }),
        seconds: 0.25,
    }
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let array = folder.path().join("A1_hap.npy");
    assert_eq!(SideFile::read(&array).unwrap(), None);
    let side = side_file(&array);
    side.write(&array).unwrap();
    assert_eq!(SideFile::path_of(&array), folder.path().join("A1_hap.json"));
    assert_eq!(SideFile::read(&array).unwrap().as_ref(), Some(&side));
    assert_eq!(side.notes(), ["3 frames decoded; the file lists 4", "ffmpeg: odd"]);
}

#[test]
fn a_truncated_changed_or_missing_array_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let array = folder.path().join("A1.npy");
    let side = side_file(&array);
    assert!(side.fits(&array).unwrap());
    for changed in ["number", "Numbers"] {
        fs::write(&array, changed).unwrap();
        assert!(!side.fits(&array).unwrap(), "{changed}");
    }
    fs::remove_file(&array).unwrap();
    assert!(!side.fits(&array).unwrap());
}

#[test]
fn anything_else_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let array = folder.path().join("A1.npy");
    for (text, said) in [
        ("{}", "missing field `format`"),
        ("{\"format\": 2, \"more\": 1}", "its format is 2; this version reads 1"),
        ("{\"format\": 1}", "missing field"),
        ("not json", "expected"),
        ("", "EOF"),
    ] {
        fs::write(SideFile::path_of(&array), text).unwrap();
        let error = SideFile::read(&array).unwrap_err();
        assert!(matches!(error, Error::SideFile { .. }) && error.is_bad_input(), "{error}");
        assert!(error.to_string().contains(said) && error.to_string().contains("A1.json"), "{error}");
    }
    fs::write(SideFile::path_of(&array), vec![b' '; 2 << 20]).unwrap();
    assert!(SideFile::read(&array).unwrap_err().to_string().contains("2097152 bytes"));
}

#[test]
fn recipes_name_their_folder_and_their_differences() {
    let one = recipe();
    assert_eq!(one.folder_name("train"), "ImageBind_train");
    let other = Recipe {
        encoder: EncoderKind::WavLm,
        preset: PresetName::Corrected,
        weights: WeightsOrigin::Random { seed: 7 },
        ..recipe()
    };
    assert_eq!(other.folder_name("test"), "WavLM_large_corrected_random7_test");
    assert_eq!(one.differences(&one), [""; 0]);
    let differences = one.differences(&other);
    assert_eq!(differences[..2], ["encoder: ImageBind, and WavLM", "preset: published, and corrected"]);
    assert!(differences[2].starts_with("weights: imagebind_huge.pth (") && differences.len() == 3);
    assert!(differences[2].ends_with("), and random weights of seed 7"), "{}", differences[2]);
}
