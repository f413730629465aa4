//! Training a whole network: what `tests/fixtures/make_fine_tuning.py` computed with PyTorch, and what holds of any fit.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use approx::assert_abs_diff_eq;
use blemore_encoders::{HiCmae, HiCmaeConfig, Placement, WeightFile};
use blemore_eval::Probabilities;
use blemore_features::Origin;
use blemore_hash::Hash;
use blemore_labels::{ClipName, Emotion, Label};
use blemore_models::{
    ClipExamples, ClipInput, ClipInputs, ClipOutputs, Device, Error, FineTuneStep, FineTuned,
    FineTunedCheckpoint, FineTuner, FineTuning, LastGood, RandomSource, Recipe, Schedule, Snapshots,
};
use serde::Deserialize;
use serde_json::json;
use tch::{Kind, Tensor};

/// Largest difference of a loss, all of which are about 2.
const TOLERANCE: f64 = 1e-5;
const CLIPS: usize = 10;

#[derive(Deserialize)]
struct Fixture {
    losses: Vec<f64>,
    loss: f64,
}

/// Windows of whole numbers, the same for training and test.
struct MadeUp;

impl ClipInputs for MadeUp {
    fn example(&self, clip: usize, _: u64) -> Result<ClipInput, Error> {
        let made_up = |shape: &[i64], factor: i64| {
            let count: i64 = shape.iter().product();
            let numbers = Tensor::arange(count, (Kind::Int64, tch::Device::Cpu));
            let numbers = (numbers * factor + clip as i64 * 104_729).remainder(257) - 128;
            (numbers.to_kind(Kind::Float) / 64.0).reshape(shape)
        };
        Ok(ClipInput { faces: made_up(&[3, 16, 32, 32], 7919), log_mel: made_up(&[1, 256, 128], 6007) })
    }

    fn views(&self, clip: usize) -> Result<Vec<ClipInput>, Error> {
        Ok(vec![self.example(clip, 0)?, self.example(clip, 0)?])
    }
}

fn labels() -> Vec<Label> {
    let label = |clip: usize| match clip % 2 {
        0 => Emotion::ALL[clip % 6].to_string(),
        _ => format!("{}+{} 70/30", Emotion::ALL[clip % 5], Emotion::ALL[(clip + 2) % 5]),
    };
    (0..CLIPS).map(|clip| label(clip).parse().unwrap()).collect()
}

fn checkpoint(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../blemore-encoders/tests/fixtures/hicmae").join(name)
}

/// Two epochs of three batches, without drop path, of which the first epoch warms up.
fn recipe() -> Recipe {
    let fine_tuning = FineTuning { drop_path: 0.0, at_once: 2, ..FineTuning::default() };
    Recipe {
        batch_size: 4,
        learning_rate: 1e-3,
        schedule: Schedule::Cosine { warm_up_epochs: 1, start: 1e-6, end: 1e-6 },
        fine_tuning: Some(fine_tuning),
        ..Recipe::fine_tuned(2)
    }
}

fn with(change: impl FnOnce(&mut FineTuning)) -> Recipe {
    let mut recipe = recipe();
    change(recipe.fine_tuning.as_mut().unwrap());
    recipe
}

fn tuner(recipe: &Recipe) -> FineTuner {
    let config = HiCmaeConfig { head_size: 8, ..HiCmaeConfig::BASE };
    FineTuner::new(recipe.clone()).unwrap().config(config)
}

/// A fit on all clips: the losses of the batches, and the result unless it was stopped before an epoch had ended.
fn fit(tuner: &FineTuner, snapshots: Option<&Snapshots>, steps: usize) -> (Vec<f64>, Option<FineTuned>) {
    fit_of(tuner, "checkpoint.pth", snapshots, steps)
}

fn fit_of(
    tuner: &FineTuner,
    file: &str,
    snapshots: Option<&Snapshots>,
    steps: usize,
) -> (Vec<f64>, Option<FineTuned>) {
    let (clips, labels, path) = ((0..CLIPS).collect::<Vec<_>>(), labels(), checkpoint(file));
    let part = ClipExamples::new(&MadeUp, &clips, &labels).unwrap();
    let (mut losses, mut made) = (Vec::new(), 0);
    let mut fit = tuner.fit(&path, part).validate(part);
    if let Some(snapshots) = snapshots {
        fit = fit.snapshots(snapshots);
    }
    let fit = fit.on_step(|step| {
        if let FineTuneStep::Batch { loss, .. } = step {
            losses.push(*loss);
        }
        made += 1;
        if made < steps { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let tuned = match fit.run(&RandomSource::independent(42, "fine-tuning")) {
        Err(Error::Stopped) => None,
        tuned => Some(tuned.unwrap()),
    };
    (losses, tuned)
}

/// Writes the weights of a result.
fn write(tuned: FineTuned, path: &Path) {
    let FineTuned { model, decision, .. } = tuned;
    FineTunedCheckpoint::new(model, decision, origin(), &names()[..8]).unwrap().write(path).unwrap();
}

fn names() -> Vec<ClipName> {
    (0..CLIPS).map(|clip| format!("test_{clip:04}").parse().unwrap()).collect()
}

fn origin() -> Origin {
    let sha256 = Hash::of_bytes(b"weights").to_string();
    let weights = json!({ "checkpoint": { "file": "checkpoint.pth", "sha256": sha256 } });
    let settings = json!({ "training": "fine-tuned" });
    let origin =
        json!({ "encoder": "hicmae", "preset": "published", "weights": weights, "settings": settings });
    serde_json::from_value(origin).unwrap()
}

/// The weights of a result, as a file has them.
fn bytes(tuned: FineTuned) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    write(tuned, &path);
    fs::read(path).unwrap()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_abs_diff_eq!(found, expected, epsilon = TOLERANCE);
    }
}

#[test]
fn losses_are_those_of_a_pytorch_loop() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fine_tuning.json");
    let fixture: Fixture = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let (losses, tuned) = fit(&tuner(&recipe()), None, usize::MAX);
    assert_close(&losses, &fixture.losses);
    assert_abs_diff_eq!(tuned.unwrap().epochs[1].val_loss, fixture.loss, epsilon = TOLERANCE);
}

#[test]
fn a_batch_may_be_cut_in_any_way() {
    for drop_path in [0.0, 0.5] {
        let losses = [1, 2, 3, 4].map(|at_once| {
            let recipe = with(|fine_tuning| {
                (fine_tuning.at_once, fine_tuning.drop_path) = (at_once, drop_path);
            });
            fit(&tuner(&recipe), None, usize::MAX).0
        });
        losses.iter().for_each(|other| assert_close(other, &losses[3]));
        // Leaving out branches changes the losses.
        let whole = fit(&tuner(&recipe()), None, 1).0;
        assert_eq!((whole[0] - losses[3][0]).abs() < TOLERANCE, drop_path == 0.0);
    }
}

#[test]
fn activations_that_are_computed_again_give_the_same_bits() {
    let tuner = tuner(&with(|fine_tuning| fine_tuning.drop_path = 0.3));
    let [kept, again] = [tuner.clone(), tuner.recompute()].map(|tuner| fit(&tuner, None, usize::MAX));
    assert_eq!(kept.0, again.0);
    assert!(bytes(kept.1.unwrap()) == bytes(again.1.unwrap()));
}

#[test]
fn a_fit_goes_on_from_any_step_with_the_same_bits() {
    let tuner = tuner(&with(|fine_tuning| fine_tuning.drop_path = 0.3));
    let (losses, tuned) = fit(&tuner, None, usize::MAX);
    let tuned = tuned.unwrap();
    let (epochs, outputs) = (tuned.epochs.clone(), tuned.outputs.clone());
    let whole = bytes(tuned);
    let folder = tempfile::tempdir().unwrap();
    // Two epochs of three batches and a validation each.
    for steps in 1..=8 {
        let snapshots = Snapshots::new(folder.path().join(format!("{steps}.safetensors")), "made up");
        let (mut before, _) = fit(&tuner, Some(&snapshots), steps);
        let (after, continued) = fit(&tuner, Some(&snapshots), usize::MAX);
        before.extend(after);
        assert_eq!(before, losses, "{steps}");
        let continued = continued.unwrap();
        assert_eq!((&continued.epochs, &continued.outputs), (&epochs, &outputs), "{steps}");
        assert!(bytes(continued) == whole, "{steps}");
    }
}

#[test]
fn a_state_of_another_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    fit(&tuner(&recipe()), Some(&Snapshots::new(&path, "made up")), 2);
    let refused = |recipe: &Recipe, identity: &str| {
        let (clips, labels, file) = ((0..CLIPS).collect::<Vec<_>>(), labels(), checkpoint("checkpoint.pth"));
        let part = ClipExamples::new(&MadeUp, &clips, &labels).unwrap();
        let (tuner, snapshots) = (tuner(recipe), Snapshots::new(&path, identity));
        let fit = tuner.fit(&file, part).validate(part).snapshots(&snapshots);
        fit.run(&RandomSource::independent(42, "fine-tuning")).unwrap_err().to_string()
    };
    assert!(refused(&recipe(), "other clips").contains("identity made up"));
    assert!(refused(&with(|settings| settings.layer_decay = 0.5), "made up").contains("layer_decay"));
    let mut damaged = fs::read(&path).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&path, damaged).unwrap();
    assert!(refused(&recipe(), "made up").contains("was changed since it was written"));
}

/// The values of a weight before and after one step.
fn moved(recipe: &Recipe, name: &str) -> [Vec<f32>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    write(fit(&tuner(recipe), None, usize::MAX).1.unwrap(), &path);
    [checkpoint("checkpoint.pth"), path].map(|path| {
        let mut file = WeightFile::open(path).unwrap();
        // The authors' file has `model.` before it.
        let name = file.names().find(|full| full.ends_with(&format!(".{name}")) || *full == name);
        let name = name.unwrap().to_owned();
        file.read(&name).unwrap()
    })
}

/// One step of all clips at this rate.
fn one_step(weight_decay: f64) -> Recipe {
    let (schedule, learning_rate) = (Schedule::Constant, 1e-3);
    Recipe { epochs: 1, batch_size: CLIPS, schedule, learning_rate, weight_decay, ..recipe() }
}

#[test]
fn layers_move_in_the_ratio_of_their_decay() {
    for (name, below_the_head) in [
        ("head.weight", 0),
        ("fc_norm.bias", 0),
        ("encoder_fusion.blocks_audio.1.mlp.fc1.weight", 1),
        ("encoder.blocks.2.attn.proj.weight", 3),
        ("encoder_audio.blocks.1.norm2.weight", 4),
        ("encoder.blocks.0.attn.q_bias", 5),
        ("encoder_audio.patch_embed.proj.weight", 6),
    ] {
        let [before, after] = moved(&one_step(0.0), name);
        // The first step of Adam is the learning rate, whatever the gradient.
        let most =
            before.iter().zip(&after).map(|(before, after)| (before - after).abs()).fold(0.0, f32::max);
        let expected = 1e-3 * 0.75_f32.powi(below_the_head);
        assert!((most / expected - 1.0).abs() < 0.01, "{name}: {most}, expected {expected}");
    }
}

#[test]
fn biases_norms_and_shares_of_layers_do_not_shrink() {
    for (name, shrinks) in [
        ("head.weight", true),
        ("encoder.patch_embed.proj.weight", true),
        ("head.bias", false),
        ("fc_norm.weight", false),
        ("encoder.blocks.0.attn.v_bias", false),
        ("video_layer_weights", false),
    ] {
        let [[before, without], [_, with]] = [0.0, 50.0].map(|decay| moved(&one_step(decay), name));
        assert_eq!(without != with, shrinks, "{name}");
        if name == "head.weight" {
            for ((before, without), with) in before.iter().zip(&without).zip(&with) {
                assert_abs_diff_eq!(without - with, before * 1e-3 * 50.0, epsilon = 1e-6);
            }
        }
    }
}

#[test]
fn a_pretrained_network_gets_a_head_that_knows_nothing() {
    let (losses, tuned) = fit_of(&tuner(&recipe()), "pretraining.pth", None, usize::MAX);
    // Six equal probabilities.
    assert_abs_diff_eq!(losses[0], 6.0_f64.ln(), epsilon = 0.01);
    assert!(losses[5] < losses[0], "{losses:?}");
    // The file has all that encodes.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let tuned = tuned.unwrap();
    let expected = tuned.outputs.clone();
    write(tuned, &path);
    let config = HiCmaeConfig { head_size: 8, ..HiCmaeConfig::BASE };
    let mut file = WeightFile::open(&path).unwrap();
    let network = HiCmae::load(&config, &mut file, Placement::default()).unwrap();
    let ClipInput { faces, log_mel } = MadeUp.example(3, 0).unwrap();
    let logits = network.logits(&faces.unsqueeze(0), &log_mel.unsqueeze(0)).unwrap().unwrap();
    let found: Vec<f32> = Vec::try_from(logits.softmax(1, Kind::Float).squeeze()).unwrap();
    let ClipOutputs::Emotions(outputs) = &expected else { panic!("{expected:?}") };
    assert_row(outputs, 3, &found);
}

#[track_caller]
fn assert_row(outputs: &Probabilities<f32>, clip: usize, expected: &[f32]) {
    for (found, expected) in outputs.rows()[clip].iter().zip(expected) {
        assert_abs_diff_eq!(found, expected, epsilon = 1e-6);
    }
}

#[test]
fn a_checkpoint_gives_what_the_network_gave_and_damage_is_named() {
    let tuned = fit(&tuner(&recipe()), None, usize::MAX).1.unwrap();
    let (decision, outputs) = (tuned.decision, tuned.outputs.clone());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    write(tuned, &path);
    let read = FineTunedCheckpoint::read(&path, Device::Cpu).unwrap();
    let clips: Vec<usize> = (0..CLIPS).collect();
    assert_eq!(read.model().outputs(&MadeUp, &clips, 1).unwrap(), outputs);
    assert_eq!((Some(read.thresholds()), read.origin()), (decision.thresholds(), &origin()));
    assert_eq!(read.model().recipe(), &recipe());
    let names = names();
    assert_eq!([7, 8].map(|clip| read.has_seen(&names[clip])), [true, false]);
    assert!(FineTunedCheckpoint::is_in(&path).unwrap());
    assert!(!FineTunedCheckpoint::is_in(checkpoint("checkpoint.pth")).unwrap());
    let mut damaged = fs::read(&path).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(&path, damaged).unwrap();
    let error = FineTunedCheckpoint::read(&path, Device::Cpu).unwrap_err().to_string();
    assert!(error.contains("weights.safetensors") && error.contains("was changed since"), "{error}");
}

#[test]
fn a_fit_on_all_clips_makes_the_same_steps_and_gives_the_last_network() {
    let tuner = tuner(&recipe());
    let (clips, labels, path) = ((0..CLIPS).collect::<Vec<_>>(), labels(), checkpoint("checkpoint.pth"));
    let part = ClipExamples::new(&MadeUp, &clips, &labels).unwrap();
    let source = RandomSource::independent(42, "fine-tuning");
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors"), "all clips");
    let mut losses = Vec::new();
    let mut keep = |step: &FineTuneStep| {
        if let FineTuneStep::Batch { loss, .. } = step {
            losses.push(*loss);
        }
    };
    // It is stopped in its second epoch, and goes on.
    let mut steps = 0;
    let stopped = tuner.fit(&path, part).snapshots(&snapshots).on_step(|step| {
        keep(step);
        steps += 1;
        if steps < 6 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(matches!(stopped.run(&source), Err(Error::Stopped)));
    let fit = tuner.fit(&path, part).snapshots(&snapshots).on_step(|step| {
        keep(step);
        ControlFlow::Continue(())
    });
    let model = fit.run(&source).unwrap();
    let (expected, validated) = self::fit(&tuner, None, usize::MAX);
    assert_eq!(losses, expected);
    // The last epoch is not always the best: then the outputs differ.
    let validated = validated.unwrap();
    let found = model.outputs(&MadeUp, &clips, 1).unwrap();
    assert_eq!(found == validated.outputs, validated.best.epoch == 2);
}

#[test]
fn a_loss_that_is_no_number_keeps_the_last_good_epoch_and_a_state() {
    // One step an epoch: the first of rate 0, the second large enough to overflow.
    let schedule = Schedule::Cosine { warm_up_epochs: 2, start: 0.0, end: 0.0 };
    let recipe = Recipe { learning_rate: 1e38, schedule, epochs: 4, batch_size: CLIPS, ..recipe() };
    let tuner = tuner(&recipe);
    let (clips, labels, path) = ((0..CLIPS).collect::<Vec<_>>(), labels(), checkpoint("checkpoint.pth"));
    let part = ClipExamples::new(&MadeUp, &clips, &labels).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::new(folder.path().join("state.safetensors"), "made up");
    let failed = || {
        let fit = tuner.fit(&path, part).validate(part).snapshots(&snapshots);
        fit.run(&RandomSource::independent(42, "fine-tuning")).unwrap_err()
    };
    let error = failed();
    let message = error.to_string();
    let Error::NonFiniteLoss { epoch: 2, batch: 1, last_good: Some(LastGood::Network(kept)), .. } = error
    else {
        panic!("{message}")
    };
    assert!(message.contains("epoch 2, batch 1: lower the learning rate"), "{message}");
    assert!(message.contains("epochs 1 to 1 are kept"), "{message}");
    let expected = kept.outputs.clone();
    assert_eq!(kept.model.outputs(&MadeUp, &clips, 1).unwrap(), expected);
    // The state on disk is one of numbers, and is gone on from: the same error comes again.
    assert!(snapshots.path().exists());
    assert_eq!(failed().to_string(), message);
}

#[test]
fn recipes_are_of_features_or_of_a_network() {
    let error = FineTuner::new(Recipe::hicmae(50)).unwrap_err().to_string();
    assert!(error.contains("[fine_tuning]"), "{error}");
    let linear = blemore_models::Architecture::linear();
    let error = blemore_models::Trainer::new(recipe(), linear).unwrap_err().to_string();
    assert!(error.contains("fine_tuning is of a network on clips"), "{error}");
}

/// Clips whose label is seen and heard: faces are dark or bright, voices low or high.
struct SeenAndHeard;

/// The label that is seen and heard in each clip: four emotions in turn.
const SEEN_AND_HEARD: [Emotion; 4] = [Emotion::Anger, Emotion::Happiness, Emotion::Sadness, Emotion::Fear];

impl ClipInputs for SeenAndHeard {
    fn example(&self, clip: usize, seed: u64) -> Result<ClipInput, Error> {
        let (is_bright, is_high) = (clip % 2 == 1, clip % 4 > 1);
        let brightness = if is_bright { 0.8 } else { -0.8 };
        let pattern = Tensor::arange(3 * 16 * 32 * 32, (Kind::Float, tch::Device::Cpu));
        let pattern = (pattern * (0.7 + clip as f64 / 50.0) + (seed % 97) as f64).sin() * 0.3;
        let step = if is_high { 0.9 } else { 0.15 } + clip as f32 / 1000.0;
        let sound: Vec<f32> = (0..16_000).map(|sample| (sample as f32 * step).sin() * 0.3).collect();
        let faces = (pattern + brightness).reshape([3, 16, 32, 32]);
        Ok(ClipInput { faces, log_mel: blemore_encoders::log_mel(&sound)? })
    }

    fn views(&self, clip: usize) -> Result<Vec<ClipInput>, Error> {
        Ok(vec![self.example(clip, 1)?])
    }
}

#[test]
fn what_is_seen_and_heard_is_learned_from_a_random_network() {
    let clips: Vec<usize> = (0..24).collect();
    let labels: Vec<Label> =
        clips.iter().map(|clip| SEEN_AND_HEARD[clip % 4].to_string().parse().unwrap()).collect();
    let [(train, train_labels), (validation, validation_labels)] =
        [(&clips[..16], &labels[..16]), (&clips[16..], &labels[16..])];
    let train = ClipExamples::new(&SeenAndHeard, train, train_labels).unwrap();
    let validation = ClipExamples::new(&SeenAndHeard, validation, validation_labels).unwrap();
    let recipe = Recipe { epochs: 15, batch_size: 8, learning_rate: 3e-3, ..Recipe::fine_tuned(15) };
    let path = checkpoint("pretraining.pth");
    let tuner = tuner(&recipe);
    let tuned =
        tuner.fit(&path, train).validate(validation).run(&RandomSource::independent(1, "corpus")).unwrap();
    // One of four: a network that knows nothing gets a quarter.
    assert_eq!(tuned.best.acc_presence, 1.0, "{:?}", tuned.epochs);
    assert!(tuned.epochs[14].train_loss < 0.5 * tuned.epochs[0].train_loss, "{:?}", tuned.epochs);
}
