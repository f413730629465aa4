//! What was run: clips, features, models, hashes, and where and when.

use std::collections::BTreeSet;

use blemore_features::Origin;

use super::Report;
use crate::Made;

/// Something that is to be known, and what it is.
pub(super) type Fact = (&'static str, String);

/// All that a stranger needs to name a run, but for its recipe.
pub(super) fn of_run(run: &Report) -> Vec<Fact> {
    inputs(run).into_iter().chain(machine(&run.made, run.finished())).chain([this_version()]).collect()
}

/// The version that makes the page.
pub(super) fn this_version() -> Fact {
    ("this page was made by", format!("blemore {}", env!("CARGO_PKG_VERSION")))
}

/// Of whom the clips are.
pub(super) fn of_whom(is_generated: bool) -> &'static str {
    if is_generated { "generated" } else { "not marked as generated" }
}

fn inputs(run: &Report) -> Vec<Fact> {
    let clips: usize = run.balance.iter().map(|(_, clips)| clips).sum();
    let models: Vec<String> = run.models.iter().map(|model| model.model.to_string()).collect();
    let mut facts = vec![
        ("clips", format!("{clips}, {}", of_whom(run.generated))),
        ("features", run.features.clone()),
        ("weights of encoders", weights(&run.origins).to_owned()),
    ];
    facts.extend(run.origins.iter().map(|origin| ("encoder", origin.to_string())));
    facts.extend([
        ("models", models.join(", ")),
        ("cells", format!("{} finished, {} missing", run.finished(), run.missing)),
        ("hash of features, metadata, folds and recipe", run.id.clone()),
        ("hash of the training partition", run.data.clone()),
    ]);
    facts
}

fn weights(origins: &[Origin]) -> &'static str {
    let random = origins.iter().filter(|origin| origin.is_random()).count();
    match (origins.len(), random) {
        (0, _) => "not told by the table of features",
        (_, 0) => "trained",
        (all, random) if all == random => "random: the numbers mean nothing",
        _ => "some random: the numbers mean nothing",
    }
}

/// Where, when and how long the finished cells were trained.
fn machine(made: &[Made], finished: usize) -> Vec<Fact> {
    let each = |of: fn(&Made) -> String| {
        made.iter().map(of).collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>().join("; ")
    };
    let began = || made.iter().map(|made| &made.began);
    let mut facts = Vec::new();
    if let (Some(first), Some(last)) = (began().min(), began().max()) {
        facts.extend([
            ("first training began", first.clone()),
            ("last training began", last.clone()),
            ("time of all trainings together", duration(made.iter().map(|made| made.seconds).sum())),
            ("processor", each(|made| made.processor.clone())),
            ("device", each(|made| made.device.clone())),
            ("threads per training", each(|made| made.threads.to_string())),
            ("trained by", each(trained_by)),
        ]);
    }
    if made.len() < finished {
        let cells = finished - made.len();
        facts.push(("time and processor", format!("not recorded for {cells} cells of an earlier version")));
    }
    facts
}

fn trained_by(made: &Made) -> String {
    let libtorch = made.libtorch.as_deref().unwrap_or("of unknown version");
    format!("blemore {}, libtorch {libtorch}", made.blemore)
}

fn duration(seconds: f64) -> String {
    match seconds {
        short if short < 120.0 => format!("{short:.1} s"),
        medium if medium < 7200.0 => format!("{:.1} min", medium / 60.0),
        long => format!("{:.1} h", long / 3600.0),
    }
}
