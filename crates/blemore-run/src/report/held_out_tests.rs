//! The table of held-out tests.

use blemore_eval::{MeanStd, PerMeasure};

use super::Report;
use super::table::Table;
use crate::{HeldOutResult, HeldOutScores};

/// What is shown where there is no number.
const NOTHING: &str = "-";

/// A row per test of these runs; none without tests.
pub(super) fn held_out_tests(runs: &[Report]) -> Option<Table> {
    let pairs = runs.iter().flat_map(|run| run.tests.iter().map(move |test| (run, test)));
    let tests: Vec<(String, &HeldOutResult)> = pairs.map(|(run, test)| (title(run, test), test)).collect();
    if tests.is_empty() {
        return None;
    }
    let header = [
        "system",
        "models",
        "seeds",
        "clips",
        "presence [95 %]",
        "salience [95 %]",
        "presence, salience of single models over the folds",
        "of one seed's ensembles over the seeds",
    ];
    let mut table = Table::new("Held-out tests", &header, tests.iter().map(row).collect());
    let caveats = tests.iter().filter_map(|(title, test)| Some((title, test.scores?.caveats)));
    table.notes = caveats
        .flat_map(|(title, caveats)| {
            let said = caveats.named().map(|(measure, caveat)| caveat.map(|it| format!("{measure}: {it}")));
            said.into_iter().flatten().map(move |said| format!("{title}, {said}"))
        })
        .collect();
    Some(table)
}

fn title(run: &Report, test: &HeldOutResult) -> String {
    let what = if test.ensemble.is_some() { ", ensemble" } else { "" };
    format!("{}, {}{what}", run.marked_features(), test.model)
}

fn row((title, test): &(String, &HeldOutResult)) -> Vec<String> {
    let ensemble = test.ensemble.as_ref();
    let seeds = ensemble.map_or_else(|| vec![test.seed], |parts| parts.seeds.clone());
    let seeds = seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let models = ensemble.map_or(1, |parts| parts.models);
    let spreads = [ensemble.and_then(|parts| parts.over_folds), ensemble.and_then(|parts| parts.over_seeds)];
    let named = [title.clone(), models.to_string(), seeds, test.n_clips.to_string()];
    named.into_iter().chain(scores(test.scores.as_ref())).chain(spreads.map(spread)).collect()
}

fn scores(scores: Option<&HeldOutScores>) -> [String; 2] {
    let Some(HeldOutScores { accuracies, acc_presence_ci, acc_salience_ci, .. }) = scores else {
        return ["no labels".to_owned(), NOTHING.to_owned()];
    };
    let with_interval = |value: f64, (low, high): (f64, f64)| format!("{value:.3} [{low:.3}, {high:.3}]");
    [
        with_interval(accuracies.presence, *acc_presence_ci),
        with_interval(accuracies.salience, *acc_salience_ci),
    ]
}

fn spread(found: Option<PerMeasure<MeanStd>>) -> String {
    let both = |PerMeasure { presence, salience }| format!("{presence}, {salience}");
    found.map_or_else(|| NOTHING.to_owned(), both)
}
