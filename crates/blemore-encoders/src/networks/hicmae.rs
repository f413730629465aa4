//! HiCMAE (Sun et al. 2024): a video and an audio transformer and one that fuses them (`avit_dim512_patch16_160_a256`).

mod trainable;

use tch::{Kind, Tensor, no_grad};

use super::blocks::{
    Activation, Attention, Block, CrossAttention, Linear, Mlp, Norm, Patches, heads, placed, returned,
    sinusoids,
};
use super::parameters::{Network, Parameters, Placement, View};
use super::training::{Pass, Share};
use crate::{Error, WeightFile};

pub use trainable::{TrainableHiCmae, Weight};

/// Sizes of a HiCMAE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HiCmaeConfig {
    /// Width of the tokens; the features are four times as wide.
    pub width: i64,
    /// Number of blocks of the video encoder.
    pub layers: i64,
    /// Number of blocks of the audio encoder.
    pub layers_audio: i64,
    /// Number of blocks of the fusion, on each side.
    pub layers_fusion: i64,
    /// Width of one attention head, which no tensor's shape tells.
    pub head_size: i64,
    /// Width between the two linear maps of a block.
    pub mlp: i64,
    /// Side of a patch, in pixels.
    pub patch: i64,
    /// Frames of a patch.
    pub frames: i64,
    /// Side of a patch of the log-mel picture, in frames of 10 ms and in bins.
    pub patch_audio: i64,
    /// Outputs of the head, where there is one.
    pub outputs: i64,
}

impl HiCmaeConfig {
    /// The model of the paper ("Base"), with six outputs.
    pub const BASE: Self = Self {
        width: 512,
        layers: 10,
        layers_audio: 10,
        layers_fusion: 2,
        head_size: 64,
        mlp: 2048,
        patch: 16,
        frames: 2,
        patch_audio: 16,
        outputs: 6,
    };
}

/// How much each layer of an encoder counts, before softmax, in files of fine-tuning.
const VIDEO_WEIGHTS: &str = "video_layer_weights";
const AUDIO_WEIGHTS: &str = "audio_layer_weights";
/// Variance that all norms add.
const EPSILON: f64 = 1e-6;

/// HiCMAE: 16 frames of a face and up to 2.57 s of sound to one row of features, or to logits.
#[derive(Debug)]
pub struct HiCmae {
    config: HiCmaeConfig,
    placement: Placement,
    video: Tower,
    audio: Tower,
    fusion: Vec<[CrossBlock; 2]>,
    fusion_norms: [Norm; 2],
    /// What fine-tuning adds. Without it all layers weigh the same, and the norm of the features has no weights.
    tuned: Option<Tuned>,
}

#[derive(Debug)]
struct Tuned {
    norm: Norm,
    head: Linear,
}

/// The transformer of one sense.
#[derive(Debug)]
struct Tower {
    stem: Stem,
    blocks: Vec<Block>,
    norm: Norm,
    /// How much each layer's output counts, before softmax; fine-tuned networks have it.
    layer_weights: Option<Tensor>,
}

#[derive(Debug)]
enum Stem {
    Video(Patches),
    Audio { weight: Tensor, bias: Tensor, size: i64 },
}

/// Attention to the other sense's tokens, then a block.
#[derive(Debug)]
struct CrossBlock {
    norm: Norm,
    other_norm: Norm,
    attention: CrossAttention,
    block: Block,
}

impl HiCmae {
    /// Reads a checkpoint of pre-training, of which only the encoders are taken, or of fine-tuning. Sizes are those of its
    /// tensors; the size of a head is taken from `config`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`], [`Error::Weights`] with all faults, and those of [`WeightFile::read`].
    pub fn load(config: &HiCmaeConfig, file: &mut WeightFile, placement: Placement) -> Result<Self, Error> {
        Self::of_file(config, file, placement)
    }

    /// A network with made-up weights, to try things out.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn random(config: &HiCmaeConfig, seed: u64, placement: Placement) -> Result<Self, Error> {
        Self::of_seed(*config, seed, placement)
    }

    /// Its sizes.
    pub fn config(&self) -> &HiCmaeConfig {
        &self.config
    }

    /// Faces `(B, 3, T, H, W)`, normalised, and log-mel pictures `(B, 1, 256, 128)` to features `(B, 4 D)`: video, audio,
    /// fused video and fused audio, after their common norm.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn features(&self, faces: &Tensor, log_mel: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| returned(&self.normed(faces, log_mel, &mut Pass::inference())?))
    }

    /// The outputs `(B, 6)` of a fine-tuned network, before softmax; none of one that was only pre-trained.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn logits(&self, faces: &Tensor, log_mel: &Tensor) -> Result<Option<Tensor>, Error> {
        let Some(tuned) = &self.tuned else { return Ok(None) };
        let normed = || self.normed(faces, log_mel, &mut Pass::inference());
        no_grad(|| returned(&tuned.head.forward(&normed()?)?).map(Some))
    }

    fn normed<'n>(&'n self, faces: &Tensor, log_mel: &Tensor, pass: &mut Pass<'n>) -> Result<Tensor, Error> {
        let (video, mut faces) = self.video.forward(&placed(faces, self.placement)?, pass)?;
        let (audio, mut sound) = self.audio.forward(&placed(log_mel, self.placement)?, pass)?;
        for (index, [of_faces, of_sound]) in self.fusion.iter().enumerate() {
            let shares = pass.shares(index, self.fusion.len(), &faces)?;
            let sound_shares = pass.shares(index, self.fusion.len(), &sound)?;
            // Each side sees the other as it was before this step.
            (faces, sound) = (
                of_faces.forward(&faces, &sound, &shares)?,
                of_sound.forward(&sound, &faces, &sound_shares)?,
            );
        }
        let [of_faces, of_sound] = &self.fusion_norms;
        let fused = [mean(&of_faces.forward(&faces)?)?, mean(&of_sound.forward(&sound)?)?];
        let joined = Tensor::f_cat(&[&video, &audio, &fused[0], &fused[1]], 1)?;
        match &self.tuned {
            Some(tuned) => tuned.norm.forward(&joined),
            None => {
                let width = *joined.size().last().unwrap_or(&0);
                Ok(joined.f_layer_norm([width], None::<&Tensor>, None::<&Tensor>, EPSILON, false)?)
            }
        }
    }
}

/// The mean over tokens.
fn mean(tokens: &Tensor) -> Result<Tensor, Error> {
    Ok(tokens.f_mean_dim(1, false, None::<Kind>)?)
}

impl Tower {
    /// The weighted mean of all layers' mean tokens, and the tokens of the last layer; each layer is normed.
    fn forward<'n>(&'n self, input: &Tensor, pass: &mut Pass<'n>) -> Result<(Tensor, Tensor), Error> {
        let mut tokens = pass.segment(input, |input| self.stem.placed_tokens(input))?;
        let mut means = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let shares: [Share; 2] = pass.shares(index, self.blocks.len(), &tokens)?;
            tokens = pass.segment(&tokens, move |tokens| block.forward_by(tokens, &shares))?;
            means.push(mean(&self.norm.forward(&tokens)?)?);
        }
        let means = Tensor::f_stack(&means, 1)?;
        let feature = match &self.layer_weights {
            Some(weights) => {
                let shares = weights.f_softmax(0, None::<Kind>)?.f_view([1, -1, 1])?;
                means.f_mul(&shares)?.f_sum_dim_intlist(1_i64, false, None::<Kind>)?
            }
            None => mean(&means)?,
        };
        Ok((feature, self.norm.forward(&tokens)?))
    }
}

impl Stem {
    /// Tokens `(B, T, D)` that know their places.
    fn placed_tokens(&self, input: &Tensor) -> Result<Tensor, Error> {
        let tokens = self.forward(input)?;
        let (_, count, width) = tokens.size3()?;
        let places = sinusoids(count, width)?.f_to_device(tokens.device())?.f_to_kind(tokens.kind())?;
        Ok(tokens.f_add(&places)?)
    }

    /// Tokens `(B, T, D)`.
    fn forward(&self, input: &Tensor) -> Result<Tensor, Error> {
        let patches = match self {
            Self::Video(patches) => patches.forward(input)?.f_flatten(2, 4)?,
            Self::Audio { weight, bias, size } => {
                input.f_conv2d(weight, Some(bias), [*size; 2], [0; 2], [1; 2], 1)?.f_flatten(2, 3)?
            }
        };
        Ok(patches.f_transpose(1, 2)?)
    }
}

impl CrossBlock {
    /// Tokens `(B, T, D)` that attend to other ones.
    fn forward(&self, tokens: &Tensor, others: &Tensor, shares: &[Share; 3]) -> Result<Tensor, Error> {
        let seen = self.attention.forward(&self.norm.forward(tokens)?, &self.other_norm.forward(others)?)?;
        let [of_others, of_block @ ..] = shares;
        self.block.forward_by(&tokens.f_add(&of_others.of(seen)?)?, of_block)
    }
}

/// Whether a checkpoint was fine-tuned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Pretrained,
    FineTuned,
}

fn block(parameters: &mut Parameters<'_>, name: &str, config: &HiCmaeConfig) -> Result<Block, Error> {
    let HiCmaeConfig { width, head_size, mlp, .. } = *config;
    let [query, value, output] = ["q_bias", "v_bias", "proj"].map(|part| format!("{name}.attn.{part}"));
    let weights = [format!("{name}.attn.qkv.weight")];
    let heads = width / head_size;
    let maps = ["fc1", "fc2"].map(|map| format!("{name}.mlp.{map}"));
    Ok(Block {
        attention_norm: Norm::new(parameters, &format!("{name}.norm1"), width, EPSILON)?,
        attention: Attention::without_key_bias(
            parameters,
            &weights,
            [&query, &value],
            &output,
            width,
            heads,
        )?,
        mlp_norm: Norm::new(parameters, &format!("{name}.norm2"), width, EPSILON)?,
        mlp: Mlp::new(parameters, [&maps[0], &maps[1]], width, mlp, Activation::Gelu)?,
    })
}

fn cross_block(
    parameters: &mut Parameters<'_>,
    name: &str,
    config: &HiCmaeConfig,
) -> Result<CrossBlock, Error> {
    let HiCmaeConfig { width, head_size, .. } = *config;
    Ok(CrossBlock {
        norm: Norm::new(parameters, &format!("{name}.cross_norm1"), width, EPSILON)?,
        other_norm: Norm::new(parameters, &format!("{name}.cross_norm2"), width, EPSILON)?,
        attention: CrossAttention::new(parameters, &format!("{name}.cross_attn"), width, width / head_size)?,
        block: block(parameters, name, config)?,
    })
}

impl Network for HiCmae {
    type Config = HiCmaeConfig;
    type Names = Names;

    const FAMILIES: &'static [(&'static str, Names)] =
        &[("encoder_fusion.blocks.0.cross_attn.q.weight", Names::FineTuned)];

    fn title(_: &HiCmaeConfig) -> &'static str {
        "HiCMAE"
    }

    fn sizes(config: &HiCmaeConfig, _: Names, view: &View<'_>) -> (HiCmaeConfig, Names) {
        let patches = "encoder.patch_embed.proj.weight";
        let names = if view.has("fc_norm.weight") { Names::FineTuned } else { Names::Pretrained };
        let config = HiCmaeConfig {
            width: view.size(patches, 5, 0, config.width),
            layers: view.layers("encoder.blocks.", config.layers),
            layers_audio: view.layers("encoder_audio.blocks.", config.layers_audio),
            layers_fusion: view.layers("encoder_fusion.blocks.", config.layers_fusion),
            head_size: config.head_size,
            mlp: view.size("encoder.blocks.0.mlp.fc1.weight", 2, 0, config.mlp),
            patch: view.size(patches, 5, 4, config.patch),
            frames: view.size(patches, 5, 2, config.frames),
            patch_audio: view.size("encoder_audio.patch_embed.proj.weight", 4, 3, config.patch_audio),
            outputs: view.size("head.weight", 2, 0, config.outputs),
        };
        (config, names)
    }

    /// What pre-training reconstructs with.
    fn is_unused(name: &str) -> bool {
        ["decoder", "encoder_to_decoder", "mask_token"].iter().any(|part| name.starts_with(part))
    }

    fn problem(config: &HiCmaeConfig) -> Option<String> {
        let empty = config.patch < 1 || config.frames < 1 || config.patch_audio < 1;
        heads(config.width, config.head_size)
            .err()
            .or_else(|| empty.then(|| "a patch has no pixel".to_owned()))
    }

    fn build(config: HiCmaeConfig, names: Names, parameters: &mut Parameters<'_>) -> Result<Self, Error> {
        let HiCmaeConfig { width, layers, layers_audio, layers_fusion, patch, frames, patch_audio, .. } =
            config;
        let mut tower = |name: &str, weights: &str, layers: i64, is_video: bool| {
            let embedding = format!("{name}.patch_embed.proj");
            let stem = if is_video {
                Stem::Video(Patches::new(parameters, &embedding, width, [frames, patch, patch])?)
            } else {
                let shape = [width, 1, patch_audio, patch_audio];
                let weight = parameters.tensor(&format!("{embedding}.weight"), &shape)?;
                let bias = parameters.tensor(&format!("{embedding}.bias"), &[width])?;
                Stem::Audio { weight, bias, size: patch_audio }
            };
            let blocks =
                (0..layers).map(|layer| block(parameters, &format!("{name}.blocks.{layer}"), &config));
            let blocks = blocks.collect::<Result<Vec<_>, Error>>()?;
            let norm = Norm::new(parameters, &format!("{name}.norm"), width, EPSILON)?;
            let layer_weights = match names {
                Names::FineTuned => Some(parameters.tensor(weights, &[layers])?),
                Names::Pretrained => None,
            };
            Ok::<_, Error>(Tower { stem, blocks, norm, layer_weights })
        };
        let video = tower("encoder", VIDEO_WEIGHTS, layers, true)?;
        let audio = tower("encoder_audio", AUDIO_WEIGHTS, layers_audio, false)?;
        let mut fusion = Vec::new();
        for layer in 0..layers_fusion {
            fusion.push([
                cross_block(parameters, &format!("encoder_fusion.blocks.{layer}"), &config)?,
                cross_block(parameters, &format!("encoder_fusion.blocks_audio.{layer}"), &config)?,
            ]);
        }
        let fusion_norms = [
            Norm::new(parameters, "encoder_fusion.norm", width, EPSILON)?,
            Norm::new(parameters, "encoder_fusion.norm_audio", width, EPSILON)?,
        ];
        let tuned = match names {
            Names::Pretrained => None,
            Names::FineTuned => Some(Tuned {
                norm: Norm::new(parameters, "fc_norm", 4 * width, EPSILON)?,
                head: Linear::new(parameters, "head", 4 * width, config.outputs)?,
            }),
        };
        Ok(Self { config, placement: parameters.placement(), video, audio, fusion, fusion_norms, tuned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::parameters::number_of_values;

    /// The number that the log of the authors' fine-tuning has.
    #[test]
    fn the_published_network_has_as_many_parameters_as_its_log_says() {
        assert_eq!(number_of_values::<HiCmae>(HiCmaeConfig::BASE, Names::FineTuned), 80_792_602);
    }
}
