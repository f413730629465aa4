//! A sweep: a grid of feature sets, heads, objectives, models and decoders on the same folds, compared in one table.

mod plan;
mod table;
mod verify;

pub use plan::{Combination, SweepDecoder, SweepFeatures, SweepPlan};
pub use table::{AgainstBaseline, SWEEP_FILE, SWEEP_RUNS, SweepRow, SweepTable};
pub use verify::verify_sweep;
