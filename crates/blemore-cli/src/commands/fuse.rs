//! `blemore fuse`: early fusion by clip name.

use std::path::PathBuf;

use blemore_features::{Error, FeatureTable, fuse, fuse_common};
use serde::Serialize;

use crate::arguments::Fuse;
use crate::failure::Failure;
use crate::output::{Output, refuse_overwriting};

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    n_clips: usize,
    n_dimensions: usize,
    /// Clips that some tables lack and that `--common` left out.
    left_out: Vec<String>,
}

pub(crate) fn run(output: Output, arguments: &Fuse) -> Result<(), Failure> {
    refuse_overwriting(&arguments.output, arguments.force)?;
    let tables = arguments.tables.iter().map(FeatureTable::read).collect::<Result<Vec<_>, _>>()?;
    let (table, left_out) = if arguments.common {
        let fusion = fuse_common(&tables)?;
        (fusion.table, fusion.left_out.iter().map(ToString::to_string).collect())
    } else {
        (fuse(&tables).map_err(|error| explain(error, &arguments.tables))?, Vec::new())
    };
    table.write(&arguments.output)?;
    let document = Document {
        output: arguments.output.display().to_string(),
        n_clips: table.len(),
        n_dimensions: table.width(),
        left_out,
    };
    output.result(&document, |document| {
        let mut text =
            format!("{}: {} clips x {} dimensions", document.output, document.n_clips, document.n_dimensions);
        for clip in &document.left_out {
            text.push_str(&format!("\nleft out: {clip}"));
        }
        text
    })
}

/// The library knows tables by their numbers, people by their files.
fn explain(error: Error, tables: &[PathBuf]) -> Failure {
    let Error::Fusion { faults } = error else { return error.into() };
    let mut message = String::from("the tables do not cover the same clips:");
    for fault in &faults {
        message.push_str(&format!("\n  {} lacks {}", tables[fault.table].display(), fault.clips()));
    }
    message.push_str("\naggregate the missing clips, or give --common to keep those that all tables have");
    Failure::input(message)
}
