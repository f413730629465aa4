//! Comparisons of systems that are the same.

use blemore_decode::Evaluation;
use blemore_eval::{Bootstrap, PermutationTest, Predictions, ScoreReport, Scorer, Truth};
use blemore_labels::{ClipName, Label};
use rand_core::SeedableRng;
use rand_pcg::Pcg64Dxsm;

use crate::simulated::{normal, uniform};

const SWEEPS: u64 = 200;
const ROWS: usize = 8;
const ACTORS: usize = 24;
const CLIPS_PER_ACTOR: usize = 36;

/// A system that is right as often as every other: the difficulty of an actor is the actor's, the rest is chance.
fn report(clips: &[(ClipName, Label)], scorer: &Scorer, ease: &[f64], rng: &mut Pcg64Dxsm) -> ScoreReport {
    let all: Vec<Label> = Label::all().collect();
    let predicted: Predictions = clips
        .iter()
        .enumerate()
        .map(|(place, (clip, label))| {
            let is_right = uniform(rng) < ease[place / CLIPS_PER_ACTOR];
            let other = all[(uniform(rng) * 36.0) as usize];
            (clip.clone(), if is_right { *label } else { other })
        })
        .collect();
    scorer.score(&predicted).unwrap()
}

#[test]
fn of_200_sweeps_of_identical_systems_at_most_5_percent_find_a_difference() {
    let all: Vec<Label> = Label::all().collect();
    let clips: Vec<(ClipName, Label)> = (0..ACTORS * CLIPS_PER_ACTOR)
        .map(|clip| (ClipName::parse(&format!("test_{clip:04}")).unwrap(), all[clip % all.len()]))
        .collect();
    let mut truth = Truth::default();
    for (place, (clip, label)) in clips.iter().enumerate() {
        truth.insert_with_actor(clip.clone(), *label, &format!("A{}", place / CLIPS_PER_ACTOR));
    }
    let scorer = Scorer::with_truth(truth);
    let permutation = PermutationTest::default().permutations(500);
    let bootstrap = Bootstrap::default().replicates(100);
    let evaluation = Evaluation { bootstrap, permutation, ..Evaluation::default() };
    let found = (0..SWEEPS).filter(|sweep| {
        let rng = &mut Pcg64Dxsm::seed_from_u64(*sweep);
        let ease: Vec<f64> = (0..ACTORS).map(|_| (0.3 + 0.1 * normal(rng)).clamp(0.0, 1.0)).collect();
        let reports: Vec<ScoreReport> = (0..ROWS).map(|_| report(&clips, &scorer, &ease, rng)).collect();
        let others: Vec<&ScoreReport> = reports[1..].iter().collect();
        let differences = evaluation.against(&reports[0], &others).unwrap();
        differences.iter().any(|difference| difference.p_corrected <= 0.05)
    });
    let found = found.count();
    assert!(found <= SWEEPS as usize / 20, "{found} of {SWEEPS}");
    // The test can fail: a row that is better is found.
    let rng = &mut Pcg64Dxsm::seed_from_u64(1);
    let (low, high) = (vec![0.2; ACTORS], vec![0.4; ACTORS]);
    let [worse, better] = [low, high].map(|ease| report(&clips, &scorer, &ease, rng));
    assert!(evaluation.against(&worse, &[&better]).unwrap()[0].p_corrected <= 0.05);
}
