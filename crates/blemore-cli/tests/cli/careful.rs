//! Outputs that cannot or must not be written are refused before the work, and what an input holds is not echoed at length.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::{blemore, refusal, stderr};

/// A table of two clips.
fn table(path: &Path) {
    let clips = ["A1_ang_int1_ver1", "A2_sad_int1_ver1"].map(|clip| clip.parse().unwrap());
    let values = ndarray::array![[1.0_f32, 2.0], [3.0, 5.0]];
    blemore_features::FeatureTable::new(clips, values).unwrap().write(path).unwrap();
}

fn fuse(one: &Path, other: &Path, output: &Path, more: &[&str]) -> Output {
    let words = ["fuse".as_ref(), one.as_os_str(), other.as_os_str(), "-o".as_ref(), output.as_os_str()];
    blemore(words.into_iter().chain(more.iter().map(|word| word.as_ref())))
}

#[test]
fn an_input_is_never_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one.npz"), folder.path().join("other.npz"));
    table(&one);
    table(&other);
    let before = fs::read(&one).unwrap();
    let output = fuse(&one, &other, &one, &["--force"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("is the input"), "{}", stderr(&output));
    assert_eq!(fs::read(&one).unwrap(), before);

    // A clip of the folder that is aggregated.
    let arrays = folder.path().join("arrays");
    fs::create_dir(&arrays).unwrap();
    let clip = arrays.join("A1_ang_int1_ver1.npy");
    fs::write(&clip, "an array").unwrap();
    let (arrays, clip) = (arrays.to_str().unwrap(), clip.to_str().unwrap());
    let said = refusal(["aggregate", arrays, "-o", clip, "--force"]);
    assert!(said.contains("or in it"), "{said}");
}

/// A fold in two tables, and logits that are none.
#[test]
fn tables_that_would_give_wrong_numbers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let table = |folds: [i64; 2]| {
        let rows = ["A1_ang_int1_ver1", "A2_sad_int1_ver1"].iter().zip(folds);
        let rows: String =
            rows.map(|(clip, fold)| format!("{clip},0.5,0.1,0.1,0.1,0.1,0.1,{fold}\n")).collect();
        format!("filename,ang,disg,fea,hap,sad,neu,fold\n{rows}")
    };
    fs::write(path("one.csv"), table([0, 1])).unwrap();
    fs::write(path("other.csv"), table([1, 0])).unwrap();
    let said = refusal(["evaluate", "--probabilities", &path("one.csv"), &path("other.csv")]);
    assert!(said.contains("A1_ang_int1_ver1 is in fold 0 in") && said.contains("fold 1 in"), "{said}");
    let said = refusal(["evaluate", "--logits", "--probabilities", &path("one.csv")]);
    assert!(said.contains("leave out --logits"), "{said}");
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_replaced() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    table(&path("one.npz"));
    table(&path("other.npz"));
    symlink("nowhere", path("dangling")).unwrap();
    symlink(path("loop"), path("loop")).unwrap();
    for name in ["dangling", "loop"] {
        let output = fuse(&path("one.npz"), &path("other.npz"), &path(name), &[]);
        assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
        let output = fuse(&path("one.npz"), &path("other.npz"), &path(name), &["--force"]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(path(name).is_symlink());
    }
    let output = fuse(&path("one.npz"), &path("other.npz"), Path::new("/dev/null"), &["--force"]);
    assert!(!output.status.success() && stderr(&output).contains("no regular file"), "{}", stderr(&output));
}

/// The output is looked at before the inputs, which are not there.
#[test]
fn an_output_that_cannot_be_written_is_noticed_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let inside = file.join("table.npz");
    let output = fuse(Path::new("no.npz"), Path::new("neither.npz"), &inside, &[]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write") && said.contains("table.npz"), "{said}");
    // Nothing is left of the look, and no folder was made.
    let output =
        fuse(Path::new("no.npz"), Path::new("neither.npz"), &folder.path().join("new/table.npz"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_limit_of_file_sizes_is_an_error_with_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let clips = (0..2000).map(|clip| format!("A{clip}_ang_int1_ver1").parse().unwrap());
    let values = ndarray::Array2::<f32>::from_shape_fn((2000, 8), |(row, column)| (row * 8 + column) as f32);
    blemore_features::FeatureTable::new(clips, values).unwrap().write(path("one.npz")).unwrap();
    fs::copy(path("one.npz"), path("other.npz")).unwrap();
    let line = format!(
        "ulimit -f 16; exec {} fuse {} {} -o {}",
        crate::PROGRAM,
        path("one.npz"),
        path("other.npz"),
        path("fused.npz")
    );
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("fused.npz"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
}

/// A limit that the program itself fits into, and the output does not.
#[cfg(target_os = "linux")]
#[test]
fn too_little_memory_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let clips = (0..2000).map(|clip| format!("A{clip}_ang_int1_ver1").parse().unwrap());
    let values =
        ndarray::Array2::<f32>::from_shape_fn((2000, 4000), |(row, column)| (row * 8 + column) as f32);
    blemore_features::FeatureTable::new(clips, values).unwrap().write(path("one.npz")).unwrap();
    let (program, one, fused) = (crate::PROGRAM, path("one.npz"), path("fused.npz"));
    fs::copy(&one, path("other.npz")).unwrap();
    let line = format!("ulimit -v 168000; exec {program} fuse {one} {} -o {fused}", path("other.npz"));
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("out of memory") && !said.contains("panicked"), "{said}");
    assert!(!Path::new(&fused).exists());
}

#[test]
fn a_long_cell_is_not_echoed() {
    let folder = tempfile::tempdir().unwrap();
    let predictions = folder.path().join("predictions.json");
    let long = "x".repeat(1_000_000);
    fs::write(&predictions, format!(r#"{{"A1_ang_int1_ver1": [{{"emotion": "{long}", "salience": 100}}]}}"#))
        .unwrap();
    let output = blemore(["score", "--predictions", predictions.to_str().unwrap()]);
    assert!(stderr(&output).len() < 3_000, "{} characters", stderr(&output).len());
    let metadata = folder.path().join("metadata.csv");
    let header = "filename,video_id,mix,emotion_1,emotion_2,emotion_1_salience,emotion_2_salience,fold";
    fs::write(&metadata, format!("{header}\n{long},A1,0,{long},,,,0\n")).unwrap();
    let metadata = metadata.to_str().unwrap();
    let said = refusal(["trivial", "--train-metadata", metadata, "--test-metadata", metadata]);
    assert!(said.len() < 3_000, "{} characters", said.len());
}

/// The work is done; only the document cannot be.
#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_does_not_make_half_a_document() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let clips = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
    fs::create_dir(&clips).unwrap();
    fs::write(clips.join("train_metadata.csv"), "filename\ntest_0001\n").unwrap();
    let output = blemore(["--json".as_ref(), "inspect".as_ref(), clips.as_os_str()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_whole = serde_json::from_str::<serde_json::Value>(&text).is_ok();
    assert!(text.is_empty() || is_whole, "{text}");
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
}

#[test]
fn numbers_that_cannot_be_meant_are_refused() {
    let said = refusal(["aggregate", "arrays", "-o", "x.npz", "--jobs", "9223372036854775807"]);
    assert!(said.contains("from 1 to 4096"), "{said}");
    let said = refusal(["score", "--predictions", "p.json", "--replicates", "4000000000"]);
    assert!(said.contains("10000000"), "{said}");
}
