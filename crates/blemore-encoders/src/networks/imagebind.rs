//! The vision branch of ImageBind (Girdhar et al. 2023; `imagebind_huge.pth`).

use tch::{Tensor, no_grad};

use super::blocks::{Activation, Attention, Block, Linear, Mlp, Norm, heads, placed, returned, side};
use super::parameters::{Network, Parameters, Placement, View};
use super::vision::VisionTransformer;
use crate::{Error, WeightFile};

/// Sizes of ImageBind's vision branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageBindConfig {
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
    /// Frames of a patch: a picture is repeated so many times.
    pub frames: i64,
    /// Width of the output.
    pub output: i64,
}

impl ImageBindConfig {
    /// The published model, "huge".
    pub const HUGE: Self = Self {
        width: 1280,
        layers: 32,
        head_size: 80,
        mlp: 5120,
        image: 224,
        patch: 14,
        frames: 2,
        output: 1024,
    };
}

/// Variance that all norms add.
const EPSILON: f64 = 1e-6;
/// Least norm that an output is divided by.
const LEAST_NORM: f64 = 1e-12;
const STEM: &str = "modality_preprocessors.vision.rgbt_stem.proj.1.weight";
const POSITIONS: &str = "modality_preprocessors.vision.pos_embedding_helper.pos_embed";
const TRUNK: &str = "modality_trunks.vision";

/// ImageBind's vision branch: pictures to unit vectors in the space that all its senses share.
#[derive(Debug)]
pub struct ImageBind {
    config: ImageBindConfig,
    placement: Placement,
    patches: Tensor,
    transformer: VisionTransformer,
}

impl ImageBind {
    /// Reads `imagebind_huge.pth`, of which only the vision branch is taken. Sizes are those of its tensors; the size of
    /// a head is taken from `config`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`], [`Error::Weights`] with all faults, and those of [`WeightFile::read`].
    pub fn load(
        config: &ImageBindConfig,
        file: &mut WeightFile,
        placement: Placement,
    ) -> Result<Self, Error> {
        Self::of_file(config, file, placement)
    }

    /// A network with made-up weights, to try things out.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn random(config: &ImageBindConfig, seed: u64, placement: Placement) -> Result<Self, Error> {
        Self::of_seed(*config, seed, placement)
    }

    /// Its sizes.
    pub fn config(&self) -> &ImageBindConfig {
        &self.config
    }

    /// Pictures `(B, 3, S, S)`, normalised, to features `(B, D)` of length 1.
    ///
    /// # Errors
    /// [`Error::Torch`], for pictures of another size too.
    pub fn forward(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| {
            let features = self.head(pictures)?;
            let norm = features.f_norm_scalaropt_dim(2, [1_i64], true)?.f_clamp_min(LEAST_NORM)?;
            returned(&features.f_div(&norm)?)
        })
    }

    /// The features before they are scaled to length 1.
    fn head(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        let ImageBindConfig { patch, frames, .. } = self.config;
        let clips = placed(pictures, self.placement)?.f_unsqueeze(2)?.f_repeat([1, 1, frames, 1, 1])?;
        let patches =
            clips.f_conv3d::<Tensor>(&self.patches, None, [frames, patch, patch], [0; 3], [1; 3], 1)?;
        self.transformer.forward(&patches.f_flatten(2, 4)?.f_transpose(1, 2)?)
    }
}

impl Network for ImageBind {
    type Config = ImageBindConfig;
    type Names = ();

    const FAMILIES: &'static [(&'static str, ())] = &[(STEM, ())];

    fn title(_: &ImageBindConfig) -> &'static str {
        "ImageBind"
    }

    fn sizes(config: &ImageBindConfig, (): (), view: &View<'_>) -> (ImageBindConfig, ()) {
        let patch = view.size(STEM, 5, 4, config.patch);
        let cells = view.size(POSITIONS, 3, 1, (config.image / config.patch).pow(2) + 1) - 1;
        let stem = format!("{TRUNK}.blocks.");
        let config = ImageBindConfig {
            width: view.size(STEM, 5, 0, config.width),
            layers: view.layers(&stem, config.layers),
            head_size: config.head_size,
            mlp: view.size(&format!("{stem}0.mlp.fc1.weight"), 2, 0, config.mlp),
            image: side(cells).saturating_mul(patch),
            patch,
            frames: view.size(STEM, 5, 2, config.frames),
            output: view.size("modality_heads.vision.2.weight", 2, 0, config.output),
        };
        (config, ())
    }

    /// The file holds six senses.
    fn is_unused(name: &str) -> bool {
        let own = ["modality_preprocessors.vision.", "modality_trunks.vision.", "modality_heads.vision."];
        !own.iter().any(|part| name.starts_with(part))
    }

    fn problem(config: &ImageBindConfig) -> Option<String> {
        let empty = config.patch < 1 || config.frames < 1;
        heads(config.width, config.head_size)
            .err()
            .or_else(|| empty.then(|| "a patch has no pixel".to_owned()))
    }

    fn build(config: ImageBindConfig, (): (), parameters: &mut Parameters<'_>) -> Result<Self, Error> {
        let ImageBindConfig { width, layers, head_size, mlp, image, patch, frames, output } = config;
        let cells = (image / patch).saturating_pow(2);
        let class = parameters.tensor("modality_preprocessors.vision.cls_token", &[1, 1, width])?;
        let patches = parameters.tensor(STEM, &[width, 3, frames, patch, patch])?;
        let positions = parameters.tensor(POSITIONS, &[1, cells + 1, width])?;
        let first_norm = Norm::new(parameters, &format!("{TRUNK}.pre_transformer_layer.0"), width, EPSILON)?;
        let mut blocks = Vec::new();
        for layer in 0..layers {
            let name = format!("{TRUNK}.blocks.{layer}");
            let maps = [format!("{name}.mlp.fc1"), format!("{name}.mlp.fc2")];
            blocks.push(Block {
                attention_norm: Norm::new(parameters, &format!("{name}.norm_1"), width, EPSILON)?,
                attention: Attention::fused(parameters, &format!("{name}.attn"), width, width / head_size)?,
                mlp_norm: Norm::new(parameters, &format!("{name}.norm_2"), width, EPSILON)?,
                mlp: Mlp::new(parameters, [&maps[0], &maps[1]], width, mlp, Activation::Gelu)?,
            });
        }
        let last_norm = Norm::new(parameters, "modality_heads.vision.0", width, EPSILON)?;
        let projection = Linear::without_bias(parameters, "modality_heads.vision.2", width, output)?;
        let transformer = VisionTransformer { class, positions, first_norm, blocks, last_norm, projection };
        Ok(Self { config, placement: parameters.placement(), patches, transformer })
    }
}
