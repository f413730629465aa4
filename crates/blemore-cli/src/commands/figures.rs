//! `blemore figures`: figures of a dataset, of features, of runs and of tables of outputs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use blemore_base::atomic_write;
use blemore_data::{Dataset, Metadata};
use blemore_eval::Scale;
use blemore_figures::Figure;
use blemore_labels::{Blend, Emotion};
use blemore_run::figures::{ComponentFigures, durations_of, structure_of, sweep_of};
use blemore_run::{GENERATED_CLIPS, Report, Reproduced, SweepTable};
use serde::Serialize;

use crate::arguments::{FigureFormat, Figures};
use crate::failure::Failure;
use crate::held_out::held_out;
use crate::output::{Output, check_output, check_output_folder};
use crate::read;

/// Dots per inch of a PNG: what is usual in print.
const DPI: f32 = 300.0;

/// What is printed.
#[derive(Serialize)]
struct Document {
    figures: Vec<Line>,
}

/// A figure and its files.
#[derive(Serialize)]
struct Line {
    caption: String,
    files: Vec<String>,
}

pub(crate) fn run(output: Output, arguments: &Figures) -> Result<(), Failure> {
    check_output_folder(&arguments.output)?;
    let metadata = arguments.metadata.as_deref().map(|path| read::metadata(output, path)).transpose()?;
    let mut album = Album::default();
    if let Some(folder) = &arguments.data {
        let figures = of_dataset(output, folder, &read::dataset(folder)?, arguments.fps)?;
        figures.into_iter().for_each(|figure| album.add(&name_of(folder), figure));
    }
    for path in &arguments.features {
        let name = name_of(path);
        for ([first, second], figure) in of_features(output, path, metadata.as_ref(), &arguments.emotions)? {
            album.add(&format!("{name}-{first}-{second}"), figure);
        }
    }
    for path in &arguments.run {
        add_run(output, &mut album, path, metadata.as_ref(), &arguments.by)?;
    }
    for path in &arguments.probabilities {
        let scale = if arguments.logits { Scale::Logits } else { Scale::Probabilities };
        let given = arguments.metadata.as_ref().zip(metadata.as_ref());
        let report = held_out(output, path, scale, given, &arguments.by)?;
        report.figures.into_iter().for_each(|figure| album.add(&name_of(path), figure));
    }
    let document = Document { figures: album.write(arguments)? };
    output.result(&document, |document| {
        let line = |line: &Line| format!("{}: {}", line.files.join(", "), line.caption);
        document.figures.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// The structure of a dataset, and the durations of its clips where arrays tell them.
pub(super) fn of_dataset(
    output: Output,
    folder: &Path,
    dataset: &Dataset,
    rate: Option<f64>,
) -> Result<Vec<Figure>, Failure> {
    let name = name_of(folder);
    let title = if dataset.train().is_generated() { name + GENERATED_CLIPS } else { name };
    let durations = durations_of(dataset, rate)?;
    if durations.is_none() {
        output.note(format_args!(
            "{}: no set of arrays tells how long clips are, so durations are left out",
            folder.display()
        ));
    }
    Ok(std::iter::once(structure_of(&title, dataset)).chain(durations).collect())
}

/// Two emotions and their blend for each pair that was asked for; of all pairs, those that the features have.
pub(super) fn of_features(
    output: Output,
    path: &Path,
    metadata: Option<&Metadata>,
    emotions: &[[Emotion; 2]],
) -> Result<Vec<([Emotion; 2], Figure)>, Failure> {
    let table = read::features(output, path)?;
    let truth = metadata.map(|metadata| blemore_run::known_truth([metadata]));
    let figures = ComponentFigures::new(name_of(path), &table, truth.as_ref())
        .map_err(|error| Failure::from(error).within(path))?;
    let are_all = emotions.is_empty();
    let mut found = Vec::new();
    let all: Vec<[Emotion; 2]> = Blend::pairs().map(|(first, second)| [first, second]).collect();
    for pair in if are_all { &all } else { emotions } {
        let [first, second] = pair;
        match figures.figure(*pair) {
            Ok(figure) => found.push((*pair, figure)),
            Err(error) if are_all => {
                output.note(format_args!("{}: {first},{second}: {error}", path.display()))
            }
            Err(error) => {
                return Err(Failure::input(format!("{first},{second}: {error}")).within(path));
            }
        }
    }
    Ok(found)
}

fn add_run(
    output: Output,
    album: &mut Album,
    path: &Path,
    metadata: Option<&Metadata>,
    by: &[String],
) -> Result<(), Failure> {
    if let Some(sweep) = SweepTable::read(path)? {
        album.add(&name_of(path), sweep_of(&sweep));
        return Ok(());
    }
    if let Some(reproduced) = Reproduced::read(path)? {
        let rows = reproduced.rows.iter().chain(&reproduced.subsampled);
        return rows
            .map(|row| path.join(&row.folder))
            .try_for_each(|row| add_run(output, album, &row, metadata, by));
    }
    let report = Report::of(&read::results(path)?, metadata, by, false)?;
    read::note_stale_tables(output, &report.stale_tables);
    if report.missing > 0 {
        output.note(format_args!(
            "{}: {} cells of the run are not finished and not in the figures",
            path.display(),
            report.missing
        ));
    }
    for model in report.models {
        let name = format!("{}-{}", report.features, model.model);
        for figure in model.curves.into_iter().chain(model.held_out.figures) {
            album.add(&name, figure);
        }
    }
    Ok(())
}

/// The name of a file without its ending, or of a folder.
fn name_of(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// Figures, each with a name that no other has.
#[derive(Default)]
struct Album {
    figures: Vec<(String, Figure)>,
    names: BTreeSet<String>,
}

impl Album {
    fn add(&mut self, whose: &str, figure: Figure) {
        let plain =
            |letter: char| if letter.is_alphanumeric() || "-_+.".contains(letter) { letter } else { '_' };
        let name: String = format!("{whose}-{}", figure.name()).chars().map(plain).collect();
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !self.names.contains(name));
        let name = free.unwrap_or(name);
        self.names.insert(name.clone());
        self.figures.push((name, figure));
    }

    /// Writes all figures once it is known that all can be written.
    fn write(self, arguments: &Figures) -> Result<Vec<Line>, Failure> {
        let path =
            |name: &str, format: FigureFormat| arguments.output.join(format!("{name}.{}", format.ending()));
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let mut lines = Vec::new();
        for (name, figure) in &self.figures {
            let start = files.len();
            for format in &arguments.format {
                let path = path(name, *format);
                let bytes = bytes(figure, *format)?;
                // The same command again ends well.
                if fs::read(&path).ok().as_ref() != Some(&bytes) {
                    check_output(&path, format.ending(), arguments.force, &[])?;
                }
                files.push((path, bytes));
            }
            let names = files[start..].iter().map(|(path, _)| path.display().to_string());
            lines.push(Line { caption: figure.caption().to_owned(), files: names.collect() });
        }
        for (path, bytes) in &files {
            atomic_write(path, |file| file.write_all(bytes))
                .map_err(|error| Failure::work(format!("cannot write {}: {error}", path.display())))?;
        }
        Ok(lines)
    }
}

fn bytes(figure: &Figure, format: FigureFormat) -> Result<Vec<u8>, Failure> {
    let made = match format {
        FigureFormat::Svg => Ok(figure.to_svg().into_bytes()),
        FigureFormat::Png => figure.to_png(DPI),
        FigureFormat::Pdf => figure.to_pdf(),
    };
    made.map_err(|error| Failure::work(error.to_string()))
}
