//! What one or several systems give for the same clips, and what is known of these clips.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use blemore_eval::{Divergence, Probabilities, ProbabilityTable};
use blemore_labels::{ClipName, Emotion, Label};

use crate::Error;
use crate::matrix::Matrix;

/// The probabilities of S systems for the same N clips: S tables of shape `(N, 6)`.
///
/// ```
/// use blemore_decode::Outputs;
/// use blemore_eval::ProbabilityTable;
///
/// let video = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu
/// test_0001,0.6,0.4,0,0,0,0
/// test_0002,1,0,0,0,0,0")?;
/// let audio = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad,neu
/// test_0002,0,1,0,0,0,0
/// test_0001,0,0,1,0,0,0")?;
/// let outputs = Outputs::new([("video", &video), ("audio", &audio)])?;
/// assert_eq!(outputs.clips()[1].as_str(), "test_0002");
/// assert_eq!(outputs.systems()[1].rows()[1], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    names: Vec<String>,
    clips: Vec<ClipName>,
    systems: Vec<Probabilities<f64>>,
}

impl Outputs {
    /// Numbers that a learned decoder sees of a clip, per system.
    pub(crate) const COLUMNS_PER_SYSTEM: usize = 2 * Emotion::COUNT;

    /// Joins the tables of several systems by clip name, in the order of the first table.
    ///
    /// # Errors
    /// [`Error::NoSystems`] without a table, [`Error::DifferentClips`] where a table has not the clips of the first.
    pub fn new<'a, N: Into<String>>(
        tables: impl IntoIterator<Item = (N, &'a ProbabilityTable)>,
    ) -> Result<Self, Error> {
        let mut tables = tables.into_iter().map(|(name, table)| (name.into(), table));
        let (name, first) = tables.next().ok_or(Error::NoSystems)?;
        let clips = first.clips().to_vec();
        let mut outputs = Self { names: vec![name], clips, systems: vec![first.probabilities().clone()] };
        for (name, table) in tables {
            let rows: HashMap<&ClipName, usize> = table.clips().iter().zip(0..).collect();
            let found: Vec<usize> = outputs.clips.iter().filter_map(|clip| rows.get(clip).copied()).collect();
            if found.len() != outputs.clips.len() || found.len() != table.len() {
                return Err(outputs.different_clips(name, table));
            }
            outputs.systems.push(table.probabilities().select(&found)?);
            outputs.names.push(name);
        }
        Ok(outputs)
    }

    fn different_clips(&self, second: String, table: &ProbabilityTable) -> Error {
        let (own, other): (BTreeSet<&ClipName>, BTreeSet<&ClipName>) =
            (self.clips.iter().collect(), table.clips().iter().collect());
        let (first_only, second_only): (Vec<_>, Vec<_>) =
            (own.difference(&other).collect(), other.difference(&own).collect());
        let example = first_only.iter().chain(&second_only).next().map(|clip| clip.to_string());
        Error::DifferentClips {
            first: self.names[0].clone(),
            second,
            first_only: first_only.len(),
            second_only: second_only.len(),
            example: example.unwrap_or_default(),
        }
    }

    /// The names of the S systems.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The N clips.
    pub fn clips(&self) -> &[ClipName] {
        &self.clips
    }

    /// The probabilities of each system, shape `(N, 6)`.
    pub fn systems(&self) -> &[Probabilities<f64>] {
        &self.systems
    }

    /// The outputs of one system alone. `None` where there is no system of this number.
    pub(crate) fn system(&self, number: usize) -> Option<Self> {
        let (name, system) = (self.names.get(number)?, self.systems.get(number)?);
        Some(Self { names: vec![name.clone()], clips: self.clips.clone(), systems: vec![system.clone()] })
    }

    /// The clips in these rows, in this order.
    ///
    /// # Errors
    /// [`Error::Eval`] for a row that does not exist.
    pub fn select(&self, rows: &[usize]) -> Result<Self, Error> {
        let systems = self.systems.iter().map(|system| system.select(rows)).collect::<Result<_, _>>()?;
        let clips = rows.iter().filter_map(|&row| self.clips.get(row).cloned()).collect();
        Ok(Self { names: self.names.clone(), clips, systems })
    }

    fn and(self, other: Self) -> Result<Self, Error> {
        let (expected, found) = (self.systems.len(), other.systems.len());
        if expected != found {
            let names = self.names.join(", ");
            return Err(Error::SystemCount { expected: format!("{expected} systems"), names, found });
        }
        let joined = self.systems.iter().zip(&other.systems);
        let joined = joined.map(|(own, other)| Probabilities::new([own.rows(), other.rows()].concat()));
        let systems = joined.collect::<Result<_, _>>()?;
        Ok(Self { names: self.names, clips: [self.clips, other.clips].concat(), systems })
    }

    /// The actor of each clip, as the clips' names tell it.
    ///
    /// # Errors
    /// [`Error::UnknownActor`] for the first clip whose name does not.
    pub fn actors(&self, what: &'static str) -> Result<Vec<String>, Error> {
        let actor = |clip: &ClipName| {
            clip.actor()
                .map(str::to_owned)
                .ok_or_else(|| Error::UnknownActor { what, clip: clip.to_string() })
        };
        self.clips.iter().map(actor).collect()
    }

    pub(crate) fn check_parallel(&self, what: &'static str, found: usize) -> Result<(), Error> {
        let expected = self.clips.len();
        if found == expected { Ok(()) } else { Err(Error::LengthMismatch { what, expected, found }) }
    }

    /// What a learned decoder sees: the log probabilities of each system, and the same less their mean over the six
    /// emotions, which are the logits without what all six have in common. `(N, 12 S)`.
    pub(crate) fn features(&self) -> Matrix {
        let mut features = Matrix::new(Self::COLUMNS_PER_SYSTEM * self.systems.len());
        for clip in 0..self.clips.len() {
            for system in &self.systems {
                let logarithms = system.rows()[clip].map(|p| p.max(Divergence::SMALLEST_PROBABILITY).ln());
                let mean = logarithms.iter().sum::<f64>() / Emotion::COUNT as f64;
                features.push(logarithms.map(|value| value - mean));
                features.push(logarithms);
            }
        }
        features
    }
}

/// Clips to learn from: the outputs of systems that were not trained on them, with label, actor and fold of each.
///
/// Folds keep actors apart: no actor is in two of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    outputs: Outputs,
    labels: Vec<Label>,
    actors: Vec<String>,
    folds: Vec<i64>,
}

impl Training {
    /// Joins N outputs, labels, actors and folds.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one of each per clip, [`Error::ActorInTwoFolds`].
    pub fn new(
        outputs: Outputs,
        labels: Vec<Label>,
        actors: Vec<String>,
        folds: Vec<i64>,
    ) -> Result<Self, Error> {
        outputs.check_parallel("labels", labels.len())?;
        outputs.check_parallel("actors", actors.len())?;
        outputs.check_parallel("folds", folds.len())?;
        let mut of_actor: BTreeMap<&str, i64> = BTreeMap::new();
        for (actor, &fold) in actors.iter().zip(&folds) {
            let first = *of_actor.entry(actor).or_insert(fold);
            if first != fold {
                return Err(Error::ActorInTwoFolds { actor: actor.clone(), first, second: fold });
            }
        }
        Ok(Self { outputs, labels, actors, folds })
    }

    /// These clips and then those of `other`, from the same systems.
    ///
    /// # Errors
    /// [`Error::SystemCount`] for another number of systems, [`Error::ActorInTwoFolds`].
    pub fn and(self, other: Self) -> Result<Self, Error> {
        let outputs = self.outputs.and(other.outputs)?;
        let labels = [self.labels, other.labels].concat();
        Self::new(outputs, labels, [self.actors, other.actors].concat(), [self.folds, other.folds].concat())
    }

    /// Folds that keep actors apart, for clips that come without: each actor, those with most clips first, goes into the
    /// fold with the fewest clips. Gives the fold of each clip, `0` to `count - 1`.
    ///
    /// ```
    /// let folds = blemore_decode::Training::folds_by_actor(&["A1", "A1", "A2", "A3"], 2);
    /// assert_eq!(folds, [0, 0, 1, 1]);
    /// ```
    pub fn folds_by_actor(actors: &[impl AsRef<str>], count: usize) -> Vec<i64> {
        let mut clips: BTreeMap<&str, usize> = BTreeMap::new();
        for actor in actors {
            *clips.entry(actor.as_ref()).or_default() += 1;
        }
        let mut by_size: Vec<(&str, usize)> = clips.into_iter().collect();
        by_size.sort_by_key(|(_, clips)| std::cmp::Reverse(*clips));
        let mut sizes = vec![0; count.clamp(1, by_size.len().max(1))];
        let mut of_actor: HashMap<&str, i64> = HashMap::new();
        for (actor, clips) in by_size {
            if let Some((fold, size)) = (0..).zip(&mut sizes).min_by_key(|(_, size)| **size) {
                *size += clips;
                of_actor.insert(actor, fold);
            }
        }
        actors.iter().map(|actor| of_actor.get(actor.as_ref()).copied().unwrap_or_default()).collect()
    }

    /// The outputs of the N clips.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// The N true labels.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The N actors.
    pub fn actors(&self) -> &[String] {
        &self.actors
    }

    /// The N folds.
    pub fn folds(&self) -> &[i64] {
        &self.folds
    }

    /// The folds that there are, ascending.
    pub fn fold_numbers(&self) -> BTreeSet<i64> {
        self.folds.iter().copied().collect()
    }

    /// The same clips with the outputs of one system alone. `None` where there is no system of this number.
    pub(crate) fn system(&self, number: usize) -> Option<Self> {
        Some(Self { outputs: self.outputs.system(number)?, ..self.clone() })
    }

    /// The clips of some folds.
    ///
    /// # Errors
    /// None: the rows are the table's own.
    pub fn only(&self, belongs: impl Fn(i64) -> bool) -> Result<Self, Error> {
        let rows: Vec<usize> = (0..self.folds.len()).filter(|&row| belongs(self.folds[row])).collect();
        Ok(Self {
            outputs: self.outputs.select(&rows)?,
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            actors: rows.iter().map(|&row| self.actors[row].clone()).collect(),
            folds: rows.iter().map(|&row| self.folds[row]).collect(),
        })
    }

    /// The share of the clips that are blends, 0 to 1.
    pub(crate) fn blend_share(&self) -> f64 {
        let blends = self.labels.iter().filter(|label| label.is_blend()).count();
        blends as f64 / self.labels.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> ProbabilityTable {
        ProbabilityTable::parse(format!("filename,ang,disg,fea,hap,sad,neu\n{rows}").as_bytes()).unwrap()
    }

    #[test]
    fn a_learned_decoder_sees_logarithms_without_and_with_what_all_six_have_in_common() {
        let [first, second] =
            ["A1_ang_int1_ver1,0.5,0.5,0,0,0,0", "A1_ang_int1_ver1,0.25,0.25,0.25,0.25,0,0"].map(table);
        let features = Outputs::new([("first", &first), ("second", &second)]).unwrap().features();
        assert_eq!((features.len(), features.columns()), (1, 24));
        let small = Divergence::SMALLEST_PROBABILITY.ln();
        let expected = |logarithm: f64, shown: usize| {
            let mean = (logarithm * shown as f64 + small * (6 - shown) as f64) / 6.0;
            let plain: Vec<f64> = (0..6).map(|place| if place < shown { logarithm } else { small }).collect();
            [plain.iter().map(|value| value - mean).collect(), plain].concat()
        };
        let expected = [expected(0.5_f64.ln(), 2), expected(0.25_f64.ln(), 4)].concat();
        approx::assert_abs_diff_eq!(features.values(), &expected[..], epsilon = 1e-12);
    }

    #[test]
    fn the_share_of_blends_is_that_of_the_clips() {
        let clips = table(
            "A1_ang_int1_ver1,1,0,0,0,0,0\nA1_mix_ang_hap_50_50_ver1,1,0,0,0,0,0\nA2_mix_ang_hap_30_70_ver1,1,0,0,0,0,0\n\
             A2_hap_int1_ver1,1,0,0,0,0,0\nA2_mix_ang_hap_70_30_ver1,1,0,0,0,0,0",
        );
        let outputs = Outputs::new([("mine", &clips)]).unwrap();
        let actors = outputs.actors("a test").unwrap();
        let training = Training::new(outputs, clips.labels().unwrap(), actors, vec![0, 0, 1, 1, 1]).unwrap();
        approx::assert_abs_diff_eq!(training.blend_share(), 0.6, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(
            training.only(|fold| fold == 0).unwrap().blend_share(),
            0.5,
            epsilon = 1e-15
        );
    }
}
