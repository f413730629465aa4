//! Corrected p values of systems that are alike.

use blemore_decode::{Evaluation, Outputs, Row, TestClips, Training, holm};
use blemore_eval::{Bootstrap, PermutationTest, Predictions, ProbabilityTable, ScoreReport, Scorer};
use blemore_labels::{ClipName, Label};
use rand_core::SeedableRng;
use rand_pcg::Pcg64Dxsm;

use crate::simulated::{Clips, uniform};

const STUDIES: u64 = 20;
const SYSTEMS: usize = 5;

/// A system that is right about one clip in three, more often for some actors than for others.
fn system(clips: &Clips, seed: u64) -> ScoreReport {
    let mut rng = Pcg64Dxsm::seed_from_u64(seed);
    let all: Vec<Label> = Label::all().collect();
    let predicted = clips.table.clips().iter().zip(&clips.labels).map(|(clip, label)| {
        let skill = 0.2 + 0.3 * (clip.actor().unwrap().len() % 2) as f64;
        let is_right = uniform(&mut rng) < skill;
        (clip.clone(), if is_right { *label } else { all[(uniform(&mut rng) * 36.0) as usize] })
    });
    let predictions: Predictions = predicted.collect::<Vec<(ClipName, Label)>>().into_iter().collect();
    Scorer::from_names().score(&predictions).unwrap()
}

#[test]
fn two_hundred_comparisons_of_like_systems_find_few_differences() {
    let evaluation = Evaluation {
        bootstrap: Bootstrap::default().replicates(100),
        permutation: PermutationTest::default().permutations(1_000),
        ..Evaluation::default()
    };
    let names: Vec<String> = (0..SYSTEMS).map(|system| format!("system {system}")).collect();
    let (mut compared, mut plain, mut corrected) = (0, 0, 0);
    for study in 0..STUDIES {
        let clips = Clips::draw(594, 15, study);
        let reports: Vec<ScoreReport> =
            (0..SYSTEMS as u64).map(|number| system(&clips, 1_000 * study + number)).collect();
        for pair in evaluation.compare(&names, &reports).unwrap() {
            compared += 1;
            plain += u32::from(pair.difference.p_permutation < 0.05);
            corrected += u32::from(pair.difference.p_corrected < 0.05);
        }
    }
    assert_eq!(compared, 200);
    // Uncorrected, about 10 of 200 are expected.
    assert!((2..=22).contains(&plain), "{plain}");
    assert!(corrected <= compared / 20, "{corrected}");
}

/// The rows of a system among others, as far as they do not compare it with others.
#[test]
fn a_system_among_others_has_the_rows_that_it_has_alone() {
    let evaluation = Evaluation { bootstrap: Bootstrap::default().replicates(50), ..Evaluation::default() };
    let names = ["first", "second"];
    // Outputs of the same clips, which the second system sees in another order.
    let [folds, test] = [(180, 1), (72, 2)].map(|(count, seed)| Clips::draw(count, 9, seed));
    let outputs = |clips: &Clips, systems: &[&str]| {
        let rotated = ProbabilityTable::new(
            clips.table.clips().to_vec(),
            clips.table.probabilities().select(&(0..clips.labels.len()).rev().collect::<Vec<_>>()).unwrap(),
        );
        let tables = [("first", &clips.table), ("second", &rotated.unwrap())];
        Outputs::new(tables.into_iter().filter(|(name, _)| systems.contains(name))).unwrap()
    };
    let rows = |systems: &[&str]| {
        let by_actor = Training::folds_by_actor(&folds.actors, 3);
        let (labels, actors) = (folds.labels.clone(), folds.actors.clone());
        let training = Training::new(outputs(&folds, systems), labels, actors, by_actor).unwrap();
        let clips = TestClips::new(outputs(&test, systems), test.labels.clone(), test.actors.clone());
        evaluation.run(&training, Some(&clips.unwrap())).unwrap().rows
    };
    let together = rows(&names);
    for name in names {
        let alone = rows(&[name]);
        let among: Vec<_> = together.iter().filter(|row| row.systems == [name]).collect();
        assert!(among.len() > 3 && among.len() <= alone.len(), "{} and {}", among.len(), alone.len());
        for row in among {
            let own = alone.iter().find(|own| own.method == row.method && own.by_actor == row.by_actor);
            let of = |row: &Row| (row.folds, row.pooled.composite, row.test.as_ref().map(|it| it.composite));
            assert_eq!(own.map(of), Some(of(row)), "{name}, {}", row.method);
        }
    }
}

#[test]
fn holm_is_that_of_r() {
    // R's p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.9), "holm").
    let expected = [0.04, 0.09, 0.09, 0.025, 0.9];
    for (found, expected) in holm(&[0.01, 0.04, 0.03, 0.005, 0.9]).into_iter().zip(expected) {
        approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-15);
    }
    assert!(holm(&[]).is_empty());
}
