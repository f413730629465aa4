//! Steps of this project's fine-tuning.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use blemore_labels::Label;
use blemore_models::{
    ClipExamples, ClipInput, ClipInputs, Error, FineTuneStep, FineTuner, FineTuning, RandomSource, Recipe,
};
use tch::{Device, Kind, Tensor};

use crate::{BATCH, STEPS, Step};

/// The same window for every clip.
struct MadeUp;

impl ClipInputs for MadeUp {
    fn example(&self, _: usize, _: u64) -> Result<ClipInput, Error> {
        let waves = |shape: &[i64]| {
            let count = shape.iter().product::<i64>();
            let places = Tensor::f_arange(count, (Kind::Float, Device::Cpu))?;
            places.f_mul_scalar(0.7)?.f_sin()?.f_view(shape)
        };
        Ok(ClipInput { faces: waves(&[3, 16, 160, 160])?, log_mel: waves(&[1, 256, 128])? })
    }

    fn views(&self, clip: usize) -> Result<Vec<ClipInput>, Error> {
        Ok(vec![self.example(clip, 0)?])
    }
}

/// The first steps of a fit.
pub(crate) fn steps(checkpoint: &Path, threads: usize, recomputes: bool) -> Vec<Step> {
    let fine_tuning = FineTuning { at_once: BATCH, drop_path: 0.0, ..FineTuning::default() };
    let recipe = Recipe { batch_size: BATCH, fine_tuning: Some(fine_tuning), ..Recipe::fine_tuned(50) };
    let tuner = FineTuner::new(recipe).unwrap().threads(threads);
    let tuner = if recomputes { tuner.recompute() } else { tuner };
    // One more batch than is made, so that the epoch does not end.
    let clips: Vec<usize> = (0..(STEPS + 1) * BATCH).collect();
    let labels = vec!["ang+sad 70/30".parse::<Label>().unwrap(); clips.len()];
    let train = ClipExamples::new(&MadeUp, &clips, &labels).unwrap();
    let (mut steps, mut start) = (Vec::new(), Instant::now());
    let source = RandomSource::independent(1, "speed");
    let fit = tuner.fit(checkpoint, train).on_step(|step| {
        if let FineTuneStep::Batch { loss, .. } = step {
            steps.push(Step { seconds: start.elapsed().as_secs_f64(), loss: *loss });
        }
        start = Instant::now();
        if steps.len() < STEPS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(matches!(fit.run(&source), Err(Error::Stopped)));
    steps
}
