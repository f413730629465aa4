//! `blemore evaluate`: what each way of decoding scores on held-out clips.

mod text;

use blemore_decode::{ByActor, Evaluated, Evaluation, TestClips};
use blemore_eval::{Bootstrap, MeanStd, PUBLISHED_PRESENCE_WEIGHT, PerMeasure, PermutationTest};
use blemore_run::paper::{PublishedRow, TABLE_II};
use serde::Serialize;

use crate::arguments::Evaluate;
use crate::failure::Failure;
use crate::output::Output;
use crate::systems::{Known, Systems};

/// How many rows of the paper are shown: those with the best composite score on the test.
const PAPER_ROWS: usize = 2;
/// The challenge's sixth system, a late fusion of twelve encoders (arXiv 2603.23650).
const SIXTH: Line = Line {
    name: "sixth of the challenge",
    folds: None,
    presence: Some(0.391),
    salience: Some(0.168),
    composite: Some(0.279),
};
/// The share of clips in which people find the right emotions.
const PEOPLE: Line =
    Line { name: "people", folds: None, presence: Some(0.43), salience: None, composite: None };

pub(crate) fn run(output: Output, arguments: &Evaluate) -> Result<(), Failure> {
    let systems = Systems::read(output, &arguments.probabilities, &arguments.tables)?;
    systems.refuse_foreign_metadata(None)?;
    let known = systems.known()?;
    let training = systems.training(output, &known)?;
    let test = test_clips(&systems, &known)?;
    let (replicates, seed) = (arguments.replicates as usize, arguments.seed);
    let evaluation = Evaluation {
        bootstrap: Bootstrap::default().replicates(replicates).seed(seed),
        permutation: PermutationTest::default().permutations(replicates).seed(seed),
        by_actor: ByActor::from(&arguments.by_actor),
    };
    let evaluated = evaluation.run(&training, test.as_ref());
    let evaluated = evaluated.map_err(|error| Failure::from(error).within(&arguments.probabilities[0]))?;
    if evaluated.rows.iter().any(|row| row.by_actor.is_used()) {
        output.note(
            "rows with * see all clips of an actor together, of the test too: not comparable to systems that see one clip \
             at a time",
        );
    }
    output.result(&Document { evaluated, references: references() }, text::of)
}

/// The clips without a fold, where others have one.
fn test_clips(systems: &Systems, known: &Known) -> Result<Option<TestClips>, Failure> {
    let rows: Vec<usize> = (0..known.folds.len()).filter(|&row| known.folds[row].is_none()).collect();
    if rows.is_empty() || rows.len() == known.folds.len() {
        return Ok(None);
    }
    let labels = rows.iter().map(|&row| known.labels[row]).collect();
    let actors = rows.iter().map(|&row| known.actors[row].clone()).collect();
    Ok(Some(TestClips::new(systems.outputs.select(&rows)?, labels, actors)?))
}

/// What is printed.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    evaluated: Evaluated,
    /// What others reach on the test.
    references: Vec<Line>,
}

/// What others reach.
#[derive(Clone, Copy, Serialize)]
struct Line {
    name: &'static str,
    /// Over the folds.
    folds: Option<PerMeasure<MeanStd>>,
    /// On the test, as the next two.
    presence: Option<f64>,
    salience: Option<f64>,
    composite: Option<f64>,
}

fn references() -> Vec<Line> {
    let composite = |row: &PublishedRow| row.test.map(|test| test.composite(PUBLISHED_PRESENCE_WEIGHT));
    let mut rows: Vec<&PublishedRow> = TABLE_II.iter().filter(|row| row.test.is_some()).collect();
    rows.sort_by(|a, b| composite(b).partial_cmp(&composite(a)).unwrap_or(std::cmp::Ordering::Equal));
    let line = |row: &&PublishedRow| Line {
        name: row.encoder,
        folds: Some(PerMeasure {
            presence: MeanStd { mean: row.validation_mean.presence, std: row.validation_std.presence },
            salience: MeanStd { mean: row.validation_mean.salience, std: row.validation_std.salience },
        }),
        presence: row.test.map(|test| test.presence),
        salience: row.test.map(|test| test.salience),
        composite: composite(row),
    };
    rows.iter().take(PAPER_ROWS).map(line).chain([SIXTH, PEOPLE]).collect()
}
