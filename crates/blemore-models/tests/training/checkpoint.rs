//! Checkpoints: what is written comes back, and what cannot be trusted is refused with its reason.

use std::fs;
use std::path::Path;

use blemore_eval::{Probabilities, Thresholds};
use blemore_features::{FeatureTable, Standardizer};
use blemore_hash::{Hasher, seal, unseal};
use blemore_labels::ClipName;
use blemore_models::{Architecture, Checkpoint, ClipOutputs, Error, Model, RandomSource, Recipe};
use ndarray::Array2;
use serde_json::Value;

const WIDTH: usize = 5;

fn table(clips: usize, width: usize) -> FeatureTable {
    let names: Vec<ClipName> = (1..=clips).map(|clip| format!("test_{clip:04}").parse().unwrap()).collect();
    let values =
        Array2::from_shape_fn((clips, width), |(clip, column)| ((clip * 7 + column * 3) % 11) as f32);
    FeatureTable::new(names, values).unwrap()
}

fn checkpoint() -> Checkpoint {
    let architecture = Architecture::new(vec![4, 3]).unwrap();
    let model = Model::untrained(&architecture, WIDTH, &mut RandomSource::reference(42));
    let table = table(9, WIDTH);
    let standardizer = Standardizer::fit(table.rows(&[0, 1, 2, 5]).unwrap()).unwrap();
    let thresholds = Thresholds { alpha: 0.286_842_105_263_157_84, beta: 0.05 };
    Checkpoint::new(model, Recipe::hicmae(50), standardizer, thresholds, "hicmae").unwrap()
}

/// The faults of a file with these bytes.
fn faults(bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.safetensors");
    fs::write(&path, bytes).unwrap();
    let error = Checkpoint::read(&path).unwrap_err();
    assert!(error.to_string().contains("changed.safetensors"), "{error}");
    let Error::UnusableFile { faults, .. } = error else { panic!("{error}") };
    assert!(!faults.is_empty());
    faults
}

/// Whether there is one fault, and it begins like this.
fn is_one(faults: &[String], start: &str) -> bool {
    matches!(faults, [fault] if fault.starts_with(start))
}

fn written() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/checkpoint.safetensors");
    checkpoint().write(&path).unwrap();
    fs::read(path).unwrap()
}

/// The same file with `from` in its header replaced by `to`, and the header's length with it.
fn with_header(replace: impl Fn(&str) -> String) -> Vec<u8> {
    let bytes = written();
    let (length, rest) = bytes.split_at(8);
    let (header, arrays) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
    let header = std::str::from_utf8(header).unwrap();
    let changed = replace(header);
    assert_ne!(changed, header);
    [&(changed.len() as u64).to_le_bytes()[..], changed.as_bytes(), arrays].concat()
}

/// The file with another description, and hashes that fit its arrays and its description: of a program that is wrong, and
/// not of a disk.
fn resealed(bytes: &[u8], edit: impl Fn(&str) -> String) -> Vec<u8> {
    let (length, rest) = bytes.split_at(8);
    let (header, arrays) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let sealed = header["__metadata__"]["blemore"].as_str().unwrap();
    let mut description: Value = serde_json::from_str(&edit(&unseal(sealed).unwrap())).unwrap();
    for (name, info) in header.as_object().unwrap().iter().filter(|(name, _)| *name != "__metadata__") {
        let numbers = |key: &str| -> Vec<usize> { serde_json::from_value(info[key].clone()).unwrap() };
        let (shape, offsets) = (numbers("shape"), numbers("data_offsets"));
        let bytes = &arrays[offsets[0]..offsets[1]];
        let hash = Hasher::new(info["dtype"].as_str().unwrap()).numbers(&shape).bytes(bytes).finish();
        description["arrays"][name] = hash.to_string().into();
    }
    header["__metadata__"]["blemore"] = seal(&description.to_string()).into();
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), arrays].concat()
}

#[test]
fn one_file_predicts_what_the_model_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let original = checkpoint();
    original.write(&path).unwrap();
    let restored = Checkpoint::read(&path).unwrap();
    assert_eq!(restored, original);
    let table = table(40, WIDTH);
    let standardized = original.standardizer().apply(&table).unwrap();
    let expected = original.model().predict(standardized.to_array()).unwrap();
    assert_eq!(restored.probabilities(&table).unwrap(), expected);
    assert_eq!(
        restored.predict(&table).unwrap(),
        original.decision().decode(&ClipOutputs::Emotions(expected)).unwrap()
    );
}

#[test]
fn a_checkpoint_knows_its_training_clips() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let table = table(9, WIDTH);
    let seen = [8, 0, 3].map(|clip| &table.clips()[clip]);
    checkpoint().trained_on(seen).write(&path).unwrap();
    let restored = Checkpoint::read(&path).unwrap();
    for clip in table.clips() {
        assert_eq!(restored.has_seen(clip), seen.contains(&clip), "{clip}");
    }
    let cut = resealed(&fs::read(&path).unwrap(), |text| {
        let start = text.find("\"training_clips\":\"").unwrap() + "\"training_clips\":\"".len();
        format!("{}{}", &text[..start], &text[start + 1..])
    });
    let found = faults(&cut);
    let what = |fault: &String| fault.contains("list of training clips");
    assert!(found.iter().any(what), "{found:?}");
}

/// As of a model of Table III.
#[test]
fn a_clip_with_several_rows_has_the_softmax_of_the_mean_of_their_logits() {
    let (checkpoint, rows) = (checkpoint(), table(12, WIDTH));
    // Clip i has the rows i, i + 3, i + 6 and i + 9.
    let of_rows = (0..12).map(|row| rows.clips()[row % 3].clone());
    let of_clips = FeatureTable::new(of_rows, rows.values().into_owned()).unwrap();
    let log = |probabilities: &Probabilities<f32>, row: usize| {
        probabilities.rows()[row].map(|probability| f64::from(probability).ln())
    };
    let (of_row, of_clip) =
        (checkpoint.probabilities(&rows).unwrap(), checkpoint.probabilities(&of_clips).unwrap());
    assert_eq!(of_clip.len(), 3);
    for clip in 0..3 {
        // Logarithms of probabilities are logits, but for one number per row.
        let mut means = [0.0_f64; 6];
        for row in (clip..12).step_by(3) {
            means.iter_mut().zip(log(&of_row, row)).for_each(|(mean, logit)| *mean += logit / 4.0);
        }
        let sum: f64 = means.iter().map(|logit| logit.exp()).sum();
        for (found, mean) in of_clip.rows()[clip].iter().zip(means) {
            approx::assert_abs_diff_eq!(f64::from(*found), mean.exp() / sum, epsilon = 1e-6);
        }
    }
    let some = |clips: &[usize]| checkpoint.probabilities(of_clips.rows_of_clips(clips).unwrap()).unwrap();
    // libtorch may sum the products of eight rows in another order than those of twelve.
    for (found, clip) in some(&[2, 0]).rows().iter().zip([2, 0]) {
        for (found, expected) in found.iter().zip(of_clip.rows()[clip]) {
            approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-6);
        }
    }
    assert!(some(&[]).rows().is_empty());
}

#[test]
fn equal_checkpoints_are_equal_bytes_and_leave_nothing_beside_them() {
    assert_eq!(written(), written());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for _ in 0..2 {
        checkpoint().write(&path).unwrap();
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn features_of_another_width_are_refused_by_name() {
    let error = checkpoint().predict(&table(3, WIDTH + 1)).unwrap_err();
    assert!(matches!(error, Error::OtherFeatures { expected: WIDTH, found: 6, .. }), "{error}");
    assert!(error.to_string().contains("`hicmae`"), "{error}");
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let bytes = written();
    for length in 0..bytes.len() {
        let faults = faults(&bytes[..length]);
        assert!(is_one(&faults, &format!("it is cut off: {length} bytes of ")), "{faults:?}");
    }
    let longer = [&bytes[..], &[0]].concat();
    let described = format!("it has {} bytes, but its header describes {}", longer.len(), bytes.len());
    assert_eq!(faults(&longer), [described]);
}

#[test]
fn one_changed_byte_is_refused() {
    let bytes = written();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(!faults(&changed).is_empty(), "byte {place}");
    }
}

#[test]
fn a_header_that_lies_about_its_length_costs_nothing() {
    for length in [u64::MAX, 1 << 60, 1 << 27] {
        let bytes = [&length.to_le_bytes()[..], b"{}"].concat();
        assert!(is_one(&faults(&bytes), &format!("its header would have {length} bytes")));
    }
    let faults = faults(&with_header(|header| header.replace("[4,5]", "[4,1152921504606846976]")));
    assert!(is_one(&faults, "its header is invalid: "), "{faults:?}");
}

#[test]
fn files_of_other_programs_are_refused() {
    let foreign = with_header(|header| header.replace("\"blemore\"", "\"another\""));
    assert!(is_one(&faults(&foreign), "it is a safetensors file of another program"));
    let empty = [&2_u64.to_le_bytes()[..], b"{}"].concat();
    assert!(is_one(&faults(&empty), "it is a safetensors file of another program"));
    let text = b"filename,ang,disg,fea,hap,sad,neu\nA102_ang_int1_ver1,1,0,0,0,0,0\n";
    assert!(is_one(&faults(text), "its header would have "));
    let noise = [&5_u64.to_le_bytes()[..], b"\xff\xfe{}}"].concat();
    assert!(is_one(&faults(&noise), "its header is invalid: "));
}

#[test]
fn every_fault_of_a_description_is_reported() {
    let changed = resealed(&written(), |description| {
        description
            .replace("blemore checkpoint 2", "blemore checkpoint 9")
            .replace(r#"["ang","disg""#, r#"["disg","ang""#)
            .replace(r#""width":5"#, r#""width":6"#)
            .replace("MLP_4_3", "MLP_4_0")
            .replace("epochs = 50", "epoch = 50")
    });
    let faults = faults(&changed);
    let expected = [
        "it holds a blemore checkpoint 9, expected a blemore checkpoint 2",
        "its outputs are disg, ang, fea, hap, sad, neu, expected ang, disg, fea, hap, sad, neu",
        "its architecture cannot be used: ",
        "its recipe cannot be used: ",
        "it gives 6 features, but its arrays are for 5",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault}");
    }
}

#[test]
fn arrays_that_do_not_fit_the_architecture_are_all_named() {
    let changed = resealed(&written(), |description| description.replace("MLP_4_3", "MLP_3_4"));
    let expected = [
        "0.weight` is F32 [4, 5], expected F32 [3, 5]",
        "0.bias` is F32 [4], expected F32 [3]",
        "1.weight` is F32 [3, 4], expected F32 [4, 3]",
        "1.bias` is F32 [3], expected F32 [4]",
        "2.weight` is F32 [6, 3], expected F32 [6, 4]",
    ];
    assert_eq!(faults(&changed), expected.map(|array| format!("its array `layers.{array}")));
    let renamed = with_header(|header| header.replace("\"layers.1.bias\":{", "\"layers.9.bias\":{"));
    assert_eq!(faults(&renamed), ["it lacks the array `layers.1.bias`"]);
}

#[test]
fn values_that_are_not_finite_or_out_of_range_are_found() {
    let mut bytes = written();
    let last_bias = bytes.len() - 4;
    bytes[last_bias..].copy_from_slice(&f32::NAN.to_le_bytes());
    let found = faults(&resealed(&bytes, str::to_owned));
    assert_eq!(found, ["its array `layers.2.bias` holds a value that is not finite at index 5"]);

    let deviation = checkpoint().standardizer().deviation()[0].to_le_bytes();
    let mut bytes = written();
    let at = bytes.windows(8).position(|window| window == deviation).unwrap();
    bytes[at..at + 8].copy_from_slice(&(-1.0_f64).to_le_bytes());
    let found = faults(&resealed(&bytes, str::to_owned));
    assert!(is_one(&found, "its standardisation cannot be used: "), "{found:?}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let path = blocked.join("checkpoint.safetensors");
    let error = checkpoint().write(&path).unwrap_err();
    assert!(matches!(&error, Error::Write { path: at, .. } if at == &path), "{error}");
    assert!(matches!(Checkpoint::read(Path::new("/no/such")), Err(Error::Read { .. })));
}
