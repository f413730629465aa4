//! The vision tower of CLIP with its projection (Radford et al. 2021; `openai/clip-vit-base-patch32`).

use tch::{Tensor, no_grad};

use super::blocks::{Activation, Attention, Block, Linear, Mlp, Norm, heads, placed, returned, side};
use super::parameters::{Network, Parameters, Placement, View};
use super::vision::VisionTransformer;
use crate::{Error, WeightFile};

/// Sizes of a vision tower of CLIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipConfig {
    /// Width of the tokens.
    pub width: i64,
    /// Number of blocks.
    pub layers: i64,
    /// Width of one attention head, which no tensor's shape tells.
    pub head_size: i64,
    /// Width between the two linear maps of a block.
    pub mlp: i64,
    /// Side of the square pictures, in pixels.
    pub image: i64,
    /// Side of a patch, in pixels.
    pub patch: i64,
    /// Width of the output.
    pub output: i64,
}

impl ClipConfig {
    /// ViT-B/32, the model of the published features.
    pub const VIT_B_32: Self =
        Self { width: 768, layers: 12, head_size: 64, mlp: 3072, image: 224, patch: 32, output: 512 };
}

/// Variance that all norms add.
const EPSILON: f64 = 1e-5;

/// CLIP's vision tower: pictures to their places in the space that pictures and texts share, not L2-normalised.
#[derive(Debug)]
pub struct Clip {
    config: ClipConfig,
    placement: Placement,
    patches: Tensor,
    transformer: VisionTransformer,
}

impl Clip {
    /// Reads a checkpoint of Hugging Face: `model.safetensors` or `pytorch_model.bin`. Sizes are those of its tensors;
    /// the size of a head is taken from `config`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`], [`Error::Weights`] with all faults, and those of [`WeightFile::read`].
    pub fn load(config: &ClipConfig, file: &mut WeightFile, placement: Placement) -> Result<Self, Error> {
        Self::of_file(config, file, placement)
    }

    /// A network with made-up weights, to try things out.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn random(config: &ClipConfig, seed: u64, placement: Placement) -> Result<Self, Error> {
        Self::of_seed(*config, seed, placement)
    }

    /// Its sizes.
    pub fn config(&self) -> &ClipConfig {
        &self.config
    }

    /// Pictures `(B, 3, S, S)`, normalised, to features `(B, D)`.
    ///
    /// # Errors
    /// [`Error::Torch`], for pictures of another size too.
    pub fn forward(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| {
            let stride = [self.config.patch; 2];
            let patches = placed(pictures, self.placement)?.f_conv2d::<Tensor>(
                &self.patches,
                None,
                stride,
                [0, 0],
                [1, 1],
                1,
            )?;
            returned(&self.transformer.forward(&patches.f_flatten(2, 3)?.f_transpose(1, 2)?)?)
        })
    }
}

impl Network for Clip {
    type Config = ClipConfig;
    type Names = ();

    const FAMILIES: &'static [(&'static str, ())] = &[("vision_model.pre_layrnorm.weight", ())];

    fn title(_: &ClipConfig) -> &'static str {
        "CLIP"
    }

    fn sizes(config: &ClipConfig, (): (), view: &View<'_>) -> (ClipConfig, ()) {
        let patches = "vision_model.embeddings.patch_embedding.weight";
        let patch = view.size(patches, 4, 3, config.patch);
        let cells = (config.image / config.patch).pow(2);
        let cells = view.size("vision_model.embeddings.position_embedding.weight", 2, 0, cells + 1) - 1;
        let stem = "vision_model.encoder.layers.";
        let config = ClipConfig {
            width: view.size(patches, 4, 0, config.width),
            layers: view.layers(stem, config.layers),
            head_size: config.head_size,
            mlp: view.size(&format!("{stem}0.mlp.fc1.weight"), 2, 0, config.mlp),
            image: side(cells).saturating_mul(patch),
            patch,
            output: view.size("visual_projection.weight", 2, 0, config.output),
        };
        (config, ())
    }

    fn is_unused(name: &str) -> bool {
        ["text_model.", "text_projection.", "logit_scale"].iter().any(|part| name.starts_with(part))
            || name.ends_with("position_ids")
    }

    fn problem(config: &ClipConfig) -> Option<String> {
        heads(config.width, config.head_size)
            .err()
            .or_else(|| (config.patch < 1).then(|| "a patch has no pixel".to_owned()))
    }

    fn build(config: ClipConfig, (): (), parameters: &mut Parameters<'_>) -> Result<Self, Error> {
        let ClipConfig { width, layers, head_size, mlp, image, patch, output } = config;
        let cells = (image / patch).saturating_pow(2);
        let name = "vision_model.embeddings";
        let class = parameters.tensor(&format!("{name}.class_embedding"), &[width])?;
        let patches =
            parameters.tensor(&format!("{name}.patch_embedding.weight"), &[width, 3, patch, patch])?;
        let positions =
            parameters.tensor(&format!("{name}.position_embedding.weight"), &[cells + 1, width])?;
        let first_norm = Norm::new(parameters, "vision_model.pre_layrnorm", width, EPSILON)?;
        let mut blocks = Vec::new();
        for layer in 0..layers {
            let name = format!("vision_model.encoder.layers.{layer}");
            let maps = [format!("{name}.mlp.fc1"), format!("{name}.mlp.fc2")];
            blocks.push(Block {
                attention_norm: Norm::new(parameters, &format!("{name}.layer_norm1"), width, EPSILON)?,
                attention: Attention::apart(
                    parameters,
                    &format!("{name}.self_attn"),
                    width,
                    width / head_size,
                )?,
                mlp_norm: Norm::new(parameters, &format!("{name}.layer_norm2"), width, EPSILON)?,
                mlp: Mlp::new(parameters, [&maps[0], &maps[1]], width, mlp, Activation::QuickGelu)?,
            });
        }
        let last_norm = Norm::new(parameters, "vision_model.post_layernorm", width, EPSILON)?;
        let projection = Linear::without_bias(parameters, "visual_projection", width, output)?;
        let transformer = VisionTransformer { class, positions, first_norm, blocks, last_norm, projection };
        Ok(Self { config, placement: parameters.placement(), patches, transformer })
    }
}
