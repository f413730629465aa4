//! Scoring predictions against the truth, as the published scorer does (section "Evaluation" of the paper).

use std::collections::BTreeMap;
use std::fmt;

use blemore_base::list::counted;
use blemore_labels::{ClipName, Label, PresenceClass};
use serde::Serialize;

use crate::{Error, Issue, IssueKind, Predictions, Scores, Truth};

/// What to do with predictions that have issues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Score what the published scorer scores, and report: clips without truth or prediction do not count, whatever
    /// else is no legal prediction counts as wrong unless its emotions happen to be the true ones.
    #[default]
    Published,
    /// Refuse to score predictions that have any issue: all that a [`Submission`](crate::Submission) refuses too.
    Strict,
}

/// Scores predictions; the truth comes from the clips' names, or is given.
///
/// ACC_presence is the share of clips whose set of emotions is right, salience ignored; ACC_salience the share of
/// *blended* clips with exactly two predicted entries whose saliences, rounded to whole percents (half to even), are the
/// true ones. The paper's formula `sigma(|pi(p) - pi(q)|)` gives the same for every prediction that is one of the 36
/// labels; for others (three emotions, say) the published scorer decides.
///
/// ```
/// use blemore_eval::{Predictions, Scorer, Strictness};
///
/// let predictions = Predictions::parse(br#"{
///     "A102_ang_int1_ver1": [{"emotion": "ang", "salience": 100.0}],
///     "A411_mix_ang_hap_30_70_ver1": [{"emotion": "hap", "salience": 50}, {"emotion": "ang", "salience": 50}],
///     "test_0001": [{"emotion": "joy", "salience": 100.0}]
/// }"#)?;
/// let report = Scorer::from_names().score(&predictions)?;
/// assert_eq!((report.scores.acc_presence(), report.scores.acc_salience()), (1.0, 0.0));
/// assert!(report.to_string().ends_with("2 of 2 clips have predictions, 2 issues"));
/// assert_eq!(report.issues.len(), 2, "an unknown emotion, and no truth");
/// assert!(Scorer::from_names().strictness(Strictness::Strict).score(&predictions).is_err());
/// # Ok::<(), blemore_eval::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Scorer {
    truth: Option<Truth>,
    strictness: Strictness,
}

impl Scorer {
    /// Scores against the labels that the clips' names carry.
    pub fn from_names() -> Self {
        Self::default()
    }

    /// Scores against given labels. Clips without a prediction are among the issues.
    pub fn with_truth(truth: Truth) -> Self {
        Self { truth: Some(truth), strictness: Strictness::default() }
    }

    /// Sets what to do with predictions that have issues.
    #[must_use]
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Scores predictions.
    ///
    /// # Errors
    /// [`Error::Refused`] with every issue, when scoring is [`Strictness::Strict`] and there is one.
    pub fn score(&self, predictions: &Predictions) -> Result<ScoreReport, Error> {
        let report = self.report(predictions);
        match self.strictness {
            Strictness::Strict if !report.issues.is_empty() => Err(Error::Refused { issues: report.issues }),
            Strictness::Strict | Strictness::Published => Ok(report),
        }
    }

    fn report(&self, predictions: &Predictions) -> ScoreReport {
        let mut issues = predictions.faults();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(predictions.len());
        let mut actors: BTreeMap<&str, ActorScores> = BTreeMap::new();
        for (clip, answer) in predictions.iter() {
            let Some((truth, given)) = self.truth_of(clip) else {
                issues.push(Issue::new(clip, IssueKind::NoTruth));
                continue;
            };
            let (presence, label) = (answer.presence(), answer.label());
            let outcome = Outcome { clip: clip.clone(), truth, presence, label };
            let known = given.or(clip.actor());
            let actor = known.unwrap_or(clip.as_str());
            let new =
                || ActorScores { actor: actor.to_owned(), is_known: known.is_some(), ..Default::default() };
            actors.entry(actor).or_insert_with(new).scores += outcome.scores();
            outcomes.push(outcome);
        }
        // Both are in the order of the names.
        let mut scored = outcomes.iter().map(|outcome| &outcome.clip).peekable();
        let truths = self.truth.iter().flat_map(Truth::clips);
        let unpredicted = truths.filter(|clip| scored.next_if_eq(clip).is_none());
        issues.extend(unpredicted.map(|clip| Issue::new(clip, IssueKind::NoPrediction)));
        issues.sort_by(|a, b| a.clip.cmp(&b.clip));
        let actors: Vec<ActorScores> = actors.into_values().collect();
        ScoreReport { scores: actors.iter().map(|actor| actor.scores).sum(), actors, outcomes, issues }
    }

    /// The label of a clip, and its actor where one was given beside the name.
    fn truth_of(&self, clip: &ClipName) -> Option<(Label, Option<&str>)> {
        match &self.truth {
            Some(truth) => truth.get(clip.as_str()),
            None => Some((clip.label()?, None)),
        }
    }
}

/// Scores with their clips, their actors, and all that was wrong with the predictions.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ScoreReport {
    /// Counts over all scored clips.
    pub scores: Scores,
    /// The same counts actor by actor, in the order of their names; they sum to `scores`.
    pub actors: Vec<ActorScores>,
    /// Every scored clip, in the order of the clips' names.
    pub outcomes: Vec<Outcome>,
    /// Everything that was wrong, in the order of the clips' names.
    pub issues: Vec<Issue>,
}

impl ScoreReport {
    /// Clips whose truth is known but that have no prediction, and so do not count.
    pub fn n_unpredicted(&self) -> usize {
        self.issues.iter().filter(|issue| issue.kind == IssueKind::NoPrediction).count()
    }
}

impl fmt::Display for ScoreReport {
    /// Both accuracies with their counts, and how many clips have no prediction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in [("ACC_presence", self.scores.presence), ("ACC_salience", self.scores.salience)]
        {
            writeln!(f, "{name} {:.3} ({count} clips)", count.ratio())?;
        }
        let (scored, missing) = (self.outcomes.len(), self.n_unpredicted());
        let issues = counted(self.issues.len(), "issue");
        write!(f, "{scored} of {} have predictions, {issues}", counted(scored + missing, "clip"))
    }
}

/// The counts of one actor, the unit that intervals and tests resample.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ActorScores {
    /// The actor; the clip's name where no actor is known.
    pub actor: String,
    /// The counts.
    pub scores: Scores,
    /// Whether the actor is known; else these are the counts of one clip.
    pub is_known: bool,
}

/// How one clip was scored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The clip.
    pub clip: ClipName,
    /// What it shows.
    pub truth: Label,
    /// The predicted set of emotions; `None` when it is none of the 16 classes.
    pub presence: Option<PresenceClass>,
    /// The predicted label; `None` when it is none of the 36.
    pub label: Option<Label>,
}

impl Outcome {
    /// The counts of this clip alone.
    pub fn scores(&self) -> Scores {
        Scores::of_clip(self.truth, self.presence, self.label)
    }
}
