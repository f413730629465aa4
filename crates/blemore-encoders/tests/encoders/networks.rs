//! Networks with the reference implementations' checkpoints, inputs and outputs.

use blemore_base::Blame;
use std::path::{Path, PathBuf};

use blemore_encoders::{
    Clip, ClipConfig, Error, HiCmae, HiCmaeConfig, ImageBind, ImageBindConfig, Placement, Relative, Speech,
    SpeechConfig, VideoMae, VideoMaeConfig, VideoSwin, VideoSwinConfig, WeightFile, log_mel,
};
use blemore_features::Layer;
use tch::{Kind, Tensor};

use crate::scene::{array, fixture};

/// Largest difference from a reference, of its largest value: orders of the same operations are below 2e-6.
const TOLERANCE: f64 = 1e-5;

fn tensor(name: &str) -> Tensor {
    let (shape, values) = array(name);
    Tensor::from_slice(&values).reshape(shape)
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor) {
    assert_eq!(found.size(), expected.size());
    let largest = |tensor: &Tensor| tensor.abs().max().double_value(&[]);
    let difference = largest(&(found - expected)) / largest(expected);
    assert!(difference <= TOLERANCE, "{difference:e} of the largest value");
}

fn clip(path: &Path) -> Result<Clip, Error> {
    Clip::load(
        &ClipConfig { head_size: 8, ..ClipConfig::VIT_B_32 },
        &mut WeightFile::open(path)?,
        Placement::default(),
    )
}

fn imagebind(path: &Path) -> Result<ImageBind, Error> {
    let config = ImageBindConfig { head_size: 8, ..ImageBindConfig::HUGE };
    ImageBind::load(&config, &mut WeightFile::open(path)?, Placement::default())
}

fn speech(config: SpeechConfig, path: &Path) -> Result<Speech, Error> {
    Speech::load(&SpeechConfig { head_size: 8, ..config }, &mut WeightFile::open(path)?, Placement::default())
}

fn videomae(path: &Path) -> Result<VideoMae, Error> {
    let config = VideoMaeConfig { head_size: 8, ..VideoMaeConfig::GIANT_14 };
    VideoMae::load(&config, &mut WeightFile::open(path)?, Placement::default())
}

fn video_swin(path: &Path, window: [i64; 3]) -> Result<VideoSwin, Error> {
    let config = VideoSwinConfig { window, ..VideoSwinConfig::base() };
    VideoSwin::load(&config, &mut WeightFile::open(path)?, Placement::default())
}

/// A sound as the networks take it.
fn sound(name: &str) -> Tensor {
    let sound = tensor(name) / 32768.0;
    sound.layer_norm(sound.size(), None::<&Tensor>, None::<&Tensor>, 1e-5, false)
}

/// The name of a network's configuration in the tests, with what its tensors do not tell.
const WAVLM_SHORT: SpeechConfig =
    SpeechConfig { relative: Some(Relative { buckets: 32, max_distance: 40 }), ..SpeechConfig::WAVLM_LARGE };

#[test]
fn clip_equals_transformers() {
    for file in ["clip/model.safetensors", "clip/pytorch_model.bin"] {
        let clip = clip(&fixture(file)).unwrap();
        assert_eq!((clip.config().image, clip.config().patch, clip.config().layers), (40, 8, 3));
        assert_close(&clip.forward(&tensor("clip/input.npy")).unwrap(), &tensor("clip/output.npy"));
    }
}

fn hicmae(path: &Path) -> Result<HiCmae, Error> {
    let config = HiCmaeConfig { head_size: 8, ..HiCmaeConfig::BASE };
    HiCmae::load(&config, &mut WeightFile::open(path)?, Placement::default())
}

#[test]
fn hicmae_equals_the_authors_code_fine_tuned_and_frozen() {
    let (video, audio) = (tensor("hicmae/video.npy"), tensor("hicmae/audio.npy"));
    let tuned = hicmae(&fixture("hicmae/checkpoint.pth")).unwrap();
    let config = tuned.config();
    assert_eq!((config.layers, config.layers_audio, config.layers_fusion, config.outputs), (3, 2, 2, 6));
    assert_close(&tuned.features(&video, &audio).unwrap(), &tensor("hicmae/features.npy"));
    let logits = tuned.logits(&video, &audio).unwrap().unwrap();
    assert_close(&logits, &tensor("hicmae/logits.npy"));
    // The checkpoint of pre-training also has what it reconstructs with.
    let frozen = hicmae(&fixture("hicmae/pretraining.pth")).unwrap();
    assert_close(&frozen.features(&video, &audio).unwrap(), &tensor("hicmae/frozen.npy"));
    assert!(frozen.logits(&video, &audio).unwrap().is_none());
}

#[test]
fn the_picture_of_a_sound_is_torchaudios() {
    for samples in [1025, 16_123, 45_000] {
        let (_, wave) = array(&format!("hicmae/wave_{samples}.npy"));
        let wave: Vec<f32> = wave.iter().map(|value| value / 32_768.0).collect();
        let expected = tensor(&format!("hicmae/logmel_{samples}.npy")).unsqueeze(0);
        let found = log_mel(&wave).unwrap();
        assert_eq!(found.size(), [1, 256, 128]);
        let difference = (&found - &expected).abs().max().double_value(&[]);
        assert!(difference <= 1e-4, "{samples}: {difference:e}");
    }
    let short = log_mel(&[0.0; 399]).unwrap_err();
    assert!(short.is_bad_input() && short.to_string().contains("399 samples"), "{short}");
}

#[test]
fn imagebind_equals_its_package() {
    let imagebind = imagebind(&fixture("imagebind/imagebind.pth")).unwrap();
    let output = imagebind.forward(&tensor("imagebind/input.npy")).unwrap();
    assert_close(&output, &tensor("imagebind/output.npy"));
}

#[test]
fn videomae_equals_both_codes_with_every_name() {
    // The reference has frames before channels.
    let input = tensor("videomae/input.npy").transpose(1, 2);
    for file in ["opengvlab_module.pth", "opengvlab_model.pth", "hf_old.bin", "hf_new.safetensors"] {
        let videomae = videomae(&fixture(&format!("videomae/{file}"))).unwrap();
        let config = videomae.config();
        assert_eq!((config.width, config.layers, config.patch, config.frames), (32, 3, 8, 2));
        let output = videomae.forward(&input).unwrap();
        assert_close(&output, &tensor("videomae/output.npy"));
        assert_close(&output, &tensor("videomae/output_opengvlab_order.npy"));
    }
}

#[test]
fn video_swin_equals_torchvision_at_any_size() {
    for (prefix, window, stages, inputs) in
        [("small", [4, 3, 3], vec![[2, 2], [1, 3], [2, 6]], 3), ("full", [8, 7, 7], vec![[2, 2], [2, 4]], 2)]
    {
        let path = fixture(&format!("swin3d/{prefix}_window_checkpoint.pth"));
        let network = video_swin(&path, window).unwrap();
        assert_eq!(network.config().stages, stages);
        for number in 0..inputs {
            let name = |what| format!("swin3d/{prefix}_window_{what}_{number}.npy");
            let output = network.forward(&tensor(&name("input"))).unwrap();
            assert_close(&output, &tensor(&name("output")));
        }
    }
    // Another window has another table.
    let path = fixture("swin3d/small_window_checkpoint.pth");
    let error = video_swin(&path, [8, 7, 7]).unwrap_err().to_string();
    assert!(error.contains("bias_table is [175, 2], expected [2535, 2]"), "{error}");
}

#[test]
fn hubert_equals_transformers_with_every_name() {
    for (prefix, files) in [
        ("", &["s3prl.pt", "hf_weight_norm.bin", "hf_parametrizations.safetensors"][..]),
        ("bias_", &["s3prl.pt", "hf_weight_norm.bin"]),
    ] {
        for file in files {
            let path = fixture(&format!("hubert/{prefix}{file}"));
            let hubert = speech(SpeechConfig::HUBERT_LARGE, &path).unwrap();
            assert_eq!(hubert.config().convolution_bias, !prefix.is_empty());
            for samples in ["400", "5000", "16123"] {
                let output = hubert.forward(&sound(&format!("hubert/wave_{samples}.npy")), None).unwrap();
                assert_close(&output, &tensor(&format!("hubert/{prefix}output_{samples}.npy")));
            }
        }
    }
}

#[test]
fn wavlm_equals_transformers_with_every_name() {
    for (prefix, config, files) in [
        (
            "",
            SpeechConfig::WAVLM_LARGE,
            &["s3prl.pt", "hf_weight_norm.bin", "hf_parametrizations.safetensors"][..],
        ),
        ("bias_", WAVLM_SHORT, &["s3prl.pt", "hf_weight_norm.bin"]),
    ] {
        for file in files {
            let wavlm = speech(config, &fixture(&format!("wavlm/{prefix}{file}"))).unwrap();
            for samples in ["400", "5000", "16123", "40000"] {
                let output = wavlm.forward(&sound(&format!("wavlm/wave_{samples}.npy")), None).unwrap();
                assert_close(&output, &tensor(&format!("wavlm/{prefix}output_{samples}.npy")));
            }
        }
    }
}

#[test]
fn distances_fall_into_the_published_buckets() {
    for (name, relative, reach) in [
        ("wavlm/buckets_320_800.npy", SpeechConfig::WAVLM_LARGE.relative.unwrap(), 1_200),
        ("wavlm/buckets_32_40.npy", WAVLM_SHORT.relative.unwrap(), 440),
    ] {
        let found: Vec<f32> = (-reach..=reach).map(|distance| relative.bucket(distance) as f32).collect();
        assert_eq!(found, array(name).1, "{name}");
    }
}

#[test]
fn layers_are_states_and_their_mean() {
    let wavlm = speech(SpeechConfig::WAVLM_LARGE, &fixture("wavlm/s3prl.pt")).unwrap();
    let sound = sound("wavlm/wave_5000.npy");
    let state = |layer| wavlm.forward(&sound, layer).unwrap();
    let states: Vec<Tensor> = (0..=3).map(|index| state(Some(Layer::Index(index)))).collect();
    assert_eq!(states[3], state(None));
    assert_close(&state(Some(Layer::Mean)), &Tensor::stack(&states, 0).mean_dim(0, false, None::<Kind>));
    // The first state is the projected convolutions with their places added.
    assert_ne!(states[0], states[1]);
    let none = wavlm.forward(&sound, Some(Layer::Index(4))).unwrap_err().to_string();
    assert!(none.contains("layer 4") && none.contains("0 to 3"), "{none}");
}

#[test]
fn a_sound_has_rows_from_25_ms_on() {
    let hubert = speech(SpeechConfig::HUBERT_LARGE, &fixture("hubert/s3prl.pt")).unwrap();
    let error = hubert.forward(&Tensor::zeros([399], (Kind::Float, tch::Device::Cpu)), None).unwrap_err();
    assert!(matches!(error, Error::TooShort { samples: 399, .. }));
    for samples in [400, 719, 720, 16_000, 48_123] {
        let sound = Tensor::rand([samples], (Kind::Float, tch::Device::Cpu));
        let rows = hubert.forward(&sound, None).unwrap().size()[0];
        assert_eq!((rows, rows as usize), ((samples - 400) / 320 + 1, SpeechConfig::rows(samples as usize)));
    }
}

#[test]
fn pictures_of_a_batch_do_not_see_each_other() {
    let clip = clip(&fixture("clip/model.safetensors")).unwrap();
    let pictures = tensor("clip/input.npy");
    let swapped = clip.forward(&pictures.flip([0])).unwrap().flip([0]);
    assert_close(&swapped, &clip.forward(&pictures).unwrap());
    assert!(clip.forward(&pictures.narrow(2, 0, 32)).is_err());
}

#[test]
fn random_weights_depend_on_their_seed_alone() {
    let tiny = ClipConfig { width: 32, layers: 2, head_size: 8, mlp: 64, image: 40, patch: 8, output: 24 };
    let output = |seed| {
        let clip = Clip::random(&tiny, seed, Placement::default()).unwrap();
        clip.forward(&tensor("clip/input.npy")).unwrap()
    };
    assert_eq!(output(1), output(1));
    assert_ne!(output(1), output(2));
    let sizes = output(1).abs().mean(Kind::Float).double_value(&[]);
    assert!((0.1..10.0).contains(&sizes), "{sizes}");
}

#[test]
fn half_precision_is_close() {
    let half = Placement { kind: Kind::BFloat16, ..Placement::default() };
    let config = ClipConfig { head_size: 8, ..ClipConfig::VIT_B_32 };
    let clip =
        Clip::load(&config, &mut WeightFile::open(fixture("clip/model.safetensors")).unwrap(), half).unwrap();
    let output = clip.forward(&tensor("clip/input.npy")).unwrap();
    let expected = tensor("clip/output.npy");
    let difference =
        (output - &expected).abs().max().double_value(&[]) / expected.abs().max().double_value(&[]);
    assert!((1e-5..5e-2).contains(&difference), "{difference:e}");
}

/// A checkpoint in which tensors are changed: their names, shapes and values.
fn changed(
    checkpoint: &str,
    folder: &Path,
    change: impl Fn(&mut Vec<(String, Vec<usize>, Vec<f32>)>),
) -> PathBuf {
    let mut file = WeightFile::open(fixture(checkpoint)).unwrap();
    let names: Vec<String> = file.names().map(str::to_owned).collect();
    let tensors = names.into_iter().map(|name| {
        let shape = file.shape(&name).unwrap().to_vec();
        let values = file.read(&name).unwrap();
        (name, shape, values)
    });
    let mut tensors: Vec<_> = tensors.collect();
    change(&mut tensors);
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape, values)| {
            (name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect())
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| {
        (name, safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).unwrap())
    });
    let path = folder.join("changed.safetensors");
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

#[test]
fn one_error_lists_all_that_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed("clip/model.safetensors", folder.path(), |tensors| {
        tensors.retain(|(name, ..)| name != "visual_projection.weight");
        for (name, shape, values) in tensors {
            match name.as_str() {
                "vision_model.post_layernorm.weight" => *shape = vec![1, shape[0]],
                "vision_model.encoder.layers.1.mlp.fc1.bias" => name.push_str("_more"),
                "vision_model.encoder.layers.2.mlp.fc2.bias" => {
                    shape[0] -= 1;
                    values.pop();
                }
                _ => {}
            }
        }
    });
    let error = clip(&path).unwrap_err();
    let Error::Weights { faults, .. } = &error else { panic!("{error}") };
    assert_eq!(faults.len(), 5, "{error}");
    for told in [
        "visual_projection.weight is missing",
        "post_layernorm.weight is [1, 32], expected [32]",
        "layers.1.mlp.fc1.bias is missing",
        "layers.1.mlp.fc1.bias_more is of no use",
        "layers.2.mlp.fc2.bias is [31], expected [32]",
    ] {
        assert!(error.to_string().contains(told), "{told} is not in {error}");
    }
}

#[test]
fn missing_and_surplus_tensors_of_video_networks_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed("videomae/opengvlab_model.pth", folder.path(), |tensors| {
        for (name, ..) in tensors {
            // A network with layer scales, and one that averages no tokens, are other networks.
            *name = name.replace("blocks.1.attn.q_bias", "blocks.1.gamma_1").replace("fc_norm", "norm");
        }
    });
    let error = videomae(&path).unwrap_err();
    let Error::Weights { faults, .. } = &error else { panic!("{error}") };
    assert_eq!(faults.len(), 6, "{error}");
    for told in [
        "model.blocks.1.attn.q_bias is missing",
        "model.blocks.1.gamma_1 is of no use",
        "model.fc_norm.weight is missing",
        "model.norm.weight is of no use",
    ] {
        assert!(error.to_string().contains(told), "{told} is not in {error}");
    }
    let path = changed("swin3d/full_window_checkpoint.pth", folder.path(), |tensors| {
        tensors.retain(|(name, ..)| name != "module.features.1.reduction.weight");
        for (name, shape, values) in tensors {
            if name == "module.features.2.0.attn.proj.bias" {
                *name += "_more";
            } else if name == "module.norm.bias" {
                shape[0] -= 1;
                values.pop();
            }
        }
    });
    let error = video_swin(&path, [8, 7, 7]).unwrap_err().to_string();
    for told in [
        "module.features.1.reduction.weight is missing",
        "module.features.2.0.attn.proj.bias is missing",
        "module.features.2.0.attn.proj.bias_more is of no use",
        "module.norm.bias is [31], expected [32]",
    ] {
        assert!(error.contains(told), "{told} is not in {error}");
    }
}

#[test]
fn a_damaged_download_is_noticed_by_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed("clip/model.safetensors", folder.path(), |tensors| tensors[40].2[3] = f32::NAN);
    let error = clip(&path).unwrap_err().to_string();
    assert!(error.contains("holds NaN, at value 3") && error.contains("damaged"), "{error}");
}

#[test]
fn another_networks_checkpoint_is_named() {
    let error = clip(&fixture("hubert/s3prl.pt")).unwrap_err();
    assert!(matches!(error, Error::OtherNetwork { network: "CLIP", .. }) && error.is_bad_input());
    let error =
        speech(SpeechConfig::HUBERT_LARGE, &fixture("clip/model.safetensors")).unwrap_err().to_string();
    assert!(error.contains("HuBERT Large") && error.contains("post_extract_proj.weight"), "{error}");
    // HuBERT has no relative positions, and WavLM needs them.
    let error = speech(SpeechConfig::HUBERT_LARGE, &fixture("wavlm/s3prl.pt")).unwrap_err().to_string();
    assert!(error.contains("grep_linear.weight is of no use"), "{error}");
    let error = speech(SpeechConfig::WAVLM_LARGE, &fixture("hubert/s3prl.pt")).unwrap_err().to_string();
    assert!(error.contains("grep_linear.weight is missing"), "{error}");
    let error = video_swin(&fixture("videomae/hf_old.bin"), [8, 7, 7]).unwrap_err().to_string();
    assert!(error.contains("Video Swin") && error.contains("relative_position_bias_table"), "{error}");
    let error = videomae(&fixture("imagebind/imagebind.pth")).unwrap_err().to_string();
    assert!(error.contains("VideoMAE v2") && error.contains("blocks.0.attn.qkv.weight"), "{error}");
    let error = hicmae(&fixture("videomae/hf_old.bin")).unwrap_err().to_string();
    assert!(
        error.contains("HiCMAE") && error.contains("encoder_fusion.blocks.0.cross_attn.q.weight"),
        "{error}"
    );
    // The other way round a part looks alike, and what is not of it is named.
    let error = videomae(&fixture("hicmae/checkpoint.pth")).unwrap_err().to_string();
    assert!(error.contains("encoder.fc_norm.weight is missing"), "{error}");
}

#[test]
fn sizes_that_cannot_be_are_an_error() {
    let config = ClipConfig { head_size: 7, ..ClipConfig::VIT_B_32 };
    let mut file = WeightFile::open(fixture("clip/model.safetensors")).unwrap();
    let error = Clip::load(&config, &mut file, Placement::default()).unwrap_err().to_string();
    assert!(error.contains("width of 32 cannot be cut into heads of 7"), "{error}");
    // No values, and a width that three times is beyond any number.
    let folder = tempfile::tempdir().unwrap();
    let wide = |checkpoint: &str, patches: &str| {
        changed(checkpoint, folder.path(), |tensors| {
            for (name, shape, values) in tensors {
                if name.ends_with(patches) {
                    (shape[0], shape[1]) = (1 << 62, 0);
                    values.clear();
                }
            }
        })
    };
    let error = videomae(&wide("videomae/hf_old.bin", "projection.weight")).unwrap_err().to_string();
    assert!(error.contains("width of 4611686018427387904 cannot be cut"), "{error}");
    let path = wide("swin3d/full_window_checkpoint.pth", "patch_embed.proj.weight");
    let error = video_swin(&path, [8, 7, 7]).unwrap_err().to_string();
    assert!(error.contains("width of 4611686018427387904 cannot be cut"), "{error}");
    let path = wide("imagebind/imagebind.pth", "rgbt_stem.proj.1.weight");
    assert!(imagebind(&path).unwrap_err().to_string().contains("cannot be cut"));
}
