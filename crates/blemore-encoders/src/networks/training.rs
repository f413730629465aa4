//! A pass through a network that is trained: what is left out of each example, and what is computed again.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use tch::{Kind, Tensor, no_grad};

use crate::Error;

/// How much of a branch is added to the tokens of each example; all of it without training.
#[derive(Debug)]
pub(crate) struct Share(Option<Tensor>);

impl Share {
    /// The share of a branch `(B, T, D)`.
    pub(crate) fn of(&self, branch: Tensor) -> Result<Tensor, Error> {
        match &self.0 {
            Some(share) => Ok(branch.f_mul(share)?),
            None => Ok(branch),
        }
    }
}

/// One pass through a network, which it is cut into segments for.
///
/// Each segment's output is a leaf of libtorch's tape, so that gradients go back segment by segment. A pass that computes
/// again keeps no more of a segment than its input and output, and runs the segment once more when its gradient is there.
/// Both kinds of pass do the same operations in the same order, and so give the same bits.
///
/// With drop path (stochastic depth) a branch is left out of an example with some probability, and is divided by the
/// probability of staying otherwise. Each example has its own random numbers, so that a batch may be cut in any way.
pub struct Pass<'n> {
    training: Option<Training>,
    segments: Vec<Segment<'n>>,
}

/// What a pass of training needs.
struct Training {
    drop_path: f64,
    /// One per example.
    draws: Vec<Pcg64Mcg>,
    recomputes: bool,
}

type Work<'n> = Box<dyn Fn(&Tensor) -> Result<Tensor, Error> + 'n>;

struct Segment<'n> {
    input: Tensor,
    /// A leaf.
    output: Tensor,
    /// The output on the tape, unless it is computed again.
    on_tape: Option<Tensor>,
    work: Work<'n>,
}

impl<'n> Pass<'n> {
    /// A pass without training.
    pub(crate) fn inference() -> Self {
        Self { training: None, segments: Vec::new() }
    }

    /// A pass of training. `drop_path` is the probability with which the last block of each encoder is left out; `seeds`
    /// has one number per example.
    pub fn training(drop_path: f64, seeds: &[u64], recomputes: bool) -> Self {
        let draws = seeds.iter().map(|seed| Pcg64Mcg::seed_from_u64(*seed)).collect();
        Self { training: Some(Training { drop_path, draws, recomputes }), segments: Vec::new() }
    }

    /// The shares of the N branches of a block, by its place among the blocks of its encoder: the first is never left out,
    /// the last with the whole probability. `like` is on the device and of the type of the tokens.
    pub(crate) fn shares<const N: usize>(
        &mut self,
        block: usize,
        blocks: usize,
        like: &Tensor,
    ) -> Result<[Share; N], Error> {
        let mut shares = [const { Share(None) }; N];
        let Some(training) = &mut self.training else { return Ok(shares) };
        let rate = training.drop_path * block as f64 / blocks.saturating_sub(1).max(1) as f64;
        if rate > 0.0 {
            for share in &mut shares {
                let values: Vec<f32> = training.draws.iter_mut().map(|random| drawn(random, rate)).collect();
                let values = Tensor::f_from_slice(&values)?.f_view([-1, 1, 1])?;
                share.0 = Some(values.f_to_device(like.device())?.f_to_kind(like.kind())?);
            }
        }
        Ok(shares)
    }

    /// Runs a segment of the network.
    pub(crate) fn segment(
        &mut self,
        input: &Tensor,
        work: impl Fn(&Tensor) -> Result<Tensor, Error> + 'n,
    ) -> Result<Tensor, Error> {
        let Some(Training { recomputes, .. }) = self.training else { return work(input) };
        let computed = if recomputes { no_grad(|| work(input))? } else { work(input)? };
        let output = computed.f_detach()?.f_set_requires_grad(true)?;
        let on_tape = (!recomputes).then_some(computed);
        let segment = Segment {
            input: input.shallow_clone(),
            output: output.shallow_clone(),
            on_tape,
            work: Box::new(work),
        };
        self.segments.push(segment);
        Ok(output)
    }

    /// Adds the gradients of all weights to those that they have, from the gradient of the network's output.
    ///
    /// # Errors
    /// [`Error::Torch`].
    pub fn backward(self, output: &Tensor, gradient: &Tensor) -> Result<(), Error> {
        back(output, gradient)?;
        for Segment { input, output, on_tape, work } in self.segments.into_iter().rev() {
            let gradient = output.grad();
            drop(output);
            if gradient.defined() {
                back(&on_tape.map_or_else(|| work(&input), Ok)?, &gradient)?;
            }
        }
        Ok(())
    }
}

/// Sends a gradient back from an output.
fn back(output: &Tensor, gradient: &Tensor) -> Result<(), Error> {
    Ok(output.f_mul(gradient)?.f_sum(None::<Kind>)?.f_backward()?)
}

/// 0 with this probability, otherwise the share that keeps the mean.
fn drawn(random: &mut Pcg64Mcg, rate: f64) -> f32 {
    let stays = uniform(random) >= rate;
    if stays { (1.0 / (1.0 - rate)) as f32 } else { 0.0 }
}

/// A number from 0 up to 1, of 53 bits.
pub(crate) fn uniform(random: &mut Pcg64Mcg) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}
