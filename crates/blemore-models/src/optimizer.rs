//! The optimiser: which step to take, and with this crate's arithmetic or libtorch's.

pub(crate) mod adam;

use tch::Tensor;

use crate::libtorch::values_mut;
use crate::network::{Network, Parameters};
use crate::work_queue;
use crate::{Arithmetic, Decays, Device, Error, OptimizerKind, Recipe};

use adam::Coefficients;

/// Adam or AdamW with the two moments of every parameter.
#[derive(Debug)]
pub(crate) struct Optimizer {
    recipe: Recipe,
    /// Threads of this crate's own step; `None` where libtorch's operations make it.
    own_threads: Option<usize>,
    pub(crate) moments: Vec<Moments>,
    /// How many times larger than the recipe's the steps of each layer are.
    scales: Vec<f64>,
    steps: u64,
}

/// The moving means of a layer's gradients and of their squares.
#[derive(Debug)]
pub(crate) struct Moments {
    pub(crate) first: Parameters,
    pub(crate) second: Parameters,
}

impl Optimizer {
    pub(crate) fn new(
        recipe: &Recipe,
        device: Device,
        network: &Network,
        threads: usize,
    ) -> Result<Self, Error> {
        let moments = network
            .layers
            .iter()
            .map(|layer| Ok(Moments { first: layer.zeros_like()?, second: layer.zeros_like()? }));
        let moments = moments.collect::<Result<_, Error>>()?;
        Ok(Self {
            recipe: recipe.clone(),
            own_threads: own_threads(recipe, device, threads),
            moments,
            scales: network.step_scales(),
            steps: 0,
        })
    }

    /// Continues after this number of steps, with the moments in [`moments`](Self::moments).
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
        apply(&weights, self.own_threads, tensors)
    }

    /// As [`step`](Self::step), but without the first layer's weights. Gives their coefficients.
    pub(crate) fn step_above(
        &mut self,
        network: &mut Network,
        gradients: &mut [Parameters],
        rate: f64,
    ) -> Result<Coefficients, Error> {
        self.steps += 1;
        let (recipe, steps, own_threads) = (&self.recipe, self.steps, self.own_threads);
        let of_scale = |scale: f64| {
            let weights = coefficients(recipe, steps, rate * scale, recipe.weight_decay);
            let biases = match recipe.decays {
                Decays::All => weights,
                Decays::WeightsOnly => coefficients(recipe, steps, rate * scale, 0.0),
            };
            [weights, biases]
        };
        let layers = network.layers.iter_mut().zip(gradients).zip(&mut self.moments).zip(&self.scales);
        for (index, (((layer, gradient), moments), scale)) in layers.enumerate() {
            let [weights, biases] = of_scale(*scale);
            let (first, second) = (&mut moments.first, &mut moments.second);
            let of_weights = [&mut layer.weight, &mut gradient.weight, &mut first.weight, &mut second.weight];
            let of_biases = [&mut layer.bias, &mut gradient.bias, &mut first.bias, &mut second.bias];
            if index > 0 {
                apply(&weights, own_threads, of_weights)?;
            }
            apply(&biases, own_threads, of_biases)?;
        }
        let [first, _] = of_scale(self.scales[0]);
        Ok(first)
    }
}

/// The numbers of step `steps`, from 1, with this rate and decay.
pub(crate) fn coefficients(recipe: &Recipe, steps: u64, rate: f64, decay: f64) -> Coefficients {
    let (beta1, beta2) = recipe.betas;
    // libtorch raises a float to an integer power in double precision; `powf` rounds as its `pow` does.
    let steps = steps as f64;
    let (bias1, bias2) = (1.0 - beta1.powf(steps), 1.0 - beta2.powf(steps));
    let (added, shrink) = match recipe.optimizer {
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
        epsilon: recipe.epsilon as f32,
        step: -(rate / bias1) as f32,
    }
}

/// Threads of this crate's own step; `None` where libtorch's operations make it.
pub(crate) fn own_threads(recipe: &Recipe, device: Device, threads: usize) -> Option<usize> {
    (recipe.arithmetic == Arithmetic::Fast && device == Device::Cpu).then_some(threads)
}

/// Applies a step, given tensors of parameters, gradients and both moments.
pub(crate) fn apply(
    c: &Coefficients,
    own_threads: Option<usize>,
    tensors: [&mut Tensor; 4],
) -> Result<(), Error> {
    match own_threads {
        Some(threads) => own(c, threads, tensors),
        None => libtorch(c, tensors),
    }
}

/// A thread is used for at least this number of parameters; for fewer it costs more than it saves.
const PARAMETERS_PER_THREAD: usize = 1 << 18;

/// Our own step, cut into one share per thread; the result does not depend on their number.
fn own(c: &Coefficients, threads: usize, tensors: [&mut Tensor; 4]) -> Result<(), Error> {
    let [values, gradient, first, second] = tensors;
    let gradient = values_mut(gradient)?;
    let (values, first, second) = (values_mut(values)?, values_mut(first)?, values_mut(second)?);
    let threads = threads.min(values.len() / PARAMETERS_PER_THREAD).max(1);
    let length = values.len().div_ceil(threads).max(1);
    let moments = first.chunks_mut(length).zip(second.chunks_mut(length));
    let parts = values.chunks_mut(length).zip(gradient.chunks(length)).zip(moments);
    work_queue::side_by_side(threads, parts.collect(), |((values, gradient), (first, second))| {
        adam::step(c, values, gradient, first, second);
    });
    Ok(())
}

/// Parameters that libtorch's operations take at once in main memory: with moments and gradient, as much as a
/// second-level cache holds.
const PARAMETERS_AT_ONCE: usize = 1 << 16;

/// libtorch's operations, part by part, which changes no result: each number depends on those in its place alone.
fn libtorch(c: &Coefficients, tensors: [&mut Tensor; 4]) -> Result<(), Error> {
    let length = tensors[0].numel();
    let at_once = match tensors[0].device() {
        tch::Device::Cpu => PARAMETERS_AT_ONCE,
        _ => length.max(1),
    };
    let [values, gradient, first, second] = tensors;
    for start in (0..length).step_by(at_once) {
        let count = at_once.min(length - start);
        let part = |tensor: &Tensor| tensor.f_view(-1)?.f_narrow(0, start as i64, count as i64);
        let parts = [part(values)?, part(gradient)?, part(first)?, part(second)?];
        libtorch_at_once(c, parts)?;
    }
    Ok(())
}

/// The operations of PyTorch's optimiser; the gradient's memory holds intermediate results.
fn libtorch_at_once(
    c: &Coefficients,
    [mut values, mut gradient, mut first, mut second]: [Tensor; 4],
) -> Result<(), Error> {
    let scalar = f64::from;
    if c.shrink != 1.0 {
        let _ = values.f_mul_scalar_(scalar(c.shrink))?;
    }
    // The bindings have neither `add` with a factor nor `addcmul` and `addcdiv` with one; these round as
    // those do.
    if c.added_decay != 0.0 {
        let decay = Tensor::from(c.added_decay).f_to_device(gradient.device())?;
        let _ = gradient.f_addcmul_(&values, &decay)?;
    }
    let _ = first.f_lerp_(&gradient, scalar(c.first_share))?;
    let share = gradient.f_mul_scalar(scalar(c.second_share))?;
    let _ = second.f_mul_scalar_(scalar(c.second_decay))?.f_addcmul_(&share, &gradient)?;
    let _ = second.f_sqrt_out(&gradient)?;
    let _ = gradient.f_div_scalar_(scalar(c.second_scale))?.f_add_scalar_(scalar(c.epsilon))?;
    let _ = first.f_mul_scalar_out(&share, scalar(c.step))?;
    let _ = values.f_addcdiv_(&share, &gradient)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtorch::{assign, to_vec, zeros};

    /// Values, gradient and both moments of [`adam::example`] after one step.
    fn stepped(own_threads: Option<usize>, n: usize) -> [Vec<f32>; 4] {
        let mut state = adam::example(n).map(|numbers| {
            let mut tensor = zeros(&[n], tch::Device::Cpu).unwrap();
            assign(&mut tensor, &numbers).unwrap();
            tensor
        });
        apply(&Coefficients::EXAMPLE, own_threads, state.each_mut()).unwrap();
        state.map(|tensor| to_vec(&tensor).unwrap())
    }

    /// How often a number is rounded in a step, in either order of operations.
    const ROUNDINGS: f64 = 8.0;

    #[test]
    fn own_steps_are_libtorchs_to_rounding() {
        let c = Coefficients::EXAMPLE;
        for n in [0, 1, 7, 130, PARAMETERS_AT_ONCE + 20_003] {
            let before = adam::example(n);
            let own = stepped(Some(1), n);
            let libtorchs = stepped(None, n);
            for index in 0..n {
                let [value, gradient, first, second] =
                    before.each_ref().map(|numbers| f64::from(numbers[index]));
                // Terms may cancel, so each may be off by a part of the sum of their sizes.
                let scaled = |number: f64, factor: f32| number.abs() * f64::from(factor.abs());
                let value_size = scaled(value, c.shrink);
                let gradient_size = gradient.abs() + scaled(value_size, c.added_decay);
                let first_size = first.abs() + scaled(gradient_size + first.abs(), c.first_share);
                let second_size =
                    scaled(second, c.second_decay) + scaled(gradient_size.powi(2), c.second_share);
                let root = f64::from(libtorchs[3][index]).sqrt() / f64::from(c.second_scale);
                let step_size = scaled(first_size, c.step) / (root + f64::from(c.epsilon));
                let sizes = [value_size + step_size, first_size, second_size];
                for (array, size) in [0, 2, 3].into_iter().zip(sizes) {
                    let [ours, theirs] = [&own, &libtorchs].map(|state| f64::from(state[array][index]));
                    let tolerance = ROUNDINGS * f64::from(f32::EPSILON) * size + f64::from(f32::MIN_POSITIVE);
                    assert!((ours - theirs).abs() <= tolerance, "array {array}: {ours:e} is not {theirs:e}");
                }
            }
        }
    }
}
