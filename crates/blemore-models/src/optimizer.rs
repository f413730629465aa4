//! The optimiser: which step to take, and where its arithmetic runs.

use tch::Tensor;

use crate::adam::{self, Coefficients};
use crate::memory::values_mut;
use crate::network::{Network, Parameters};
use crate::{Decays, Device, Error, Layer, OptimizerKind, RandomOrder, TrainConfig};

/// Adam or AdamW with the two moments of every parameter.
#[derive(Debug)]
pub(crate) struct Optimizer {
    config: TrainConfig,
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
enum Arithmetic {
    /// Our own single pass.
    Fused { threads: usize },
    /// Our own pass around libtorch's square roots: the bits of the published code.
    Published,
    /// libtorch's, on a device whose memory is not ours.
    Device,
}

impl Arithmetic {
    fn of(config: &TrainConfig) -> Self {
        match (config.device, config.random_order) {
            (Device::Cuda(_), _) => Self::Device,
            (Device::Cpu, RandomOrder::Reference) => Self::Published,
            (Device::Cpu, RandomOrder::Independent) => Self::Fused { threads: config.threads },
        }
    }
}

impl Optimizer {
    pub(crate) fn new(config: &TrainConfig, network: &Network) -> Result<Self, Error> {
        let zeros_like = |layer: &Parameters| -> Result<Parameters, Error> {
            Ok(Parameters { weight: layer.weight.f_zeros_like()?, bias: layer.bias.f_zeros_like()? })
        };
        let moments = network
            .layers
            .iter()
            .map(|layer| Ok(Moments { first: zeros_like(layer)?, second: zeros_like(layer)? }))
            .collect::<Result<_, Error>>()?;
        Ok(Self { config: config.clone(), moments, steps: 0 })
    }

    /// Goes on after this many steps, with the moments that they left.
    pub(crate) fn resume(&mut self, steps: usize, first: &[Layer], second: &[Layer]) -> Result<(), Error> {
        self.steps = steps as u64;
        for (moments, (first, second)) in self.moments.iter_mut().zip(first.iter().zip(second)) {
            moments.first.assign(first)?;
            moments.second.assign(second)?;
        }
        Ok(())
    }

    /// Moves all parameters by one step of this learning rate; what the gradients hold afterwards is undefined.
    pub(crate) fn step(
        &mut self,
        network: &mut Network,
        gradients: &mut [Parameters],
        rate: f64,
    ) -> Result<(), Error> {
        self.steps += 1;
        let weights = self.coefficients(rate, self.config.weight_decay);
        let biases = match self.config.decays {
            Decays::All => weights,
            Decays::WeightsOnly => self.coefficients(rate, 0.0),
        };
        let arithmetic = Arithmetic::of(&self.config);
        for ((layer, gradient), moments) in network.layers.iter_mut().zip(gradients).zip(&mut self.moments) {
            let (first, second) = (&mut moments.first, &mut moments.second);
            let of_weights = [&mut layer.weight, &mut gradient.weight, &mut first.weight, &mut second.weight];
            let of_biases = [&mut layer.bias, &mut gradient.bias, &mut first.bias, &mut second.bias];
            apply(&weights, arithmetic, of_weights)?;
            apply(&biases, arithmetic, of_biases)?;
        }
        Ok(())
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
fn apply(c: &Coefficients, arithmetic: Arithmetic, tensors: [&mut Tensor; 4]) -> Result<(), Error> {
    match arithmetic {
        Arithmetic::Fused { threads } => {
            let [values, gradient, first, second] = tensors;
            let slices =
                (values_mut(values)?, &*values_mut(gradient)?, values_mut(first)?, values_mut(second)?);
            fused(c, threads, slices);
            Ok(())
        }
        Arithmetic::Published => published(c, tensors),
        Arithmetic::Device => device(c, tensors),
    }
}

/// Fewest parameters for which a second thread is worth starting: 20 microseconds against 0.7 a thousand parameters.
const PARAMETERS_A_THREAD: usize = 1 << 18;

/// Our own step in one pass, cut into one part a thread; the result does not depend on how many.
fn fused(
    c: &Coefficients,
    threads: usize,
    (values, gradient, first, second): (&mut [f32], &[f32], &mut [f32], &mut [f32]),
) {
    let threads = threads.min(values.len() / PARAMETERS_A_THREAD);
    if threads < 2 {
        return adam::step(c, values, gradient, first, second);
    }
    let part = values.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let moments = first.chunks_mut(part).zip(second.chunks_mut(part));
        for ((values, gradient), (first, second)) in
            values.chunks_mut(part).zip(gradient.chunks(part)).zip(moments)
        {
            scope.spawn(move || adam::step(c, values, gradient, first, second));
        }
    });
}

/// Parameters that are moved at once around libtorch's root: four arrays of them fit into a second-level cache.
const PUBLISHED_PART: usize = 1 << 14;

/// Our own step with libtorch's square roots, which go where the gradient was.
fn published(c: &Coefficients, tensors: [&mut Tensor; 4]) -> Result<(), Error> {
    let flat = tensors.map(|tensor| tensor.f_view([-1_i64]));
    let [values, gradient, first, second] = flat;
    let (mut values, mut gradient, mut first, mut second) = (values?, gradient?, first?, second?);
    for start in (0..values.numel()).step_by(PUBLISHED_PART) {
        let part = start..values.numel().min(start + PUBLISHED_PART);
        adam::advance_moments(
            c,
            &values_mut(&mut values)?[part.clone()],
            &values_mut(&mut gradient)?[part.clone()],
            &mut values_mut(&mut first)?[part.clone()],
            &mut values_mut(&mut second)?[part.clone()],
        );
        let narrowed = |tensor: &Tensor| tensor.f_narrow(0, part.start as i64, part.len() as i64);
        let _ = narrowed(&second)?.f_sqrt_out(&narrowed(&gradient)?)?;
        adam::descend(
            c,
            &mut values_mut(&mut values)?[part.clone()],
            &values_mut(&mut first)?[part.clone()],
            &values_mut(&mut gradient)?[part],
        );
    }
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

    const COEFFICIENTS: Coefficients = Coefficients {
        added_decay: 1e-3,
        shrink: 0.9995,
        first_share: 0.1,
        second_decay: 0.999,
        second_share: 0.001,
        second_scale: 0.05,
        epsilon: 1e-8,
        step: -2e-3,
    };

    /// The parameters after one step from the same generated start.
    fn stepped(arithmetic: Arithmetic, n: usize) -> Vec<f32> {
        let mut generator = TorchGenerator::new(5);
        let mut state: [Tensor; 4] = std::array::from_fn(|array| {
            let from = if array == 3 { 0.0 } else { -0.01 };
            let mut tensor = zeros(&[n], tch::Device::Cpu).unwrap();
            assign(&mut tensor, &(0..n).map(|_| generator.uniform(from, 0.01)).collect::<Vec<_>>()).unwrap();
            tensor
        });
        apply(&COEFFICIENTS, arithmetic, state.each_mut()).unwrap();
        to_vec(&state[0]).unwrap()
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let n = 3 * PARAMETERS_A_THREAD + 77;
        let alone = stepped(Arithmetic::Fused { threads: 1 }, n);
        assert_eq!(stepped(Arithmetic::Fused { threads: 2 }, n), alone);
        assert_eq!(stepped(Arithmetic::Fused { threads: 3 }, n), alone);
    }

    #[test]
    fn all_arithmetics_agree_to_rounding() {
        let n = 2 * PUBLISHED_PART + 3;
        let fused = stepped(Arithmetic::Fused { threads: 1 }, n);
        for arithmetic in [Arithmetic::Published, Arithmetic::Device] {
            for (a, b) in stepped(arithmetic, n).iter().zip(&fused) {
                approx::assert_relative_eq!(a, b, max_relative = 2e-6, epsilon = 1e-8);
            }
        }
    }
}
