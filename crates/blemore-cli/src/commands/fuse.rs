//! `blemore fuse`: early fusion by clip name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use blemore_features::{Error, fuse, fuse_all, fuse_common};
use serde::Serialize;

use crate::arguments::Fuse;
use crate::failure::Failure;
use crate::output::{Output, check_output};
use crate::read;

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
    let inputs: Vec<&Path> = arguments.tables.iter().map(PathBuf::as_path).collect();
    check_output(&arguments.output, "npz", arguments.force, &inputs)?;
    refuse_repeated(&arguments.tables)?;
    let tables = arguments.tables.iter().map(|path| read::features(output, path));
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    let mut left_out = Vec::new();
    let table = if arguments.common {
        let fusion = fuse_common(&tables)?;
        left_out.extend(fusion.left_out.iter().map(ToString::to_string));
        fusion.table
    } else if arguments.all {
        fuse_all(&tables)?
    } else {
        fuse(&tables).map_err(|error| explain(error, &arguments.tables))?
    };
    for encoder in table.encoders().iter().filter(|encoder| !encoder.missing.is_empty()) {
        output.note(format!(
            "{} lacks {} of {} clips: gated fusion leaves it out of these, early fusion refuses them",
            encoder.name,
            encoder.missing.len(),
            table.clips().len()
        ));
    }
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

/// Features beside themselves say nothing more: whoever gives a file twice meant another one.
fn refuse_repeated(tables: &[PathBuf]) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    // A file that is not there is refused when it is read.
    let mut files = tables.iter().filter_map(|path| Some((path, path.canonicalize().ok()?)));
    match files.find(|(_, file)| !seen.insert(file.clone())) {
        Some((path, _)) => {
            Err(Failure::input(format!("{} is given twice: name each table once", path.display())))
        }
        None => Ok(()),
    }
}

/// The library knows tables by their numbers, people by their files.
fn explain(error: Error, tables: &[PathBuf]) -> Failure {
    let Error::Fusion { faults } = error else { return error.into() };
    let mut message = String::from("the tables do not cover the same clips:");
    for fault in &faults {
        message.push_str(&format!("\n  {} lacks {}", tables[fault.table].display(), fault.clips()));
    }
    message.push_str(
        "\naggregate the missing clips, give --common to keep those that all tables have, or --all to keep every clip \
         for gated fusion",
    );
    Failure::input(message)
}
