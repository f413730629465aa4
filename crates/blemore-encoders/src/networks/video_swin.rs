//! Video Swin as torchvision has it (Liu et al. 2022; `swin3d_t`, `swin3d_s`, `swin3d_b`).

use tch::{Kind, Tensor, no_grad};

use super::blocks::{Activation, Attention, Block, Linear, MAX_WIDTH, Mlp, Norm, Patches, placed, returned};
use super::parameters::{Network, Parameters, Placement, View};
use crate::{Error, WeightFile};

/// Sizes of a Video Swin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoSwinConfig {
    /// Frames, rows and columns of a patch, in pixels.
    pub patch: [i64; 3],
    /// Width of the first stage's tokens; each further stage has twice the width.
    pub width: i64,
    /// Blocks and attention heads of each stage.
    pub stages: Vec<[i64; 2]>,
    /// Largest window of attention, in tokens of frames, rows and columns, which no tensor's shape tells.
    pub window: [i64; 3],
    /// Width between the two linear maps of a block, of its width.
    pub mlp_ratio: i64,
}

impl VideoSwinConfig {
    fn published(width: i64, blocks: i64, heads: i64) -> Self {
        let stages = [2, 2, blocks, 2].into_iter().zip([1, 2, 4, 8]);
        Self {
            patch: [2, 4, 4],
            width,
            stages: stages.map(|(blocks, times)| [blocks, heads * times]).collect(),
            window: [8, 7, 7],
            mlp_ratio: 4,
        }
    }

    /// `swin3d_t`: features of width 768.
    pub fn tiny() -> Self {
        Self::published(96, 6, 3)
    }

    /// `swin3d_s`: features of width 768.
    pub fn small() -> Self {
        Self::published(96, 18, 3)
    }

    /// `swin3d_b`: features of width 1024.
    pub fn base() -> Self {
        Self::published(128, 18, 4)
    }

    /// Width of a stage.
    fn width_of(&self, stage: usize) -> i64 {
        (0..stage).fold(self.width, |width, _| width.saturating_mul(2))
    }

    /// Rows of a table of relative places.
    fn relations(&self) -> i64 {
        self.window.iter().map(|size| size.saturating_mul(2) - 1).fold(1, i64::saturating_mul)
    }
}

/// Variance that all norms add.
const EPSILON: f64 = 1e-5;
/// What is added to the score of two tokens that a turned map has brought together.
const MASKED: f32 = -100.0;

/// Video Swin before its head: clips to the mean of their last tokens.
#[derive(Debug)]
pub struct VideoSwin {
    config: VideoSwinConfig,
    placement: Placement,
    patches: Patches,
    patch_norm: Norm,
    stages: Vec<Stage>,
    norm: Norm,
}

#[derive(Debug)]
struct Stage {
    /// What leads to this stage; nothing to the first one.
    merging: Option<Merging>,
    blocks: Vec<SwinBlock>,
}

/// Joins each two by two tokens of a frame.
#[derive(Debug)]
struct Merging {
    norm: Norm,
    reduction: Linear,
}

#[derive(Debug)]
struct SwinBlock {
    block: Block,
    /// What is added to scores, by relative place and head.
    table: Tensor,
    /// Whether its windows lie across the borders of those of the block before.
    is_shifted: bool,
}

impl VideoSwin {
    /// Reads a checkpoint of torchvision. Sizes are those of its tensors; the window is taken from `config`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`], [`Error::Weights`] with all faults, and those of [`WeightFile::read`].
    pub fn load(
        config: &VideoSwinConfig,
        file: &mut WeightFile,
        placement: Placement,
    ) -> Result<Self, Error> {
        Self::of_file(config, file, placement)
    }

    /// A network with made-up weights, to try things out.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn random(config: &VideoSwinConfig, seed: u64, placement: Placement) -> Result<Self, Error> {
        Self::of_seed(config.clone(), seed, placement)
    }

    /// Its sizes.
    pub fn config(&self) -> &VideoSwinConfig {
        &self.config
    }

    /// Clips `(B, 3, T, H, W)` of any size, normalised, to features `(B, D)`. One clip is computed after the other: each
    /// has windows enough to keep a processor busy.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn forward(&self, clips: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| {
            let clips = placed(clips, self.placement)?.f_unbind(0)?;
            let rows =
                clips.iter().map(|clip| self.row(&clip.f_unsqueeze(0)?)).collect::<Result<Vec<_>, _>>()?;
            returned(&Tensor::f_cat(&rows, 0)?)
        })
    }

    /// A clip `(1, 3, T, H, W)` to its features `(1, D)`.
    fn row(&self, clip: &Tensor) -> Result<Tensor, Error> {
        let size = &clip.size()[2..];
        let [frames, rows, columns]: [i64; 3] =
            std::array::from_fn(|dimension| missing(size[dimension], self.config.patch[dimension]));
        let clip = clip.f_constant_pad_nd([0, columns, 0, rows, 0, frames])?;
        // Maps of tokens are (T, H, W, D).
        let mut map = self.patches.forward(&clip)?.f_squeeze_dim(0)?.f_permute([1, 2, 3, 0])?;
        map = self.patch_norm.forward(&map)?;
        for stage in &self.stages {
            if let Some(merging) = &stage.merging {
                map = merging.forward(&map)?;
            }
            for block in &stage.blocks {
                map = block.forward(&map, self.config.window)?;
            }
        }
        let tokens = self.norm.forward(&map)?.f_flatten(0, 2)?;
        Ok(tokens.f_mean_dim(0, true, None::<Kind>)?)
    }
}

/// What a length lacks to be a multiple of `unit`.
fn missing(length: i64, unit: i64) -> i64 {
    (unit - length % unit) % unit
}

impl Merging {
    fn forward(&self, map: &Tensor) -> Result<Tensor, Error> {
        let size = map.size();
        let map = map.f_constant_pad_nd([0, 0, 0, size[2] % 2, 0, size[1] % 2])?;
        let parts = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(row, column)| {
            map.f_slice(1, row, None, 2).and_then(|rows| rows.f_slice(2, column, None, 2))
        });
        let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.reduction.forward(&self.norm.forward(&Tensor::f_cat(&parts, -1)?)?)
    }
}

impl SwinBlock {
    fn forward(&self, map: &Tensor, window: [i64; 3]) -> Result<Tensor, Error> {
        self.block.forward_with(map, |attention, normed| {
            let size: [i64; 3] = std::array::from_fn(|dimension| normed.size()[dimension]);
            let windows = Windows::of(size, window, self.is_shifted);
            windows.attend(attention, &self.bias(window, windows.size)?, normed)
        })
    }

    /// What is added to the scores of a window's tokens: `(heads, V, V)`. In a window smaller than the largest one the
    /// tokens take the relative places of the first tokens of the largest one, as torchvision has it.
    fn bias(&self, largest: [i64; 3], size: [i64; 3]) -> Result<Tensor, Error> {
        let count: i64 = size.iter().product();
        let [_, rows, columns] = largest;
        let place = |token: i64| [token / (rows * columns), token / columns % rows, token % columns];
        let mut index = Vec::new();
        for first in (0..count).map(place) {
            for second in (0..count).map(place) {
                index.push((0..3).fold(0, |index, dimension| {
                    let relative = first[dimension] - second[dimension] + largest[dimension] - 1;
                    index * (2 * largest[dimension] - 1) + relative
                }));
            }
        }
        let index = Tensor::f_from_slice(&index)?.f_to_device(self.table.device())?;
        Ok(self
            .table
            .f_index_select(0, &index)?
            .f_view([count, count, -1])?
            .f_permute([2, 0, 1])?
            .f_contiguous()?)
    }
}

/// How a map is cut into windows.
struct Windows {
    /// The map.
    map: [i64; 3],
    /// A window: no larger than the map.
    size: [i64; 3],
    /// How far the map is turned before it is cut.
    shift: [i64; 3],
}

impl Windows {
    fn of(map: [i64; 3], largest: [i64; 3], is_shifted: bool) -> Self {
        let fits = |dimension: usize| map[dimension] <= largest[dimension];
        let size = std::array::from_fn(|one| if fits(one) { map[one] } else { largest[one] });
        let shift = std::array::from_fn(|one| if fits(one) || !is_shifted { 0 } else { largest[one] / 2 });
        Self { map, size, shift }
    }

    /// Attention within each window of a map `(T, H, W, D)`. Zeros that fill the map up to whole windows take part.
    fn attend(&self, attention: &Attention, bias: &Tensor, map: &Tensor) -> Result<Tensor, Error> {
        let Self { map: [frames, rows, columns], size, shift } = *self;
        let [more_frames, more_rows, more_columns] =
            std::array::from_fn(|one| missing(self.map[one], size[one]));
        let mut map = map.f_constant_pad_nd([0, 0, 0, more_columns, 0, more_rows, 0, more_frames])?;
        let is_turned = shift.iter().any(|shift| *shift > 0);
        if is_turned {
            map = map.f_roll(shift.map(|shift| -shift), [0, 1, 2])?;
        }
        let mixed = map.f_empty_like()?;
        // A turned map meets its other end in the last windows alone: these have masks, one for each combination.
        for last in 0..8 {
            let is_last = [last & 4 > 0, last & 2 > 0, last & 1 > 0];
            let mut spans = [(0, 0); 3];
            for one in 0..3 {
                let (whole, start) = (map.size()[one], map.size()[one] - size[one]);
                spans[one] = match (shift[one] > 0, is_last[one]) {
                    (false, false) => (0, whole),
                    (true, false) => (0, start),
                    (true, true) => (start, size[one]),
                    (false, true) => (0, 0),
                };
            }
            if spans.iter().any(|(_, length)| *length == 0) {
                continue;
            }
            let part = |map: &Tensor| -> Result<Tensor, Error> {
                let [frames, rows, columns] = spans;
                let map = map.f_narrow(0, frames.0, frames.1)?.f_narrow(1, rows.0, rows.1)?;
                Ok(map.f_narrow(2, columns.0, columns.1)?)
            };
            let bias = match last {
                0 => bias.shallow_clone(),
                _ => bias.f_add(&self.mask(is_last, bias)?)?,
            };
            let tokens = attention.forward(&self.cut(&part(&map)?)?, Some(&bias.f_unsqueeze(0)?))?;
            part(&mixed)?.f_copy_(&self.joined(&tokens, spans.map(|(_, length)| length))?)?;
        }
        let mixed = if is_turned { mixed.f_roll(shift, [0, 1, 2])? } else { mixed };
        Ok(mixed.f_narrow(0, 0, frames)?.f_narrow(1, 0, rows)?.f_narrow(2, 0, columns)?)
    }

    /// A map of whole windows to their tokens `(N, V, D)`.
    fn cut(&self, map: &Tensor) -> Result<Tensor, Error> {
        let ([frames, rows, columns], size) = (self.size, map.size());
        let windows = map.f_reshape([
            size[0] / frames,
            frames,
            size[1] / rows,
            rows,
            size[2] / columns,
            columns,
            size[3],
        ])?;
        let windows = windows.f_permute([0, 2, 4, 1, 3, 5, 6])?;
        Ok(windows.f_reshape([-1, frames * rows * columns, size[3]])?)
    }

    /// Back from tokens to a map of this size.
    fn joined(&self, tokens: &Tensor, map: [i64; 3]) -> Result<Tensor, Error> {
        let [frames, rows, columns] = self.size;
        let width = tokens.size()[2];
        let [many, high, wide] = std::array::from_fn(|one| map[one] / self.size[one]);
        let windows = tokens.f_view(&[many, high, wide, frames, rows, columns, width][..])?;
        Ok(windows.f_permute([0, 3, 1, 4, 2, 5, 6])?.f_reshape([map[0], map[1], map[2], width])?)
    }

    /// Of the last windows in some dimensions: what is added to the scores of tokens from both ends of the map.
    fn mask(&self, is_last: [bool; 3], like: &Tensor) -> Result<Tensor, Error> {
        let [_, rows, columns] = self.size;
        let count: i64 = self.size.iter().product();
        let region = |token: i64| {
            let place = [token / (rows * columns), token / columns % rows, token % columns];
            let is_from_start = |one: usize| is_last[one] && place[one] >= self.size[one] - self.shift[one];
            [0, 1, 2].map(is_from_start)
        };
        let mask: Vec<f32> = (0..count)
            .flat_map(|first| (0..count).map(move |second| (first, second)))
            .map(|(first, second)| if region(first) == region(second) { 0.0 } else { MASKED })
            .collect();
        let mask = Tensor::f_from_slice(&mask)?.f_view([count, count])?;
        Ok(mask.f_to_device(like.device())?.f_to_kind(like.kind())?)
    }
}

impl Network for VideoSwin {
    type Config = VideoSwinConfig;
    type Names = ();

    const FAMILIES: &'static [(&'static str, ())] = &[("features.0.0.attn.relative_position_bias_table", ())];

    fn title(_: &VideoSwinConfig) -> &'static str {
        "Video Swin"
    }

    fn sizes(config: &VideoSwinConfig, (): (), view: &View<'_>) -> (VideoSwinConfig, ()) {
        let patches = "patch_embed.proj.weight";
        // Stages are at even numbers, and what is between two of them at odd ones.
        let stages = view.layers("features.", 2 * config.stages.len() as i64 - 1) / 2 + 1;
        let stages = (0..stages as usize).map(|stage| {
            let name = format!("features.{}.", 2 * stage);
            let [blocks, heads] = config.stages.get(stage).copied().unwrap_or([1, 1]);
            let table = format!("{name}0.attn.relative_position_bias_table");
            [view.layers(&name, blocks), view.size(&table, 2, 1, heads)]
        });
        let stages = stages.collect();
        let width = view.size(patches, 5, 0, config.width);
        let mlp = view.size("features.0.0.mlp.0.weight", 2, 0, width.saturating_mul(config.mlp_ratio));
        let config = VideoSwinConfig {
            patch: [2, 3, 4].map(|one| view.size(patches, 5, one, config.patch[one - 2])),
            width,
            stages,
            window: config.window,
            mlp_ratio: mlp / width.max(1),
        };
        (config, ())
    }

    /// The head, of which there is one for each set of classes, and indexes that follow from the window.
    fn is_unused(name: &str) -> bool {
        name.starts_with("head.") || name.ends_with(".attn.relative_position_index")
    }

    fn problem(config: &VideoSwinConfig) -> Option<String> {
        if config.patch.iter().chain(&config.window).any(|size| *size < 1) {
            return Some("a patch or a window has no pixel".to_owned());
        }
        let mut stages = config.stages.iter().enumerate();
        stages.find_map(|(stage, [_, heads])| {
            let width = config.width_of(stage);
            let fits = *heads > 0 && (1..=MAX_WIDTH).contains(&width) && width % heads == 0;
            (!fits).then(|| format!("a width of {width} cannot be cut into {heads} heads"))
        })
    }

    fn build(config: VideoSwinConfig, (): (), parameters: &mut Parameters<'_>) -> Result<Self, Error> {
        let patches = Patches::new(parameters, "patch_embed.proj", config.width, config.patch)?;
        let patch_norm = Norm::new(parameters, "patch_embed.norm", config.width, EPSILON)?;
        let mut stages = Vec::new();
        for (stage, [count, heads]) in config.stages.iter().enumerate() {
            let (width, before) = (config.width_of(stage), config.width_of(stage.saturating_sub(1)));
            let merging = if stage == 0 {
                None
            } else {
                let name = format!("features.{}", 2 * stage - 1);
                let norm = Norm::new(parameters, &format!("{name}.norm"), before.saturating_mul(4), EPSILON)?;
                let name = format!("{name}.reduction");
                let reduction = Linear::without_bias(parameters, &name, before.saturating_mul(4), width)?;
                Some(Merging { norm, reduction })
            };
            let mut blocks = Vec::new();
            for number in 0..*count {
                let name = format!("features.{}.{number}", 2 * stage);
                let maps = [format!("{name}.mlp.0"), format!("{name}.mlp.3")];
                let hidden = width.saturating_mul(config.mlp_ratio);
                let block = Block {
                    attention_norm: Norm::new(parameters, &format!("{name}.norm1"), width, EPSILON)?,
                    attention: Attention::joined(parameters, &format!("{name}.attn"), width, *heads)?,
                    mlp_norm: Norm::new(parameters, &format!("{name}.norm2"), width, EPSILON)?,
                    mlp: Mlp::new(parameters, [&maps[0], &maps[1]], width, hidden, Activation::Gelu)?,
                };
                let table = parameters.tensor(
                    &format!("{name}.attn.relative_position_bias_table"),
                    &[config.relations(), *heads],
                )?;
                blocks.push(SwinBlock { block, table, is_shifted: number % 2 == 1 });
            }
            stages.push(Stage { merging, blocks });
        }
        let last = config.width_of(config.stages.len().saturating_sub(1));
        let norm = Norm::new(parameters, "norm", last, EPSILON)?;
        Ok(Self { config, placement: parameters.placement(), patches, patch_norm, stages, norm })
    }
}
