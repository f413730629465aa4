use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use blemore_data::generate::{Corpus, CorpusSize};
use blemore_data::{ClipRecord, Depth, Error, Finding, Inspection, Metadata, Source, Spread};
use blemore_features::{FeatureMatrix, FeatureTable};
use blemore_media::{EncoderKind, FileStamp, PresetName, Recipe, SideFile, SoundFacts, WeightsOrigin};
use ndarray::Array2;

const VIDEO: &str = "pre_extracted_train_data/GeneratedVideo_train";

fn corpus() -> (tempfile::TempDir, Corpus) {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::generate(42, CorpusSize { training_actors: 3, test_actors: 1, folds: 2 }).unwrap();
    corpus.write(folder.path()).unwrap();
    (folder, corpus)
}

fn array(folder: &Path, corpus: &Corpus, row: usize) -> PathBuf {
    folder.join(VIDEO).join(format!("{}.npy", corpus.train().clips()[row].clip))
}

#[test]
fn a_sound_folder_is_described_without_findings() {
    let (folder, _) = corpus();
    let inspection = Inspection::of(folder.path()).unwrap();
    assert_eq!(inspection.findings, []);
    assert!(inspection.generated);
    let train = inspection.train.unwrap();
    assert_eq!(
        (train.clips, train.singles, train.blends, train.unlabelled, train.actors),
        (162, 72, 90, 0, 3)
    );
    assert_eq!(train.genders.values().sum::<usize>(), 3);
    assert_eq!(train.intensities.values().copied().collect::<Vec<_>>(), [15; 4]);
    assert_eq!((train.presence.len(), train.labels.len()), (16, 36));
    assert_eq!(train.presence[0].class, "ang");
    assert!(train.presence[..6].iter().all(|class| class.clips == 12));
    assert!(train.presence[6..].iter().all(|class| class.clips == 9));
    assert_eq!(train.labels.iter().map(|label| label.clips).sum::<usize>(), 162);
    let folds: Vec<(usize, usize)> = inspection.folds.iter().map(|fold| (fold.clips, fold.actors)).collect();
    assert_eq!(folds, [(54, 1), (108, 2)]);
    let genders = inspection.folds.iter().flat_map(|fold| fold.genders.values());
    assert_eq!(genders.sum::<usize>(), 3);
    let video = &inspection.feature_sets[0];
    assert_eq!(
        (video.train.clips, &video.train.widths[..], &video.train.elements[..]),
        (162, &[16][..], &["<f4".to_owned()][..])
    );
    let Spread { min, median, max } = video.train.frames.unwrap();
    assert!(8 <= min && min < median && median < max && max <= 96);
}

#[test]
fn the_published_lists_are_described_without_features() {
    let Some(train) = blemore_testing::shared("blemore/train_metadata.csv") else { return };
    let inspection = Inspection::of(train.parent().unwrap()).unwrap();
    assert_eq!(inspection.findings, []);
    assert_eq!(inspection.folds.iter().map(|fold| fold.clips).collect::<Vec<_>>(), [522, 486, 468, 472, 508]);
    assert_eq!(inspection.test.unwrap().blends, 334);
    assert!(!inspection.generated && inspection.feature_sets.is_empty() && !inspection.overlooked.is_empty());
}

#[test]
fn everything_that_is_wrong_with_arrays_is_found() {
    let (folder, corpus) = corpus();
    let path = |row| array(folder.path(), &corpus, row);
    fs::remove_file(path(0)).unwrap();
    fs::write(path(1), b"\x93NUMPY").unwrap();
    FeatureMatrix::new(Array2::ones((4, 7))).unwrap().write(path(2)).unwrap();
    fs::copy(path(5), folder.path().join(VIDEO).join("A999_hap_int1_ver1.npy")).unwrap();
    fs::write(folder.path().join(VIDEO).join("notes.npy"), "").unwrap();
    fs::copy(path(6), path(6).with_extension("mp4.npy")).unwrap();
    // An archive counts as the clip's array; beside an array it is a second one.
    fs::rename(path(7), path(7).with_extension("npz")).unwrap();
    fs::write(path(8).with_extension("npz"), "").unwrap();
    fs::write(folder.path().join(VIDEO).join("all.npz"), "").unwrap();
    let findings = Inspection::of(folder.path()).unwrap().findings;
    let clip = |row: usize| corpus.train().clips()[row].clip.clone();
    let has = |finding: Finding| assert!(findings.contains(&finding), "{finding}\nnot in {findings:#?}");
    has(Finding::ClipsWithoutFeatures { path: folder.path().join(VIDEO), clips: vec![clip(0)] });
    has(Finding::FeaturesWithoutClip {
        path: folder.path().join(VIDEO),
        clips: vec!["A999_hap_int1_ver1".parse().unwrap()],
    });
    has(Finding::Width { path: path(2), expected: 16, found: 7 });
    let messages: Vec<String> = findings.iter().map(ToString::to_string).collect();
    for part in
        ["notes.npy: ", ".mp4.npy", "_ver1.npz: the clip's features are in ", path(1).to_str().unwrap()]
    {
        assert!(messages.iter().any(|message| message.contains(part)), "{part} not in {messages:#?}");
    }
    assert_eq!(findings.len(), 8, "{findings:#?}");
}

#[test]
fn what_the_values_of_arrays_show_is_found_unless_it_is_quick() {
    let (folder, corpus) = corpus();
    let [video, audio] = ["GeneratedVideo", "GeneratedAudio"].map(|name| {
        let of = move |partition: &str| format!("pre_extracted_{partition}_data/{name}_{partition}");
        [of("train"), of("test")].map(|path| folder.path().join(path))
    });
    let file = |clips: &[ClipRecord], row: usize| format!("{}.npy", clips[row].clip);
    let (train, test) = (corpus.train().clips(), corpus.test().clips());
    fs::copy(video[0].join(file(train, 3)), video[0].join(file(train, 4))).unwrap();
    fs::copy(video[0].join(file(train, 5)), video[1].join(file(test, 2))).unwrap();
    let mut bytes = fs::read(audio[0].join(file(train, 0))).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(audio[0].join(file(train, 0)), bytes).unwrap();
    for clip in test {
        let path = audio[1].join(format!("{}.npy", clip.clip));
        let mut array = FeatureMatrix::read(&path).unwrap().frames().to_owned();
        array.column_mut(1).fill(0.25);
        FeatureMatrix::new(array).unwrap().write(path).unwrap();
    }
    let inspection = Inspection::of(folder.path()).unwrap();
    let messages: Vec<String> = inspection.findings.iter().map(ToString::to_string).collect();
    let [same, leaked, not_finite] = &messages[..] else { panic!("{messages:#?}") };
    let clips =
        format!("GeneratedVideo_train: 2 clips have the same values: {}, {}", train[3].clip, train[4].clip);
    assert!(same.ends_with(&clips), "{same}");
    let clips = format!("GeneratedVideo_test: 1 clip with the values of training clips: {}", test[2].clip);
    assert!(leaked.ends_with(&clips), "{leaked}");
    assert!(not_finite.contains(&file(train, 0)) && not_finite.contains("NaN"), "{not_finite}");
    let constant = "GeneratedAudio_test: 1 of 16 columns is constant";
    assert!(inspection.notes.iter().any(|note| note.ends_with(constant)), "{:#?}", inspection.notes);
    let quick = Inspection::to_depth(folder.path(), Depth::Headers, &|_| ()).unwrap();
    assert_eq!((&quick.findings[..], quick.depth), (&[][..], Depth::Headers));
}

#[test]
fn the_values_of_tables_are_looked_at() {
    let (folder, corpus) = corpus();
    let write = |metadata: &Metadata, name: &str, values: &dyn Fn(usize, usize) -> f32| {
        let clips = metadata.clips().iter().map(|record| record.clip.clone());
        let values = Array2::from_shape_fn((metadata.len(), 8), |(row, column)| values(row, column));
        FeatureTable::new(clips, values).unwrap().write(folder.path().join(name)).unwrap();
    };
    let sound = |row, column| ((row * 31 + column * 17) % 1009) as f32 + column as f32;
    write(corpus.train(), "WavLM_large_train.npz", &sound);
    write(corpus.test(), "WavLM_large_test.npz", &|row, column| 1000.0 * (sound(row, column) + 0.5));
    write(corpus.train(), "CLIP_train.npz", &|_, _| 0.0);
    write(corpus.test(), "CLIP_test.npz", &|row, column| if column < 5 { 1.0 } else { sound(row, column) });
    let inspection = Inspection::of(folder.path()).unwrap();
    let messages: Vec<String> = inspection.findings.iter().map(ToString::to_string).collect();
    let [zero, constant] = &messages[..] else { panic!("{messages:#?}") };
    assert!(zero.ends_with("CLIP_train.npz: every value is 0: compute the features again"), "{zero}");
    assert!(constant.contains("CLIP_test.npz: 5 of 8 columns are constant: more than half"), "{constant}");
    let far = "WavLM_large_test.npz: half of the columns' means are";
    assert!(inspection.notes.iter().any(|note| note.contains(far)), "{:#?}", inspection.notes);
}

fn origin(seed: u64) -> Recipe {
    Recipe {
        encoder: EncoderKind::Clip,
        preset: PresetName::Corrected,
        weights: WeightsOrigin::Random { seed },
        settings: BTreeMap::new(),
    }
}

/// What stands beside an array that was made with random weights.
fn side_file(array: &Path, seed: u64) -> SideFile {
    let stamp = FileStamp::of(array).unwrap();
    SideFile {
        format: SideFile::FORMAT,
        recipe: origin(seed),
        source: stamp.clone(),
        faces: None,
        found_faces: None,
        array: stamp,
        rows: 1,
        columns: 16,
        ffmpeg: "5.1.9".into(),
        video: None,
        sound: None,
        seconds: 0.25,
    }
}

#[test]
fn side_files_tell_how_long_clips_are() {
    let (folder, corpus) = corpus();
    let source = Source::Folder(folder.path().join(VIDEO));
    let lengths = source.lengths().unwrap();
    assert_eq!(lengths.len(), corpus.train().len());
    assert!(lengths.iter().all(|length| length.seconds.is_none() && length.frames > 0));

    let first = folder.path().join(VIDEO).join(format!("{}.npy", lengths[0].clip));
    let mut side_file = side_file(&first, 7);
    side_file.sound = Some(SoundFacts { samples: 40_000, ..SoundFacts::default() });
    side_file.write(&first).unwrap();
    let lengths = source.lengths().unwrap();
    assert_eq!((lengths[0].seconds, lengths[1].seconds), (Some(2.5), None));
    fs::write(SideFile::path_of(&first), "{").unwrap();
    assert!(source.lengths().unwrap_err().to_string().contains(&lengths[0].clip.to_string()));
    assert_eq!(Source::Table("f.npz".into()).lengths().unwrap(), [], "one row per clip");
}

#[test]
fn arrays_are_held_against_their_side_files() {
    let (folder, corpus) = corpus();
    let path = |row| array(folder.path(), &corpus, row);
    for row in 0..4 {
        side_file(&path(row), if row == 3 { 8 } else { 7 }).write(&path(row)).unwrap();
    }
    fs::write(SideFile::path_of(&path(1)), "{").unwrap();
    let mut bytes = fs::read(path(2)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path(2), bytes).unwrap();
    let found = |depth| {
        let inspection = Inspection::to_depth(folder.path(), depth, &|_| ()).unwrap();
        assert_eq!(inspection.feature_sets[0].train.origin, Some(origin(7)));
        let noted = inspection.notes.iter().any(|note| note.contains("random weights of seed 7"));
        assert_eq!(noted, depth == Depth::Values, "{:?}", inspection.notes);
        inspection.findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let mixed = format!(
        "{}: made in another way than {}: weights: random weights of seed 7, and random weights of seed 8",
        path(3).display(),
        path(0).display()
    );
    let [unreadable, other] = &found(Depth::Headers)[..] else { panic!("{:?}", found(Depth::Headers)) };
    assert!(unreadable.contains(SideFile::path_of(&path(1)).to_str().unwrap()), "{unreadable}");
    assert_eq!(*other, mixed);
    let changed = format!("{}: is not the array that its side file describes", path(2).display());
    let all = found(Depth::Values);
    assert!(all.len() == 3 && all[1].starts_with(&changed), "{all:#?}");
}

#[test]
fn tables_are_inspected_by_their_headers() {
    let (folder, corpus) = corpus();
    let clips = |metadata: &blemore_data::Metadata| {
        metadata.clips().iter().map(|record| record.clip.clone()).collect::<Vec<_>>()
    };
    let both = [clips(corpus.train()), clips(corpus.test())].concat();
    let table = FeatureTable::new(both.clone(), Array2::zeros((both.len(), 14))).unwrap();
    table.write(folder.path().join("WavLM_large.npz")).unwrap();
    let part = FeatureTable::new(clips(corpus.train()), Array2::zeros((corpus.train().len(), 14))).unwrap();
    part.write(folder.path().join("HuBERT_large_train.npz")).unwrap();
    let other = FeatureTable::new(both.clone(), Array2::zeros((both.len(), 21))).unwrap();
    other.write(folder.path().join("HuBERT_large_test.npz")).unwrap();
    fs::write(folder.path().join("CLIP_train.npz"), "no archive").unwrap();
    // The layout that allows several rows per clip is no table of features.
    let repeated: Vec<_> = both.iter().chain(&both[..1]).cloned().collect();
    let rows = Array2::zeros((repeated.len(), 14));
    FeatureTable::new(repeated, rows).unwrap().write(folder.path().join("ImageBind.npz")).unwrap();
    let inspection = Inspection::to_depth(folder.path(), Depth::Headers, &|_| ()).unwrap();
    let messages: Vec<String> = inspection.findings.iter().map(ToString::to_string).collect();
    let [unreadable, repeated, strangers, widths] = &messages[..] else { panic!("{messages:#?}") };
    assert!(unreadable.contains("CLIP_train.npz"), "{unreadable}");
    let repeated_clip = format!("ImageBind.npz has several rows of 1 clip, keep one of each: {}", both[0]);
    assert!(repeated.ends_with(&repeated_clip), "{repeated}");
    assert!(strangers.contains("HuBERT_large_test.npz has features of 162 clips"), "{strangers}");
    assert!(widths.contains("14 values per frame for training clips and 21 for test clips"), "{widths}");
    let wavlm = inspection.feature_sets.iter().find(|set| set.name == "WavLM_large").unwrap();
    assert_eq!((wavlm.train.clips, &wavlm.train.widths[..], wavlm.train.frames), (216, &[14][..], None));
}

#[test]
fn broken_metadata_and_leaking_folds_are_findings() {
    let (folder, _) = corpus();
    let path = folder.path().join("train_metadata.csv");
    let text = fs::read_to_string(&path).unwrap();
    let first = text.lines().nth(1).unwrap();
    let (rest, fold) = first.strip_suffix(",generated").and_then(|line| line.rsplit_once(',')).unwrap();
    let other_fold = if fold == "0" { "1" } else { "0" };
    let leaking = text.replace(first, &format!("{rest},{other_fold},generated"));
    fs::write(&path, leaking).unwrap();
    let inspection = Inspection::of(folder.path()).unwrap();
    let [Finding::Folds { problem }] = &inspection.findings[..] else { panic!("{:#?}", inspection.findings) };
    assert!(problem.contains("is in folds 0, 1") && inspection.folds.is_empty());

    fs::write(&path, text.replace("_hap_", "_joy_")).unwrap();
    let inspection = Inspection::of(folder.path()).unwrap();
    let [Finding::Dataset { problem }] = &inspection.findings[..] else {
        panic!("{:#?}", inspection.findings)
    };
    assert!(problem.contains("joy") && inspection.train.is_none() && inspection.test.is_some());
    assert!(matches!(Inspection::of(folder.path().join("none")), Err(Error::Dataset { .. })));
}

#[test]
fn an_inspection_is_a_json_document() {
    let (folder, corpus) = corpus();
    fs::remove_file(array(folder.path(), &corpus, 0)).unwrap();
    let json = serde_json::to_value(Inspection::of(folder.path()).unwrap()).unwrap();
    assert_eq!(json["train"]["clips"], 162);
    assert_eq!(json["feature_sets"][0]["encoder"], "Generated video");
    assert_eq!(json["feature_sets"][0]["modality"], "video");
    assert_eq!(json["findings"][0]["kind"], "clips_without_features");
}
