//! One block of each network at its published width, against its formulas written out: no fused operation, one head after
//! another.

use std::path::PathBuf;

use blemore_encoders::{
    Clip, ClipConfig, HiCmae, HiCmaeConfig, ImageBind, ImageBindConfig, Placement, Speech, SpeechConfig,
    VideoMae, VideoMaeConfig, VideoSwin, VideoSwinConfig, WeightFile,
};
use blemore_testing::write_wide_checkpoint;
use tch::{Device, Kind, Tensor};

/// Largest difference, of the largest value.
const TOLERANCE: f64 = 1e-5;

/// A checkpoint, and its tensors in double precision.
struct Twin {
    _folder: tempfile::TempDir,
    path: PathBuf,
    file: WeightFile,
    heads: i64,
    epsilon: f64,
}

impl Twin {
    fn new(encoder: &str, heads: usize, epsilon: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        write_wide_checkpoint(encoder, heads, 1, &path);
        let file = WeightFile::open(&path).unwrap();
        Self { _folder: folder, path, file, heads: heads as i64, epsilon }
    }

    fn open(&self) -> WeightFile {
        WeightFile::open(&self.path).unwrap()
    }

    fn get(&mut self, name: &str) -> Tensor {
        let shape: Vec<i64> = self.file.shape(name).unwrap().iter().map(|size| *size as i64).collect();
        Tensor::from_slice(&self.file.read(name).unwrap()).reshape(shape).to_kind(Kind::Double)
    }

    fn norm(&mut self, x: &Tensor, name: &str) -> Tensor {
        let centred = x - x.mean_dim(-1, true, None::<Kind>);
        let variance = centred.square().mean_dim(-1, true, None::<Kind>);
        centred / (variance + self.epsilon).sqrt() * self.get(&format!("{name}.weight"))
            + self.get(&format!("{name}.bias"))
    }

    fn linear(&mut self, x: &Tensor, name: &str) -> Tensor {
        x.matmul(&self.get(&format!("{name}.weight")).tr()) + self.get(&format!("{name}.bias"))
    }

    /// Tokens `(T, D)` whose queries, keys and values are there; `bias` is added to the scores of a head.
    fn attention(&mut self, [q, k, v]: [Tensor; 3], output: &str, bias: impl Fn(i64) -> Tensor) -> Tensor {
        let size = q.size()[1] / self.heads;
        let heads: Vec<Tensor> = (0..self.heads)
            .map(|head| {
                let [q, k, v] = [&q, &k, &v].map(|part| part.narrow(1, head * size, size));
                let scores = q.matmul(&k.tr()) / (size as f64).sqrt() + bias(head);
                scores.softmax(-1, Kind::Double).matmul(&v)
            })
            .collect();
        self.linear(&Tensor::cat(&heads, 1), output)
    }

    fn apart(&mut self, x: &Tensor, name: &str) -> [Tensor; 3] {
        ["q_proj", "k_proj", "v_proj"].map(|part| self.linear(x, &format!("{name}.{part}")))
    }
}

fn gelu(x: &Tensor) -> Tensor {
    x * 0.5 * ((x / 2.0_f64.sqrt()).erf() + 1.0)
}

fn none(_: i64) -> Tensor {
    Tensor::zeros([1], (Kind::Double, Device::Cpu))
}

/// Patches of a picture as rows, in the order of a convolution's weights.
fn patches(picture: &Tensor, patch: i64) -> Tensor {
    let patches = picture.unfold(1, patch, patch).unfold(2, patch, patch).permute([1, 2, 0, 3, 4]);
    patches.reshape([-1, 3 * patch * patch])
}

fn picture() -> Tensor {
    let values: Vec<f32> =
        (0..3 * 224 * 224).map(|index| ((index * 7919 % 1013) as f32 / 506.0 - 1.0) * 1.5).collect();
    Tensor::from_slice(&values).reshape([3, 224, 224])
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor) {
    assert_eq!(found.size(), expected.size());
    let difference = (found.to_kind(Kind::Double) - expected).abs().max().double_value(&[]);
    let largest = expected.abs().max().double_value(&[]);
    assert!(difference <= TOLERANCE * largest, "{:e} of the largest value", difference / largest);
}

#[test]
fn clip_768_wide() {
    let mut twin = Twin::new("clip", 12, 1e-5);
    let network = Clip::load(&ClipConfig::VIT_B_32, &mut twin.open(), Placement::default()).unwrap();
    assert_eq!(*network.config(), ClipConfig { layers: 1, output: 24, ..ClipConfig::VIT_B_32 });
    let embeddings = "vision_model.embeddings";
    let stem = twin.get(&format!("{embeddings}.patch_embedding.weight")).reshape([768, -1]);
    let class = twin.get(&format!("{embeddings}.class_embedding")).unsqueeze(0);
    let x = Tensor::cat(&[class, patches(&picture().to_kind(Kind::Double), 32).matmul(&stem.tr())], 0);
    let x = x + twin.get(&format!("{embeddings}.position_embedding.weight"));
    let x = twin.norm(&x, "vision_model.pre_layrnorm");
    let block = "vision_model.encoder.layers.0";
    let normed = twin.norm(&x, &format!("{block}.layer_norm1"));
    let parts = twin.apart(&normed, &format!("{block}.self_attn"));
    let x = x + twin.attention(parts, &format!("{block}.self_attn.out_proj"), none);
    let normed = twin.norm(&x, &format!("{block}.layer_norm2"));
    let hidden = twin.linear(&normed, &format!("{block}.mlp.fc1"));
    let x = x + twin.linear(&(&hidden * (&hidden * 1.702).sigmoid()), &format!("{block}.mlp.fc2"));
    let pooled = twin.norm(&x.narrow(0, 0, 1), "vision_model.post_layernorm");
    let expected = pooled.matmul(&twin.get("visual_projection.weight").tr());
    assert_close(&network.forward(&picture().unsqueeze(0)).unwrap(), &expected);
}

#[test]
fn imagebind_1280_wide() {
    let mut twin = Twin::new("imagebind", 16, 1e-6);
    let network = ImageBind::load(&ImageBindConfig::HUGE, &mut twin.open(), Placement::default()).unwrap();
    assert_eq!(*network.config(), ImageBindConfig { layers: 1, output: 24, ..ImageBindConfig::HUGE });
    let preprocessors = "modality_preprocessors.vision";
    // Both frames are the same picture.
    let stem = twin.get(&format!("{preprocessors}.rgbt_stem.proj.1.weight")).sum_dim_intlist(
        [2].as_slice(),
        false,
        None::<Kind>,
    );
    let x = patches(&picture().to_kind(Kind::Double), 14).matmul(&stem.reshape([1280, -1]).tr());
    let class = twin.get(&format!("{preprocessors}.cls_token")).squeeze_dim(0);
    let x = Tensor::cat(&[class, x], 0)
        + twin.get(&format!("{preprocessors}.pos_embedding_helper.pos_embed")).squeeze_dim(0);
    let x = twin.norm(&x, "modality_trunks.vision.pre_transformer_layer.0");
    let block = "modality_trunks.vision.blocks.0";
    let normed = twin.norm(&x, &format!("{block}.norm_1"));
    let fused = normed.matmul(&twin.get(&format!("{block}.attn.in_proj_weight")).tr())
        + twin.get(&format!("{block}.attn.in_proj_bias"));
    let parts = [0, 1, 2].map(|part| fused.narrow(1, part * 1280, 1280));
    let x = x + twin.attention(parts, &format!("{block}.attn.out_proj"), none);
    let normed = twin.norm(&x, &format!("{block}.norm_2"));
    let hidden = twin.linear(&normed, &format!("{block}.mlp.fc1"));
    let x = x + twin.linear(&gelu(&hidden), &format!("{block}.mlp.fc2"));
    let pooled = twin.norm(&x.narrow(0, 0, 1), "modality_heads.vision.0");
    let output = pooled.matmul(&twin.get("modality_heads.vision.2.weight").tr());
    let expected = &output / output.norm();
    assert_close(&network.forward(&picture().unsqueeze(0)).unwrap(), &expected);
}

/// Patches of a clip `(3, T, H, W)` as rows, in the order of a convolution's weights.
fn clip_patches(clip: &Tensor, [frames, side]: [i64; 2]) -> Tensor {
    let patches = clip.unfold(1, frames, frames).unfold(2, side, side).unfold(3, side, side);
    patches.permute([1, 2, 3, 0, 4, 5, 6]).reshape([-1, 3 * frames * side * side])
}

fn clip(frames: i64, rows: i64, columns: i64) -> Tensor {
    let values: Vec<f32> = (0..3 * frames * rows * columns)
        .map(|index| ((index * 7919 % 1013) as f32 / 506.0 - 1.0) * 1.5)
        .collect();
    Tensor::from_slice(&values).reshape([3, frames, rows, columns])
}

#[test]
fn videomae_1408_wide() {
    let mut twin = Twin::new("videomaev2", 16, 1e-6);
    let network = VideoMae::load(&VideoMaeConfig::GIANT_14, &mut twin.open(), Placement::default()).unwrap();
    assert_eq!(*network.config(), VideoMaeConfig { layers: 1, ..VideoMaeConfig::GIANT_14 });
    let clip = clip(16, 112, 112);
    let stem = twin.get("patch_embed.proj.weight").reshape([1408, -1]);
    let x = clip_patches(&clip.to_kind(Kind::Double), [2, 14]).matmul(&stem.tr())
        + twin.get("patch_embed.proj.bias");
    let place = Tensor::arange(512, (Kind::Double, Device::Cpu)).unsqueeze(1);
    let wave = Tensor::arange(704, (Kind::Double, Device::Cpu)) * (-2.0 / 1408.0 * 10_000_f64.ln());
    let angle = place * wave.exp();
    let x = x + Tensor::stack(&[angle.sin(), angle.cos()], 2).reshape([512, 1408]);
    let normed = twin.norm(&x, "blocks.0.norm1");
    let fused = normed.matmul(&twin.get("blocks.0.attn.qkv.weight").tr());
    let [query, key, value] = [0, 1, 2].map(|part| fused.narrow(1, part * 1408, 1408));
    let parts = [query + twin.get("blocks.0.attn.q_bias"), key, value + twin.get("blocks.0.attn.v_bias")];
    let x = x + twin.attention(parts, "blocks.0.attn.proj", none);
    let normed = twin.norm(&x, "blocks.0.norm2");
    let hidden = twin.linear(&normed, "blocks.0.mlp.fc1");
    let x = x + twin.linear(&gelu(&hidden), "blocks.0.mlp.fc2");
    let expected = twin.norm(&x.mean_dim(0, true, None::<Kind>), "fc_norm");
    assert_close(&network.forward(&clip.unsqueeze(0)).unwrap(), &expected);
}

/// The places of tokens: sines and cosines in turn.
fn places(count: i64, width: i64) -> Tensor {
    let place = Tensor::arange(count, (Kind::Double, Device::Cpu)).unsqueeze(1);
    let wave =
        Tensor::arange(width / 2, (Kind::Double, Device::Cpu)) * (-2.0 / width as f64 * 10_000_f64.ln());
    let angle = place * wave.exp();
    Tensor::stack(&[angle.sin(), angle.cos()], 2).reshape([count, width])
}

impl Twin {
    /// A block of HiCMAE on tokens `(T, D)`.
    fn hicmae_block(&mut self, x: &Tensor, block: &str) -> Tensor {
        let normed = self.norm(x, &format!("{block}.norm1"));
        let fused = normed.matmul(&self.get(&format!("{block}.attn.qkv.weight")).tr());
        let [query, key, value] = [0, 1, 2].map(|part| fused.narrow(1, part * 512, 512));
        let query = query + self.get(&format!("{block}.attn.q_bias"));
        let value = value + self.get(&format!("{block}.attn.v_bias"));
        let x = x + self.attention([query, key, value], &format!("{block}.attn.proj"), none);
        let normed = self.norm(&x, &format!("{block}.norm2"));
        let hidden = self.linear(&normed, &format!("{block}.mlp.fc1"));
        &x + self.linear(&gelu(&hidden), &format!("{block}.mlp.fc2"))
    }

    /// A block of the fusion: it sees the other side's tokens first.
    fn hicmae_cross(&mut self, x: &Tensor, other: &Tensor, block: &str) -> Tensor {
        let cross = format!("{block}.cross_attn");
        let query = self.norm(x, &format!("{block}.cross_norm1"));
        let query =
            query.matmul(&self.get(&format!("{cross}.q.weight")).tr()) + self.get(&format!("{cross}.q_bias"));
        let other = self.norm(other, &format!("{block}.cross_norm2"));
        let fused = other.matmul(&self.get(&format!("{cross}.kv.weight")).tr());
        let value = fused.narrow(1, 512, 512) + self.get(&format!("{cross}.v_bias"));
        let seen = self.attention([query, fused.narrow(1, 0, 512), value], &format!("{cross}.proj"), none);
        self.hicmae_block(&(x + seen), block)
    }
}

#[test]
fn hicmae_512_wide() {
    let mut twin = Twin::new("hicmae", 8, 1e-6);
    let network = HiCmae::load(&HiCmaeConfig::BASE, &mut twin.open(), Placement::default()).unwrap();
    let expected = HiCmaeConfig { layers: 1, layers_audio: 1, layers_fusion: 1, ..HiCmaeConfig::BASE };
    assert_eq!(*network.config(), expected);
    let (faces, sound) = (clip(16, 32, 48), clip(1, 32, 64).narrow(0, 0, 1));
    let mean = |x: &Tensor| x.mean_dim(0, true, None::<Kind>);
    let stem = twin.get("encoder.patch_embed.proj.weight").reshape([512, -1]);
    let x = clip_patches(&faces.to_kind(Kind::Double), [2, 16]).matmul(&stem.tr());
    let x = x + twin.get("encoder.patch_embed.proj.bias") + places(8 * 2 * 3, 512);
    let x = twin.hicmae_block(&x, "encoder.blocks.0");
    let video = twin.norm(&x, "encoder.norm");
    let stem = twin.get("encoder_audio.patch_embed.proj.weight").reshape([512, -1]);
    let picture = sound.to_kind(Kind::Double).squeeze_dim(0).squeeze_dim(0);
    let patches = picture.unfold(0, 16, 16).unfold(1, 16, 16).reshape([-1, 256]);
    let x = patches.matmul(&stem.tr()) + twin.get("encoder_audio.patch_embed.proj.bias") + places(8, 512);
    let x = twin.hicmae_block(&x, "encoder_audio.blocks.0");
    let audio = twin.norm(&x, "encoder_audio.norm");
    let fused_video = twin.hicmae_cross(&video, &audio, "encoder_fusion.blocks.0");
    let fused_audio = twin.hicmae_cross(&audio, &video, "encoder_fusion.blocks_audio.0");
    let fused_video = twin.norm(&fused_video, "encoder_fusion.norm");
    let fused_audio = twin.norm(&fused_audio, "encoder_fusion.norm_audio");
    let joined = Tensor::cat(&[mean(&video), mean(&audio), mean(&fused_video), mean(&fused_audio)], 1);
    let centred = &joined - joined.mean(None::<Kind>);
    let expected = &centred / (centred.square().mean(None::<Kind>) + 1e-6).sqrt();
    let found = network.features(&faces.unsqueeze(0), &sound.reshape([1, 1, 32, 64])).unwrap();
    assert_close(&found, &expected);
}

#[test]
fn video_swin_1024_wide() {
    let mut twin = Twin::new("videoswin", 32, 1e-5);
    let network = VideoSwin::load(&VideoSwinConfig::base(), &mut twin.open(), Placement::default()).unwrap();
    // The last stage of Swin-B is so wide.
    let expected = VideoSwinConfig { width: 1024, stages: vec![[1, 32]], ..VideoSwinConfig::base() };
    assert_eq!(*network.config(), expected);
    // 8 x 9 x 7 tokens: two windows, the second one mostly of zeros.
    let clip = clip(16, 36, 28);
    let stem = twin.get("patch_embed.proj.weight").reshape([1024, -1]);
    let x = clip_patches(&clip.to_kind(Kind::Double), [2, 4]).matmul(&stem.tr())
        + twin.get("patch_embed.proj.bias");
    let x = twin.norm(&x, "patch_embed.norm");
    let block = "features.0.0";
    let normed = twin.norm(&x, &format!("{block}.norm1")).reshape([8, 9, 7, 1024]);
    let zeros = Tensor::zeros([8, 5, 7, 1024], (Kind::Double, Device::Cpu));
    let padded = Tensor::cat(&[normed, zeros], 1);
    let table = twin.get(&format!("{block}.attn.relative_position_bias_table"));
    let places: Vec<[i64; 3]> = (0..8)
        .flat_map(|frame| (0..7).flat_map(move |row| (0..7).map(move |column| [frame, row, column])))
        .collect();
    let pairs = places.iter().flat_map(|query| places.iter().map(move |key| (query, key)));
    let index: Vec<i64> = pairs
        .map(|(query, key)| {
            let [frames, rows, columns] = [0, 1, 2].map(|one| query[one] - key[one]);
            (frames + 7) * 169 + (rows + 6) * 13 + columns + 6
        })
        .collect();
    let bias = table.index_select(0, &Tensor::from_slice(&index)).reshape([392, 392, 32]);
    let windows = [0, 7].map(|start| {
        let window = padded.narrow(1, start, 7).reshape([392, 1024]);
        let fused = twin.linear(&window, &format!("{block}.attn.qkv"));
        let parts = [0, 1, 2].map(|part| fused.narrow(1, part * 1024, 1024));
        let mixed = twin.attention(parts, &format!("{block}.attn.proj"), |head| bias.select(2, head));
        mixed.reshape([8, 7, 7, 1024])
    });
    let x = x + Tensor::cat(&windows, 1).narrow(1, 0, 9).reshape([-1, 1024]);
    let normed = twin.norm(&x, &format!("{block}.norm2"));
    let hidden = twin.linear(&normed, &format!("{block}.mlp.0"));
    let x = x + twin.linear(&gelu(&hidden), &format!("{block}.mlp.3"));
    let expected = twin.norm(&x, "norm").mean_dim(0, true, None::<Kind>);
    assert_close(&network.forward(&clip.unsqueeze(0)).unwrap(), &expected);
}

/// HuBERT's formulas, and with `relative` WavLM's.
fn speech(twin: &mut Twin, wave: &Tensor, relative: Option<blemore_encoders::Relative>) -> Tensor {
    let mut x = wave.to_kind(Kind::Double).reshape([1, -1]);
    for (number, stride) in [5, 2, 2, 2, 2, 2, 2].into_iter().enumerate() {
        let name = format!("feature_extractor.conv_layers.{number}");
        let weight = twin.get(&format!("{name}.0.weight"));
        let kernel = weight.size()[2];
        // Windows as rows: (T, C x kernel).
        let windows = x.unfold(1, kernel, stride).permute([1, 0, 2]).reshape([-1, weight.size()[1] * kernel]);
        let mapped = windows.matmul(&weight.reshape([weight.size()[0], -1]).tr());
        x = gelu(&twin.norm(&mapped, &format!("{name}.2.1"))).tr();
    }
    let normed = twin.norm(&x.tr(), "layer_norm");
    let x = twin.linear(&normed, "post_extract_proj");
    let (count, width) = x.size2().unwrap();
    let direction = twin.get("encoder.pos_conv.0.weight_v");
    let length = direction.square().sum_dim_intlist([0, 1].as_slice(), true, None::<Kind>).sqrt();
    let weight = twin.get("encoder.pos_conv.0.weight_g") * direction / length;
    let padded = x.tr().constant_pad_nd([64, 64]);
    let group = width / 16;
    let places: Vec<Tensor> = (0..16)
        .map(|number| {
            let windows = padded.narrow(0, number * group, group).unfold(1, 128, 1).narrow(1, 0, count);
            let windows = windows.permute([1, 0, 2]).reshape([count, -1]);
            windows.matmul(&weight.narrow(0, number * group, group).reshape([group, -1]).tr())
        })
        .collect();
    let x = x + gelu(&(Tensor::cat(&places, 1) + twin.get("encoder.pos_conv.0.bias")));
    let block = "encoder.layers.0";
    let normed = twin.norm(&x, &format!("{block}.self_attn_layer_norm"));
    let parts = twin.apart(&normed, &format!("{block}.self_attn"));
    let output = format!("{block}.self_attn.out_proj");
    let size = width / twin.heads;
    let mixed = match relative {
        None => twin.attention(parts, &output, none),
        Some(relative) => {
            let table = twin.get(&format!("{block}.self_attn.relative_attention_bias.weight"));
            let scale = twin.get(&format!("{block}.self_attn.grep_a"));
            let weight = twin.get(&format!("{block}.self_attn.grep_linear.weight"));
            let offset = twin.get(&format!("{block}.self_attn.grep_linear.bias"));
            let bias = |head: i64| {
                let table: Vec<f64> = Vec::try_from(table.select(1, head).contiguous()).unwrap();
                let pairs = (0..count).flat_map(|query| (0..count).map(move |key| key - query));
                let bias: Vec<f64> =
                    pairs.map(|distance| table[relative.bucket(distance) as usize]).collect();
                let gates = normed.narrow(1, head * size, size).matmul(&weight.tr()) + &offset;
                let first =
                    gates.narrow(1, 0, 4).sum_dim_intlist([1].as_slice(), true, None::<Kind>).sigmoid();
                let second =
                    gates.narrow(1, 4, 4).sum_dim_intlist([1].as_slice(), true, None::<Kind>).sigmoid();
                let gate = first * (second * scale.select(1, head).reshape([1, 1]) - 1.0) + 2.0;
                gate * Tensor::from_slice(&bias).reshape([count, count])
            };
            twin.attention(parts, &output, bias)
        }
    };
    let x = x + mixed;
    let normed = twin.norm(&x, &format!("{block}.final_layer_norm"));
    let hidden = twin.linear(&normed, &format!("{block}.fc1"));
    let x = x + twin.linear(&gelu(&hidden), &format!("{block}.fc2"));
    twin.norm(&x, "encoder.layer_norm")
}

#[test]
fn hubert_and_wavlm_1024_wide() {
    let wave: Vec<f32> =
        (0..24_000).map(|index| ((index * 7919 % 1013) as f32 / 506.0 - 1.0) * 1.5).collect();
    let wave = Tensor::from_slice(&wave);
    for (encoder, config) in [("hubert", SpeechConfig::HUBERT_LARGE), ("wavlm", SpeechConfig::WAVLM_LARGE)] {
        let mut twin = Twin::new(encoder, 16, 1e-5);
        let network = Speech::load(&config, &mut twin.open(), Placement::default()).unwrap();
        assert_eq!((network.config().width, network.config().mlp), (1024, 4096));
        assert_eq!(network.config().positional_groups, 16);
        let expected = speech(&mut twin, &wave, config.relative);
        assert_close(&network.forward(&wave, None).unwrap(), &expected);
    }
}
