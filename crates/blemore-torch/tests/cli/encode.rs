//! `blemore encode`, from clips to Table II.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use blemore::data::{ClipRecord, Metadata};
use blemore::eval::Predictions;
use blemore::features::FeatureMatrix;
use blemore_media::{Ffmpeg, SideFile, WeightsOrigin};
use blemore_testing::{Need, not_run, schemas, write_checkpoint};
use serde_json::Value;

use crate::program::{blemore, blemore_json, stderr};
use crate::scene::CLIPS;

pub(crate) const TEST_CLIPS: [&str; 2] = ["A4_neu_int1_ver1", "A4_mix_ang_sad_50_50_ver1"];

/// A dataset of clips with metadata, and checkpoints under their published names.
pub(crate) struct Clips {
    folder: tempfile::TempDir,
    pub(crate) ffmpeg: Ffmpeg,
}

impl Clips {
    pub(crate) fn new() -> Option<Self> {
        let Ok(ffmpeg) = Ffmpeg::find(None) else {
            not_run(Need::Ffmpeg);
            return None;
        };
        let clips = Self { folder: tempfile::tempdir().unwrap(), ffmpeg };
        let names = CLIPS.iter().map(|(name, _)| *name).chain(TEST_CLIPS);
        for (number, name) in names.enumerate() {
            clips.make(&format!("clips/videos/{name}.mp4"), number);
        }
        let record = |(name, fold): (&str, Option<i64>)| ClipRecord {
            fold,
            ..ClipRecord::of_name(name.parse().unwrap())
        };
        let train: Vec<ClipRecord> = CLIPS.iter().map(|(name, fold)| record((name, Some(*fold)))).collect();
        let test: Vec<ClipRecord> = TEST_CLIPS.iter().map(|name| record((name, None))).collect();
        Metadata::from_records(&train).unwrap().write(clips.path("clips/train_metadata.csv")).unwrap();
        Metadata::from_records(&test).unwrap().write(clips.path("clips/test_metadata.csv")).unwrap();
        let cache = "checkpoints/models--openai--clip-vit-base-patch32/snapshots/0123/model.safetensors";
        write_checkpoint("clip", 1, &clips.path(cache));
        write_checkpoint("imagebind", 1, &clips.path("checkpoints/imagebind_huge.pth"));
        write_checkpoint("videomaev2", 1, &clips.path("checkpoints/vit_g_hybrid_pt_1200e_k710_ft.pth"));
        write_checkpoint("videoswin", 1, &clips.path("checkpoints/swin3d_b_1k-24f7c7c6.pth"));
        write_checkpoint("hubert", 1, &clips.path("checkpoints/hubert_large_ll60k.pt"));
        write_checkpoint("wavlm", 1, &clips.path("checkpoints/wavlm_large.pt"));
        Some(clips)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Half a second of made-up picture and sound, other ones for other numbers.
    fn make(&self, name: &str, number: usize) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let picture = format!("testsrc2=size={}x{}:rate=6:duration=0.5", 64 + 8 * number, 48 + 4 * number);
        let sound = format!("sine=frequency={}:sample_rate=16000:duration=0.5", 200 + 50 * number);
        let mut command = Command::new(self.ffmpeg.path());
        command.args([
            "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound,
        ]);
        assert!(command.arg(path).status().unwrap().success());
    }

    /// The arguments of an encoding of everything.
    pub(crate) fn arguments<'a>(&self, encoders: &'a str, more: &[&'a str]) -> Vec<String> {
        let places = [self.path("clips"), self.path("data"), self.path("checkpoints")];
        let [clips, data, checkpoints] = places.map(|path| path.to_str().unwrap().to_owned());
        let fixed = ["encode", &clips, "-o", &data, "--checkpoints", &checkpoints, "--encoder", encoders];
        fixed.iter().chain(more).map(|argument| (*argument).to_owned()).collect()
    }

    pub(crate) fn features(&self, array: &str) -> FeatureMatrix {
        FeatureMatrix::read(self.path(&format!("data/{array}.npy"))).unwrap()
    }
}

/// Written, kept and failed arrays of each folder.
pub(crate) fn counts(document: &Value) -> BTreeMap<String, [u64; 3]> {
    let folders = document["folders"].as_array().unwrap().iter().map(|folder| {
        let count = |name: &str| folder[name].as_u64().unwrap();
        let failed = folder["failed"].as_array().unwrap().len() as u64;
        (folder["folder"].as_str().unwrap().to_owned(), [count("written"), count("kept"), failed])
    });
    folders.collect()
}

#[test]
fn two_commands_lead_from_clips_to_table_ii() {
    let Some(clips) = Clips::new() else { return };
    let arguments = clips.arguments("clip,imagebind,hubert,wavlm", &[]);
    let document = blemore_json(&arguments);
    let names = ["CLIP", "HuBERT_large", "ImageBind", "WavLM_large"];
    let expected = |train: [u64; 3], test: [u64; 3]| -> BTreeMap<String, [u64; 3]> {
        let folders =
            names.iter().flat_map(|name| [(format!("{name}_test"), test), (format!("{name}_train"), train)]);
        folders.collect()
    };
    assert_eq!(counts(&document), expected([6, 0, 0], [2, 0, 0]));
    assert_eq!(clips.features("CLIP_train/A1_ang_int1_ver1").frames().dim(), (3, 24));
    assert_eq!(clips.features("WavLM_large_test/A4_neu_int1_ver1").width(), 64);
    assert_eq!(counts(&blemore_json(&arguments)), expected([0, 6, 0], [0, 2, 0]));

    let data = clips.path("data");
    assert_eq!(schemas::hold_files(&data).get("files/side-file"), Some(&32));
    let results = clips.path("results");
    let quick = [
        "reproduce",
        "--epochs",
        "1",
        "--test-epochs",
        "1",
        "--models",
        "linear",
        "-o",
        results.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    let table = blemore_json(quick);
    let rows: Vec<&str> =
        table["rows"].as_array().unwrap().iter().map(|row| row["encoder"].as_str().unwrap()).collect();
    for row in ["CLIP", "ImageBind", "HuBERT", "WavLM", "ImageBind + WavLM"] {
        assert!(rows.contains(&row), "{row} is not in {rows:?}");
    }
    assert!(table["rows"].as_array().unwrap().iter().all(|row| row["random_weights"] == false));

    // A checkpoint of the fused row takes a clip's file, and says what it says of the clip's features.
    let row = results.join("rows/ImageBind+WavLM/cells");
    let cells = fs::read_dir(row).unwrap().map(|entry| entry.unwrap().path());
    let checkpoint =
        cells.map(|cell| cell.join("checkpoint.safetensors")).find(|path| path.exists()).unwrap();
    let [checkpoint, weights, fused, predicted] =
        [checkpoint, clips.path("checkpoints"), clips.path("fused.npz"), clips.path("predicted.json")]
            .map(|path| path.to_str().unwrap().to_owned());
    let file = clips.path(&format!("clips/videos/{}.mp4", CLIPS[2].0)).to_str().unwrap().to_owned();
    let words = ["predict", "--checkpoint", &checkpoint, "--clip", &file];
    let refused = stderr(&blemore(words));
    assert!(refused.contains("--checkpoints") && refused.contains("imagebind_huge.pth"), "{refused}");
    let words = [&words[..], &["--checkpoints", &weights]].concat();
    let document = blemore_json(&words);
    for encoder in ["ImageBind", "WavLM_large"] {
        let table = clips.path(&format!("{encoder}.npz")).to_str().unwrap().to_owned();
        let arrays = data.join(format!("{encoder}_train")).to_str().unwrap().to_owned();
        assert!(blemore(["aggregate", &arrays, "-o", &table]).status.success());
    }
    let tables = ["ImageBind", "WavLM_large"].map(|name| clips.path(&format!("{name}.npz")));
    let [video, audio] = tables.map(|path| path.to_str().unwrap().to_owned());
    assert!(blemore(["fuse", &video, &audio, "-o", &fused]).status.success());
    let of_features = ["predict", "--checkpoint", &checkpoint, "--features", &fused, "-o", &predicted];
    assert!(blemore(of_features).status.success());
    let labels = Predictions::read(&predicted).unwrap();
    assert_eq!(document["label"], labels.get(CLIPS[2].0).unwrap().label().unwrap().to_string());
    let sum: f64 = document["probabilities"].as_object().unwrap().values().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-6, "{document}");
    let text = String::from_utf8(blemore(&words).stdout).unwrap();
    assert!(text.contains("trained on ImageBind + WavLM; alpha"), "{text}");

    // Had they random weights, every table, document and page would say so.
    let page = |run: &Path| {
        let page = clips.path("page.html");
        let words = ["report", "--force", "--run", run.to_str().unwrap(), "-o", page.to_str().unwrap()];
        let output = blemore(words);
        assert!(output.status.success(), "{}", stderr(&output));
        fs::read_to_string(page).unwrap()
    };
    let (random, results) = (clips.path("random"), clips.path("random-results"));
    for partition in ["train", "test"] {
        let (from, to) = (data.join(format!("CLIP_{partition}")), random.join(format!("CLIP_{partition}")));
        fs::create_dir_all(&to).unwrap();
        fs::copy(
            data.join(format!("{partition}_metadata.csv")),
            random.join(format!("{partition}_metadata.csv")),
        )
        .unwrap();
        for file in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
            let target = to.join(file.file_name().unwrap());
            fs::copy(&file, &target).unwrap();
            if let Some(mut side_file) = SideFile::read(&target.with_extension("npy")).unwrap() {
                side_file.recipe.weights = WeightsOrigin::Random { seed: 7 };
                side_file.write(&target.with_extension("npy")).unwrap();
            }
        }
    }
    let (random, results) = (random.to_str().unwrap(), results.to_str().unwrap());
    let words = [&quick[..quick.len() - 3], &[results, "--data", random]].concat();
    let text = String::from_utf8(blemore(&words).stdout).unwrap();
    assert!(text.contains("RANDOM WEIGHTS, whose numbers mean nothing: CLIP"), "{text}");
    assert_eq!(blemore_json(&words)["rows"][0]["random_weights"], true);
    let html = page(&Path::new(results).join("rows/CLIP"));
    assert!(html.contains("The numbers mean nothing: CLIP, preset published, random weights of seed 7"));
    // Tables and figures that leave the page take the mark with them.
    assert!(html.matches("(random weights), ").count() > 5);
    let tables = clips.path("tables.tex").to_str().unwrap().to_owned();
    let row = Path::new(results).join("rows/CLIP").to_str().unwrap().to_owned();
    assert!(blemore(["report", "--run", &row, "--format", "latex", "-o", &tables]).status.success());
    let tables = fs::read_to_string(tables).unwrap();
    let of_numbers = tables.split_inclusive("\\end{table}").filter(|table| table.contains("presence"));
    assert!(
        of_numbers.clone().count() > 1 && of_numbers.clone().all(|table| table.contains("(random weights)"))
    );
    let table = clips.path("table.npz").to_str().unwrap().to_owned();
    let run = clips.path("run").to_str().unwrap().to_owned();
    let output = blemore(["aggregate", &format!("{random}/CLIP_train"), "-o", &table]);
    assert!(stderr(&output).contains("mean nothing"), "{}", stderr(&output));
    let metadata = format!("{random}/train_metadata.csv");
    let words = ["cross-validate", "--epochs", "1", "--models", "linear", "--features", &table];
    let output = blemore(words.iter().chain(&["--metadata", &metadata, "-o", &run]));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("table (random weights)"), "{text}");

    // Two clips are exchanged: their features are, and nothing else is computed.
    let video = |name: &str| clips.path(&format!("clips/videos/{name}.mp4"));
    let (first, second) = (CLIPS[0].0, CLIPS[1].0);
    let array = |name: &str| clips.features(&format!("ImageBind_train/{name}"));
    let before = [array(first), array(second)];
    fs::rename(video(first), video("kept")).unwrap();
    fs::rename(video(second), video(first)).unwrap();
    fs::rename(video("kept"), video(second)).unwrap();
    let document = blemore_json(clips.arguments("imagebind", &["--partition", "train"]));
    assert_eq!(counts(&document), BTreeMap::from([("ImageBind_train".to_owned(), [2, 4, 0])]));
    assert_eq!([array(second), array(first)], before);
    assert_ne!(before[0], before[1]);
}

#[test]
fn one_command_leads_from_clips_to_the_tables_alone_or_in_shares() {
    let Some(clips) = Clips::new() else { return };
    // Three encoders are enough; those without a checkpoint are left out, and said.
    let others = ["imagebind_huge.pth", "hubert_large_ll60k.pt", "vit_g_hybrid_pt_1200e_k710_ft.pth"];
    for name in others {
        fs::remove_file(clips.path(&format!("checkpoints/{name}"))).unwrap();
    }
    let run = |output: &str, more: &[&str]| {
        let [videos, checkpoints, output] = ["clips", "checkpoints", output].map(|name| clips.path(name));
        let paths = [&videos, &checkpoints, &output].map(|path| path.to_str().unwrap());
        let words = ["reproduce", "--epochs", "1", "--test-epochs", "1", "--models", "linear"];
        let words = [&words[..], &["--subsampled-epochs", "1"]].concat();
        let places = ["--clips", paths[0], "--checkpoints", paths[1], "-o", paths[2]];
        let output = blemore(words.iter().chain(&places).chain(more));
        assert!(output.status.success(), "{}", stderr(&output));
        (String::from_utf8(output.stdout.clone()).unwrap(), stderr(&output))
    };
    let (whole, said) = run("whole", &[]);
    let other_weights = "Other weights than the paper's, which are NOT PUBLISHED: VideoSwin\n";
    for part in ["CLIP", "WavLM", "No features for: ImageBind, OpenFace, VideoMAEv2", other_weights] {
        assert!(whole.contains(part), "{part} is not in {whole}");
    }
    assert!(said.contains("No checkpoint of ImageBind: its rows are left out"), "{said}");
    assert!(!said.contains("HiCMAE is left out"), "{said}");
    // HiCMAE is not in it even with its checkpoint, and that is said.
    write_checkpoint("hicmae", 1, &clips.path("checkpoints/checkpoint-99.pth"));

    // Tasks of a job array: each makes its features, then trains its cells; the last command makes the tables.
    let (first, said) = run("shared", &["--cell", "1/2"]);
    assert!(first.is_empty() && said.contains("12 arrays of others are not yet"), "{first}{said}");
    assert!(said.contains("HiCMAE is left out: it takes faces"), "{said}");
    for share in ["2/2", "1/2"] {
        let (table, said) = run("shared", &["--cell", share]);
        assert!(table.is_empty() && said.contains("This share is trained"), "{table}{said}");
    }
    assert_eq!(run("shared", &[]).0, whole);
    let rows = |folder: &str| {
        let cells = clips.path(folder).join("rows/CLIP/cells");
        let names = fs::read_dir(cells).unwrap().map(|entry| entry.unwrap().path());
        let files = names.map(|cell| fs::read(cell.join("probabilities.csv")).unwrap());
        files.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(rows("shared"), rows("whole"));
}

#[test]
fn one_command_leads_from_clips_and_random_weights_to_a_marked_table() {
    let Some(clips) = Clips::new() else { return };
    let [videos, output] = ["clips", "tables"].map(|name| clips.path(name).to_str().unwrap().to_owned());
    let words =
        ["reproduce", "--clips", &videos, "--encoder", "clip", "--random-weights", "7", "-o", &output];
    let quick = ["--epochs", "1", "--test-epochs", "1", "--models", "linear"];
    let finished = blemore(words.iter().chain(&quick));
    assert!(finished.status.success(), "{}", stderr(&finished));
    let table = String::from_utf8(finished.stdout).unwrap();
    for part in ["CLIP", "RANDOM WEIGHTS, whose numbers mean nothing: CLIP", "No features for: ImageBind"] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
}

#[test]
fn hicmae_takes_aligned_faces_beside_the_sound() {
    let Some(clips) = Clips::new() else { return };
    write_checkpoint("hicmae", 1, &clips.path("checkpoints/checkpoint-99.pth"));
    let without = blemore(clips.arguments("hicmae", &["--partition", "test"]));
    // Without a folder the built-in detector looks for faces, of which a test picture has none.
    let message = stderr(&without);
    let is_named = message.contains("has a face that the built-in detector finds")
        || message.contains("--face-detector") && message.contains("cargo xtask setup");
    assert!(without.status.code() == Some(2) && is_named, "{message}");
    let faces = clips.path("faces");
    let aligned = |clip: &str| faces.join(format!("{clip}_aligned"));
    fs::create_dir_all(aligned(TEST_CLIPS[0])).unwrap();
    let mut command = Command::new(clips.ffmpeg.path());
    command.args([
        "-nostdin",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=112x112:rate=25:duration=0.5",
    ]);
    command.arg(aligned(TEST_CLIPS[0]).join("frame_det_00_%06d.bmp"));
    assert!(command.status().unwrap().success());
    let arguments = clips.arguments("hicmae", &["--partition", "test", "--faces", faces.to_str().unwrap()]);
    // The other clip has no faces: it is listed, and stops no other.
    let output = blemore(&arguments);
    let missing = format!("no aligned faces of {}", TEST_CLIPS[1]);
    assert!(output.status.code() == Some(2) && stderr(&output).contains(&missing), "{}", stderr(&output));
    fs::create_dir_all(faces.join(TEST_CLIPS[1])).unwrap();
    for file in fs::read_dir(aligned(TEST_CLIPS[0])).unwrap().map(|entry| entry.unwrap().path()) {
        fs::copy(&file, faces.join(TEST_CLIPS[1]).join(file.file_name().unwrap())).unwrap();
    }
    let folder = |counts: [u64; 3]| BTreeMap::from([("HiCMAE_test".to_owned(), counts)]);
    assert_eq!(counts(&blemore_json(&arguments)), folder([1, 1, 0]));
    assert_eq!(clips.features(&format!("HiCMAE_test/{}", TEST_CLIPS[1])).frames().dim(), (1, 256));
    let array = clips.path(&format!("data/HiCMAE_test/{}.npy", TEST_CLIPS[0]));
    assert_eq!(
        SideFile::read(&array).unwrap().unwrap().faces.unwrap().name,
        format!("{}_aligned", TEST_CLIPS[0])
    );
}

#[test]
fn encoders_of_windows_have_their_rows_and_are_resumed() {
    let Some(clips) = Clips::new() else { return };
    let arguments = clips.arguments("videomaev2,videoswin", &["--partition", "test"]);
    let expected = |counts: [u64; 3]| -> BTreeMap<String, [u64; 3]> {
        ["VideoMAEv2_test", "VideoSwin_test"].map(|folder| (folder.to_owned(), counts)).into()
    };
    assert_eq!(counts(&blemore_json(&arguments)), expected([2, 0, 0]));
    let side = |folder: &str| {
        let array = clips.path(&format!("data/{folder}/{}.npy", TEST_CLIPS[0]));
        SideFile::read(&array).unwrap().unwrap()
    };
    // Three frames and zeros after them; three frames and black ones up to ten seconds.
    for (folder, rows, columns) in [("VideoMAEv2_test", 1, 88), ("VideoSwin_test", 2, 32)] {
        let side = side(folder);
        assert_eq!((side.rows, side.columns, side.video.unwrap().decoded), (rows, columns, 3));
        let array = clips.features(&format!("{folder}/{}", TEST_CLIPS[0]));
        assert_eq!(array.frames().dim(), (rows, columns));
    }
    fs::remove_file(clips.path(&format!("data/VideoSwin_test/{}.npy", TEST_CLIPS[1]))).unwrap();
    let document = blemore_json(&arguments);
    assert_eq!(counts(&document)["VideoMAEv2_test"], [0, 2, 0]);
    assert_eq!(counts(&document)["VideoSwin_test"], [1, 1, 0]);
    // Each wants its own checkpoint.
    let (swin, mae) = ("swin3d_b_1k-24f7c7c6.pth", "vit_g_hybrid_pt_1200e_k710_ft.pth");
    let checkpoint = |name: &str| clips.path(&format!("checkpoints/{name}"));
    fs::copy(checkpoint(mae), checkpoint(swin)).unwrap();
    let output = blemore(clips.arguments("videoswin", &["--partition", "train"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no checkpoint of Video Swin"), "{}", stderr(&output));
}

#[test]
fn a_faulty_clip_is_listed_and_stops_no_other() {
    let Some(clips) = Clips::new() else { return };
    fs::write(clips.path(&format!("clips/videos/{}.mp4", CLIPS[2].0)), "no video").unwrap();
    fs::remove_file(clips.path(&format!("clips/videos/{}.mp4", TEST_CLIPS[0]))).unwrap();
    let output = blemore(clips.arguments("clip", &["--json"]));
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    for part in [
        "2 arrays are missing",
        &format!("CLIP_train/{}", CLIPS[2].0),
        TEST_CLIPS[0],
        "no video file of this name",
    ] {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts(&document)["CLIP_train"], [5, 0, 1]);
    assert_eq!(document["folders"][0]["recipe"]["preset"], "published");
}

#[test]
fn shares_of_a_job_array_make_the_whole() {
    let Some(clips) = Clips::new() else { return };
    let run = |cell: &str| {
        counts(&blemore_json(clips.arguments("clip", &["--cell", cell, "--partition", "train"])))
    };
    assert_eq!(run("1/4")["CLIP_train"], [2, 0, 0]);
    assert_eq!(run("2/4")["CLIP_train"], [2, 0, 0]);
    assert_eq!(run("1/1")["CLIP_train"], [2, 4, 0]);
    // Another preset has a folder of its own; another checkpoint is refused there.
    let corrected = counts(&blemore_json(clips.arguments("clip", &["--preset", "corrected"])));
    assert!(corrected.contains_key("CLIP_corrected_test"), "{corrected:?}");
    let cache = "checkpoints/models--openai--clip-vit-base-patch32/snapshots/0123/model.safetensors";
    write_checkpoint("clip", 2, &clips.path(cache));
    let output = blemore(clips.arguments("clip", &[]));
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("weights: model.safetensors"), "{}", stderr(&output));
}

#[test]
fn checkpoints_are_listed_with_their_places() {
    let Some(clips) = Clips::new() else { return };
    let checkpoints = clips.path("checkpoints");
    let list = blemore_json(["encode", "--list", "--checkpoints", checkpoints.to_str().unwrap()]);
    let found: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["found"].is_string())
        .map(|entry| entry["encoder"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["clip", "imagebind", "videomaev2", "videoswin", "hubert", "wavlm"]);
    let text = String::from_utf8(blemore(["encode", "--list"]).stdout).unwrap();
    for part in ["imagebind_huge.pth", "CC BY-NC 4.0", "https://huggingface.co/openai/clip-vit-base-patch32"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    fs::remove_file(checkpoints.join("wavlm_large.pt")).unwrap();
    fs::remove_file(checkpoints.join("imagebind_huge.pth")).unwrap();
    let output = blemore(clips.arguments("clip,imagebind,wavlm", &[]));
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("WavLM (wavlm_large.pt") && said.contains("ImageBind (imagebind_huge.pth"),
        "{said}"
    );
    assert!(!clips.path("data/CLIP_train").exists(), "all are looked for before anything is computed");
}

#[test]
fn made_up_weights_are_marked() {
    let Some(clips) = Clips::new() else { return };
    let flat = clips.path("flat");
    fs::create_dir(&flat).unwrap();
    fs::rename(clips.path(&format!("clips/videos/{}.mp4", CLIPS[0].0)), flat.join("anything.mp4")).unwrap();
    let data = clips.path("data");
    let arguments = |more: &[&str]| -> Vec<String> {
        let fixed = ["encode", flat.to_str().unwrap(), "-o", data.to_str().unwrap(), "--encoder", "clip"];
        fixed.iter().chain(more).map(|argument| (*argument).to_owned()).collect()
    };
    let output = blemore(arguments(&["--random-weights", "7"]));
    assert!(
        output.status.code() == Some(2) && stderr(&output).contains("--partition"),
        "{}",
        stderr(&output)
    );
    let output = blemore(arguments(&["--partition", "train"]));
    assert!(
        output.status.code() == Some(2) && stderr(&output).contains("--random-weights"),
        "{}",
        stderr(&output)
    );
    let output =
        blemore(arguments(&["--partition", "train", "--random-weights", "7", "--every", "3", "--json"]));
    assert!(output.status.success() && stderr(&output).contains("mean nothing"), "{}", stderr(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["folders"][0]["random"].as_bool().unwrap());
    let array: &Path = &data.join("CLIP_random7_train/anything.npy");
    assert_eq!(FeatureMatrix::read(array).unwrap().frames().dim(), (1, 512));
    assert_eq!(SideFile::read(array).unwrap().unwrap().recipe.settings["frames"], "one of 3 frames");
}
