//! VideoMAE v2 (Wang et al. 2023; `vit_g_hybrid_pt_1200e_k710_ft.pth`, `vit_b_k710_dl_from_giant.pth`).

use tch::{Tensor, no_grad};

use super::blocks::{Activation, Attention, Block, Mlp, Norm, Patches, heads, placed, returned, sinusoids};
use super::parameters::{Network, Parameters, Placement, View};
use crate::{Error, WeightFile};

/// Sizes of a VideoMAE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoMaeConfig {
    /// Width of the tokens, and of the output.
    pub width: i64,
    /// Number of blocks.
    pub layers: i64,
    /// Width of one attention head, which no tensor's shape tells.
    pub head_size: i64,
    /// Width between the two linear maps of a block.
    pub mlp: i64,
    /// Side of a patch, in pixels.
    pub patch: i64,
    /// Frames of a patch.
    pub frames: i64,
}

impl VideoMaeConfig {
    /// ViT-g/14, the model of the published features.
    pub const GIANT_14: Self =
        Self { width: 1408, layers: 40, head_size: 88, mlp: 6144, patch: 14, frames: 2 };
    /// ViT-B/16, the model that the paper names.
    pub const BASE_16: Self = Self { width: 768, layers: 12, head_size: 64, mlp: 3072, patch: 16, frames: 2 };
}

/// Variance that all norms add, as OpenGVLab's code has it. The classes of transformers have other defaults (1e-12, and
/// 1e-5 for the last norm), which differ by less than the weights are rounded.
const EPSILON: f64 = 1e-6;

/// VideoMAE's encoder: groups of frames to the norm of the mean of their tokens.
#[derive(Debug)]
pub struct VideoMae {
    config: VideoMaeConfig,
    placement: Placement,
    patches: Patches,
    blocks: Vec<Block>,
    norm: Norm,
}

impl VideoMae {
    /// Reads a checkpoint of OpenGVLab or one of Hugging Face's `VideoMAEForVideoClassification`. Sizes are those of its
    /// tensors; the size of a head is that of the published network of this width, or else taken from `config`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`], [`Error::Weights`] with all faults, and those of [`WeightFile::read`].
    pub fn load(config: &VideoMaeConfig, file: &mut WeightFile, placement: Placement) -> Result<Self, Error> {
        Self::of_file(config, file, placement)
    }

    /// A network with made-up weights, to try things out.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn random(config: &VideoMaeConfig, seed: u64, placement: Placement) -> Result<Self, Error> {
        Self::of_seed(*config, seed, placement)
    }

    /// Its sizes.
    pub fn config(&self) -> &VideoMaeConfig {
        &self.config
    }

    /// Groups of frames `(B, 3, T, H, W)` to features `(B, D)`. T, H and W are multiples of the patch's.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn forward(&self, clips: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| {
            let patches = self.patches.forward(&placed(clips, self.placement)?)?;
            let mut tokens = patches.f_flatten(2, 4)?.f_transpose(1, 2)?;
            let (_, count, width) = tokens.size3()?;
            tokens = tokens.f_add(&placed(&sinusoids(count, width)?, self.placement)?)?;
            for block in &self.blocks {
                tokens = block.forward(&tokens)?;
            }
            let mean = tokens.f_mean_dim(1, false, None::<tch::Kind>)?;
            returned(&self.norm.forward(&mean)?)
        })
    }
}

/// Whose names the tensors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// OpenGVLab's.
    Own,
    /// Those of transformers; `is_old` before its version 5.
    HuggingFace { is_old: bool },
}

impl Names {
    fn patches(self) -> &'static str {
        match self {
            Self::Own => "patch_embed.proj",
            Self::HuggingFace { .. } => "videomae.embeddings.patch_embeddings.projection",
        }
    }

    fn stem(self) -> &'static str {
        match self {
            Self::Own => "blocks.",
            Self::HuggingFace { .. } => "videomae.encoder.layer.",
        }
    }

    /// The maps of a block's network.
    fn mlp(self) -> [&'static str; 2] {
        match self {
            Self::Own => ["mlp.fc1", "mlp.fc2"],
            Self::HuggingFace { .. } => ["intermediate.dense", "output.dense"],
        }
    }

    fn norms(self) -> [&'static str; 2] {
        match self {
            Self::Own => ["norm1", "norm2"],
            Self::HuggingFace { .. } => ["layernorm_before", "layernorm_after"],
        }
    }

    fn attention(
        self,
        parameters: &mut Parameters<'_>,
        block: &str,
        width: i64,
        heads: i64,
    ) -> Result<Attention, Error> {
        let (weights, biases, output): (&[&str], _, _) = match self {
            Self::Own => (&["attn.qkv"], ["attn.q_bias", "attn.v_bias"], "attn.proj"),
            Self::HuggingFace { is_old } => (
                &["attention.attention.query", "attention.attention.key", "attention.attention.value"],
                match is_old {
                    true => ["attention.attention.q_bias", "attention.attention.v_bias"],
                    false => ["attention.attention.query.bias", "attention.attention.value.bias"],
                },
                "attention.output.dense",
            ),
        };
        let weights: Vec<String> = weights.iter().map(|name| format!("{block}.{name}.weight")).collect();
        let [query, value] = biases.map(|name| format!("{block}.{name}"));
        let output = format!("{block}.{output}");
        Attention::without_key_bias(parameters, &weights, [&query, &value], &output, width, heads)
    }
}

impl Network for VideoMae {
    type Config = VideoMaeConfig;
    type Names = Names;

    const FAMILIES: &'static [(&'static str, Names)] = &[
        ("blocks.0.attn.qkv.weight", Names::Own),
        ("videomae.encoder.layer.0.attention.attention.query.weight", Names::HuggingFace { is_old: false }),
    ];

    fn title(_: &VideoMaeConfig) -> &'static str {
        "VideoMAE v2"
    }

    fn sizes(config: &VideoMaeConfig, names: Names, view: &View<'_>) -> (VideoMaeConfig, Names) {
        let patches = format!("{}.weight", names.patches());
        let stem = names.stem();
        let width = view.size(&patches, 5, 0, config.width);
        let config = VideoMaeConfig {
            width,
            layers: view.layers(stem, config.layers),
            head_size: match width {
                384 | 768 | 1024 => 64,
                1280 => 80,
                1408 => 88,
                _ => config.head_size,
            },
            mlp: view.size(&format!("{stem}0.{}.weight", names.mlp()[0]), 2, 0, config.mlp),
            patch: view.size(&patches, 5, 4, config.patch),
            frames: view.size(&patches, 5, 2, config.frames),
        };
        let names = match names {
            Names::Own => Names::Own,
            Names::HuggingFace { .. } => {
                Names::HuggingFace { is_old: view.has(&format!("{stem}0.attention.attention.q_bias")) }
            }
        };
        (config, names)
    }

    /// The head, of which there is one for each set of classes.
    fn is_unused(name: &str) -> bool {
        ["head.", "classifier."].iter().any(|part| name.starts_with(part))
    }

    fn problem(config: &VideoMaeConfig) -> Option<String> {
        let empty = config.patch < 1 || config.frames < 1;
        heads(config.width, config.head_size)
            .err()
            .or_else(|| empty.then(|| "a patch has no pixel".to_owned()))
    }

    fn build(config: VideoMaeConfig, names: Names, parameters: &mut Parameters<'_>) -> Result<Self, Error> {
        let VideoMaeConfig { width, layers, head_size, mlp, patch, frames } = config;
        let patches = Patches::new(parameters, names.patches(), width, [frames, patch, patch])?;
        let mut blocks = Vec::new();
        for layer in 0..layers {
            let name = format!("{}{layer}", names.stem());
            let maps = names.mlp().map(|map| format!("{name}.{map}"));
            let norms = names.norms().map(|norm| format!("{name}.{norm}"));
            blocks.push(Block {
                attention_norm: Norm::new(parameters, &norms[0], width, EPSILON)?,
                attention: names.attention(parameters, &name, width, width / head_size)?,
                mlp_norm: Norm::new(parameters, &norms[1], width, EPSILON)?,
                mlp: Mlp::new(parameters, [&maps[0], &maps[1]], width, mlp, Activation::Gelu)?,
            });
        }
        let norm = Norm::new(parameters, "fc_norm", width, EPSILON)?;
        Ok(Self { config, placement: parameters.placement(), patches, blocks, norm })
    }
}
