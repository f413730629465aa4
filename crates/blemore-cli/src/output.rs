//! What a command prints: a table for people or one JSON document for scripts.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use blemore_base::list::shortened;
use blemore_data::FoldSummary;
use blemore_eval::MeanStd;
use blemore_run::{Breakdown, CrossValidated, GroupScores, HeldOutScores};
use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};
use serde::Serialize;

use crate::failure::Failure;

/// How much goes to stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Verbosity {
    /// Results and errors alone.
    Quiet,
    /// What people want to know.
    Normal,
    /// More than that.
    Verbose,
}

/// Where and how results and messages go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// What stdout holds.
    pub format: Format,
    /// How much goes to stderr.
    pub verbosity: Verbosity,
}

/// What stdout holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Tables and sentences.
    Text,
    /// One JSON document.
    Json,
}

impl Output {
    /// Prints the result: `document` as JSON, or what `text` makes of it.
    pub fn result<T: Serialize>(self, document: &T, text: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        // A path that is no UTF-8 has no JSON form: nothing is printed then, and not half a document.
        if self.format == Format::Json {
            serde_json::to_writer(io::sink(), document)
                .map_err(|error| Failure::work(format!("the result has no JSON form: {error}")))?;
        }
        let print = || -> io::Result<()> {
            let mut stdout = BufWriter::new(io::stdout().lock());
            match self.format {
                // Written as it is made: a million issues need not be in memory as text.
                Format::Json => {
                    serde_json::to_writer_pretty(&mut stdout, document)?;
                    writeln!(stdout)?;
                }
                Format::Text => writeln!(stdout, "{}", text(document).trim_end())?,
            }
            stdout.flush()
        };
        print().map_err(|error| Failure::of_stdout(&error))
    }

    /// Says something on stderr, unless `-q`.
    pub fn note(self, message: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            // A message that cannot be shown is no reason to stop the work.
            let _ = writeln!(io::stderr().lock(), "{}", shortened(&message.to_string()));
        }
    }

    /// Says on stderr what is worth saying of a file, unless `-q`.
    pub fn notes(self, file: impl Display, notes: &[String]) {
        for note in notes {
            self.note(format_args!("{file}: {note}"));
        }
    }

    /// Says something on stderr with `-v`.
    pub fn detail(self, message: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            let _ = writeln!(io::stderr().lock(), "{message}");
        }
    }

    /// Whether a progress bar may be drawn: on a terminal, unless `-q`.
    pub fn shows_progress(self) -> bool {
        self.verbosity >= Verbosity::Normal && io::stderr().is_terminal()
    }
}

/// A table with `header`; the columns after the first `text_columns` are right-aligned.
pub fn table(header: &[&str], text_columns: usize, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for line in [TableComponent::HeaderLines, TableComponent::MiddleHeaderIntersections] {
        table.set_style(line, '─');
    }
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(text_columns) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// An accuracy with the three decimals of the paper's tables.
pub fn accuracy(value: f64) -> String {
    format!("{value:.3}")
}

/// `mean ± std`, with the three decimals of the paper's tables.
pub fn spread(value: MeanStd) -> String {
    format!("{:.3} ± {:.3}", value.mean, value.std)
}

/// The table of a cross-validation: each model over its folds.
pub fn run_table(finished: &CrossValidated) -> String {
    let rows = finished.summary.iter().map(|model| {
        let accuracies = model.accuracies;
        vec![
            model.features.clone(),
            model.model.clone(),
            model.folds.to_string(),
            spread(accuracies.presence),
            spread(accuracies.salience),
        ]
    });
    let mut text = table(&["features", "model", "folds", "ACC_presence", "ACC_salience"], 2, rows.collect());
    for damage in &finished.damaged {
        text.push_str(&format!("\nLeft out: {damage}"));
    }
    text
}

/// The table of accuracies by a column, with a line for each interval that says less than it seems to.
pub fn breakdown_table(breakdown: &Breakdown) -> String {
    let column = &breakdown.column;
    let row = |group: &GroupScores| {
        let salience = group.salience.as_ref();
        vec![
            group.name().to_owned(),
            group.presence.actors.to_string(),
            group.scores.presence.total.to_string(),
            accuracy(group.presence.value),
            group.presence.bca.to_string(),
            group.scores.salience.total.to_string(),
            salience.map_or("-".to_owned(), |estimate| accuracy(estimate.value)),
            salience.map_or("-".to_owned(), |estimate| estimate.bca.to_string()),
        ]
    };
    let header = [
        column,
        "actors",
        "clips",
        "ACC_presence",
        "95 % interval",
        "blends",
        "ACC_salience",
        "95 % interval",
    ];
    let mut text = table(&header, 1, breakdown.groups.iter().map(row).collect());
    for group in &breakdown.groups {
        for (measure, estimate) in group.measures() {
            let said = |caveat| format!("\n{column} {}, {measure}: {caveat}", group.name());
            text.extend(estimate.caveat.map(said));
        }
    }
    text
}

/// Both accuracies of a held-out test, each with its interval; `unknown` where there are none.
pub fn held_out_cells(scores: Option<&HeldOutScores>, unknown: &str) -> [String; 2] {
    let cell = |value, (low, high): (f64, f64)| {
        format!("{} [{}, {}]", accuracy(value), accuracy(low), accuracy(high))
    };
    scores.map_or_else(
        || [unknown, unknown].map(str::to_owned),
        |scores| {
            let HeldOutScores { accuracies, acc_presence_ci, acc_salience_ci, .. } = *scores;
            [cell(accuracies.presence, acc_presence_ci), cell(accuracies.salience, acc_salience_ci)]
        },
    )
}

/// A line for each reason why intervals of a held-out test say less than they seem to.
pub fn held_out_caveats<'a>(tests: impl IntoIterator<Item = &'a HeldOutScores>) -> String {
    let mut lines = Vec::new();
    for (measure, caveat) in tests.into_iter().flat_map(|scores| scores.caveats.named()) {
        let line = caveat.map(|caveat| format!("\ntest {measure}: {caveat}"));
        lines.extend(line.filter(|line| !lines.contains(line)));
    }
    lines.concat()
}

/// The table of what each fold holds.
pub fn fold_table(folds: &[FoldSummary]) -> String {
    let rows = folds.iter().map(|fold| {
        let clips = || fold.presence.iter().map(|class| class.clips);
        vec![
            fold.fold.to_string(),
            fold.clips.to_string(),
            fold.singles.to_string(),
            fold.blends.to_string(),
            format!("{} to {}", clips().min().unwrap_or(0), clips().max().unwrap_or(0)),
            fold.actors.to_string(),
            genders(&fold.genders),
        ]
    });
    let header =
        ["fold", "clips", "single", "blended", "clips per presence class", "actors", "actors by gender"];
    table(&header, 1, rows.collect())
}

/// `20 female, 27 male`
pub fn genders(actors: &BTreeMap<String, usize>) -> String {
    joined(&actors.iter().map(|(gender, actors)| format!("{actors} {gender}")).collect::<Vec<_>>())
}

/// The texts with commas between them, or a dash.
pub fn joined(texts: &[String]) -> String {
    if texts.is_empty() { "-".to_owned() } else { texts.join(", ") }
}

/// What is said of an output that is there already.
pub(crate) fn exists(path: &Path) -> Failure {
    Failure::input(format!("{} exists: give --force to replace it", path.display()))
}

/// Endings of file names that say what is in the file.
const ENDINGS: [&str; 13] = [
    "arrow",
    "csv",
    "feather",
    "html",
    "json",
    "jsonl",
    "npy",
    "npz",
    "parquet",
    "safetensors",
    "tsv",
    "xlsx",
    "zip",
];

/// Checks, before the work, that its output can be written: nothing is there or a file that `--force` replaces, it is
/// none of the inputs and in none of the input folders, its name does not say another format than `ending`, and its folder
/// takes files.
///
/// # Errors
/// A [`Failure`] that says what is in the way.
pub fn check_output(path: &Path, ending: &str, force: bool, inputs: &[&Path]) -> Result<(), Failure> {
    let shown = path.display();
    if fs::symlink_metadata(path).is_ok() {
        if !force {
            return Err(exists(path));
        }
        let Ok(target) = path.canonicalize() else {
            return Err(Failure::input(format!(
                "{shown} is a link to nothing: remove it, or give another output"
            )));
        };
        if !target.is_file() {
            return Err(Failure::input(format!(
                "{shown} is no regular file, and is not replaced: give another output"
            )));
        }
        let is_input = |input: &&&Path| input.canonicalize().is_ok_and(|input| target.starts_with(input));
        if let Some(input) = inputs.iter().find(is_input) {
            let input = input.display();
            return Err(Failure::input(format!(
                "{shown} is the input {input}, or in it: give another output"
            )));
        }
    }
    let found = path.extension().map(|found| found.to_string_lossy().to_lowercase()).unwrap_or_default();
    if found != ending && ENDINGS.contains(&found.as_str()) {
        return Err(Failure::input(format!(
            "{shown} is a name of another format than {ending}, which is written: give a name that ends in .{ending}"
        )));
    }
    blemore_base::check_writable(path)
        .map_err(|error| Failure::work(format!("cannot write {shown}: {error}")))
}

/// Checks, before the work, that a folder of results can be made or written into.
///
/// # Errors
/// A [`Failure`] that says what is in the way.
pub fn check_output_folder(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if path.exists() && !path.is_dir() {
        return Err(Failure::input(format!("{shown} is no folder: give another output")));
    }
    let probe = blemore_base::check_writable(&path.join("output"));
    probe.map_err(|error| Failure::work(format!("cannot write into {shown}: {error}")))
}
