//! `Arithmetic::Published` beside an ordinary training loop: libtorch's generator, its tape, and Adam as
//! PyTorch has it, in tch's operations alone. Equal to the last bit, whatever the processor.

use blemore_labels::Label;
use blemore_models::{
    Architecture, Arithmetic, EpochRecord, Examples, Layer, Model, Objective, OptimizerKind, RandomOrder,
    RandomSource, Recipe, Schedule, Trainer,
};
use ndarray::Array2;
use tch::{Device, Kind, Reduction, Tensor};

const SEED: i64 = 42;

/// Features and soft labels.
struct Part {
    features: Tensor,
    targets: Tensor,
}

/// A weight or a bias with both moments.
struct Parameter {
    value: Tensor,
    first: Tensor,
    second: Tensor,
}

impl Parameter {
    /// Uniform within the bound, from libtorch's generator.
    fn draw(shape: &[i64], bound: f64) -> Self {
        let options = (Kind::Float, Device::Cpu);
        let value = Tensor::zeros(shape, options).uniform_(-bound, bound).set_requires_grad(true);
        Self { value, first: Tensor::zeros(shape, options), second: Tensor::zeros(shape, options) }
    }

    /// One step along the gradient that the tape left; `steps` counts from 1.
    fn step(&mut self, recipe: &Recipe, steps: i32) {
        let _no_tape = tch::no_grad_guard();
        let (beta1, beta2) = recipe.betas;
        let (rate, decay) = (recipe.learning_rate, recipe.weight_decay);
        let mut gradient = self.value.grad();
        match recipe.optimizer {
            // `add` with a factor, which tch has not got, rounds as this does.
            OptimizerKind::Adam => gradient = gradient.addcmul(&self.value, &Tensor::from(decay as f32)),
            OptimizerKind::AdamW => _ = self.value.g_mul_scalar_(1.0 - rate * decay),
        }
        let _ = self.first.lerp_(&gradient, 1.0 - beta1);
        let _ = self.second.g_mul_scalar_(beta2);
        let _ = self.second.addcmul_(&(&gradient * (1.0 - beta2)), &gradient);
        let (bias1, bias2) = (1.0 - beta1.powi(steps), 1.0 - beta2.powi(steps));
        let denominator = self.second.sqrt() / bias2.sqrt() + recipe.epsilon;
        let _ = self.value.addcdiv_(&(&self.first * -(rate / bias1)), &denominator);
        self.value.zero_grad();
    }
}

/// Weight and bias of each layer.
struct Network(Vec<[Parameter; 2]>);

impl Network {
    /// Weights of this model, which are those that libtorch's generator draws; but for their last bit on
    /// processors where that rounds the sum of two numbers twice.
    fn draw(model: &Model) -> Self {
        let layers = model.layers().iter().map(|layer| {
            let (outputs, inputs) = layer.weight.dim();
            let root = (inputs as f64).sqrt();
            // PyTorch takes the weights' bound from Kaiming's for a leaky ReLU of slope sqrt(5), which rounds otherwise.
            let gain = (2.0 / (1.0 + 5.0_f64.sqrt().powi(2))).sqrt();
            let parameter = |shape: &[i64], bound: f64, values: &[f32]| {
                let mut parameter = Parameter::draw(shape, bound);
                let ours = Tensor::from_slice(values).view(shape);
                let difference = (&parameter.value - &ours).abs().max().double_value(&[]);
                assert!(difference <= bound * f64::from(f32::EPSILON), "{difference:e}");
                tch::no_grad(|| parameter.value.copy_(&ours));
                parameter
            };
            let weight = layer.weight.as_slice().unwrap();
            [
                parameter(&[outputs as i64, inputs as i64], 3.0_f64.sqrt() * (gain / root), weight),
                parameter(&[outputs as i64], 1.0 / root, layer.bias.as_slice().unwrap()),
            ]
        });
        Self(layers.collect())
    }

    fn logits(&self, inputs: &Tensor) -> Tensor {
        self.0.iter().enumerate().fold(inputs.shallow_clone(), |below, (index, [weight, bias])| {
            let below = if index > 0 { below.relu() } else { below };
            below.linear(&weight.value, Some(&bias.value))
        })
    }

    fn layers(&self) -> Vec<Layer> {
        let values = |tensor: &Tensor| Vec::<f32>::try_from(tensor.detach().flatten(0, -1)).unwrap();
        let layers = self.0.iter().map(|[weight, bias]| {
            let (outputs, inputs) = weight.value.size2().unwrap();
            let shape = (outputs as usize, inputs as usize);
            let weight = Array2::from_shape_vec(shape, values(&weight.value)).unwrap();
            Layer { weight, bias: values(&bias.value).into() }
        });
        layers.collect()
    }
}

fn loss(objective: Objective, logits: &Tensor, targets: &Tensor) -> Tensor {
    let summed = match objective {
        Objective::KlDivergence => {
            let logarithms = logits.softmax(1, Kind::Float).clamp_min(1e-8).log();
            logarithms.kl_div(targets, Reduction::Sum, false)
        }
        Objective::SoftCrossEntropy => (-targets * logits.log_softmax(1, Kind::Float)).sum(Kind::Float),
        other => panic!("{other:?} is not published"),
    };
    summed / logits.size()[0]
}

fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Mean training and validation loss of each epoch, and the layers after it, from the layers of `model` on.
fn ordinary_loop(
    recipe: &Recipe,
    model: &Model,
    train: &Part,
    validation: &Part,
) -> Vec<([f64; 2], Vec<Layer>)> {
    tch::set_num_threads(1);
    tch::manual_seed(SEED);
    let examples = train.features.size()[0];
    let mut network = Network::draw(model);
    // An epoch draws three integers, of which the second is the seed of its order. Drawn in advance, because
    // that seed has to go into the only generator that tch has.
    let integer = || Tensor::zeros([0_i64; 0], (Kind::Int64, Device::Cpu)).random_().int64_value(&[]);
    let drawn: Vec<[i64; 3]> = (0..recipe.epochs).map(|_| [(); 3].map(|()| integer())).collect();
    let batches = |part: &Part| {
        let features = part.features.split(recipe.batch_size as i64, 0);
        features.into_iter().zip(part.targets.split(recipe.batch_size as i64, 0))
    };
    let mut steps = 0;
    let epochs = drawn.into_iter().map(|[_, seed, _]| {
        tch::manual_seed(seed);
        let order = Tensor::randperm(examples, (Kind::Int64, Device::Cpu));
        let pick = |tensor: &Tensor| tensor.index_select(0, &order);
        let shuffled = Part { features: pick(&train.features), targets: pick(&train.targets) };
        let mut losses = [vec![], vec![]];
        for (inputs, targets) in batches(&shuffled) {
            let loss = loss(recipe.objective, &network.logits(&inputs), &targets);
            loss.backward();
            losses[0].push(loss.double_value(&[]));
            steps += 1;
            network.0.iter_mut().flatten().for_each(|parameter| parameter.step(recipe, steps));
        }
        for (inputs, targets) in batches(validation) {
            let loss = tch::no_grad(|| loss(recipe.objective, &network.logits(&inputs), &targets));
            losses[1].push(loss.double_value(&[]));
        }
        (losses.each_ref().map(|losses| mean(losses)), network.layers())
    });
    epochs.collect()
}

/// The same clips for both loops.
fn parts(examples: usize, width: usize) -> (Examples<'static>, Part) {
    let all: Vec<Label> = Label::all().collect();
    let labels: Vec<Label> = (0..examples).map(|row| all[row * 7 % all.len()]).collect();
    let features = Array2::from_shape_fn((examples, width), |(row, column)| {
        let noise = ((row * 31 + column * 17 + row * column % 13) % 64) as f32 / 32.0 - 1.0;
        noise + labels[row].salience().as_array()[column % 6]
    });
    let tensor = |values: &[f32]| Tensor::from_slice(values).view([examples as i64, -1]);
    let targets: Vec<f32> = labels.iter().flat_map(|label| label.salience().as_array()).collect();
    let part = Part { features: tensor(features.as_slice().unwrap()), targets: tensor(&targets) };
    (Examples::new(features, labels).unwrap(), part)
}

/// Config, model, examples and features; the last batch is short in each, and has one row in some.
fn cases() -> Vec<(Recipe, &'static str, usize, usize)> {
    let recipe = Recipe { epochs: 4, batch_size: 16, learning_rate: 1e-3, ..Recipe::default() };
    let head = Recipe {
        batch_size: 16,
        learning_rate: 1e-3,
        schedule: Schedule::Constant,
        decays: recipe.decays,
        ..Recipe::hicmae(4)
    };
    vec![
        (recipe.clone(), "linear", 70, 56),
        (recipe.clone(), "mlp-40", 65, 33),
        (recipe.clone(), "mlp-24-16", 70, 7),
        // Large enough for `Arithmetic::Fast` to compute the first layer itself.
        (recipe.clone(), "mlp-512", 65, 600),
        // Probabilities reach the floor under the logarithm.
        (Recipe { learning_rate: 1.0, ..recipe }, "linear", 70, 56),
        (head.clone(), "linear", 70, 56),
        (head, "mlp-40", 65, 33),
    ]
}

#[test]
fn published_arithmetic_is_that_of_an_ordinary_loop_to_the_last_bit() {
    for (recipe, model, examples, width) in cases() {
        let ((train, train_part), (validation, validation_part)) = (parts(examples, width), parts(37, width));
        let recipe =
            Recipe { arithmetic: Arithmetic::Published, random_order: RandomOrder::Reference, ..recipe };
        let architecture: Architecture = model.parse().unwrap();
        let mut source = RandomSource::reference(recipe.seed);
        let untrained = Model::untrained(&architecture, width, &mut source.clone());
        let ordinary = ordinary_loop(&recipe, &untrained, &train_part, &validation_part);

        let trainer = Trainer::new(recipe.clone(), architecture).unwrap();
        let trained = trainer.fit(&train).validate(&validation).run(&mut source).unwrap();

        let losses = |records: &[EpochRecord]| -> Vec<[f64; 2]> {
            records.iter().map(|record| [record.train_loss, record.val_loss]).collect()
        };
        let expected: Vec<[f64; 2]> = ordinary.iter().map(|(losses, _)| *losses).collect();
        assert_eq!(losses(&trained.epochs), expected, "{model}, {:?}", recipe.optimizer);
        let (_, layers) = &ordinary[trained.best.epoch - 1];
        assert!(
            trained.model.layers() == layers,
            "{model}, {:?}: the best epoch's weights",
            recipe.optimizer
        );
    }
}
