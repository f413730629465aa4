//! How long a step of fine-tuning takes, and how much memory: `benches/peers/fine_tune_torch.py` makes a checkpoint of the
//! real size and does the same in PyTorch.
//!
//! ```sh
//! cargo run --release --example fine_tuning_speed -- CHECKPOINT.safetensors STEPS BATCH [recompute]
//! ```

use std::error::Error;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use blemore_labels::Label;
use blemore_models::{
    ClipExamples, ClipInput, ClipInputs, Error as ModelError, FineTuneStep, FineTuner, FineTuning,
    RandomSource, Recipe,
};
use tch::{Device, Kind, Tensor};

/// The same window for every clip.
struct MadeUp;

impl ClipInputs for MadeUp {
    fn example(&self, _: usize, _: u64) -> Result<ClipInput, ModelError> {
        let waves = |shape: &[i64]| {
            let count = shape.iter().product::<i64>();
            let places = Tensor::f_arange(count, (Kind::Float, Device::Cpu))?;
            places.f_mul_scalar(0.7)?.f_sin()?.f_view(shape)
        };
        Ok(ClipInput { faces: waves(&[3, 16, 160, 160])?, log_mel: waves(&[1, 256, 128])? })
    }

    fn views(&self, clip: usize) -> Result<Vec<ClipInput>, ModelError> {
        Ok(vec![self.example(clip, 0)?])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("give CHECKPOINT STEPS BATCH [recompute]");
    let (checkpoint, steps, batch) = (PathBuf::from(next()?), next()?.parse::<usize>()?, next()?.parse()?);
    let recomputes = arguments.next().is_some_and(|word| word == "recompute");
    let fine_tuning = FineTuning { at_once: batch, drop_path: 0.0, ..FineTuning::default() };
    let recipe = Recipe { batch_size: batch, fine_tuning: Some(fine_tuning), ..Recipe::fine_tuned(50) };
    let threads = std::thread::available_parallelism()?.get();
    let tuner = FineTuner::new(recipe)?.threads(threads);
    let tuner = if recomputes { tuner.recompute() } else { tuner };
    let clips: Vec<usize> = (0..steps * batch).collect();
    let labels = vec!["ang+sad 70/30".parse::<Label>()?; clips.len()];
    let train = ClipExamples::new(&MadeUp, &clips, &labels)?;
    let (mut made, mut start) = (0, Instant::now());
    let fit = tuner.fit(&checkpoint, train).on_step(|step| {
        if let FineTuneStep::Batch { loss, .. } = step {
            let seconds = start.elapsed().as_secs_f64();
            print_line(&format!("step {}: {seconds:.2} s, loss {loss:.6}", made + 1));
        }
        (made, start) = (made + 1, Instant::now());
        if made < steps { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    // It is stopped on purpose.
    let _ = fit.run(&RandomSource::independent(1, "speed"));
    let report = fs::read_to_string("/proc/self/status").unwrap_or_default();
    report.lines().filter(|line| line.starts_with("VmHWM")).for_each(print_line);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what the program is for")]
fn print_line(line: &str) {
    println!("{line}");
}
