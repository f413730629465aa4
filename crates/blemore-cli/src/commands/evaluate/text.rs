//! The tables of `blemore evaluate` for people.

use blemore_decode::{ClassRecall, Difference, Evaluated, Row, SystemPair};
use blemore_eval::Estimate;

use super::{Document, Line};
use crate::output::{accuracy, spread, table};

/// What marks rows that see all clips of an actor together.
const MARK: &str = " *";

pub(super) fn of(document: &Document) -> String {
    let Document { evaluated, references } = document;
    let Some(reference) = evaluated.rows.get(evaluated.reference) else { return String::new() };
    let has_test = reference.test.is_some();
    let scored = if has_test { "test" } else { "all folds" };
    let mut text = scores(evaluated, references, has_test);
    text.push_str(&format!(
        "\nfolds: mean ± standard deviation; `published` tunes a fold's thresholds on the fold itself, every other row is \
         learned on the other folds.\n{scored}: composite, the mean of both accuracies, with its 95 % interval by actor; \
         UAR and macro F1 over presence classes; p of the composite against `{}` of {}, by permutation over actors, and \
         corrected for the number of rows after Holm.\nRows without a system, on the test: the best of the paper, the \
         sixth system of the challenge, and people.",
        reference.method,
        system(reference, evaluated),
    ));
    text.push_str(&caveats(evaluated, scored));
    text.push_str(&format!("\n\nRecall by class, {scored}\n{}", recall(evaluated, reference)));
    if !evaluated.pairs.is_empty() {
        text.push_str("\n\nSystems compared, by grid thresholds of other folds, on all held-out clips\n");
        text.push_str(&pairs(&evaluated.pairs));
    }
    text
}

/// A line for each reason why intervals of the composite say less than they seem to.
fn caveats(evaluated: &Evaluated, scored: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for caveat in evaluated.rows.iter().filter_map(|row| row.shown().composite.caveat) {
        let line = format!("\n{scored}: {caveat}");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.concat()
}

fn scores(evaluated: &Evaluated, references: &[Line], has_test: bool) -> String {
    let [presence, salience] =
        if has_test { ["test presence", "salience"] } else { ["all presence", "salience"] };
    let header = ["system", "decoder", "folds presence", "salience", presence, salience];
    let header: Vec<&str> = header.into_iter().chain(["composite", "UAR", "F1", "p", "corrected"]).collect();
    let rows = evaluated.rows.iter().enumerate().map(|(place, row)| {
        let shown = row.shown();
        let [p, corrected] = match &row.against_reference {
            Some(difference) => [difference.p_permutation, difference.p_corrected].map(|p| format!("{p:.3}")),
            None if place == evaluated.reference => ["reference".to_owned(), String::new()],
            None => Default::default(),
        };
        vec![
            system(row, evaluated),
            method(row),
            spread(row.folds.presence),
            spread(row.folds.salience),
            accuracy(shown.presence.value),
            accuracy(shown.salience.value),
            with_interval(&shown.composite),
            accuracy(shown.uar),
            accuracy(shown.macro_f1),
            p,
            corrected,
        ]
    });
    table(&header, 2, rows.chain(references.iter().map(reference_cells)).collect())
}

fn system(row: &Row, evaluated: &Evaluated) -> String {
    let all = evaluated.rows.iter().map(|row| row.systems.len()).max().unwrap_or_default();
    if row.systems.len() == 1 { row.systems.concat() } else { format!("all {all}") }
}

fn method(row: &Row) -> String {
    format!("{}{}", row.method, if row.by_actor.is_used() { MARK } else { "" })
}

fn with_interval(estimate: &Estimate) -> String {
    format!("{} {}", accuracy(estimate.value), estimate.bca)
}

fn reference_cells(line: &Line) -> Vec<String> {
    let number = |value: Option<f64>| value.map(accuracy).unwrap_or_default();
    vec![
        String::new(),
        line.name.to_owned(),
        line.folds.map(|folds| spread(folds.presence)).unwrap_or_default(),
        line.folds.map(|folds| spread(folds.salience)).unwrap_or_default(),
        number(line.presence),
        number(line.salience),
        number(line.composite),
    ]
}

/// The recall of each class, by the reference and by the rows that are best over the folds: of those that see one clip at a
/// time, and of the others.
fn recall(evaluated: &Evaluated, reference: &Row) -> String {
    let composite = |row: &Row| row.folds.presence.mean + row.folds.salience.mean;
    // Published rows look at what the folds score.
    let learned = || evaluated.rows.iter().filter(|row| row.method != "published");
    let best = |is_marked: bool| {
        let rows = learned().filter(|row| row.by_actor.is_used() == is_marked);
        rows.max_by(|a, b| composite(a).total_cmp(&composite(b)))
    };
    let columns: Vec<&Row> = std::iter::once(reference).chain(best(false)).chain(best(true)).collect();
    let named = |row: &&Row| format!("{}: {}", system(row, evaluated), method(row));
    let names: Vec<String> = columns.iter().map(named).collect();
    let header: Vec<&str> = ["class", "clips"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let row = |class: &ClassRecall| {
        let same = |row: &&Row| row.shown().recall.iter().find(|other| other.class == class.class).copied();
        let recalls =
            columns.iter().map(|row| same(row).map(|found| accuracy(found.recall)).unwrap_or_default());
        [class.class.to_string(), class.clips.to_string()].into_iter().chain(recalls).collect()
    };
    table(&header, 1, reference.shown().recall.iter().map(row).collect())
}

fn pairs(pairs: &[SystemPair]) -> String {
    let cells = |pair: &SystemPair| {
        let Difference { comparison, p_permutation, p_corrected } = pair.difference;
        vec![
            pair.first.clone(),
            pair.second.clone(),
            format!("{:+.3}", comparison.difference),
            comparison.bca.to_string(),
            format!("{p_permutation:.4}"),
            format!("{p_corrected:.4}"),
        ]
    };
    table(
        &["first", "second", "composite", "95 % interval", "p", "p corrected"],
        2,
        pairs.iter().map(cells).collect(),
    )
}
