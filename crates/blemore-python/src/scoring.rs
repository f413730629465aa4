//! Predictions, truth, scores, intervals and comparisons.

use std::path::PathBuf;

use blemore_data::Metadata;
use blemore_eval::{
    Bootstrap, Comparison, Count, Estimate, Issue, Measure, Metrics, PUBLISHED_PRESENCE_WEIGHT, PairedScores,
    PerMeasure, PermutationTest, Predictions, ScoreReport, Scorer, Strictness, Submission, Truth,
};
use blemore_labels::{ClipName, Label, PresenceClass};
use pyo3::prelude::*;
use serde::Serialize;

use crate::convert::{clips, labels, refusal, refused, to_python};
use crate::labels::PyLabel;

/// Predictions as a file has them, right in form or not.
#[pyclass(name = "Predictions", module = "blemore._blemore", frozen)]
struct PyPredictions(Predictions);

#[pymethods]
impl PyPredictions {
    #[staticmethod]
    fn read(path: PathBuf) -> PyResult<Self> {
        Predictions::read(path).map(Self).map_err(refused)
    }

    #[staticmethod]
    fn parse(json: &[u8]) -> PyResult<Self> {
        Predictions::parse(json).map(Self).map_err(refused)
    }

    #[staticmethod]
    fn of_labels(names: Vec<String>, labels: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (clips, labels) = parallel(&names, labels)?;
        Ok(Self(clips.into_iter().zip(labels).collect()))
    }

    fn write(&self, path: PathBuf) -> PyResult<()> {
        self.0.write(path).map_err(refused)
    }

    /// Checks the challenge's rules, and the expected clips where they are given, and writes the bundle.
    fn submit(&self, path: PathBuf, expected: Option<Vec<String>>) -> PyResult<usize> {
        let submission = match expected {
            Some(names) => Submission::for_clips(&self.0, &clips(&names)?),
            None => Submission::new(&self.0),
        };
        let submission = submission.map_err(refused)?;
        submission.write(path).map_err(refused)?;
        Ok(submission.labels().len())
    }
}

fn parallel(names: &[String], given: &Bound<'_, PyAny>) -> PyResult<(Vec<ClipName>, Vec<Label>)> {
    let (clips, labels) = (clips(names)?, labels(given)?);
    if clips.len() == labels.len() {
        return Ok((clips, labels));
    }
    let (names, labels) = (clips.len(), labels.len());
    Err(refusal(format!("there are {names} clip names but {labels} labels: give one for each clip")))
}

/// What the clips show.
#[pyclass(name = "Truth", module = "blemore._blemore", frozen)]
struct PyTruth(Truth);

#[pymethods]
impl PyTruth {
    #[staticmethod]
    fn of_labels(names: Vec<String>, labels: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (clips, labels) = parallel(&names, labels)?;
        Ok(Self(clips.into_iter().zip(labels).collect()))
    }

    /// Metadata: a file, or the text of a CSV file.
    #[staticmethod]
    fn of_metadata(path: Option<PathBuf>, csv: Option<&str>) -> PyResult<Self> {
        let metadata = match (path, csv) {
            (Some(path), _) => Metadata::read(path),
            (None, csv) => Metadata::from_csv(csv.unwrap_or_default()),
        };
        blemore_run::truth([&metadata.map_err(refused)?]).map(Self).map_err(refused)
    }
}

/// Scored predictions.
#[pyclass(name = "Report", module = "blemore._blemore", frozen)]
struct PyReport(ScoreReport);

/// What `Score.to_dict()` gives: the names of the document that `blemore score --json` prints.
#[derive(Serialize)]
struct Figures<'a> {
    #[serde(flatten)]
    accuracies: PerMeasure<f64>,
    n_clips: u64,
    n_blends: u64,
    n_unpredicted: usize,
    counts: PerMeasure<Count>,
    intervals: Option<PerMeasure<Estimate>>,
    issues: &'a [Issue],
}

#[pymethods]
impl PyReport {
    fn figures<'py>(
        &self,
        py: Python<'py>,
        intervals: bool,
        replicates: usize,
        seed: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let ScoreReport { scores, actors, issues, .. } = &self.0;
        let bootstrap = Bootstrap::default().replicates(replicates).seed(seed);
        let estimates = || PerMeasure::try_of(|measure| bootstrap.estimate(actors, measure)).map_err(refused);
        let intervals = if intervals { Some(py.detach(estimates)?) } else { None };
        let figures = Figures {
            accuracies: scores.accuracies(),
            n_clips: scores.presence.total,
            n_blends: scores.salience.total,
            n_unpredicted: self.0.n_unpredicted(),
            counts: PerMeasure { presence: scores.presence, salience: scores.salience },
            intervals,
            issues,
        };
        to_python(py, &figures)
    }

    /// Clip, truth, predicted emotions and predicted label of each scored clip.
    fn outcomes(&self) -> Vec<(&str, PyLabel, Option<String>, Option<PyLabel>)> {
        let outcome = |outcome: &'_ blemore_eval::Outcome| {
            (outcome.presence.map(|class| class.to_string()), outcome.label.map(PyLabel))
        };
        let outcomes = self.0.outcomes.iter().map(|found| {
            let (presence, label) = outcome(found);
            (found.clip.as_str(), PyLabel(found.truth), presence, label)
        });
        outcomes.collect()
    }

    /// The value of a measure with its intervals over actors.
    fn bootstrap<'py>(
        &self,
        py: Python<'py>,
        measure: &str,
        presence_weight: f64,
        replicates: usize,
        confidence: f64,
        seed: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let measure = self::measure(measure, presence_weight)?;
        let bootstrap = Bootstrap::default().replicates(replicates).confidence(confidence).seed(seed);
        let estimate = py.detach(|| bootstrap.estimate(&self.0.actors, measure)).map_err(refused)?;
        to_python(py, &estimate)
    }

    /// Each measure of both systems, first minus second.
    fn compare<'py>(
        &self,
        py: Python<'py>,
        second: &Self,
        presence_weight: f64,
        replicates: usize,
        seed: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        #[derive(Serialize)]
        struct Difference {
            #[serde(flatten)]
            comparison: Comparison,
            p_permutation: f64,
        }
        #[derive(Serialize)]
        struct Differences {
            #[serde(flatten)]
            measures: PerMeasure<Difference>,
            composite: Difference,
        }
        let pairs = PairedScores::new(&self.0, &second.0).map_err(refused)?;
        let bootstrap = Bootstrap::default().replicates(replicates).seed(seed);
        let permutation = PermutationTest::default().permutations(replicates).seed(seed);
        let difference = |measure| -> Result<Difference, blemore_eval::Error> {
            let comparison = bootstrap.compare(&pairs, measure)?;
            Ok(Difference { comparison, p_permutation: permutation.test(&pairs, measure)?.p_value })
        };
        let differences = py.detach(|| -> Result<Differences, blemore_eval::Error> {
            let composite = difference(Measure::Composite { presence_weight })?;
            Ok(Differences { measures: PerMeasure::try_of(difference)?, composite })
        });
        to_python(py, &differences.map_err(refused)?)
    }

    fn confusion(&self, classes: &str) -> PyResult<Vec<Vec<u64>>> {
        confusion_of(&Metrics::of_report(&self.0), classes)
    }
}

/// A row per class of the truth; behind the columns of the classes that of predictions that are none of them.
fn confusion_of(metrics: &Metrics, classes: &str) -> PyResult<Vec<Vec<u64>>> {
    let (presence, labels) = (&metrics.presence_confusion, &metrics.label_confusion);
    match classes {
        "presence" => Ok(PresenceClass::all()
            .map(|truth| {
                let row = PresenceClass::all().map(|predicted| presence.count(truth, predicted));
                row.chain([presence.unclassified(truth)]).collect()
            })
            .collect()),
        "label" => Ok(Label::all()
            .map(|truth| {
                let row = Label::all().map(|predicted| labels.count(truth, predicted));
                row.chain([labels.unclassified(truth)]).collect()
            })
            .collect()),
        other => Err(refusal(format!("classes is {other:?}: give \"label\" (36) or \"presence\" (16)"))),
    }
}

fn measure(name: &str, presence_weight: f64) -> PyResult<Measure> {
    match name {
        "presence" => Ok(Measure::Presence),
        "salience" => Ok(Measure::Salience),
        "composite" => Ok(Measure::Composite { presence_weight }),
        other => {
            Err(refusal(format!("measure is {other:?}: give \"presence\", \"salience\" or \"composite\"")))
        }
    }
}

/// Scores predictions against given labels, or those that the clips' names tell.
#[pyfunction]
fn score(
    py: Python<'_>,
    predictions: &PyPredictions,
    truth: Option<&PyTruth>,
    strict: bool,
) -> PyResult<PyReport> {
    let scorer = match truth {
        Some(truth) => Scorer::with_truth(truth.0.clone()),
        None => Scorer::from_names(),
    };
    let scorer = scorer.strictness(if strict { Strictness::Strict } else { Strictness::Published });
    let report = py.detach(|| scorer.score(&predictions.0)).map_err(refused)?;
    if report.outcomes.is_empty() {
        return Err(refusal(match predictions.0.len() {
            0 => "there are no predictions: give one for each clip".to_owned(),
            count => format!("of {count} predictions none has a known label: give the truth of these clips"),
        }));
    }
    Ok(PyReport(report))
}

/// ACC_presence and ACC_salience of labels in the same order.
#[pyfunction]
fn accuracies(truth: &Bound<'_, PyAny>, predicted: &Bound<'_, PyAny>) -> PyResult<(f64, f64)> {
    let scores = blemore_eval::Scores::of_labels(&labels(truth)?, &labels(predicted)?).map_err(refused)?;
    Ok((scores.acc_presence(), scores.acc_salience()))
}

#[pyfunction]
fn confusion(
    truth: &Bound<'_, PyAny>,
    predicted: &Bound<'_, PyAny>,
    classes: &str,
) -> PyResult<Vec<Vec<u64>>> {
    confusion_of(&Metrics::of_labels(&labels(truth)?, &labels(predicted)?).map_err(refused)?, classes)
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("PRESENCE_WEIGHT", PUBLISHED_PRESENCE_WEIGHT)?;
    module.add_class::<PyPredictions>()?;
    module.add_class::<PyTruth>()?;
    module.add_class::<PyReport>()?;
    module.add_function(wrap_pyfunction!(score, module)?)?;
    module.add_function(wrap_pyfunction!(accuracies, module)?)?;
    module.add_function(wrap_pyfunction!(confusion, module)?)
}
