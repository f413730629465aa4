//! What is printed of an encoder.

use std::fmt;

use blemore_features::FeatureMatrix;

use crate::plan::{Plan, SECONDS};
use crate::side::Measurement;

/// Clips of the dataset, each about as long as the one that is measured.
const CLIPS: f64 = 3050.0;
/// The largest difference of both sides' features, of the largest value: sums in another order.
const TOLERANCE: f32 = 1e-4;

pub(crate) struct Comparison {
    plan: Plan,
    ours: Option<Measurement>,
    peer: Option<Measurement>,
}

impl Comparison {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { plan, ours: None, peer: None }
    }

    /// Takes what was measured of us; a second time gives the same features.
    pub(crate) fn add_ours(&mut self, measured: Measurement) {
        self.ours = Some(match self.ours.take() {
            None => measured,
            Some(before) => {
                assert_eq!(before.features, measured.features, "a clip has the same features each time");
                let seconds = [before.seconds, measured.seconds].concat();
                Measurement { seconds, bytes: before.bytes.max(measured.bytes), ..measured }
            }
        });
    }

    pub(crate) fn add_peer(&mut self, measured: Measurement) {
        self.peer = Some(measured);
    }

    /// Times as fast as PyTorch.
    fn ratio(&self) -> Option<f64> {
        let [ours, peer] = [&self.ours, &self.peer].map(Option::as_ref);
        Some(median(&peer?.seconds) / median(&ours?.seconds))
    }

    pub(crate) fn is_met(&self) -> bool {
        self.ratio().is_none_or(|ratio| ratio >= self.plan.goal)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { kind, whole, goal, .. } = self.plan;
        let Some(ours) = &self.ours else { return Ok(()) };
        let rows = ours.features.len();
        let whole = whole.unwrap_or(rows);
        let whole_clip = median(&ours.seconds) * whole as f64 / rows as f64;
        let hours = CLIPS * whole_clip / 3600.0;
        writeln!(f, "{kind}: {rows} of {whole} rows of the clip")?;
        writeln!(f, "  blemore {ours}")?;
        if let (Some(peer), Some(ratio)) = (&self.peer, self.ratio()) {
            let judged = if self.is_met() { "met" } else { "MISSED" };
            let difference = difference(&ours.features, &peer.features);
            assert!(
                difference <= TOLERANCE,
                "{kind}: features are {difference:e} of the largest value apart"
            );
            writeln!(f, "  PyTorch {peer}")?;
            let alike =
                if difference == 0.0 { "the same".to_owned() } else { format!("within {difference:.0e}") };
            writeln!(f, "  {ratio:.2} times as fast (goal {goal}: {judged}); features: {alike}")?;
        }
        write!(f, "  {:.2} s per second of video, {hours:.1} h for {CLIPS} such clips", whole_clip / SECONDS)
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, greatest) = self
            .seconds
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, greatest), one| (least.min(*one), greatest.max(*one)));
        let (seconds, gigabytes) = (median(&self.seconds), self.bytes as f64 / 1e9);
        write!(f, "{seconds:.2} s ({least:.2} to {greatest:.2}), {gigabytes:.1} GB")
    }
}

/// Of the largest value of both.
fn difference(ours: &FeatureMatrix, peer: &FeatureMatrix) -> f32 {
    let (ours, peer) = (ours.frames(), peer.frames());
    assert_eq!(ours.dim(), peer.dim(), "both sides have the same rows");
    let largest =
        |values: &mut dyn Iterator<Item = f32>| values.fold(0.0_f32, |most, value| most.max(value.abs()));
    let apart = largest(&mut ours.iter().zip(peer).map(|(ours, peer)| ours - peer));
    apart / largest(&mut peer.iter().copied())
}

/// Of an even number the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    (values[middle] + values[(values.len() - 1) / 2]) / 2.0
}
