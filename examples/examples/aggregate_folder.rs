//! A folder of arrays, one per clip, to one table with seven statistics per dimension: what the models of Table II take.
//!
//! `cargo run --release -p blemore-examples --example aggregate_folder [ARRAYS TABLE.npz]`. Without a folder a few
//! arrays are generated.

#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use std::error::Error;
use std::path::PathBuf;

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::features::{Aggregator, FeatureFolder, NonFinite};

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (arrays, table) = match (arguments.next(), arguments.next()) {
        (Some(arrays), Some(table)) => (arrays, table),
        _ => {
            let corpus = temporary.path().join("corpus");
            Corpus::generate(42, CorpusSize::SMALL)?.write(&corpus)?;
            let arrays = corpus.join("pre_extracted_train_data/GeneratedVideo_train");
            (arrays, temporary.path().join("video.npz"))
        }
    };

    // Without this, a NaN is an error that names clip, frame and dimension. All faults of a folder come together.
    let folder = FeatureFolder::new(&arrays).non_finite(NonFinite::Interpolate);
    let report = folder.aggregate(&Aggregator::default(), &|_| {})?;
    for (clip, fixes) in &report.fixed {
        println!("{clip}: {} values interpolated", fixes.values_interpolated);
    }
    for other in &report.ignored {
        println!("not an array of a clip: {}", other.display());
    }

    let (clips, columns) = report.table.values().dim();
    report.table.write(&table)?;
    println!("{}: {clips} clips, {columns} columns", table.display());
    Ok(())
}
