//! The table of the sweep that a run is part of.

use maud::{Markup, html};

use super::page::header;
use crate::{SweepRow, SweepTable};

/// All rows of the sweep, with their differences from the baseline.
pub(super) fn section(sweep: &SweepTable) -> Markup {
    html! {
        h2 { "The sweep" }
        p {
            "Composite accuracies of " (sweep.clips) " clips of " (sweep.actors) " actors. In the published column epoch and "
            "thresholds are chosen on the fold itself; everywhere else they are chosen on the other folds. "
            "p by paired permutation over actors against the baseline, corrected for the number of rows after Holm."
        }
        table {
            (header(&["combination", "published", "composite [95 %]", "difference [95 %]", "p", "p corrected"]))
            @for row in &sweep.rows { (cells(row)) }
        }
    }
}

fn cells(row: &SweepRow) -> Markup {
    html! {
        tr {
            td { (row.combination) }
            td { (format!("{:.3}", row.published_composite())) }
            td { (with_interval(row.composite, row.composite_ci)) }
            @match row.against_baseline {
                Some(found) => {
                    td { (with_interval(found.difference, found.ci)) }
                    td { (format!("{:.4}", found.p)) } td { (format!("{:.4}", found.p_corrected)) }
                }
                None => { td { "baseline" } td {} td {} }
            }
        }
    }
}

fn with_interval(value: f64, (low, high): (f64, f64)) -> String {
    format!("{value:.3} [{low:.3}, {high:.3}]")
}
