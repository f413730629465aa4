//! The measured Tables II and III that `blemore reproduce` has written, beside the paper's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use blemore_base::read_input;
use blemore_eval::{MeanStd, PerMeasure};
use serde::Deserialize;

use super::RANDOM_WEIGHTS;
use super::table::Table;
use crate::paper::{self, PublishedRow};
use crate::{Architecture, Error, HeldOutResult};

/// The tables, in the output folder of `blemore reproduce`.
pub const TABLES_FILE: &str = "tables.json";

/// What was reproduced.
#[derive(Clone, Debug, Deserialize)]
pub struct Reproduced {
    /// Whether the features were generated: then the numbers say nothing about people.
    pub generated: bool,
    /// Table II.
    pub rows: Vec<ReproducedRow>,
    /// Table III.
    pub subsampled: Vec<ReproducedRow>,
    trivial: Option<Trivial>,
}

/// A row of a table.
#[derive(Clone, Debug, Deserialize)]
pub struct ReproducedRow {
    /// The encoder, or encoders.
    pub encoder: String,
    /// Its results folder, relative to that of the reproduction.
    pub folder: PathBuf,
    /// Whether an encoder had random weights: then its numbers mean nothing.
    pub random_weights: bool,
    /// Whether an encoder had faces of the built-in detector, which is not OpenFace.
    pub built_in_faces: bool,
    /// Whether the weights of an encoder cannot be the paper's, because those are not published.
    pub other_weights: bool,
    /// The model that the table shows.
    pub best_model: Architecture,
    paper: Option<Published>,
    models: Vec<Model>,
}

#[derive(Clone, Debug, Deserialize)]
struct Published {
    encoder: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Model {
    model: Architecture,
    validation: PerMeasure<MeanStd>,
    test: Option<HeldOutResult>,
}

#[derive(Clone, Debug, Deserialize)]
struct Trivial {
    single: TrivialRow,
    blend: TrivialRow,
}

#[derive(Clone, Debug, Deserialize)]
struct TrivialRow {
    validation: PerMeasure<MeanStd>,
    test: PerMeasure<f64>,
}

impl Reproduced {
    /// Reads the tables of a folder; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Damaged`] for a file that holds something else.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(TABLES_FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = read_input(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let tables = serde_json::from_slice(&bytes);
        tables.map(Some).map_err(|error| Error::Damaged { path, problem: error.to_string() })
    }

    /// Tables II and III, measured and published.
    pub(super) fn tables(&self) -> Vec<Table> {
        let mut rows: Vec<Vec<String>> =
            self.rows.iter().flat_map(|row| row.lines(paper::table_ii)).collect();
        if let Some(trivial) = &self.trivial {
            rows.extend(trivial.single.lines(paper::SINGLE_EMOTION_ROW));
            rows.extend(trivial.blend.lines(paper::BLEND_ROW));
        }
        let header =
            ["features", "model", "", "val presence", "val salience", "test presence", "test salience"];
        let mut second = Table::new("Table II, measured beside the paper's", &header, rows);
        second.notes.push(
            "Validation: mean ± standard deviation over the folds, thresholds tuned on the fold itself, as the paper does. \
             Test: held-out actors, once, with 95 % intervals by actor."
                .to_owned(),
        );
        second.notes.extend(self.final_trainings());
        self.warn(&mut second, &self.rows);
        if self.subsampled.is_empty() {
            return vec![second];
        }
        let rows = self.subsampled.iter().flat_map(|row| row.lines(paper::table_iii));
        let rows = rows.map(|row| row.into_iter().take(5).collect()).collect();
        let mut third = Table::new("Table III, measured beside the paper's", &header[..5], rows);
        self.warn(&mut third, &self.subsampled);
        vec![second, third]
    }

    /// How many epochs the models of the test were trained for.
    fn final_trainings(&self) -> Option<String> {
        let mut rows: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(test) = row.best().and_then(|best| best.test.as_ref()) {
                rows.entry(test.epochs).or_default().push(&row.encoder);
            }
        }
        let one = |(epochs, names): (&usize, &Vec<&str>)| format!("{epochs} epochs: {}", names.join(", "));
        let all: Vec<String> = rows.iter().map(one).collect();
        (!all.is_empty()).then(|| format!("Final trainings before the test, {}.", all.join("; ")))
    }

    fn warn(&self, table: &mut Table, rows: &[ReproducedRow]) {
        if self.generated {
            table.notes.push("Generated features: the numbers say nothing about people.".to_owned());
        }
        let mut mark = |words: &str, is_marked: fn(&ReproducedRow) -> bool| {
            let marked: Vec<&str> =
                rows.iter().filter(|row| is_marked(row)).map(|row| &*row.encoder).collect();
            if !marked.is_empty() {
                table.notes.push(format!("{words}: {}.", marked.join(", ")));
            }
        };
        mark("Random weights, whose numbers mean nothing", |row| row.random_weights);
        mark("Faces of the built-in detector, not OpenFace", |row| row.built_in_faces);
        mark("Other weights than the paper's, which are not published", |row| row.other_weights);
    }
}

impl ReproducedRow {
    fn best(&self) -> Option<&Model> {
        self.models.iter().find(|model| model.model == self.best_model)
    }

    /// What was measured, and the paper's row where there is one.
    fn lines(&self, published: fn(&str) -> Option<&'static PublishedRow>) -> Vec<Vec<String>> {
        let Some(best) = self.best() else { return Vec::new() };
        let test = best.test.as_ref().and_then(|test| test.scores.as_ref());
        let interval = |value: f64, (low, high): (f64, f64)| format!("{value:.3} [{low:.3}, {high:.3}]");
        let test = test.map(|scores| {
            [
                interval(scores.accuracies.presence, scores.acc_presence_ci),
                interval(scores.accuracies.salience, scores.acc_salience_ci),
            ]
        });
        let random = if self.random_weights { RANDOM_WEIGHTS } else { "" };
        let name = format!("{}{random}", self.encoder);
        let measured = measured(&name, &best.model.to_string(), best.validation, test);
        let paper = self.paper.as_ref().and_then(|paper| published(&paper.encoder)).map(of_paper);
        std::iter::once(measured).chain(paper).collect()
    }
}

impl TrivialRow {
    fn lines(&self, name: &str) -> Vec<Vec<String>> {
        let test = [self.test.presence, self.test.salience].map(|value| format!("{value:.3}"));
        let measured = measured(name, "", self.validation, Some(test));
        std::iter::once(measured).chain(paper::table_ii(name).map(of_paper)).collect()
    }
}

fn measured(
    name: &str,
    model: &str,
    validation: PerMeasure<MeanStd>,
    test: Option<[String; 2]>,
) -> Vec<String> {
    let names = [name, model, "measured"].map(str::to_owned);
    let validation = validation.named().map(|(_, spread)| spread.to_string());
    names.into_iter().chain(validation).chain(test.unwrap_or_else(|| ["-", "-"].map(str::to_owned))).collect()
}

fn of_paper(row: &PublishedRow) -> Vec<String> {
    let (mean, std) = (row.validation_mean, row.validation_std);
    let spread = |mean, std| MeanStd { mean, std }.to_string();
    let test = |of: fn(PerMeasure<f64>) -> f64| {
        row.test.map_or_else(|| "-".to_owned(), |test| format!("{:.3}", of(test)))
    };
    vec![
        row.encoder.to_owned(),
        String::new(),
        "paper".to_owned(),
        spread(mean.presence, std.presence),
        spread(mean.salience, std.salience),
        test(|test| test.presence),
        test(|test| test.salience),
    ]
}
