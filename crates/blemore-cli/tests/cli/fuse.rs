//! `blemore fuse`: tables are known by their files.

use blemore_features::FeatureTable;
use ndarray::Array2;

use crate::program::{blemore, refusal};

#[test]
fn a_table_that_lacks_clips_is_named_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, clips: &[&str]| {
        let path = folder.path().join(name).display().to_string();
        let clips: Vec<_> = clips.iter().map(|clip| clip.parse().unwrap()).collect();
        FeatureTable::new(clips.clone(), Array2::zeros((clips.len(), 2))).unwrap().write(&path).unwrap();
        path
    };
    let video = write("video.npz", &["test_0001", "test_0002"]);
    let audio = write("audio.npz", &["test_0001"]);
    let fused = folder.path().join("fused.npz").display().to_string();
    let said = refusal(["fuse", &video, &audio, "-o", &fused]);
    assert!(said.contains("audio.npz lacks 1 clip: test_0002") && said.contains("--common"), "{said}");
    assert!(!said.contains("video.npz lacks"), "{said}");
    let same = format!("{}/./video.npz", folder.path().display());
    let said = refusal(["fuse", &video, &same, "-o", &fused]);
    assert!(said.contains("video.npz is given twice"), "{said}");
    assert!(blemore(["fuse", "--common", &video, &audio, "-o", &fused]).status.success());
    assert_eq!(FeatureTable::read(&fused).unwrap().width(), 4);

    let all = blemore(["fuse", "--all", "--force", &video, &audio, "-o", &fused]);
    let said = String::from_utf8(all.stderr).unwrap();
    assert!(said.contains("audio lacks 1 of 2 clips"), "{said}");
    let table = FeatureTable::read(&fused).unwrap();
    assert_eq!((table.len(), table.encoders()[1].missing.len()), (2, 1));
}

#[test]
fn an_archive_of_clips_is_no_table_and_the_fix_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [clips, others] = ["clips.npz", "others.npz"].map(path);
    for copy in [&clips, &others] {
        std::fs::copy(blemore_testing::wild("arrays/clips-of-one-npz/clips.npz"), copy).unwrap();
    }
    let said = refusal(["fuse", &clips, &others, "-o", &path("fused.npz")]);
    assert!(said.contains("clips.npz: array \"filenames\" is missing"), "{said}");
    assert!(said.contains("`blemore aggregate` writes them"), "{said}");
}
