//! What the sweeps of several seeds have in common.

use std::collections::BTreeMap;

/// Of each row of the table, by its place: nested composite, published composite and corrected p value of each seed.
pub(crate) type Rows = BTreeMap<usize, Vec<[f64; 3]>>;

/// Prints a line per row: its means over the seeds, and how much of the way from the baseline to the best it goes.
pub(crate) fn print(names: &[String], rows: &Rows, baseline: usize, best: f64) {
    let mean = |place: usize, column: usize| {
        let of_row = rows.get(&place).into_iter().flatten().map(|row| row[column]);
        of_row.clone().sum::<f64>() / of_row.count().max(1) as f64
    };
    for (place, name) in names.iter().enumerate() {
        let closed = (mean(place, 0) - mean(baseline, 0)) / (best - mean(baseline, 0));
        let (wins, losses) = decided(rows.get(&place), rows.get(&baseline));
        println!(
            "{name:60} published {:.3}  nested {:.3}  closes {:>4.0} %  p < 0.05: {wins} better, {losses} worse",
            mean(place, 1),
            mean(place, 0),
            100.0 * closed
        );
    }
}

/// In how many seeds a row is better, and worse, than the baseline, with corrected p values below 0.05.
fn decided(row: Option<&Vec<[f64; 3]>>, baseline: Option<&Vec<[f64; 3]>>) -> (usize, usize) {
    let pairs = row.into_iter().flatten().zip(baseline.into_iter().flatten());
    let found = pairs.filter(|(row, _)| row[2] < 0.05);
    let (better, worse): (Vec<_>, Vec<_>) = found.partition(|(row, baseline)| row[0] > baseline[0]);
    (better.len(), worse.len())
}
