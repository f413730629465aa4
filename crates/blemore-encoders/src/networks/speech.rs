//! HuBERT Large and WavLM Large: seven convolutions over the waveform, a positional convolution, and blocks
//! (Hsu et al. 2021; Chen et al. 2022). WavLM adds gated relative positions to its attention.

use std::path::PathBuf;

use blemore_features::Layer;
use tch::{Tensor, no_grad};

use super::blocks::{Activation, Attention, Block, Linear, Mlp, Norm, heads, placed, returned};
use super::parameters::{Network, Parameters, Placement, View};
use crate::{Error, WeightFile};

/// Number of convolutions.
const CONVOLUTIONS: usize = 7;
/// Samples that each convolution looks at, and by how many it steps.
const KERNELS: [i64; CONVOLUTIONS] = [10, 3, 3, 3, 3, 2, 2];
const STRIDES: [i64; CONVOLUTIONS] = [5, 2, 2, 2, 2, 2, 2];
/// Variance that all norms add.
const EPSILON: f64 = 1e-5;
/// Numbers that WavLM's gate computes per head and token: two sums of four.
const GATES: [i64; 2] = [2, 4];

/// Sizes of a speech network whose convolutions have layer norms and whose blocks have their norms first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechConfig {
    /// Width of the tokens.
    pub width: i64,
    /// Number of blocks.
    pub layers: i64,
    /// Width of one attention head, which no tensor's shape tells.
    pub head_size: i64,
    /// Width between the two linear maps of a block.
    pub mlp: i64,
    /// Channels of the convolutions.
    pub channels: i64,
    /// Whether the convolutions have a bias.
    pub convolution_bias: bool,
    /// Tokens that the positional convolution looks at.
    pub positional_kernel: i64,
    /// Groups of channels of the positional convolution.
    pub positional_groups: i64,
    /// Relative positions in the attention, which WavLM has.
    pub relative: Option<Relative>,
}

impl SpeechConfig {
    /// `hubert_large_ll60k`.
    pub const HUBERT_LARGE: Self = Self {
        width: 1024,
        layers: 24,
        head_size: 64,
        mlp: 4096,
        channels: 512,
        convolution_bias: false,
        positional_kernel: 128,
        positional_groups: 16,
        relative: None,
    };

    /// `wavlm_large`.
    pub const WAVLM_LARGE: Self =
        Self { relative: Some(Relative { buckets: 320, max_distance: 800 }), ..Self::HUBERT_LARGE };

    /// Memory that a sound of so many samples takes beside the weights, about: three times the output of the first
    /// convolution, or with relative positions four times the scores of a block, whichever is more.
    pub(crate) fn working_bytes(&self, samples: usize) -> u64 {
        let value = size_of::<f32>() as u64;
        let convolution = 3 * (samples as u64 / STRIDES[0] as u64) * self.channels as u64 * value;
        let heads = (self.width / self.head_size.max(1)) as u64;
        let copies = if self.relative.is_some() { 4 } else { 1 };
        convolution.max(copies * (Self::rows(samples) as u64).pow(2) * heads * value)
    }

    /// Rows of features of a sound of so many samples at 16 kHz: one per 320 samples, from 400 samples on.
    ///
    /// ```
    /// use blemore_encoders::SpeechConfig;
    /// assert_eq!([399, 400, 16_000].map(SpeechConfig::rows), [0, 1, 49]);
    /// ```
    pub fn rows(samples: usize) -> usize {
        let convolutions = KERNELS.iter().zip(STRIDES);
        convolutions.fold(samples, |length, (kernel, stride)| {
            length.checked_sub(*kernel as usize).map_or(0, |rest| rest / stride as usize + 1)
        })
    }
}

/// How WavLM sorts the distances of tokens into buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Number of buckets, half of them for keys after the query.
    pub buckets: i64,
    /// From this distance on all share the last bucket, which no tensor's shape tells.
    pub max_distance: i64,
}

impl Relative {
    /// The bucket of a key so many tokens after the query (negative: before it).
    pub fn bucket(&self, distance: i64) -> i64 {
        let half = self.buckets / 2;
        let exact = half / 2;
        let first = if distance > 0 { half } else { 0 };
        let distance = distance.saturating_abs();
        if distance < exact {
            return first + distance;
        }
        // The published code computes this in f32.
        let logarithm = f64::from(distance as f32 / exact as f32).ln() as f32;
        let scale = (self.max_distance as f64 / exact as f64).ln() as f32;
        let bucket = exact as f32 + logarithm / scale * (half - exact) as f32;
        first + (bucket as i64).min(half - 1)
    }

    /// The bucket's weights of every head for all pairs of tokens, `(heads, T, T)`, of a table `(buckets, heads)`.
    fn bias(&self, table: &Tensor, count: i64) -> Result<Tensor, Error> {
        let buckets: Vec<i64> = (1 - count..count).map(|distance| self.bucket(distance)).collect();
        let buckets = Tensor::f_from_slice(&buckets)?.f_to_device(table.device())?;
        let by_distance = table.f_index_select(0, &buckets)?.f_transpose(0, 1)?;
        // Row s of all windows starts at distance s - (T - 1): it is that of query T - 1 - s.
        Ok(by_distance.f_unfold(1, count, 1)?.f_flip([1])?)
    }
}

/// The names of the tensors of a family of files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    convolution: &'static str,
    convolution_norm: &'static str,
    input_norm: &'static str,
    projection: &'static str,
    positional: &'static str,
    /// Length and direction of the positional weights.
    weight_norm: [&'static str; 2],
    attention: &'static str,
    attention_norm: &'static str,
    maps: [&'static str; 2],
    gate: &'static str,
    gate_scale: &'static str,
    relative: &'static str,
}

/// fairseq's names, which s3prl and Microsoft's WavLM have too.
const FAIRSEQ: Names = Names {
    convolution: "0",
    convolution_norm: "2.1",
    input_norm: "layer_norm",
    projection: "post_extract_proj",
    positional: "encoder.pos_conv.0",
    weight_norm: ["weight_g", "weight_v"],
    attention: "self_attn",
    attention_norm: "self_attn_layer_norm",
    maps: ["fc1", "fc2"],
    gate: "self_attn.grep_linear",
    gate_scale: "self_attn.grep_a",
    relative: "self_attn.relative_attention_bias.weight",
};

/// Hugging Face's names.
const HUGGING_FACE: Names = Names {
    convolution: "conv",
    convolution_norm: "layer_norm",
    input_norm: "feature_projection.layer_norm",
    projection: "feature_projection.projection",
    positional: "encoder.pos_conv_embed.conv",
    weight_norm: ["weight_g", "weight_v"],
    attention: "attention",
    attention_norm: "layer_norm",
    maps: ["feed_forward.intermediate_dense", "feed_forward.output_dense"],
    gate: "attention.gru_rel_pos_linear",
    gate_scale: "attention.gru_rel_pos_const",
    relative: "attention.rel_attn_embed.weight",
};

/// What newer versions of PyTorch call length and direction.
const PARAMETRIZED: [&str; 2] = ["parametrizations.weight.original0", "parametrizations.weight.original1"];

/// HuBERT or WavLM: a waveform to one row of features per 20 ms.
#[derive(Debug)]
pub struct Speech {
    config: SpeechConfig,
    placement: Placement,
    convolutions: Vec<Convolution>,
    input_norm: Norm,
    projection: Linear,
    positional: Positional,
    blocks: Vec<(Block, Option<Gate>)>,
    relative: Option<(Relative, Tensor)>,
    last_norm: Norm,
}

/// A convolution over time with its norm.
#[derive(Debug)]
struct Convolution {
    weight: Tensor,
    bias: Option<Tensor>,
    stride: i64,
    norm: Norm,
}

impl Convolution {
    /// Of `(1, C, T)`.
    fn forward(&self, sound: &Tensor) -> Result<Tensor, Error> {
        let sound = sound.f_conv1d(&self.weight, self.bias.as_ref(), self.stride, 0, 1, 1)?;
        let normed = self.norm.forward(&sound.f_transpose(1, 2)?)?;
        drop(sound);
        Ok(normed.f_transpose(1, 2)?.f_gelu_("none")?)
    }
}

/// The convolution that tells tokens their places.
#[derive(Debug)]
struct Positional {
    weight: Tensor,
    bias: Tensor,
    kernel: i64,
    groups: i64,
}

impl Positional {
    fn new(parameters: &mut Parameters<'_>, names: &Names, config: &SpeechConfig) -> Result<Self, Error> {
        let SpeechConfig { width, positional_kernel: kernel, positional_groups: groups, .. } = *config;
        let [length, direction] = names.weight_norm.map(|part| format!("{}.{part}", names.positional));
        let length = parameters.tensor(&length, &[1, 1, kernel])?;
        let direction = parameters.tensor(&direction, &[width, width / groups, kernel])?;
        let weight = match parameters.has_values() {
            true => Tensor::f_internal_weight_norm(&direction, &length, 2)?,
            false => direction,
        };
        Ok(Self {
            weight,
            bias: parameters.tensor(&format!("{}.bias", names.positional), &[width])?,
            kernel,
            groups,
        })
    }

    /// Tokens `(1, T, D)` with their places added.
    fn forward(&self, tokens: &Tensor) -> Result<Tensor, Error> {
        let count = tokens.size3()?.1;
        let padding = self.kernel / 2;
        let bias = Some(&self.bias);
        let places = tokens.f_transpose(1, 2)?.f_conv1d(&self.weight, bias, 1, padding, 1, self.groups)?;
        // An even kernel gives one more.
        let mut places = places.f_narrow(2, 0, count)?.f_gelu("none")?.f_transpose(1, 2)?;
        Ok(places.f_add_(tokens)?)
    }
}

/// How much a block of WavLM heeds relative positions, by the token.
#[derive(Debug)]
struct Gate {
    map: Linear,
    scale: Tensor,
}

impl Gate {
    /// The bias of the scores `(1, heads, T, T)`, of normed tokens `(1, T, D)`.
    fn forward(&self, normed: &Tensor, bias: &Tensor) -> Result<Tensor, Error> {
        let (batch, count, width) = normed.size3()?;
        let heads = bias.size3()?.0;
        let [sums, summands] = GATES;
        let by_head = normed.f_view([batch, count, heads, width / heads])?.f_transpose(1, 2)?;
        let gates = self.map.forward(&by_head)?.f_view([batch, heads, count, sums, summands])?;
        let gates = gates.f_sum_dim_intlist([-1_i64].as_slice(), false, None)?.f_sigmoid()?;
        let (first, second) = (gates.f_narrow(3, 0, 1)?, gates.f_narrow(3, 1, 1)?);
        let gate = second.f_mul(&self.scale)?.f_sub_scalar(1.0)?.f_mul(&first)?.f_add_scalar(2.0)?;
        Ok(gate.f_mul(bias)?)
    }
}

impl Speech {
    /// Reads a checkpoint of s3prl, fairseq, Microsoft or Hugging Face. Sizes are those of its tensors; the size of a head
    /// and the largest distance are taken from `config`.
    ///
    /// # Errors
    /// [`Error::OtherNetwork`], [`Error::Weights`] with all faults, and those of [`WeightFile::read`].
    pub fn load(config: &SpeechConfig, file: &mut WeightFile, placement: Placement) -> Result<Self, Error> {
        Self::of_file(config, file, placement)
    }

    /// A network with made-up weights, to try things out.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn random(config: &SpeechConfig, seed: u64, placement: Placement) -> Result<Self, Error> {
        Self::of_seed(*config, seed, placement)
    }

    /// Its sizes.
    pub fn config(&self) -> &SpeechConfig {
        &self.config
    }

    /// A sound `(N)` of 16,000 samples per second, normalised over the file, to features `(T, D)`.
    ///
    /// Without a layer these are the last hidden states, after the final norm. Layers are counted as s3prl and Hugging
    /// Face count them: 0 is the input of the first block, n the output of block n, and the last the same as without a
    /// layer. The mean is over all of these.
    ///
    /// # Errors
    /// [`Error::TooShort`] below 400 samples, [`Error::NoSuchLayer`], [`Error::Torch`].
    pub fn forward(&self, sound: &Tensor, layer: Option<Layer>) -> Result<Tensor, Error> {
        let samples = sound.numel();
        if SpeechConfig::rows(samples) == 0 {
            return Err(Error::TooShort { path: PathBuf::new(), samples });
        }
        let layers = self.blocks.len();
        if let Some(Layer::Index(index)) = layer
            && index > layers
        {
            return Err(Error::NoSuchLayer { index, layers });
        }
        no_grad(|| returned(&self.states(sound, layer)?.f_squeeze_dim(0)?))
    }

    fn states(&self, sound: &Tensor, layer: Option<Layer>) -> Result<Tensor, Error> {
        let mut tokens = self.positional.forward(&self.tokens(sound)?)?;
        let bias = match &self.relative {
            Some((relative, table)) => Some(relative.bias(table, tokens.size3()?.1)?),
            None => None,
        };
        let mut sum = (layer == Some(Layer::Mean)).then(|| tokens.f_zeros_like()).transpose()?;
        for (number, (block, gate)) in self.blocks.iter().enumerate() {
            if layer == Some(Layer::Index(number)) {
                return Ok(tokens);
            }
            if let Some(sum) = &mut sum {
                let _ = sum.f_add_(&tokens)?;
            }
            tokens = block.forward_with(&tokens, |attention, normed| match (gate, &bias) {
                (Some(gate), Some(bias)) => attention.forward(normed, Some(&gate.forward(normed, bias)?)),
                _ => attention.forward(normed, None),
            })?;
        }
        let last = self.last_norm.forward(&tokens)?;
        match sum {
            Some(mut sum) => Ok(sum.f_add_(&last)?.f_div_scalar(self.blocks.len() as f64 + 1.0)?),
            None => Ok(last),
        }
    }

    /// One token per 20 ms, `(1, T, D)`, before places are added.
    fn tokens(&self, sound: &Tensor) -> Result<Tensor, Error> {
        let mut sound = placed(sound, self.placement)?.f_reshape([1, 1, -1])?;
        for convolution in &self.convolutions {
            sound = convolution.forward(&sound)?;
        }
        self.projection.forward(&self.input_norm.forward(&sound.f_transpose(1, 2)?)?)
    }
}

impl Network for Speech {
    type Config = SpeechConfig;
    type Names = Names;

    const FAMILIES: &'static [(&'static str, Names)] =
        &[("post_extract_proj.weight", FAIRSEQ), ("feature_projection.projection.weight", HUGGING_FACE)];

    fn title(config: &SpeechConfig) -> &'static str {
        if config.relative.is_some() { "WavLM Large" } else { "HuBERT Large" }
    }

    fn sizes(config: &SpeechConfig, mut names: Names, view: &View<'_>) -> (SpeechConfig, Names) {
        if view.has(&format!("{}.{}", names.positional, PARAMETRIZED[0])) {
            names.weight_norm = PARAMETRIZED;
        }
        let projection = format!("{}.weight", names.projection);
        let positional = format!("{}.{}", names.positional, names.weight_norm[1]);
        let stem = "encoder.layers.";
        let width = view.size(&projection, 2, 0, config.width);
        let usual = width / config.positional_groups;
        let relative = config.relative.map(|relative| Relative {
            buckets: view.size(&format!("{stem}0.{}", names.relative), 2, 0, relative.buckets),
            ..relative
        });
        let config = SpeechConfig {
            width,
            layers: view.layers(stem, config.layers),
            head_size: config.head_size,
            mlp: view.size(&format!("{stem}0.{}.weight", names.maps[0]), 2, 0, config.mlp),
            channels: view.size(&projection, 2, 1, config.channels),
            convolution_bias: view
                .has(&format!("feature_extractor.conv_layers.0.{}.bias", names.convolution)),
            positional_kernel: view.size(&positional, 3, 2, config.positional_kernel),
            positional_groups: width / view.size(&positional, 3, 1, usual).max(1),
            relative,
        };
        (config, names)
    }

    /// What training alone needs.
    fn is_unused(name: &str) -> bool {
        ["mask_emb", "masked_spec_embed", "final_proj.", "label_embs_concat"]
            .iter()
            .any(|part| name.starts_with(part))
    }

    fn problem(config: &SpeechConfig) -> Option<String> {
        let groups = config.positional_groups;
        if let Some(relative) = config.relative
            && (relative.buckets < 4 || relative.max_distance <= relative.buckets / 4)
        {
            return Some(format!(
                "{} buckets cannot hold distances up to {}",
                relative.buckets, relative.max_distance
            ));
        }
        let divides = groups > 0 && config.width % groups == 0 && config.positional_kernel > 0;
        heads(config.width, config.head_size).err().or_else(|| {
            (!divides).then(|| format!("a width of {} cannot be cut into {groups} groups", config.width))
        })
    }

    fn build(config: SpeechConfig, names: Names, parameters: &mut Parameters<'_>) -> Result<Self, Error> {
        let SpeechConfig { width, head_size, mlp, channels, .. } = config;
        let heads = width / head_size;
        let mut convolutions = Vec::new();
        for (number, (kernel, stride)) in KERNELS.into_iter().zip(STRIDES).enumerate() {
            let stem = format!("feature_extractor.conv_layers.{number}");
            let name = format!("{stem}.{}", names.convolution);
            let inputs = if number == 0 { 1 } else { channels };
            let weight = parameters.tensor(&format!("{name}.weight"), &[channels, inputs, kernel])?;
            let bias =
                config.convolution_bias.then(|| parameters.tensor(&format!("{name}.bias"), &[channels]));
            let norm =
                Norm::new(parameters, &format!("{stem}.{}", names.convolution_norm), channels, EPSILON);
            convolutions.push(Convolution { weight, bias: bias.transpose()?, stride, norm: norm? });
        }
        let input_norm = Norm::new(parameters, names.input_norm, channels, EPSILON)?;
        let projection = Linear::new(parameters, names.projection, channels, width)?;
        let positional = Positional::new(parameters, &names, &config)?;
        let mut blocks = Vec::new();
        for layer in 0..config.layers {
            let name = |part: &str| format!("encoder.layers.{layer}.{part}");
            let maps = names.maps.map(name);
            let block = Block {
                attention_norm: Norm::new(parameters, &name(names.attention_norm), width, EPSILON)?,
                attention: Attention::apart(parameters, &name(names.attention), width, heads)?,
                mlp_norm: Norm::new(parameters, &name("final_layer_norm"), width, EPSILON)?,
                mlp: Mlp::new(parameters, [&maps[0], &maps[1]], width, mlp, Activation::Gelu)?,
            };
            let gate = match config.relative {
                Some(_) => Some(Gate {
                    map: Linear::new(parameters, &name(names.gate), head_size, GATES.iter().product())?,
                    scale: parameters.tensor(&name(names.gate_scale), &[1, heads, 1, 1])?,
                }),
                None => None,
            };
            blocks.push((block, gate));
        }
        let relative = match config.relative {
            Some(relative) => {
                let name = format!("encoder.layers.0.{}", names.relative);
                Some((relative, parameters.tensor(&name, &[relative.buckets, heads])?))
            }
            None => None,
        };
        Ok(Self {
            config,
            placement: parameters.placement(),
            convolutions,
            input_norm,
            projection,
            positional,
            blocks,
            relative,
            last_norm: Norm::new(parameters, "encoder.layer_norm", width, EPSILON)?,
        })
    }
}
