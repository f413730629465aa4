//! The tables of a report.

use blemore_decode::holm;
use blemore_eval::{
    Bootstrap, Comparison, Estimate, Measure, PairedScores, PerMeasure, PermutationTest, Thresholds,
};
use blemore_labels::Label;

use super::table::Table;
use crate::figures::{FoldScores, HeldOutReport};
use crate::{Breakdown, CellResult, EncoderWeight, Error, SweepRow, SweepTable};

/// Each system over its folds, and over all its clips.
pub(super) fn overview(systems: &[&HeldOutReport]) -> Table {
    let row = |system: &&HeldOutReport| {
        let PerMeasure { presence, salience } = system.accuracies;
        let pooled = system.pooled.named().map(|(_, estimate)| interval(&estimate));
        let counts = [system.title.clone(), system.folds.len().to_string(), system.clips.to_string()];
        counts.into_iter().chain([presence.to_string(), salience.to_string()]).chain(pooled).collect()
    };
    let header = [
        "system",
        "folds",
        "clips",
        "presence",
        "salience",
        "presence, all clips [95 %]",
        "salience, all clips [95 %]",
    ];
    let mut table = Table::new("Accuracies on held-out clips", &header, systems.iter().map(row).collect());
    table.notes = systems
        .iter()
        .flat_map(|system| {
            caveats(&system.title, system.pooled.named().iter().map(|(name, found)| (*name, found)))
        })
        .collect();
    table
}

/// The thresholds and the accuracies of each fold; of a training, its best epoch too.
pub(super) fn folds(report: &HeldOutReport, epochs: &[usize]) -> Table {
    let row = |(place, fold): (usize, &FoldScores)| {
        let thresholds = match fold.thresholds {
            Some(Thresholds { alpha, beta }) => [alpha, beta].map(|value| format!("{value:.3}")),
            None => ["-", "-"].map(str::to_owned),
        };
        let accuracies = fold.accuracies.named().map(|(_, value)| format!("{value:.3}"));
        let epoch = epochs.get(place).map(usize::to_string);
        std::iter::once(fold.fold.to_string()).chain(epoch).chain(thresholds).chain(accuracies)
    };
    let rows = report.folds.iter().enumerate().map(|fold| row(fold).collect()).collect();
    let header = ["fold", "epoch", "α", "β", "presence", "salience"];
    let header: Vec<&str> =
        header.into_iter().filter(|name| *name != "epoch" || !epochs.is_empty()).collect();
    Table::new(format!("Folds: {}", report.title), &header, rows)
}

/// The weight of each encoder in each fold; none with early fusion.
pub(super) fn encoders(title: &str, folds: &[CellResult]) -> Option<Table> {
    let mean = CellResult::mean_encoders(folds);
    if mean.is_empty() {
        return None;
    }
    let row = |name: String, weights: &[EncoderWeight]| {
        std::iter::once(name).chain(weights.iter().map(|it| format!("{:.3}", it.weight))).collect()
    };
    let of_folds = folds.iter().map(|fold| row(fold.cell.fold.to_string(), &fold.encoders));
    let rows = of_folds.chain([row("mean".to_owned(), &mean)]).collect();
    let names = mean.iter().map(|it| it.encoder.as_str());
    let header: Vec<&str> = std::iter::once("fold").chain(names).collect();
    let mut table = Table::new(format!("Weights of the encoders: {title}"), &header, rows);
    table.notes.push(
        "What the gate of the best epoch gives each encoder, averaged over the held-out clips: 0 for a clip that lacks it, \
         or of which it is none of the best."
            .to_owned(),
    );
    Some(table)
}

/// The accuracies by a column of the metadata.
pub(super) fn groups(whose: &str, breakdown: &Breakdown) -> Table {
    let row = |group: &crate::GroupScores| {
        vec![
            group.name().to_owned(),
            group.presence.actors.to_string(),
            group.scores.presence.total.to_string(),
            interval(&group.presence),
            group.scores.salience.total.to_string(),
            group.salience.as_ref().map_or("-".to_owned(), interval),
        ]
    };
    let header = [&*breakdown.column, "actors", "clips", "presence [95 %]", "blends", "salience [95 %]"];
    let rows = breakdown.groups.iter().map(row).collect();
    let mut table = Table::new(format!("Accuracies by {}: {whose}", breakdown.column), &header, rows);
    table.notes = breakdown.groups.iter().flat_map(|group| caveats(group.name(), group.measures())).collect();
    table
}

/// All rows of a sweep, with their differences from the baseline.
pub(super) fn sweep(sweep: &SweepTable) -> Table {
    let row = |row: &SweepRow| {
        let with_interval = |value: f64, (low, high): (f64, f64)| format!("{value:.3} [{low:.3}, {high:.3}]");
        let against = match row.against_baseline {
            Some(found) => [
                with_interval(found.difference, found.ci),
                format!("{:.4}", found.p),
                format!("{:.4}", found.p_corrected),
            ],
            None => ["baseline", "", ""].map(str::to_owned),
        };
        let published = format!("{:.3}", row.published_composite());
        let nested = with_interval(row.composite, row.composite_ci);
        [row.combination.to_string(), published, nested].into_iter().chain(against).collect()
    };
    let header = ["combination", "published", "composite [95 %]", "difference [95 %]", "p", "p, Holm"];
    let mut table = Table::new("The sweep", &header, sweep.rows.iter().map(row).collect());
    table.notes.push(format!(
        "Composite accuracies of {} clips of {} actors. In the published column epoch and thresholds are chosen on the fold \
         itself; everywhere else they are chosen on the other folds. p by paired permutation over actors against the \
         baseline, corrected for the number of rows after Holm. A row wins where its composite is above the baseline's and \
         the corrected p is below 0.05.",
        sweep.clips, sweep.actors
    ));
    if sweep.generated {
        table.notes.push("Generated clips: the numbers say nothing about people.".to_owned());
    }
    if sweep.random_weights {
        table.notes.push("Random weights of encoders: the numbers mean nothing.".to_owned());
    }
    table.notes.extend(sweep.notes());
    table
}

/// The clips of each label.
pub(super) fn balance(balance: &[(Label, usize)]) -> Table {
    let rows = balance.iter().map(|(label, clips)| vec![label.to_string(), clips.to_string()]);
    Table::new("Clips of each label", &["label", "clips"], rows.collect())
}

/// The best system against each other one of the same clips; none of fewer than two systems.
///
/// # Errors
/// [`Error::Eval`] for settings out of range.
pub(super) fn comparison(systems: &[&HeldOutReport]) -> Result<Option<Table>, Error> {
    let composite = |system: &HeldOutReport| {
        system.pooled.map(|estimate| estimate.value).composite(blemore_eval::PUBLISHED_PRESENCE_WEIGHT)
    };
    let Some(best) =
        systems.iter().reduce(|best, next| if composite(next) > composite(best) { next } else { best })
    else {
        return Ok(None);
    };
    let (mut lines, mut left_out) = (Vec::new(), Vec::new());
    for other in systems.iter().filter(|other| !std::ptr::eq(**other, *best)) {
        match PairedScores::new(&best.scored, &other.scored) {
            Ok(pairs) => lines.extend(differences(&other.title, &pairs)?),
            Err(_) => left_out.push(other.title.clone()),
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let p_values: Vec<f64> = lines.iter().map(|line| line.p_value).collect();
    let rows = lines.iter().zip(holm(&p_values)).map(|(line, corrected)| line.cells(corrected));
    let header = ["system", "measure", "best", "system's", "difference [95 %]", "p, permutation", "p, Holm"];
    let mut table = Table::new(format!("{} against each other system", best.title), &header, rows.collect());
    table.notes.push(
        "Differences are the best system's minus the other's, resampled by actor; p exchanges the two systems actor by \
         actor."
            .to_owned(),
    );
    if !left_out.is_empty() {
        table.notes.push(format!("Of other clips, and so not compared: {}.", left_out.join(", ")));
    }
    Ok(Some(table))
}

/// One measure of two systems.
struct Difference {
    system: String,
    measure: &'static str,
    compared: Comparison,
    p_value: f64,
}

impl Difference {
    fn cells(&self, corrected: f64) -> Vec<String> {
        let Comparison { first, second, difference, bca, .. } = &self.compared;
        vec![
            self.system.clone(),
            self.measure.to_owned(),
            format!("{first:.3}"),
            format!("{second:.3}"),
            format!("{difference:+.3} [{:+.3}, {:+.3}]", bca.low, bca.high),
            format!("{:.4}", self.p_value),
            format!("{corrected:.4}"),
        ]
    }
}

fn differences(system: &str, pairs: &PairedScores) -> Result<[Difference; 2], Error> {
    let of_measure = |name, measure: Measure| -> Result<Difference, Error> {
        let compared = Bootstrap::default().compare(pairs, measure)?;
        let p_value = PermutationTest::default().test(pairs, measure)?.p_value;
        Ok(Difference { system: system.to_owned(), measure: name, compared, p_value })
    };
    Ok([of_measure("presence", Measure::Presence)?, of_measure("salience", Measure::Salience)?])
}

fn interval(estimate: &Estimate) -> String {
    format!("{:.3} {}", estimate.value, estimate.bca)
}

/// A sentence for each interval that says less than it seems to.
fn caveats<'a>(
    whose: &str,
    estimates: impl IntoIterator<Item = (&'static str, &'a Estimate)>,
) -> Vec<String> {
    let said = |(measure, estimate): (&str, &Estimate)| {
        estimate.caveat.map(|caveat| format!("{whose}, {measure}: {caveat}"))
    };
    estimates.into_iter().filter_map(said).collect()
}
