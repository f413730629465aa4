//! What the clips really show, and who plays in them.

use std::collections::BTreeMap;

use blemore_labels::{ClipName, Label};

/// The labels of clips, with their actors.
///
/// The actor is that of the clip's name unless another is given. Names of test clips carry none: give their actors, or
/// intervals take each clip for an actor of its own and are too narrow ([`Caveat::UnknownActors`](crate::Caveat)).
///
/// ```
/// use blemore_eval::Truth;
///
/// let mut truth: Truth = [("A102_ang_int1_ver1".parse()?, "ang".parse()?)].into_iter().collect();
/// truth.insert_with_actor("test_0001".parse()?, "ang+hap 70/30".parse()?, "A411");
/// assert_eq!(truth.label("test_0001"), Some("ang+hap 70/30".parse()?));
/// assert_eq!(truth.len(), 2);
/// # Ok::<(), blemore_labels::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    records: BTreeMap<ClipName, Record>,
}

#[derive(Debug, Clone, PartialEq)]
struct Record {
    label: Label,
    actor: Option<Box<str>>,
}

impl Truth {
    /// Adds a clip, or replaces its label.
    pub fn insert(&mut self, clip: ClipName, label: Label) {
        self.records.insert(clip, Record { label, actor: None });
    }

    /// Adds a clip, or replaces its label and actor.
    pub fn insert_with_actor(&mut self, clip: ClipName, label: Label, actor: &str) {
        self.records.insert(clip, Record { label, actor: Some(actor.into()) });
    }

    /// The label of a clip, by its name without extension.
    pub fn label(&self, clip: &str) -> Option<Label> {
        self.get(clip).map(|(label, _)| label)
    }

    /// The label of a clip, and the actor that it was given.
    pub(crate) fn get(&self, clip: &str) -> Option<(Label, Option<&str>)> {
        self.records.get(clip).map(|record| (record.label, record.actor.as_deref()))
    }

    /// The clips, in the order of their names.
    pub fn clips(&self) -> impl ExactSizeIterator<Item = &ClipName> {
        self.records.keys()
    }

    /// Number of clips.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no clip.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl FromIterator<(ClipName, Label)> for Truth {
    /// Of a clip that comes twice the last label counts.
    fn from_iter<I: IntoIterator<Item = (ClipName, Label)>>(labels: I) -> Self {
        let mut truth = Self::default();
        for (clip, label) in labels {
            truth.insert(clip, label);
        }
        truth
    }
}
