//! A HiCMAE whose weights are trained: fine-tuning.

use blemore_base::normal;
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tch::{Device, Tensor, no_grad};

use super::{AUDIO_WEIGHTS, EPSILON, HiCmae, HiCmaeConfig, Network, Norm, Tuned, VIDEO_WEIGHTS};
use crate::networks::blocks::Linear;
use crate::networks::training::{Pass, uniform};
use crate::{Error, Placement, WeightFile};

/// Standard deviation of a fresh head's weights, before they are scaled.
const HEAD_DEVIATION: f64 = 0.02;

/// One weight of a network.
#[derive(Debug)]
pub struct Weight {
    /// Its name in a checkpoint.
    pub name: String,
    /// Its values, which are the network's own: whoever changes them changes the network.
    pub tensor: Tensor,
    /// How deep it is, from 0, the patches, to [`TrainableHiCmae::depth`] - 1, the head.
    pub layer: usize,
}

/// A HiCMAE with a head of six outputs, all of whose weights are on libtorch's tape.
#[derive(Debug)]
pub struct TrainableHiCmae {
    network: HiCmae,
    head: Linear,
    weights: Vec<Weight>,
}

impl TrainableHiCmae {
    /// Reads a checkpoint of pre-training, which gets a new norm of the features, layers of equal weights, and a head of
    /// normal weights of `head_scale` times 0.02; or one of fine-tuning, to train it further.
    ///
    /// # Errors
    /// Those of [`HiCmae::load`]; [`Error::Sizes`] for a head of other than six outputs.
    pub fn load(
        config: &HiCmaeConfig,
        file: &mut WeightFile,
        head_scale: f64,
        seed: u64,
        device: Device,
    ) -> Result<Self, Error> {
        let placement = Placement { device, ..Placement::default() };
        let (mut network, mut given) = HiCmae::with_weights(config, file, placement)?;
        let config = network.config;
        if network.tuned.is_none() {
            for (tower, name) in [(&mut network.video, VIDEO_WEIGHTS), (&mut network.audio, AUDIO_WEIGHTS)] {
                let layers = tower.blocks.len() as i64;
                let equal = Tensor::f_full([layers], 1.0 / layers as f64, (placement.kind, device))?;
                given.push((name.to_owned(), equal.shallow_clone()));
                tower.layer_weights = Some(equal);
            }
            network.tuned = Some(fresh(&config, head_scale, seed, placement, &mut given)?);
        }
        let head = network.tuned.as_ref().map(|tuned| tuned.head.shared());
        let Some(head) = head.filter(|_| config.outputs == HiCmaeConfig::BASE.outputs) else {
            let problem = format!("its head has {} outputs, and there are six emotions", config.outputs);
            return Err(Error::Sizes { path: file.path().to_owned(), problem });
        };
        let weights = given.into_iter().map(|(name, tensor)| {
            let layer = layer(&config, &name);
            Ok(Weight { name, tensor: tensor.f_set_requires_grad(true)?, layer })
        });
        let weights = weights.collect::<Result<_, Error>>()?;
        Ok(Self { network, head, weights })
    }

    /// All weights, in an order that depends on the sizes alone.
    pub fn weights(&self) -> &[Weight] {
        &self.weights
    }

    /// Number of layers whose learning rates differ: patches, blocks of the longer encoder, fusion, and head.
    pub fn depth(&self) -> usize {
        depth(&self.network.config)
    }

    /// Its sizes.
    pub fn config(&self) -> &HiCmaeConfig {
        &self.network.config
    }

    /// The outputs `(B, 6)` before softmax, of faces and log-mel pictures as [`training_logits`](Self::training_logits)
    /// takes them, without a tape.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn logits(&self, faces: &Tensor, log_mel: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| self.training_logits(faces, log_mel, &mut Pass::inference()))
    }

    /// The outputs `(B, 6)` before softmax, on libtorch's tape, of faces `(B, 3, T, H, W)`, normalised, and log-mel pictures
    /// `(B, 1, 256, 128)`. [`Pass::backward`] then gives the weights their gradients.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn training_logits<'n>(
        &'n self,
        faces: &Tensor,
        log_mel: &Tensor,
        pass: &mut Pass<'n>,
    ) -> Result<Tensor, Error> {
        self.head.forward(&self.network.normed(faces, log_mel, pass)?)
    }
}

/// A norm that changes nothing, and a head of small random weights; both are added to what was `given`.
fn fresh(
    config: &HiCmaeConfig,
    head_scale: f64,
    seed: u64,
    placement: Placement,
    given: &mut Vec<(String, Tensor)>,
) -> Result<Tuned, Error> {
    let inputs = 4 * config.width;
    let options = (placement.kind, placement.device);
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut head = || (normal(&mut || uniform(&mut random)) * HEAD_DEVIATION * head_scale) as f32;
    let weights: Vec<f32> = (0..config.outputs * inputs).map(|_| head()).collect();
    let weight = Tensor::f_from_slice(&weights)?.f_view([config.outputs, inputs])?;
    let tensors = [
        ("fc_norm.weight", Tensor::f_ones([inputs], options)?),
        ("fc_norm.bias", Tensor::f_zeros([inputs], options)?),
        ("head.weight", weight.f_to_device(placement.device)?.f_to_kind(placement.kind)?),
        ("head.bias", Tensor::f_zeros([config.outputs], options)?),
    ];
    given.extend(tensors.iter().map(|(name, tensor)| ((*name).to_owned(), tensor.shallow_clone())));
    let [(_, norm), (_, norm_bias), (_, weight), (_, bias)] = tensors;
    Ok(Tuned { norm: Norm::of(norm, norm_bias, EPSILON), head: Linear::of(weight, bias) })
}

fn depth(config: &HiCmaeConfig) -> usize {
    (config.layers.max(config.layers_audio) + config.layers_fusion) as usize + 2
}

/// How deep a weight is. Blocks of the same number in both encoders are equally deep.
fn layer(config: &HiCmaeConfig, name: &str) -> usize {
    if name.contains("patch_embed") {
        return 0;
    }
    let number = |after: &str| {
        let (_, rest) = name.split_once(after)?;
        rest.split('.').next()?.parse::<usize>().ok()
    };
    let before = if name.starts_with("encoder_fusion") { config.layers.max(config.layers_audio) } else { 0 };
    match number(".blocks.").or_else(|| number(".blocks_audio.")) {
        Some(block) => before as usize + block + 1,
        None => depth(config) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_depth_are_those_that_the_authors_move_alike() {
        let layer = |name| layer(&HiCmaeConfig::BASE, name);
        assert_eq!(depth(&HiCmaeConfig::BASE), 14);
        for (name, expected) in [
            ("encoder.patch_embed.proj.weight", 0),
            ("encoder_audio.patch_embed.proj.bias", 0),
            ("encoder.blocks.0.attn.qkv.weight", 1),
            ("encoder_audio.blocks.9.norm1.bias", 10),
            ("encoder_fusion.blocks.0.cross_attn.q.weight", 11),
            ("encoder_fusion.blocks_audio.1.mlp.fc1.weight", 12),
            ("encoder.norm.weight", 13),
            ("encoder_fusion.norm_audio.bias", 13),
            ("video_layer_weights", 13),
            ("head.weight", 13),
        ] {
            assert_eq!(layer(name), expected, "{name}");
        }
    }
}
