//! `blemore fuse`: early fusion by clip name.

use blemore_features::{FeatureTable, fuse, fuse_common};
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
        (fuse(&tables)?, Vec::new())
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
