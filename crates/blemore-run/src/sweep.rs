//! A sweep: a grid of feature sets, heads, objectives, models and decoders on the same folds, compared in one table.

mod candidates;
mod plan;
mod table;
mod verify;

pub use candidates::{Candidate, Candidates, FoldChoice};
pub use plan::{Combination, SweepDecoder, SweepFeatures, SweepPlan};
pub use table::{AgainstBaseline, ChosenBest, SWEEP_FILE, SWEEP_RUNS, SweepRow, SweepTable};
pub use verify::verify_sweep;
