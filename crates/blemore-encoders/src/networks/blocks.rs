//! What the networks have in common: linear maps, norms, attention and the two-layer network of each block.

use tch::{Kind, Tensor};

use super::parameters::Parameters;
use super::training::Share;
use crate::Error;

/// Widest network that is looked at: what a file says is multiplied further.
pub(crate) const MAX_WIDTH: i64 = 1 << 30;

/// x W^T + b.
#[derive(Debug)]
pub(crate) struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// `NAME.weight` and `NAME.bias`.
    pub(crate) fn new(
        parameters: &mut Parameters<'_>,
        name: &str,
        inputs: i64,
        outputs: i64,
    ) -> Result<Self, Error> {
        let bias = parameters.tensor(&format!("{name}.bias"), &[outputs])?;
        Ok(Self { bias: Some(bias), ..Self::without_bias(parameters, name, inputs, outputs)? })
    }

    /// `NAME.weight`.
    pub(crate) fn without_bias(
        parameters: &mut Parameters<'_>,
        name: &str,
        inputs: i64,
        outputs: i64,
    ) -> Result<Self, Error> {
        Ok(Self { weight: parameters.tensor(&format!("{name}.weight"), &[outputs, inputs])?, bias: None })
    }

    /// Of these tensors.
    pub(crate) fn of(weight: Tensor, bias: Tensor) -> Self {
        Self { weight, bias: Some(bias) }
    }

    /// The same map, with the same memory.
    pub(crate) fn shared(&self) -> Self {
        Self { weight: self.weight.shallow_clone(), bias: self.bias.as_ref().map(Tensor::shallow_clone) }
    }

    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, Error> {
        Ok(input.f_linear(&self.weight, self.bias.as_ref())?)
    }
}

/// The convolution that makes a token of each patch of a clip.
#[derive(Debug)]
pub(crate) struct Patches {
    weight: Tensor,
    bias: Tensor,
    size: [i64; 3],
}

impl Patches {
    /// `NAME.weight` and `NAME.bias`; `size` in frames, rows and columns.
    pub(crate) fn new(
        parameters: &mut Parameters<'_>,
        name: &str,
        width: i64,
        size: [i64; 3],
    ) -> Result<Self, Error> {
        let [frames, rows, columns] = size;
        let weight = parameters.tensor(&format!("{name}.weight"), &[width, 3, frames, rows, columns])?;
        Ok(Self { weight, bias: parameters.tensor(&format!("{name}.bias"), &[width])?, size })
    }

    /// Clips `(B, 3, T, H, W)` to tokens `(B, D, t, h, w)`.
    pub(crate) fn forward(&self, clips: &Tensor) -> Result<Tensor, Error> {
        Ok(clips.f_conv3d(&self.weight, Some(&self.bias), self.size, [0; 3], [1; 3], 1)?)
    }
}

/// A layer norm over the last dimension.
#[derive(Debug)]
pub(crate) struct Norm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f64,
}

impl Norm {
    /// `NAME.weight` and `NAME.bias`.
    pub(crate) fn new(
        parameters: &mut Parameters<'_>,
        name: &str,
        width: i64,
        epsilon: f64,
    ) -> Result<Self, Error> {
        let weight = parameters.tensor(&format!("{name}.weight"), &[width])?;
        Ok(Self { weight, bias: parameters.tensor(&format!("{name}.bias"), &[width])?, epsilon })
    }

    /// Of these tensors.
    pub(crate) fn of(weight: Tensor, bias: Tensor, epsilon: f64) -> Self {
        Self { weight, bias, epsilon }
    }

    pub(crate) fn forward(&self, input: &Tensor) -> Result<Tensor, Error> {
        let shape = self.weight.size();
        Ok(input.f_layer_norm(shape, Some(&self.weight), Some(&self.bias), self.epsilon, false)?)
    }
}

/// The nonlinear function between two linear maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x Phi(x) with the exact normal distribution function.
    Gelu,
    /// x sigmoid(1.702 x), as CLIP has it.
    QuickGelu,
}

impl Activation {
    fn forward(self, mut input: Tensor) -> Result<Tensor, Error> {
        Ok(match self {
            // Its gradient needs the input.
            Self::Gelu if input.requires_grad() => input.f_gelu("none")?,
            Self::Gelu => input.f_gelu_("none")?,
            Self::QuickGelu => {
                let gate = input.f_mul_scalar(1.702)?.f_sigmoid()?;
                input.f_mul_(&gate)?
            }
        })
    }
}

/// The two-layer network of a block.
#[derive(Debug)]
pub(crate) struct Mlp {
    up: Linear,
    down: Linear,
    activation: Activation,
}

impl Mlp {
    pub(crate) fn new(
        parameters: &mut Parameters<'_>,
        [up, down]: [&str; 2],
        width: i64,
        hidden: i64,
        activation: Activation,
    ) -> Result<Self, Error> {
        let up = Linear::new(parameters, up, width, hidden)?;
        Ok(Self { up, down: Linear::new(parameters, down, hidden, width)?, activation })
    }

    fn forward(&self, input: &Tensor) -> Result<Tensor, Error> {
        self.down.forward(&self.activation.forward(self.up.forward(input)?)?)
    }
}

/// The bias of the product that gives query, key and value.
#[derive(Debug)]
enum InputBias {
    Whole(Tensor),
    /// The key has none. What trains moves the parts.
    WithoutKey {
        query: Option<Tensor>,
        value: Tensor,
    },
}

impl InputBias {
    /// The bias of all outputs.
    fn whole(&self) -> Result<Tensor, Error> {
        Ok(match self {
            Self::Whole(bias) => bias.shallow_clone(),
            Self::WithoutKey { query: Some(query), value } => {
                Tensor::f_cat(&[query, &zeros_like(value)?, value], 0)?
            }
            Self::WithoutKey { query: None, value } => Tensor::f_cat(&[&zeros_like(value)?, value], 0)?,
        })
    }
}

/// Zeros that no gradient flows to.
fn zeros_like(tensor: &Tensor) -> Result<Tensor, Error> {
    Ok(tensor.f_detach()?.f_zeros_like()?)
}

/// Attention of every token to every token, in several heads. Query, key and value are one product.
#[derive(Debug)]
pub(crate) struct Attention {
    weight: Tensor,
    bias: InputBias,
    output: Linear,
    heads: i64,
}

impl Attention {
    /// From one map of `3 width` outputs: `NAME.in_proj_weight`, `NAME.in_proj_bias`, `NAME.out_proj`.
    pub(crate) fn fused(
        parameters: &mut Parameters<'_>,
        name: &str,
        width: i64,
        heads: i64,
    ) -> Result<Self, Error> {
        let weight = parameters.tensor(&format!("{name}.in_proj_weight"), &[3 * width, width])?;
        let bias = parameters.tensor(&format!("{name}.in_proj_bias"), &[3 * width])?;
        let output = Linear::new(parameters, &format!("{name}.out_proj"), width, width)?;
        Ok(Self { weight, bias: InputBias::Whole(bias), output, heads })
    }

    /// From three maps: `NAME.q_proj`, `NAME.k_proj`, `NAME.v_proj`, `NAME.out_proj`.
    pub(crate) fn apart(
        parameters: &mut Parameters<'_>,
        name: &str,
        width: i64,
        heads: i64,
    ) -> Result<Self, Error> {
        let mut maps = Vec::new();
        for part in ["q", "k", "v"] {
            maps.push(Linear::new(parameters, &format!("{name}.{part}_proj"), width, width)?);
        }
        let output = Linear::new(parameters, &format!("{name}.out_proj"), width, width)?;
        let weights: Vec<&Tensor> = maps.iter().map(|map| &map.weight).collect();
        let biases: Vec<&Tensor> = maps.iter().filter_map(|map| map.bias.as_ref()).collect();
        let (weight, bias) = if parameters.has_values() {
            (Tensor::f_cat(&weights, 0)?, Tensor::f_cat(&biases, 0)?)
        } else {
            (Tensor::new(), Tensor::new())
        };
        Ok(Self { weight, bias: InputBias::Whole(bias), output, heads })
    }

    /// From one map of `3 width` outputs: `NAME.qkv`, `NAME.proj`.
    pub(crate) fn joined(
        parameters: &mut Parameters<'_>,
        name: &str,
        width: i64,
        heads: i64,
    ) -> Result<Self, Error> {
        let weight = parameters.tensor(&format!("{name}.qkv.weight"), &[3 * width, width])?;
        let bias = InputBias::Whole(parameters.tensor(&format!("{name}.qkv.bias"), &[3 * width])?);
        let output = Linear::new(parameters, &format!("{name}.proj"), width, width)?;
        Ok(Self { weight, bias, output, heads })
    }

    /// Without a bias of the keys: the weights of query, key and value in `weights`, one after the other, biases of query
    /// and value, and the map of the output.
    pub(crate) fn without_key_bias(
        parameters: &mut Parameters<'_>,
        weights: &[String],
        [query, value]: [&str; 2],
        output: &str,
        width: i64,
        heads: i64,
    ) -> Result<Self, Error> {
        let rows = 3 * width / weights.len() as i64;
        let mut weights: Vec<Tensor> =
            weights.iter().map(|name| parameters.tensor(name, &[rows, width])).collect::<Result<_, _>>()?;
        let (query, value) = (parameters.tensor(query, &[width])?, parameters.tensor(value, &[width])?);
        let output = Linear::new(parameters, output, width, width)?;
        let weight = match weights.pop() {
            Some(whole) if weights.is_empty() => whole,
            last if parameters.has_values() => {
                weights.extend(last);
                Tensor::f_cat(&weights, 0)?
            }
            _ => Tensor::new(),
        };
        Ok(Self { weight, bias: InputBias::WithoutKey { query: Some(query), value }, output, heads })
    }

    /// Of tokens `(B, T, D)`. `bias`, if there is one, is added to the scores: `(B, heads, T, T)`.
    pub(crate) fn forward(&self, tokens: &Tensor, bias: Option<&Tensor>) -> Result<Tensor, Error> {
        let (batch, count, width) = tokens.size3()?;
        let parts = tokens.f_linear(&self.weight, Some(&self.bias.whole()?))?;
        let parts = parts.f_view([batch, count, 3, self.heads, width / self.heads])?;
        let parts = parts.f_permute([2, 0, 3, 1, 4])?.f_unbind(0)?;
        let mixed = Tensor::f_scaled_dot_product_attention(
            &parts[0], &parts[1], &parts[2], bias, 0.0, false, None, false,
        )?;
        self.output.forward(&mixed.f_transpose(1, 2)?.f_reshape([batch, count, width])?)
    }
}

/// Attention of tokens to other tokens, in several heads. The keys have no bias.
#[derive(Debug)]
pub(crate) struct CrossAttention {
    query: Linear,
    other: Tensor,
    other_bias: InputBias,
    output: Linear,
    heads: i64,
}

impl CrossAttention {
    /// `NAME.q`, `NAME.kv` (weights of keys, then of values), `NAME.q_bias`, `NAME.v_bias`, `NAME.proj`.
    pub(crate) fn new(
        parameters: &mut Parameters<'_>,
        name: &str,
        width: i64,
        heads: i64,
    ) -> Result<Self, Error> {
        let query = parameters.tensor(&format!("{name}.q.weight"), &[width, width])?;
        let other = parameters.tensor(&format!("{name}.kv.weight"), &[2 * width, width])?;
        let query_bias = parameters.tensor(&format!("{name}.q_bias"), &[width])?;
        let value = parameters.tensor(&format!("{name}.v_bias"), &[width])?;
        Ok(Self {
            query: Linear { weight: query, bias: Some(query_bias) },
            other,
            other_bias: InputBias::WithoutKey { query: None, value },
            output: Linear::new(parameters, &format!("{name}.proj"), width, width)?,
            heads,
        })
    }

    /// Of tokens `(B, T, D)` to others `(B, S, D)`.
    pub(crate) fn forward(&self, tokens: &Tensor, others: &Tensor) -> Result<Tensor, Error> {
        let (batch, count, width) = tokens.size3()?;
        let size = width / self.heads;
        let query =
            self.query.forward(tokens)?.f_view([batch, count, self.heads, size])?.f_transpose(1, 2)?;
        let parts = others.f_linear(&self.other, Some(&self.other_bias.whole()?))?;
        let parts = parts.f_view([batch, -1, 2, self.heads, size])?;
        let parts = parts.f_permute([2, 0, 3, 1, 4])?.f_unbind(0)?;
        let mixed = Tensor::f_scaled_dot_product_attention(
            &query,
            &parts[0],
            &parts[1],
            None::<&Tensor>,
            0.0,
            false,
            None,
            false,
        )?;
        self.output.forward(&mixed.f_transpose(1, 2)?.f_reshape([batch, count, width])?)
    }
}

/// The places of tokens `(count, width)`: sines and cosines of wavelengths up to 10,000, in turn.
pub(crate) fn sinusoids(count: i64, width: i64) -> Result<Tensor, Error> {
    let scales: Vec<f64> =
        (0..width).map(|column| 10_000_f64.powf((column / 2 * 2) as f64 / width as f64)).collect();
    let table: Vec<f32> = (0..count)
        .flat_map(|place| {
            scales.iter().enumerate().map(move |(column, scale)| {
                let angle = place as f64 / scale;
                (if column % 2 == 0 { angle.sin() } else { angle.cos() }) as f32
            })
        })
        .collect();
    Ok(Tensor::f_from_slice(&table)?.f_reshape([count, width])?)
}

/// A block with its norms before attention and network, as all of these encoders have it.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) attention_norm: Norm,
    pub(crate) attention: Attention,
    pub(crate) mlp_norm: Norm,
    pub(crate) mlp: Mlp,
}

impl Block {
    /// Of tokens `(B, T, D)`.
    pub(crate) fn forward(&self, tokens: &Tensor) -> Result<Tensor, Error> {
        self.forward_with(tokens, |attention, normed| attention.forward(normed, None))
    }

    /// Of tokens `(B, T, D)`, with the shares of its attention and of its network that are added to each example's tokens.
    pub(crate) fn forward_by(&self, tokens: &Tensor, shares: &[Share; 2]) -> Result<Tensor, Error> {
        let seen = self.attention.forward(&self.attention_norm.forward(tokens)?, None)?;
        let tokens = shares[0].of(seen)?.f_add(tokens)?;
        let changed = self.mlp.forward(&self.mlp_norm.forward(&tokens)?)?;
        Ok(tokens.f_add(&shares[1].of(changed)?)?)
    }

    /// With another use of its attention on the normed tokens.
    pub(crate) fn forward_with(
        &self,
        tokens: &Tensor,
        attend: impl FnOnce(&Attention, &Tensor) -> Result<Tensor, Error>,
    ) -> Result<Tensor, Error> {
        let mut tokens = attend(&self.attention, &self.attention_norm.forward(tokens)?)?.f_add(tokens)?;
        Ok(tokens.f_add_(&self.mlp.forward(&self.mlp_norm.forward(&tokens)?)?)?)
    }
}

/// Pictures `(B, 3, S, S)` or more dimensions in the type and on the device of a weight.
pub(crate) fn placed(input: &Tensor, parameters: super::Placement) -> Result<Tensor, Error> {
    Ok(input.f_to_device(parameters.device)?.f_to_kind(parameters.kind)?)
}

/// An output in main memory as f32.
pub(crate) fn returned(output: &Tensor) -> Result<Tensor, Error> {
    Ok(output.f_to_kind(Kind::Float)?.f_to_device(tch::Device::Cpu)?)
}

/// Number of heads, and why a width cannot be cut into heads of this size, if it cannot.
pub(crate) fn heads(width: i64, head_size: i64) -> Result<i64, String> {
    if (1..=MAX_WIDTH).contains(&width) && head_size > 0 && width % head_size == 0 {
        Ok(width / head_size)
    } else {
        Err(format!("a width of {width} cannot be cut into heads of {head_size}"))
    }
}

/// The side of a square of so many cells, rounded down.
pub(crate) fn side(cells: i64) -> i64 {
    cells.max(0).isqrt()
}
