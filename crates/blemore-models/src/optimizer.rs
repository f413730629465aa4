//! The optimiser: which step to take, and where its arithmetic runs.

use tch::Tensor;

use crate::adam::{self, Coefficients};
use crate::memory::values_mut;
use crate::network::{Network, Parameters};
use crate::{Decays, Error, OptimizerKind, TrainConfig};

/// Adam or AdamW with the two moments of every parameter.
#[derive(Debug)]
pub(crate) struct Optimizer {
    config: TrainConfig,
    moments: Vec<Moments>,
    steps: u64,
}

/// The moving means of a layer's gradients and of their squares.
#[derive(Debug)]
pub(crate) struct Moments {
    pub(crate) first: Parameters,
    pub(crate) second: Parameters,
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
        for ((layer, gradient), moments) in network.layers.iter_mut().zip(gradients).zip(&mut self.moments) {
            let (first, second) = (&mut moments.first, &mut moments.second);
            self::apply(
                &weights,
                [&mut layer.weight, &mut gradient.weight, &mut first.weight, &mut second.weight],
            )?;
            self::apply(&biases, [&mut layer.bias, &mut gradient.bias, &mut first.bias, &mut second.bias])?;
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

fn apply(
    coefficients: &Coefficients,
    [values, gradient, first, second]: [&mut Tensor; 4],
) -> Result<(), Error> {
    adam::step(
        coefficients,
        values_mut(values)?,
        values_mut(gradient)?,
        values_mut(first)?,
        values_mut(second)?,
    );
    Ok(())
}
