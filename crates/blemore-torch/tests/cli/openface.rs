//! `blemore encode` with the program OpenFace, for which a stand-in stands.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use blemore::features::openface::{self, SeveralFaces};
use blemore_media::SideFile;
use blemore_testing::{OpenFaceStandIn, write_checkpoint};

use crate::encode::{Clips, TEST_CLIPS, counts};
use crate::program::{blemore, blemore_json, stderr};

/// Frames of a clip.
const FRAMES: usize = 3;

/// The clips, and a stand-in that writes so many rows and faces.
struct Scene {
    clips: Clips,
    program: PathBuf,
}

impl Scene {
    fn new(rows: usize) -> Option<Self> {
        let clips = Clips::new()?;
        write_checkpoint("hicmae", 1, &clips.path("checkpoints/checkpoint-99.pth"));
        let folder = clips.path("openface");
        fs::create_dir(&folder).unwrap();
        let mut command = Command::new(clips.ffmpeg.path());
        command.args([
            "-nostdin",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=256x256",
            "-frames:v",
            "1",
        ]);
        assert!(command.arg(folder.join("picture.png")).status().unwrap().success());
        Some(Self { program: OpenFaceStandIn::Writes(rows).write(&folder), clips })
    }

    fn arguments(&self, encoders: &str, more: &[&str]) -> Vec<String> {
        let fixed = ["--partition", "test", "--openface", self.program.to_str().unwrap()];
        let mut arguments = self.clips.arguments(encoders, &fixed);
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        arguments
    }

    fn side(&self, folder: &str) -> SideFile {
        let array = self.clips.path(&format!("data/{folder}/{}.npy", TEST_CLIPS[0]));
        SideFile::read(&array).unwrap().unwrap()
    }
}

fn both(names: [&str; 2], of_each: [u64; 3]) -> BTreeMap<String, [u64; 3]> {
    names.map(|name| (name.to_owned(), of_each)).into()
}

#[test]
fn openface_is_an_encoder_and_gives_hicmae_its_faces() {
    let Some(scene) = Scene::new(FRAMES) else { return };
    let names = ["HiCMAE_test", "OpenFace_test"];
    let arguments = scene.arguments("hicmae,openface", &[]);
    let temporary = scene.clips.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let output = Command::new(crate::PROGRAM)
        .arg("--json")
        .args(&arguments)
        .env("TMPDIR", &temporary)
        .output()
        .unwrap();
    assert_eq!(counts(&serde_json::from_slice(&output.stdout).unwrap()), both(names, [2, 0, 0]));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "no face is kept");
    assert_eq!(counts(&blemore_json(&arguments)), both(names, [0, 2, 0]));
    // Its features are those of its CSV file.
    let csv = fs::read_to_string(scene.clips.path("openface/rows.csv")).unwrap();
    let rows: String = csv.lines().take(FRAMES + 1).map(|line| format!("{line}\n")).collect();
    let expected = openface::parse(rows.as_bytes(), SeveralFaces::Keep).unwrap().matrix;
    assert_eq!(scene.clips.features(&format!("OpenFace_test/{}", TEST_CLIPS[0])), expected);
    assert_eq!(scene.clips.features(&format!("HiCMAE_test/{}", TEST_CLIPS[0])).frames().dim(), (1, 256));
    // The side files tell which OpenFace it was.
    let side = scene.side("OpenFace_test");
    assert!(side.recipe.weights.to_string().starts_with("OpenFace 2.2.0 ("), "{}", side.recipe);
    assert_eq!((side.rows, side.columns, side.video.unwrap().decoded), (FRAMES, 31, FRAMES));
    let side = scene.side("HiCMAE_test");
    assert!(side.recipe.settings["faces"].starts_with("of OpenFace 2.2.0 ("), "{}", side.recipe);
    // Another OpenFace has a folder of its own.
    let script = fs::read_to_string(&scene.program).unwrap().replace("2.2.0", "2.1.0");
    fs::write(&scene.program, script).unwrap();
    let refused = stderr(&blemore(scene.arguments("openface", &[])));
    assert!(refused.contains("weights: OpenFace 2.2.0") && refused.contains("OpenFace 2.1.0"), "{refused}");
}

#[test]
fn faces_are_kept_where_a_folder_is_named() {
    let Some(scene) = Scene::new(FRAMES) else { return };
    let faces = scene.clips.path("faces");
    let arguments = scene.arguments("hicmae", &["--faces", faces.to_str().unwrap()]);
    let folder = |counts: [u64; 3]| BTreeMap::from([("HiCMAE_test".to_owned(), counts)]);
    assert_eq!(counts(&blemore_json(&arguments)), folder([2, 0, 0]));
    let kept: Vec<String> = TEST_CLIPS.iter().map(|clip| format!("{clip}_aligned")).collect();
    let mut found: Vec<String> = fs::read_dir(&faces)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(found, kept);
    assert_eq!(scene.side("HiCMAE_test").faces.unwrap().name, kept[0]);
    // They are taken the next time: the program is not run again.
    fs::remove_file(scene.clips.path(&format!("data/HiCMAE_test/{}.npy", TEST_CLIPS[0]))).unwrap();
    OpenFaceStandIn::Writes(FRAMES).write(&scene.clips.path("openface"));
    let picture = faces.join(&kept[0]).join("frame_det_00_000001.png");
    let before = fs::metadata(&picture).unwrap().modified().unwrap();
    assert_eq!(counts(&blemore_json(&arguments)), folder([1, 1, 0]));
    assert_eq!(fs::metadata(&picture).unwrap().modified().unwrap(), before);
}

#[test]
fn openface_of_path_gives_hicmae_no_faces() {
    let Some(scene) = Scene::new(FRAMES) else { return };
    let folders = [scene.clips.path("openface")].into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(crate::PROGRAM);
        command.arg("--json").args(scene.clips.arguments("openface,hicmae", &["--partition", "test"]));
        command.args(more).env("PATH", &path).output().unwrap()
    };
    // The built-in detector finds none in pictures without people.
    let kept = scene.clips.path("kept");
    let output = run(&["--keep-faces", kept.to_str().unwrap()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2));
    if !said.contains("--face-detector") {
        assert!(said.contains("has a face that the built-in detector finds"), "{said}");
        let expected = [("OpenFace_test", [2, 0, 0]), ("HiCMAE_test", [0, 0, 2])];
        let expected = expected.map(|(name, counts)| (name.to_owned(), counts)).into();
        assert_eq!(counts(&serde_json::from_slice(&output.stdout).unwrap()), expected);
    }
    assert!(!kept.exists());
    // A folder of faces is a folder of faces, whoever filled it.
    fs::remove_dir_all(scene.clips.path("data")).ok();
    let faces = scene.clips.path("faces");
    let output = run(&["--faces", faces.to_str().unwrap()]);
    let found = counts(&serde_json::from_slice(&output.stdout).unwrap());
    assert_eq!(found, both(["HiCMAE_test", "OpenFace_test"], [2, 0, 0]));
    assert_eq!(scene.side("HiCMAE_test").recipe.settings["faces"], "aligned before");
    // What is there and cannot be used is an error before anything is run.
    fs::remove_dir_all(scene.clips.path("data")).unwrap();
    let aligned = faces.join(format!("{}_aligned", TEST_CLIPS[0]));
    fs::remove_dir_all(&aligned).unwrap();
    fs::create_dir(&aligned).unwrap();
    let output = run(&["--faces", faces.to_str().unwrap()]);
    let said = stderr(&output);
    let missing = format!("no aligned faces of {}", TEST_CLIPS[0]);
    assert!(output.status.code() == Some(2) && said.contains(&missing), "{said}");
    assert_eq!(fs::read_dir(&aligned).unwrap().count(), 0);
}

#[test]
fn other_numbers_of_rows_or_faces_than_frames_are_faults_of_the_clips() {
    let Some(scene) = Scene::new(FRAMES - 1) else { return };
    let output = blemore(scene.arguments("openface,hicmae", &[]));
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    for part in [
        "4 arrays are missing",
        "OpenFace wrote 2 rows, and 3 frames can be decoded",
        "OpenFace wrote 2 pictures, and 3 frames can be decoded",
    ] {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
}

#[test]
fn what_openface_needs_and_does_not_take_is_said_before_anything_is_computed() {
    let Some(scene) = Scene::new(FRAMES) else { return };
    let refused = |encoders: &str, more: &[&str]| {
        let output = blemore(scene.arguments(encoders, more));
        assert_eq!(output.status.code(), Some(2));
        stderr(&output)
    };
    assert!(refused("openface", &["--every", "2"]).contains("takes every frame"));
    assert!(refused("clip", &[]).contains("--openface is for the encoders openface and hicmae"));
    let nowhere = scene.clips.path("nowhere").to_str().unwrap().to_owned();
    let output = blemore(scene.clips.arguments("openface", &["--partition", "test", "--openface", &nowhere]));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("no OpenFace 2") && said.contains("non-profit use only"), "{said}");
}
