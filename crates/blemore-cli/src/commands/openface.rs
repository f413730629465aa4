//! `blemore openface`: OpenFace CSV to one array a clip.

use std::fs;
use std::path::Path;

use blemore_base::Listener;
use blemore_features::openface::{self, ConvertedClip, SeveralFaces};
use serde::Serialize;

use crate::arguments::{Openface, SeveralFacesChoice};
use crate::failure::Failure;
use crate::output::{Output, check_output_folder, table};
use crate::progress::with_bar;

/// What is printed.
#[derive(Serialize)]
struct Document {
    output: String,
    n_clips: usize,
    clips: Vec<Clip>,
}

/// How good the tracking of a clip was.
#[derive(Serialize)]
struct Clip {
    clip: String,
    good: bool,
    frames: usize,
    success_share: f64,
    confidence_share: Option<f64>,
    quality: String,
    /// What there is to say of the file besides.
    notes: Vec<String>,
}

impl From<&ConvertedClip> for Clip {
    fn from(converted: &ConvertedClip) -> Self {
        let quality = &converted.quality;
        Self {
            clip: converted.clip.to_string(),
            good: quality.is_good(),
            frames: quality.frames,
            success_share: quality.success_share,
            confidence_share: quality.confidence_share,
            quality: quality.to_string(),
            notes: converted.notes.clone(),
        }
    }
}

pub(crate) fn run(output: Output, arguments: &Openface) -> Result<(), Failure> {
    if !arguments.force && holds_something(&arguments.output) {
        let folder = arguments.output.display();
        return Err(Failure::input(format!("{folder} is not empty: give --force to write into it")));
    }
    check_output_folder(&arguments.output)?;
    let several = match arguments.on_several_faces {
        SeveralFacesChoice::Keep => SeveralFaces::Keep,
        SeveralFacesChoice::Refuse => SeveralFaces::Refuse,
    };
    let convert = |listener: Listener<'_>| {
        openface::convert_folder(&arguments.directory, &arguments.output, several, listener)
    };
    let conversion = with_bar(output, convert)?;
    for path in &conversion.ignored {
        output.note(format!("{}: no CSV file, left out", path.display()));
    }
    for clip in &conversion.clips {
        for note in &clip.notes {
            output.note(format!("{}: {note}", clip.source.display()));
        }
    }
    let document = Document {
        output: arguments.output.display().to_string(),
        n_clips: conversion.clips.len(),
        clips: conversion.clips.iter().map(Clip::from).collect(),
    };
    output.result(&document, text)
}

fn holds_something(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// The clips that are not good, and how many there are in all.
fn text(document: &Document) -> String {
    let poor = document.clips.iter().filter(|clip| !clip.good);
    let rows: Vec<Vec<String>> = poor.map(|clip| vec![clip.clip.clone(), clip.quality.clone()]).collect();
    let mut text = format!(
        "{}: {} clips, {} of them with too few good frames",
        document.output,
        document.n_clips,
        rows.len()
    );
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table(&["clip", "quality"], 2, rows));
    }
    text
}
