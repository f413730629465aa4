//! What the sweeps of several seeds have in common.

use blemore::run::{AgainstBaseline, SweepPlan, SweepRow};

use crate::{Failure, SEEDS};

/// Prints a line per row of a plan: its means over the seeds, and how much of the way from the baseline to the best it goes.
pub(crate) fn print(plan: &SweepPlan, rows: &[Vec<SweepRow>], best: f64) -> Result<(), Failure> {
    let nested = |rows: &[SweepRow]| mean(rows, |row| row.composite);
    let baseline = rows.iter().find(|rows| rows[0].combination == plan.baseline).ok_or("no baseline")?;
    let baseline = nested(baseline);
    println!("Bayes-optimal {best:.3}");
    for rows in rows {
        let count = |decided: fn(&AgainstBaseline) -> bool| {
            rows.iter().filter_map(|row| row.against_baseline).filter(decided).count()
        };
        // Without signal there is no distance to close.
        let closes = if best > baseline {
            format!("  closes {:>4.0} %", 100.0 * (nested(rows) - baseline) / (best - baseline))
        } else {
            String::new()
        };
        println!(
            "{:70} published {:.3}  nested {:.3}{closes}  of {SEEDS} sweeps wins {}, loses {}{}",
            rows[0].combination.to_string(),
            mean(rows, SweepRow::published_composite),
            nested(rows),
            count(AgainstBaseline::wins),
            count(AgainstBaseline::loses),
            weights(rows)
        );
    }
    Ok(())
}

fn mean(rows: &[SweepRow], value: impl Fn(&SweepRow) -> f64) -> f64 {
    rows.iter().map(value).sum::<f64>() / rows.len() as f64
}

/// The weights of the encoders, as they are on average.
fn weights(rows: &[SweepRow]) -> String {
    let of_encoder = |place: usize| format!("{:.2}", mean(rows, |row| row.encoders[place].weight));
    let weights: Vec<String> = (0..rows[0].encoders.len()).map(of_encoder).collect();
    if weights.is_empty() { String::new() } else { format!("  weights {}", weights.join(", ")) }
}
