//! What is known before anything is measured: the difficulties, the seeds, and the plans of the sweeps.

/// How clearly the features tell the emotions, so that the paper's baseline has a nested composite of about 0.15, 0.25 and
/// 0.40; and not at all.
pub(crate) const SIGNALS: [(&str, Option<f64>); 4] =
    [("hard", Some(0.33)), ("middle", Some(0.55)), ("easy", Some(0.92)), ("none", None)];
pub(crate) const SEEDS: u64 = 5;
/// The plans beside this example.
pub(crate) const PLANS: [&str; 2] = ["sweep.toml", "fusion.toml"];

pub(crate) type Failure = Box<dyn std::error::Error>;
