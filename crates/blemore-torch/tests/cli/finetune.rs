//! `blemore cross-validate --finetune`: from clips and faces to a results folder like any other.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use blemore::data::{ClipRecord, Dataset, Metadata};
use blemore::{ClipPartition, NetworkClips, Protocol, Reproduction};
use blemore_encoders::{FaceClips, FaceDetector};
use blemore_media::{Augmentation, Ffmpeg};
use blemore_testing::{Need, array, not_run, write_checkpoint};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{blemore, blemore_json, refusal, stderr};
use crate::scene::{CLIPS, Scene};

/// Six clips of sound with ten faces each, their metadata, and a small random checkpoint.
struct Corpus {
    scene: Scene,
}

impl Corpus {
    /// None where there is no ffmpeg.
    fn new() -> Option<Self> {
        let Ok(ffmpeg) = Ffmpeg::find(None) else {
            not_run(Need::Ffmpeg);
            return None;
        };
        let corpus = Self { scene: Scene::new() };
        write_checkpoint("hicmae", 1, &corpus.path("checkpoint.safetensors"));
        fs::create_dir(corpus.path("clips")).unwrap();
        for (number, (clip, _)) in CLIPS.iter().enumerate() {
            let faces = corpus.path("faces").join(format!("{clip}_aligned"));
            fs::create_dir_all(&faces).unwrap();
            let colour = ["red", "green", "blue", "gray", "black", "white"][number];
            let picture = format!("color=c={colour}:size=112x112:rate=25:duration=0.4");
            make(&ffmpeg, &picture, &faces.join("frame_det_00_%06d.bmp"));
            let sound = format!("sine=frequency={}:duration=0.5", 200 * (number + 1));
            make(&ffmpeg, &sound, &corpus.path("clips").join(format!("{clip}.wav")));
        }
        Some(corpus)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scene.path(name)
    }

    /// The command line with results in this folder.
    fn command(&self, output: &str, more: &[&str]) -> Vec<OsString> {
        let mut words: Vec<OsString> = ["cross-validate", "--finetune", "hicmae"].map(OsString::from).into();
        for (option, path) in [
            ("--clips", "clips"),
            ("--faces", "faces"),
            ("--checkpoint", "checkpoint.safetensors"),
            ("--metadata", "train.csv"),
            ("--output", output),
        ] {
            words.extend([OsString::from(option), self.path(path).into()]);
        }
        words.extend(["--jobs", "1"].iter().chain(more).map(OsString::from));
        words
    }

    /// The fold's probabilities of every cell in a folder, in the order of the cells' names.
    fn probabilities(&self, output: &str) -> Vec<String> {
        let folders = fs::read_dir(self.path(output).join("cells")).unwrap();
        let mut cells: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
        cells.sort();
        cells.iter().map(|cell| fs::read_to_string(cell.join("probabilities.csv")).unwrap()).collect()
    }
}

fn make(ffmpeg: &Ffmpeg, source: &str, output: &Path) {
    let mut command = Command::new(ffmpeg.path());
    command.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", source]).arg(output);
    assert!(command.status().unwrap().success(), "{source}");
}

#[test]
fn a_network_has_cells_tables_and_checks_as_models_have() {
    let Some(corpus) = Corpus::new() else { return };
    let finished: Value = blemore_json(corpus.command("whole", &["--epochs", "1"]));
    assert_eq!(finished["cells"].as_array().unwrap().len(), 3);
    assert_eq!(finished["cells"][0]["features"], "HiCMAE fine-tuned");
    let run = corpus.path("whole").into_os_string();
    let verified: Value = blemore_json([OsString::from("verify"), run.clone()]);
    let checked = &verified["runs"][0];
    assert_eq!((&checked["finished"], &checked["recomputed"]), (&3.into(), &3.into()), "{verified}");
    let page = corpus.path("report.html");
    let words = ["report", "--run"].map(OsString::from).into_iter().chain([run, "-o".into()]);
    let report = blemore(words.chain([page.clone().into_os_string()]));
    assert!(report.status.success(), "{}", stderr(&report));
    assert!(fs::read_to_string(page).unwrap().contains("HiCMAE fine-tuned"));
    // The recipe says all that it was trained with, and the cells' own numbers are the published ones.
    let cells = fs::read_dir(corpus.path("whole/cells")).unwrap();
    let recipe = cells.map(|cell| fs::read_to_string(cell.unwrap().path().join("recipe.toml")).unwrap());
    let recipe = recipe.last().unwrap();
    for line in ["layer_decay = 0.75", "drop_path = 0.1", "weight_decay = 0.05", "warm_up_epochs = 5"] {
        assert!(recipe.contains(line), "{recipe}");
    }

    // What is said of the time counts every fold.
    let said = stderr(&blemore(corpus.command("whole", &["--epochs", "1"])));
    assert!(said.contains("18 clips in all"), "{said}");

    // A job array, and activations that are computed again: the same numbers.
    for share in ["1/3", "3/3", "2/3"] {
        let part = blemore(corpus.command("shared", &["--epochs", "1", "--cell", share, "--recompute"]));
        assert!(part.status.success(), "{}", stderr(&part));
    }
    assert_eq!(corpus.probabilities("shared"), corpus.probabilities("whole"));
}

#[cfg(unix)]
#[test]
fn a_killed_fit_goes_on_with_the_same_bits() {
    let Some(corpus) = Corpus::new() else { return };
    let settings = ["--epochs", "2", "--batch-size", "2", "--fold", "1"];
    let whole = blemore(corpus.command("whole", &settings));
    assert!(whole.status.success(), "{}", stderr(&whole));
    let mut command = Command::new(crate::PROGRAM);
    command.args(corpus.command("killed", &settings)).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let start = Instant::now();
    while !has_state(&corpus.path("killed/.work")) {
        assert!(start.elapsed() < Duration::from_secs(60), "it did not get far enough");
        sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let continued = blemore(corpus.command("killed", &settings));
    assert!(continued.status.success(), "{}", stderr(&continued));
    assert_eq!(corpus.probabilities("killed"), corpus.probabilities("whole"));
}

/// Clips whose label is seen and heard: faces are dark or bright, voices low or high. Two actors, a fold each, and one of
/// the test.
struct SeenAndHeard {
    folder: TempDir,
}

/// Whether faces are bright and voices high, for each label.
const SIGNALS: [(&str, bool, bool); 5] = [
    ("ang_int1", false, false),
    ("hap_int1", true, false),
    ("sad_int1", false, true),
    ("fea_int1", true, true),
    ("mix_ang_hap_50_50", true, false),
];

impl SeenAndHeard {
    /// None where there is no ffmpeg.
    fn new() -> Option<Self> {
        let Ok(ffmpeg) = Ffmpeg::find(None) else {
            not_run(Need::Ffmpeg);
            return None;
        };
        let corpus = Self { folder: tempfile::tempdir().unwrap() };
        write_checkpoint("hicmae", 1, &corpus.path("checkpoints/checkpoint-99.pth"));
        fs::create_dir(corpus.path("clips")).unwrap();
        for (name, actors) in [("train", 1..=2), ("test", 5..=5)] {
            let clips = actors.flat_map(|actor| SIGNALS.map(|signal| (actor, signal)));
            let records: Vec<ClipRecord> = clips
                .map(|(actor, (label, is_bright, is_high))| {
                    let clip = format!("A{actor}_{label}_ver1");
                    corpus.make_clip(&ffmpeg, &clip, is_bright, is_high, actor);
                    let fold = (name == "train").then_some(actor % 2);
                    ClipRecord { fold, ..ClipRecord::of_name(clip.parse().unwrap()) }
                })
                .collect();
            let path = corpus.path(&format!("clips/{name}_metadata.csv"));
            Metadata::from_records(&records).unwrap().write(path).unwrap();
        }
        Some(corpus)
    }

    /// Actors differ a little in brightness and in the pitch of their voice.
    fn make_clip(&self, ffmpeg: &Ffmpeg, clip: &str, is_bright: bool, is_high: bool, actor: i64) {
        let faces = self.path("faces").join(format!("{clip}_aligned"));
        fs::create_dir_all(&faces).unwrap();
        let grey = if is_bright { 200 } else { 30 } + 5 * actor;
        let picture = format!("color=c=0x{grey:02x}{grey:02x}{grey:02x}:size=112x112:rate=25:duration=0.2");
        make(ffmpeg, &picture, &faces.join("frame_det_00_%06d.bmp"));
        let pitch = if is_high { 2400 } else { 300 } + 20 * actor;
        let sound = format!("sine=frequency={pitch}:duration=0.3");
        make(ffmpeg, &sound, &self.path("clips").join(format!("{clip}.wav")));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command line; what begins with `@` is in the folder.
    fn command(&self, line: &str) -> Vec<OsString> {
        let words = line.split_whitespace().map(|word| match word.strip_prefix('@') {
            Some(name) => self.path(name).into_os_string(),
            None => word.into(),
        });
        words.collect()
    }
}

/// Whole faces without changes, small batches and a rate for a network that knows nothing.
const QUICK: &str = "epochs = 1
batch_size = 4
learning_rate = 3e-3
[schedule.cosine]
warm_up_epochs = 0
start = 1e-6
end = 1e-6
[fine_tuning]
drop_path = 0.0
test_views = 1
[fine_tuning.augmentation]
operations = 0
crop_share = [1.0, 1.0]
crop_ratio = [1.0, 1.0]
flip = 0.0
erase = 0.0
";

#[test]
fn a_network_is_tested_and_predicts_what_the_test_said() {
    let Some(corpus) = SeenAndHeard::new() else { return };
    fs::write(corpus.path("recipe.toml"), QUICK).unwrap();
    const NETWORK: &str =
        "--finetune hicmae --clips @clips --faces @faces --checkpoint @checkpoints/checkpoint-99.pth";
    let line = format!(
        "cross-validate {NETWORK} --metadata @clips/train_metadata.csv --recipe @recipe.toml -o @run --jobs 2"
    );
    let found: Value = blemore_json(corpus.command(&line));
    assert_eq!(found["summary"][0]["folds"], 2, "{found}");

    let metadata = "--train-metadata @clips/train_metadata.csv --test-metadata @clips/test_metadata.csv";
    let line = format!("test --run @run {NETWORK} {metadata} --epochs 1 --jobs 2");
    let tested: Value = blemore_json(corpus.command(&line));
    let result = &tested["results"][0];
    let cell = corpus.path("run/cells").join(result["name"].as_str().unwrap());

    // The checkpoint of the test says of the test clips what the test said.
    fs::copy(cell.join("checkpoint.safetensors"), corpus.path("network.safetensors")).unwrap();
    let predict = "predict --checkpoint @network.safetensors --faces @faces";
    let line = format!("{predict} --clips @clips --metadata @clips/test_metadata.csv -o @predicted.json");
    let predicted: Value = blemore_json(corpus.command(&line));
    assert_eq!((&predicted["n_clips"], &predicted["n_seen"]), (&5.into(), &0.into()), "{predicted}");
    let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    assert_eq!(read(&corpus.path("predicted.json")), read(&cell.join("predictions.json")));
    let line = format!("{predict} --clip @clips/A5_hap_int1_ver1.wav");
    let single: Value = blemore_json(corpus.command(&line));
    assert!(single["label"].is_string(), "{single}");
    let of_training = corpus.command(&format!("{predict} --clip @clips/A1_hap_int1_ver1.wav"));
    assert!(stderr(&blemore(of_training)).contains("was in the training part"));
    let verified: Value = blemore_json(corpus.command("verify @run"));
    assert_eq!(verified["runs"][0]["recomputed"], 3, "{verified}");

    // The report names the checkpoint, and says that it was trained further.
    let page = blemore(corpus.command("report --run @run -o @page.html"));
    assert!(page.status.success(), "{}", stderr(&page));
    let page = fs::read_to_string(corpus.path("page.html")).unwrap();
    for part in ["checkpoint-99.pth (", "training fine-tuned", "faces aligned before"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn faces_are_found_once_where_none_are_given() {
    let Some(corpus) = Corpus::new() else { return };
    if FaceDetector::load(None).is_err() {
        return not_run(Need::FaceDetector);
    }
    let ffmpeg = Ffmpeg::find(None).unwrap();
    // A photograph (NASA, public domain), two frames long, beside the sound. What ends is the picture as an input: a limit
    // of frames of the output may end ffmpeg before it has read any sound.
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../blemore-encoders/tests/fixtures/mtcnn/half.npy");
    let (shape, values) = array(fixture);
    let mut picture = format!("P6\n{} {}\n255\n", shape[1], shape[0]).into_bytes();
    picture.extend(values.iter().map(|value| *value as u8));
    fs::write(corpus.path("picture.ppm"), picture).unwrap();
    for (clip, _) in CLIPS {
        let [sound, video] =
            ["wav", "mkv"].map(|ending| corpus.path("clips").join(format!("{clip}.{ending}")));
        let mut command = Command::new(ffmpeg.path());
        command
            .args(["-nostdin", "-v", "error", "-loop", "1", "-t", "0.08", "-i"])
            .arg(corpus.path("picture.ppm"));
        command.arg("-i").arg(&sound).args(["-c:v", "ffv1", "-c:a", "pcm_s16le"]).arg(&video);
        assert!(command.status().unwrap().success());
        fs::remove_file(sound).unwrap();
    }
    let words = corpus.command("run", &["--epochs", "1", "--fold", "0"]);
    let place = words.iter().position(|word| word == "--faces").unwrap();
    let without: Vec<OsString> = [&words[..place], &words[place + 2..]].concat();
    let first = blemore(&without);
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(stderr(&first).contains("built-in detector (MTCNN), not by OpenFace"), "{}", stderr(&first));
    let faces = corpus.path("run/.work/faces").join(format!("{}_aligned", CLIPS[5].0));
    let made = || fs::metadata(faces.join("frame_det_00_000001.bmp")).unwrap().modified().unwrap();
    let before = made();
    let run = fs::read_to_string(corpus.path("run/run.json")).unwrap();
    assert!(run.contains("built in (MTCNN, not OpenFace)"), "{run}");
    assert!(blemore(&without).status.success());
    assert_eq!(made(), before);
}

#[test]
fn networks_and_models_of_features_are_told_apart() {
    let Some(corpus) = Corpus::new() else { return };
    let trained = blemore(corpus.command("run", &["--epochs", "1", "--fold", "0"]));
    assert!(trained.status.success(), "{}", stderr(&trained));
    let said = stderr(&trained);
    assert!(said.contains("6 clips in all: about 0.0 hours on two cores"), "{said}");
    let cell = fs::read_dir(corpus.path("run/cells")).unwrap().next().unwrap().unwrap().path();
    let network = cell.join("checkpoint.safetensors");
    let predict = |more: &[&str]| {
        let words =
            ["predict", "--checkpoint"].map(OsString::from).into_iter().chain([network.clone().into()]);
        let more = more.iter().map(|word| match word.strip_prefix('@') {
            Some(name) => corpus.path(name).into_os_string(),
            None => word.into(),
        });
        refusal(words.chain(more))
    };
    let message = predict(&["--features", "@features.npz", "-o", "@predicted.json"]);
    assert!(message.contains("takes --clips or --clip, and no features"), "{message}");
    // An actor of the training clips in the test.
    let words = ["test", "--finetune", "hicmae", "--run"].map(OsString::from).into_iter();
    let words =
        words.chain([corpus.path("run").into()]).chain(["--clips".into(), corpus.path("clips").into()]);
    let words = words.chain(["--faces".into(), corpus.path("faces").into()]);
    let words = words.chain(["--checkpoint".into(), corpus.path("checkpoint.safetensors").into()]);
    let words = words.chain(["--train-metadata".into(), corpus.path("train.csv").into()]);
    let message = refusal(words.chain(["--test-metadata".into(), corpus.path("train.csv").into()]));
    assert!(message.contains("A1"), "{message}");
}

#[test]
fn a_loss_that_is_no_number_names_the_step_and_leaves_a_network_to_begin_with() {
    let Some(corpus) = Corpus::new() else { return };
    // One step an epoch: the first of rate 0, the second large enough to overflow.
    let schedule = "[schedule.cosine]\nwarm_up_epochs = 2\nstart = 0.0\nend = 0.0\n";
    let recipe = format!("epochs = 4\nbatch_size = 32\nlearning_rate = 1e38\n{schedule}");
    fs::write(corpus.path("recipe.toml"), recipe).unwrap();
    let recipe = corpus.path("recipe.toml");
    let settings = ["--recipe", recipe.to_str().unwrap(), "--fold", "1"];
    let failed = blemore(corpus.command("run", &settings));
    let said = stderr(&failed);
    assert_eq!(failed.status.code(), Some(1), "{said}");
    for part in ["fold 1", "epoch 2, batch 1", "lower the learning rate", "last-good.safetensors"] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    // The state of the fit is one that can be gone on from: the same step fails again.
    assert!(has_state(&corpus.path("run/.work")));
    let again = stderr(&blemore(corpus.command("run", &settings)));
    assert!(again.contains("epoch 2, batch 1") && !again.contains("trained again"), "{again}");
    // The last good network begins another run, with a lower rate.
    let work = fs::read_dir(corpus.path("run/.work")).unwrap().map(|entry| entry.unwrap().path());
    let kept = work.map(|cell| cell.join("last-good.safetensors")).find(|path| path.exists()).unwrap();
    fs::copy(kept, corpus.path("checkpoint.safetensors")).unwrap();
    let lower = ["--epochs", "1", "--learning-rate", "1e-4", "--fold", "1"];
    let trained = blemore(corpus.command("lower", &lower));
    assert!(trained.status.success(), "{}", stderr(&trained));
}

#[test]
fn hicmaes_row_is_that_of_the_whole_network() {
    let Some(corpus) = SeenAndHeard::new() else { return };
    let line = "reproduce --clips @clips --finetune hicmae --encoder hicmae --faces @faces --checkpoints @checkpoints \
                -o @tables";
    // A share without a cell: all but the training of 50 epochs.
    let share = blemore(corpus.command(&format!("{line} --cell 9/9")));
    let said = stderr(&share);
    assert!(share.status.success() && said.contains("This share is trained"), "{said}");
    assert!(said.contains("2000 clips in all: about 0.7 hours"), "{said}");
    let run = fs::read_to_string(corpus.path("tables/rows/HiCMAE_fine-tuned/run.json")).unwrap();
    assert!(run.contains("checkpoint-99.pth") && run.contains("HiCMAE fine-tuned"), "{run}");

    // The same in one epoch each.
    let dataset = Dataset::open(corpus.path("tables/arrays")).unwrap();
    let ffmpeg = Ffmpeg::find(None).unwrap();
    let clips = |metadata: &Metadata| {
        let file = |record: &ClipRecord| corpus.path("clips").join(format!("{}.wav", record.clip));
        let files = metadata.clips().iter().map(file).collect();
        FaceClips::new(files, corpus.path("faces"), Augmentation::default(), 1, &ffmpeg).unwrap()
    };
    let [train, test] = [dataset.train(), dataset.test().unwrap()];
    let (train_clips, test_clips) = (clips(train), clips(test));
    let partition = |clips, metadata| {
        let checkpoint = corpus.path("checkpoints/checkpoint-99.pth");
        ClipPartition::new("HiCMAE fine-tuned", clips, metadata, checkpoint).unwrap()
    };
    let network = NetworkClips {
        train: partition(&train_clips, train),
        test: Some(partition(&test_clips, test)),
        epochs: [1, 1],
    };
    let reproduction = Reproduction { network: Some(network), ..Reproduction::default() };
    let tables = reproduction.run(&dataset, corpus.path("short"), &|_| {}).unwrap();
    let [row] = &tables.rows[..] else { panic!("{:?}", tables.rows) };
    assert_eq!((&*row.encoder, row.protocol), ("HiCMAE", Protocol::HiCmaeFineTuned));
    assert_eq!(row.paper.map(|paper| paper.encoder), Some("HiCMAE"));
    assert_eq!(row.models[0].test.as_ref().map(|test| (test.n_clips, test.epochs)), Some((5, 1)));
    assert!(!tables.missing.contains(&"HiCMAE") && tables.missing.contains(&"CLIP"));
}

/// Whether a fit has written its state somewhere in this folder.
fn has_state(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        path.file_name().is_some_and(|name| name == "state.safetensors") || path.is_dir() && has_state(&path)
    })
}

#[test]
fn what_is_missing_is_named() {
    let Some(corpus) = Corpus::new() else { return };
    let message = refusal(["cross-validate", "--finetune", "hicmae", "--metadata", "m.csv", "-o", "run"]);
    assert!(message.contains("--checkpoint"), "{message}");
    fs::remove_dir_all(corpus.path("faces").join(format!("{}_aligned", CLIPS[3].0))).unwrap();
    let message = refusal(corpus.command("run", &["--epochs", "1"]));
    assert!(message.contains(&format!("no aligned faces of {}", CLIPS[3].0)), "{message}");
    fs::remove_file(corpus.path("clips").join(format!("{}.wav", CLIPS[2].0))).unwrap();
    let message = refusal(corpus.command("run", &["--epochs", "1"]));
    assert!(message.contains(CLIPS[2].0), "{message}");
}
