//! `blemore aggregate`: a folder of per-clip arrays to one table of descriptors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use blemore_features::{Aggregator, FeatureFolder, Fixes, FolderOptions, NonFinite};
use serde::Serialize;

use crate::advice;
use crate::arguments::{Aggregate, NonFiniteChoice};
use crate::failure::Failure;
use crate::output::{Output, check_output};
use crate::progress::with_bar;

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    n_clips: usize,
    n_descriptors: usize,
    /// Clips with frames that were not finite, and what was done about them.
    mended: BTreeMap<String, Fixes>,
    ignored: Vec<PathBuf>,
    /// How arrays with axes of length 1 were read.
    dropped_axes: Option<String>,
}

pub(crate) fn run(output: Output, arguments: &Aggregate) -> Result<(), Failure> {
    check_output(&arguments.output, "npz", arguments.force, &[&arguments.directory])?;
    let options =
        FolderOptions { filter: arguments.filter.clone(), layer: arguments.layer, frames: arguments.frames };
    let policy = match arguments.on_nonfinite {
        NonFiniteChoice::Refuse => NonFinite::Refuse,
        NonFiniteChoice::Drop => NonFinite::DropFrames,
        NonFiniteChoice::Interpolate => NonFinite::Interpolate,
    };
    let folder = FeatureFolder::new(&arguments.directory);
    let folder = folder.options(options).threads(arguments.jobs).non_finite(policy);
    let report = with_bar(output, |listener| folder.aggregate(&Aggregator::default(), listener));
    let advice = || advice::arrays_in(&arguments.directory);
    let report = report.map_err(|error| Failure::from(error).advised(advice()))?;
    report.table.write(&arguments.output)?;
    output.notes(arguments.directory.display(), report.table.notes());
    if report.filtered_out > 0 {
        output.note(format!("{} arrays do not match the filter", report.filtered_out));
    }
    for path in &report.ignored {
        output.note(format!("{}: no array of a clip, left out", path.display()));
    }
    let dropped_axes = report.dropped_axes.as_ref().map(ToString::to_string);
    if let Some(dropped_axes) = &dropped_axes {
        output.note(format!("{}: {dropped_axes}", arguments.directory.display()));
    }
    let document = Document {
        output: arguments.output.display().to_string(),
        n_clips: report.table.len(),
        n_descriptors: report.table.width(),
        mended: report.fixed.iter().map(|(clip, fixes)| (clip.to_string(), *fixes)).collect(),
        ignored: report.ignored,
        dropped_axes,
    };
    output.result(&document, |document| {
        let mut text = format!(
            "{}: {} clips x {} descriptors",
            document.output, document.n_clips, document.n_descriptors
        );
        for (clip, mending) in &document.mended {
            text.push_str(&format!(
                "\n{clip}: {} frames dropped, {} values interpolated",
                mending.frames_dropped, mending.values_interpolated
            ));
        }
        text
    })
}
