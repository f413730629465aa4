//! Figure 4 of the paper for outputs of your own model: which emotions are taken for which.
//!
//! `cargo run --example draw_confusion FIGURE.svg [PROBABILITIES.csv]`. Without a table outputs are made up. With the
//! feature `convert` of `blemore-figures`, `Figure::to_png` and `Figure::to_pdf` make PNG and PDF of the same figure.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::error::Error;
use std::fs;

use blemore_eval::{GridSearch, Metrics, ProbabilityTable, decode_all};
use blemore_examples::made_up_outputs;
use blemore_figures::{CellText, confusion};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = arguments.next().ok_or("give the name of the figure, such as confusion.svg")?;
    let outputs = match arguments.next() {
        Some(table) => ProbabilityTable::read(table)?,
        None => made_up_outputs(0.9)?,
    };

    // Thresholds that were tuned on these clips make the figure look a little better than it is: see the example
    // `thresholds_without_look_ahead`.
    let truth = outputs.labels()?;
    let found = GridSearch::default().search(outputs.probabilities(), &truth)?;
    let predicted = decode_all(outputs.probabilities(), found.thresholds);

    let metrics = Metrics::of_labels(&truth, &predicted)?;
    // `label_confusion` has all 36 labels in place of 16 sets of emotions.
    let figure = confusion("My model", &metrics.presence_confusion, CellText::Both);
    fs::write(&path, figure.to_svg())?;
    println!("{}: {}", path.display(), figure.caption());
    Ok(())
}
