//! Accuracies by a column of the metadata.

use std::collections::BTreeMap;

use blemore_data::Metadata;
use blemore_eval::{
    ActorScores, Bootstrap, Caveat, Estimate, Interval, Measure, Outcome, PerMeasure, Scores, Truth,
};
use blemore_labels::PresenceClass;
use serde::Serialize;

use crate::Error;

/// What stands for the name of a column where clips are grouped by what they show.
const EMOTIONS: &str = "emotions";

/// The accuracies of the clips that share a value of a metadata column: by gender, by intensity, by camera.
///
/// ```
/// use blemore_data::Metadata;
/// use blemore_eval::{Bootstrap, Predictions, Scorer};
/// use blemore_labels::Label;
/// use blemore_run::Breakdown;
///
/// let metadata = Metadata::of_names(["A1_ang_int1_ver1".parse()?, "A2_ang_int4_ver1".parse()?])?;
/// let predictions = Predictions::from_iter([
///     ("A1_ang_int1_ver1".parse()?, "sad".parse::<Label>()?),
///     ("A2_ang_int4_ver1".parse()?, "ang".parse::<Label>()?),
/// ]);
/// let report = Scorer::from_names().score(&predictions)?;
/// let by_intensity = Breakdown::new(&report.outcomes, &metadata, "intensity_level", &Bootstrap::default())?;
/// let strong = &by_intensity.groups[1];
/// assert_eq!((strong.value.as_deref(), strong.presence.value), (Some("4"), 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breakdown {
    /// The column.
    pub column: String,
    /// A group per value: in the order of numbers if all values are numbers, else of texts. Clips without a value are last.
    pub groups: Vec<GroupScores>,
}

/// The accuracies of a group of clips.
///
/// Serialises with the names of the document that `blemore score --json` prints.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupScores {
    /// The value that the clips share; `None` for clips whose cell is empty.
    pub value: Option<String>,
    /// Counts of the group's clips.
    pub scores: Scores,
    /// ACC_presence with its interval over the group's actors.
    pub presence: Estimate,
    /// ACC_salience with its interval over the group's actors; `None` for a group without a blend.
    pub salience: Option<Estimate>,
}

impl Breakdown {
    /// The accuracies of scored clips by a column of their metadata, which also names the actors. A clip that the metadata
    /// do not list has no value.
    ///
    /// # Errors
    /// [`Error::Data`] when the metadata have no such column, with the columns that they have; [`Error::Eval`] for a
    /// bootstrap whose settings are out of range.
    pub fn new(
        outcomes: &[Outcome],
        metadata: &Metadata,
        column: &str,
        bootstrap: &Bootstrap,
    ) -> Result<Self, Error> {
        let values = metadata.column(column)?;
        let value = |outcome: &Outcome| {
            let row = metadata.row_of(&outcome.clip)?;
            values[row].as_deref().map(str::to_owned)
        };
        let mut groups = groups(outcomes, metadata, value, bootstrap)?;
        let number =
            |group: &GroupScores| group.value.as_deref().map_or(Ok(f64::INFINITY), str::parse::<f64>);
        if groups.iter().all(|group| number(group).is_ok()) {
            groups.sort_by(|a, b| number(a).unwrap_or_default().total_cmp(&number(b).unwrap_or_default()));
        }
        groups.sort_by_key(|group| group.value.is_none());
        Ok(Self { column: column.to_owned(), groups })
    }

    /// The accuracies of scored clips by the set of emotions that they show, in the order of the sets. The metadata name the
    /// actors.
    ///
    /// # Errors
    /// [`Error::Eval`] for a bootstrap whose settings are out of range.
    pub fn by_emotions(
        outcomes: &[Outcome],
        metadata: &Metadata,
        bootstrap: &Bootstrap,
    ) -> Result<Self, Error> {
        let mut groups = groups(outcomes, metadata, |outcome| Some(set_of(outcome)), bootstrap)?;
        let place = |group: &GroupScores| {
            PresenceClass::all().position(|class| group.value == Some(class.to_string()))
        };
        groups.sort_by_key(place);
        Ok(Self { column: EMOTIONS.to_owned(), groups })
    }
}

fn set_of(outcome: &Outcome) -> String {
    outcome.truth.presence().to_string()
}

/// A group per value, in the order of texts; clips without a value first.
fn groups(
    outcomes: &[Outcome],
    metadata: &Metadata,
    value: impl Fn(&Outcome) -> Option<String>,
    bootstrap: &Bootstrap,
) -> Result<Vec<GroupScores>, Error> {
    let mut groups: BTreeMap<Option<String>, BTreeMap<&str, (Scores, bool)>> = BTreeMap::new();
    for outcome in outcomes {
        let clip = &outcome.clip;
        let row = metadata.row_of(clip);
        let actor = row.map_or(clip.as_str(), |row| metadata.clips()[row].actor.as_str());
        let actors = groups.entry(value(outcome)).or_default();
        let (scores, is_known) = actors.entry(actor).or_default();
        *scores += outcome.scores();
        *is_known = actor != clip.as_str();
    }
    groups.into_iter().map(|(value, actors)| GroupScores::new(value, actors, bootstrap)).collect()
}

impl GroupScores {
    /// Both measures by name, with their estimates where there are any.
    pub fn measures(&self) -> impl Iterator<Item = (&'static str, &Estimate)> {
        let salience = self.salience.iter().map(|estimate| ("ACC_salience", estimate));
        std::iter::once(("ACC_presence", &self.presence)).chain(salience)
    }

    /// The value as tables show it.
    pub fn name(&self) -> &str {
        self.value.as_deref().unwrap_or("(empty)")
    }

    fn new(
        value: Option<String>,
        actors: BTreeMap<&str, (Scores, bool)>,
        bootstrap: &Bootstrap,
    ) -> Result<Self, Error> {
        let actors: Vec<ActorScores> = actors
            .into_iter()
            .map(|(actor, (scores, is_known))| ActorScores { actor: actor.to_owned(), scores, is_known })
            .collect();
        let scores: Scores = actors.iter().map(|actor| actor.scores).sum();
        let salience = bootstrap.estimate(&actors, Measure::Salience)?;
        Ok(Self {
            value,
            scores,
            presence: bootstrap.estimate(&actors, Measure::Presence)?,
            salience: (scores.salience.total > 0).then_some(salience),
        })
    }
}

impl Serialize for GroupScores {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            value: Option<&'a str>,
            acc_presence: f64,
            acc_salience: Option<f64>,
            n_clips: u64,
            n_blends: u64,
            acc_presence_ci: Interval,
            acc_salience_ci: Option<Interval>,
            n_actors: usize,
            caveats: PerMeasure<Option<Caveat>>,
        }
        Document {
            value: self.value.as_deref(),
            acc_presence: self.presence.value,
            acc_salience: self.salience.map(|estimate| estimate.value),
            n_clips: self.scores.presence.total,
            n_blends: self.scores.salience.total,
            acc_presence_ci: self.presence.bca,
            acc_salience_ci: self.salience.map(|estimate| estimate.bca),
            n_actors: self.presence.actors,
            caveats: PerMeasure {
                presence: self.presence.caveat,
                salience: self.salience.and_then(|estimate| estimate.caveat),
            },
        }
        .serialize(serializer)
    }
}

/// The labels and actors of metadata tables, to score against. A clip that is its own actor has none that is known.
///
/// # Errors
/// [`Error::Data`] for clips without a label.
pub fn truth<'a>(tables: impl IntoIterator<Item = &'a Metadata>) -> Result<Truth, Error> {
    let tables: Vec<&Metadata> = tables.into_iter().collect();
    for metadata in &tables {
        metadata.labels()?;
    }
    Ok(known_truth(tables))
}

/// As [`truth`], without the clips that have no label.
pub fn known_truth<'a>(tables: impl IntoIterator<Item = &'a Metadata>) -> Truth {
    let mut truth = Truth::default();
    for record in tables.into_iter().flat_map(Metadata::clips) {
        let Some(label) = record.label else { continue };
        if record.actor == record.clip.as_str() {
            truth.insert(record.clip.clone(), label);
        } else {
            truth.insert_with_actor(record.clip.clone(), label, &record.actor);
        }
    }
    truth
}
