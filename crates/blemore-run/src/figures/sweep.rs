//! The figure of a sweep.

use std::collections::BTreeSet;

use blemore_figures::{Figure, SweepDifference, SweepPoint};

use crate::{Combination, GENERATED_CLIPS, RANDOM_WEIGHTS, SweepRow, SweepTable};

/// A row per combination of a sweep. What all combinations have in common stands in the title.
pub fn sweep_of(table: &SweepTable) -> Figure {
    let all: Vec<[String; 5]> = table.rows.iter().map(|row| parts(&row.combination)).collect();
    let differs = |part: usize| all.iter().map(|parts| &parts[part]).collect::<BTreeSet<_>>().len() > 1;
    let differs = [0, 1, 2, 3, 4].map(differs);
    let named = |parts: &[String; 5], wanted: bool| {
        let kept = parts.iter().zip(differs).filter(|(_, differs)| *differs == wanted);
        kept.map(|(part, _)| part.as_str()).collect::<Vec<_>>().join(", ")
    };
    let common = all.first().map(|parts| named(parts, false)).filter(|common| !common.is_empty());
    let mut title = common.map_or_else(|| "Sweep".to_owned(), |common| format!("Sweep: {common}"));
    title.push_str(if table.random_weights { RANDOM_WEIGHTS } else { "" });
    title.push_str(if table.generated { GENERATED_CLIPS } else { "" });
    let points: Vec<SweepPoint> =
        table.rows.iter().zip(&all).map(|(row, parts)| point(row, named(parts, true))).collect();
    blemore_figures::sweep(&title, &points)
}

fn parts(combination: &Combination) -> [String; 5] {
    let Combination { model, head, objective, decoder, .. } = combination;
    [combination.inputs(), model.to_string(), head.to_string(), objective.to_string(), decoder.to_string()]
}

fn point(row: &SweepRow, name: String) -> SweepPoint {
    let difference = row.against_baseline.map(|found| SweepDifference {
        value: found.difference,
        ci: found.ci,
        is_decided: found.wins() || found.loses(),
    });
    SweepPoint {
        name,
        published: row.published_composite(),
        composite: row.composite,
        composite_ci: row.composite_ci,
        against_baseline: difference,
    }
}
