//! The optimiser: which step to take, and where its arithmetic runs.

use tch::Tensor;

use crate::adam::{self, Coefficients};
use crate::memory::values_mut;
use crate::network::{Network, Parameters};
use crate::shares;
use crate::{Decays, Device, Error, OptimizerKind, TrainConfig};

/// Adam or AdamW with the two moments of every parameter.
#[derive(Debug)]
pub(crate) struct Optimizer {
    config: TrainConfig,
    operations: Operations,
    pub(crate) moments: Vec<Moments>,
    steps: u64,
}

/// The moving means of a layer's gradients and of their squares.
#[derive(Debug)]
pub(crate) struct Moments {
    pub(crate) first: Parameters,
    pub(crate) second: Parameters,
}

/// Whose operations make the step.
#[derive(Debug, Clone, Copy)]
enum Operations {
    /// Our own, over the tensors' memory.
    Host { threads: usize },
    /// libtorch's, on a device whose memory is not ours.
    Device,
}

impl Operations {
    fn on(device: Device, threads: usize) -> Self {
        match device {
            Device::Cuda(_) => Self::Device,
            Device::Cpu => Self::Host { threads },
        }
    }
}

impl Optimizer {
    pub(crate) fn new(config: &TrainConfig, network: &Network, threads: usize) -> Result<Self, Error> {
        let zeros_like = |layer: &Parameters| -> Result<Parameters, Error> {
            Ok(Parameters { weight: layer.weight.f_zeros_like()?, bias: layer.bias.f_zeros_like()? })
        };
        let moments = network
            .layers
            .iter()
            .map(|layer| Ok(Moments { first: zeros_like(layer)?, second: zeros_like(layer)? }))
            .collect::<Result<_, Error>>()?;
        let operations = Operations::on(config.device, threads);
        Ok(Self { config: config.clone(), operations, moments, steps: 0 })
    }

    /// Goes on after this many steps, with the moments that [`moments`](Self::moments) holds.
    pub(crate) fn resume(&mut self, steps: usize) {
        self.steps = steps as u64;
    }

    /// Moves all parameters by one step of this learning rate; what the gradients hold afterwards is undefined.
    pub(crate) fn step(
        &mut self,
        network: &mut Network,
        gradients: &mut [Parameters],
        rate: f64,
    ) -> Result<(), Error> {
        let weights = self.step_above(network, gradients, rate)?;
        let (layer, moments) = (&mut network.layers[0], &mut self.moments[0]);
        let (first, second) = (&mut moments.first.weight, &mut moments.second.weight);
        let tensors = [&mut layer.weight, &mut gradients[0].weight, first, second];
        apply(&weights, self.operations, tensors)
    }

    /// As [`step`](Self::step), but for the first layer's weights, whose coefficients it gives.
    pub(crate) fn step_above(
        &mut self,
        network: &mut Network,
        gradients: &mut [Parameters],
        rate: f64,
    ) -> Result<Coefficients, Error> {
        self.steps += 1;
        let weights = self.coefficients(rate, self.config.weight_decay);
        let biases = match self.config.decays {
            Decays::All => weights,
            Decays::WeightsOnly => self.coefficients(rate, 0.0),
        };
        let operations = self.operations;
        let layers = network.layers.iter_mut().zip(gradients).zip(&mut self.moments);
        for (index, ((layer, gradient), moments)) in layers.enumerate() {
            let (first, second) = (&mut moments.first, &mut moments.second);
            let of_weights = [&mut layer.weight, &mut gradient.weight, &mut first.weight, &mut second.weight];
            let of_biases = [&mut layer.bias, &mut gradient.bias, &mut first.bias, &mut second.bias];
            if index > 0 {
                apply(&weights, operations, of_weights)?;
            }
            apply(&biases, operations, of_biases)?;
        }
        Ok(weights)
    }

    fn coefficients(&self, rate: f64, decay: f64) -> Coefficients {
        let (beta1, beta2) = self.config.betas;
        // libtorch raises a float to an integer power in double precision; `powf` rounds as its `pow` does.
        let steps = self.steps as f64;
        let (bias1, bias2) = (1.0 - beta1.powf(steps), 1.0 - beta2.powf(steps));
        let (added, shrink) = match self.config.optimizer {
            OptimizerKind::Adam => (decay, 1.0),
            OptimizerKind::AdamW => (0.0, 1.0 - rate * decay),
        };
        Coefficients {
            added_decay: added as f32,
            shrink: shrink as f32,
            first_share: (1.0 - beta1) as f32,
            second_decay: beta2 as f32,
            second_share: (1.0 - beta2) as f32,
            second_scale: bias2.sqrt() as f32,
            epsilon: self.config.epsilon as f32,
            step: -(rate / bias1) as f32,
        }
    }
}

/// Applies a step to the parameters, gradients and moments of a tensor each.
fn apply(c: &Coefficients, operations: Operations, tensors: [&mut Tensor; 4]) -> Result<(), Error> {
    match operations {
        Operations::Host { threads } => host(c, threads, tensors),
        Operations::Device => device(c, tensors),
    }
}

/// Fewest parameters for which a second thread is worth waking.
const PARAMETERS_A_THREAD: usize = 1 << 18;

/// Our own step, cut into one share a thread; the result does not depend on how many.
fn host(c: &Coefficients, threads: usize, tensors: [&mut Tensor; 4]) -> Result<(), Error> {
    let [values, gradient, first, second] = tensors;
    let gradient = values_mut(gradient)?;
    let (values, first, second) = (values_mut(values)?, values_mut(first)?, values_mut(second)?);
    let threads = threads.min(values.len() / PARAMETERS_A_THREAD).max(1);
    let length = values.len().div_ceil(threads).max(1);
    let moments = first.chunks_mut(length).zip(second.chunks_mut(length));
    let parts = values.chunks_mut(length).zip(gradient.chunks(length)).zip(moments);
    shares::side_by_side(threads, parts.collect(), |((values, gradient), (first, second))| {
        adam::step(c, values, gradient, first, second);
    });
    Ok(())
}

/// libtorch's operations, for tensors that are not in main memory.
fn device(c: &Coefficients, [values, gradient, first, second]: [&mut Tensor; 4]) -> Result<(), Error> {
    let scalar = f64::from;
    let _ = values.f_mul_scalar_(scalar(c.shrink))?;
    let gradient = gradient.f_add(&values.f_mul_scalar(scalar(c.added_decay))?)?;
    let _ = first.f_lerp_(&gradient, scalar(c.first_share))?;
    let _ = second.f_mul_scalar_(scalar(c.second_decay))?;
    let _ = second.f_addcmul_(&gradient.f_mul_scalar(scalar(c.second_share))?, &gradient)?;
    let denominator =
        second.f_sqrt()?.f_div_scalar(scalar(c.second_scale))?.f_add_scalar(scalar(c.epsilon))?;
    let _ = values.f_addcdiv_(&first.f_mul_scalar(scalar(c.step))?, &denominator)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{assign, to_vec, zeros};
    use crate::random::TorchGenerator;

    /// The parameters after one step from the same generated start.
    fn stepped(operations: Operations, n: usize) -> Vec<f32> {
        let mut generator = TorchGenerator::new(5);
        let mut state: [Tensor; 4] = std::array::from_fn(|array| {
            let from = if array == 3 { 0.0 } else { -0.01 };
            let mut tensor = zeros(&[n], tch::Device::Cpu).unwrap();
            assign(&mut tensor, &(0..n).map(|_| generator.uniform(from, 0.01)).collect::<Vec<_>>()).unwrap();
            tensor
        });
        apply(&Coefficients::EXAMPLE, operations, state.each_mut()).unwrap();
        to_vec(&state[0]).unwrap()
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let n = 3 * PARAMETERS_A_THREAD + 77;
        let alone = stepped(Operations::Host { threads: 1 }, n);
        assert_eq!(stepped(Operations::Host { threads: 2 }, n), alone);
        assert_eq!(stepped(Operations::Host { threads: 3 }, n), alone);
    }

    #[test]
    fn all_operations_agree_to_rounding() {
        for n in [0, 1, 20_003] {
            let host = stepped(Operations::Host { threads: 1 }, n);
            for (a, b) in stepped(Operations::Device, n).iter().zip(&host) {
                approx::assert_relative_eq!(a, b, max_relative = 2e-6, epsilon = 1e-8);
            }
        }
    }
}
