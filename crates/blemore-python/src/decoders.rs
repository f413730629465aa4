//! Decoders learned from outputs, late fusion, and what each way scores.

use std::path::PathBuf;

use blemore_decode::{
    ByActor, Evaluation, Fusion, Labels, Outputs, Recipe, Rule, TestClips, TrainedDecoder, Training, fuse,
};
use blemore_eval::{Bootstrap, PermutationTest, ProbabilityTable};
use blemore_labels::Label;
use pyo3::prelude::*;

use crate::convert::{refusal, refused, to_labels, to_python};
use crate::labels::PyLabel;
use crate::probabilities::PyProbabilities;
use crate::thresholds::known_labels;

/// Systems by name.
type Systems<'py> = Vec<(String, PyRef<'py, PyProbabilities>)>;

/// How many folds are made where none are given.
const FOLDS_MADE: usize = 5;

fn outputs(systems: &Systems<'_>) -> PyResult<Outputs> {
    let tables: Vec<(&String, ProbabilityTable)> =
        systems.iter().map(|(name, system)| Ok((name, system.table()?))).collect::<PyResult<_>>()?;
    let named = systems.iter().filter(|(_, system)| system.clips.is_some()).count();
    if named != 0 && named != systems.len() {
        return Err(refusal(
            "some systems have clip names and some have none to be joined by: give clips= for each",
        ));
    }
    Outputs::new(tables.iter().map(|(name, table)| (name.as_str(), table))).map_err(refused)
}

/// What is known of clips to learn from or to score.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Known<'py> {
    labels: Option<Bound<'py, PyAny>>,
    actors: Option<Vec<String>>,
    folds: Option<Vec<i64>>,
}

impl Known<'_> {
    fn labels(&self, systems: &Systems<'_>) -> PyResult<Vec<Label>> {
        let first = systems.first().ok_or_else(|| refused(blemore_decode::Error::NoSystems))?;
        known_labels(&first.1, self.labels.as_ref())
    }

    fn actors(&self, outputs: &Outputs) -> PyResult<Vec<String>> {
        match &self.actors {
            Some(actors) => Ok(actors.clone()),
            None => outputs.actors("learning from clips").map_err(refused),
        }
    }

    fn training(&self, systems: &Systems<'_>) -> PyResult<Training> {
        let outputs = outputs(systems)?;
        let (labels, actors) = (self.labels(systems)?, self.actors(&outputs)?);
        let folds = self.folds.clone().unwrap_or_else(|| Training::folds_by_actor(&actors, FOLDS_MADE));
        Training::new(outputs, labels, actors, folds).map_err(refused)
    }
}

fn fusion(weights: &str) -> PyResult<Fusion> {
    match weights {
        "mean" => Ok(Fusion::Mean),
        "likelihood" => Ok(Fusion::Likelihood),
        "score" => Ok(Fusion::Score),
        other => Err(refusal(format!("weights is {other:?}: give \"mean\", \"likelihood\" or \"score\""))),
    }
}

/// What is to be learned.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Choice {
    decoder: String,
    weights: String,
    calibrate: bool,
    centre_by_actor: bool,
    balance_by_actor: bool,
}

impl Choice {
    /// An option that would change nothing is a mistake.
    fn recipe(&self) -> PyResult<Recipe> {
        let by_actor = ByActor { centre: self.centre_by_actor, balance: self.balance_by_actor };
        let fusion = fusion(&self.weights)?;
        let fused = |rule| Recipe::Fused { fusion, calibrated: self.calibrate, rule };
        let recipe = match self.decoder.as_str() {
            "grid" => fused(Rule::Grid),
            "exact" => fused(Rule::Exact),
            "argmax" => fused(Rule::Argmax),
            "expected_score" => fused(Rule::ExpectedScore),
            "learned" => Recipe::Learned { labels: Labels::Related, by_actor },
            "learned_apart" => Recipe::Learned { labels: Labels::Apart, by_actor },
            other => {
                return Err(refusal(format!(
                    "decoder is {other:?}: give \"grid\", \"exact\", \"argmax\", \"expected_score\", \"learned\" or \
                     \"learned_apart\""
                )));
            }
        };
        match recipe {
            Recipe::Fused { .. } if by_actor.is_used() => {
                Err(refusal("centre_by_actor and balance_by_actor are for a learned decoder: leave them out"))
            }
            Recipe::Learned { .. } if self.calibrate || fusion != Fusion::Mean => Err(refusal(
                "a learned decoder sees all systems as they are: leave out weights and calibrate",
            )),
            _ => Ok(recipe),
        }
    }
}

/// A decoder learned from outputs on labelled clips. It goes into a small JSON file, which `blemore decode --trained` takes.
#[pyclass(name = "Decoder", module = "blemore", frozen)]
struct PyDecoder(TrainedDecoder);

#[pymethods]
impl PyDecoder {
    #[staticmethod]
    fn fit(py: Python<'_>, systems: Systems<'_>, known: Known<'_>, choice: Choice) -> PyResult<Self> {
        let recipe = choice.recipe()?;
        let training = known.training(&systems)?;
        py.detach(|| recipe.fit(&training)).map(Self).map_err(refused)
    }

    /// Reads a decoder file.
    #[staticmethod]
    fn read(path: PathBuf) -> PyResult<Self> {
        TrainedDecoder::read(path).map(Self).map_err(refused)
    }

    /// Writes the decoder as JSON, whole or not at all.
    fn write(&self, path: PathBuf) -> PyResult<()> {
        self.0.write(path).map_err(refused)
    }

    fn labels(
        &self,
        py: Python<'_>,
        systems: Systems<'_>,
        actors: Option<Vec<String>>,
    ) -> PyResult<Vec<PyLabel>> {
        let outputs = outputs(&systems)?;
        let labels = py.detach(|| match actors {
            Some(actors) => self.0.decode_with_actors(&outputs, &actors),
            None => self.0.decode(&outputs),
        });
        Ok(to_labels(labels.map_err(refused)?))
    }

    /// The names of the systems that it was learned from.
    #[getter]
    fn systems(&self) -> Vec<String> {
        self.0.systems().to_vec()
    }

    /// Alpha and beta, of a decoder that has them.
    #[getter]
    fn thresholds(&self) -> Option<(f64, f64)> {
        self.0.thresholds().map(|thresholds| (thresholds.alpha, thresholds.beta))
    }

    /// The strength of the prior of a learned decoder.
    #[getter]
    fn strength(&self) -> Option<f64> {
        self.0.strength()
    }

    /// Whether it looks at all clips of an actor together.
    #[getter]
    fn is_by_actor(&self) -> bool {
        self.0.by_actor().is_used()
    }

    fn __repr__(&self) -> PyResult<String> {
        serde_json::to_value(&self.0).map_or_else(
            |error| Err(refused(error)),
            |value| Ok(format!("<Decoder {} of {}>", value["decoder"], self.0.systems().join(", "))),
        )
    }
}

/// One table of probabilities from those of several systems, and the weight of each system.
#[pyfunction]
fn late_fuse(
    py: Python<'_>,
    systems: Systems<'_>,
    weights: &Bound<'_, PyAny>,
    fit: Option<(Systems<'_>, Known<'_>)>,
) -> PyResult<(PyProbabilities, Vec<f64>)> {
    let outputs = outputs(&systems)?;
    let weights = match (weights.extract::<Vec<f64>>(), fit) {
        (Ok(weights), _) => weights,
        (Err(_), fit) => match (fusion(&weights.extract::<String>()?)?, fit) {
            (Fusion::Mean, _) => vec![1.0 / systems.len() as f64; systems.len()],
            (fusion, Some((validation, known))) => {
                let training = known.training(&validation)?;
                py.detach(|| fusion.weights(&training)).map_err(refused)?
            }
            (_, None) => {
                return Err(refusal(
                    "weights that are learned need labelled clips that the systems were not trained on: give fit=",
                ));
            }
        },
    };
    let fused = py.detach(|| fuse(&outputs, &weights)).map_err(refused)?;
    let mut fused = PyProbabilities::of(outputs.clips(), fused);
    if systems[0].1.clips.is_none() {
        fused.clips = None;
    }
    Ok((fused, weights))
}

/// What each way of decoding scores on clips that it has not seen.
#[pyfunction]
fn evaluate<'py>(
    py: Python<'py>,
    systems: Systems<'py>,
    known: Known<'py>,
    test: Option<(Systems<'py>, Known<'py>)>,
    by_actor: (bool, bool),
    replicates: usize,
    seed: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let training = known.training(&systems)?;
    let test = match test {
        None => None,
        Some((systems, known)) => {
            let outputs = outputs(&systems)?;
            let (labels, actors) = (known.labels(&systems)?, known.actors(&outputs)?);
            Some(TestClips::new(outputs, labels, actors).map_err(refused)?)
        }
    };
    let evaluation = Evaluation {
        bootstrap: Bootstrap::default().replicates(replicates).seed(seed),
        permutation: PermutationTest::default().permutations(replicates).seed(seed),
        by_actor: ByActor { centre: by_actor.0, balance: by_actor.1 },
    };
    let evaluated = py.detach(|| evaluation.run(&training, test.as_ref())).map_err(refused)?;
    to_python(py, &evaluated)
}

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyDecoder>()?;
    module.add_function(wrap_pyfunction!(late_fuse, module)?)?;
    module.add_function(wrap_pyfunction!(evaluate, module)?)
}
