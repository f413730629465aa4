//! Whether intervals and tests keep what they promise, by simulation, and whether they are the same on any machine.

use std::num::NonZeroUsize;

use blemore_eval::{
    ActorScores, Bootstrap, Caveat, Count, Enumeration, Estimate, Measure, PairedScores, PermutationTest,
    Predictions, Scorer, Scores,
};
use blemore_labels::{ClipName, Emotion, Label};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;

/// A number in [0, 1).
fn uniform(rng: &mut Pcg64Dxsm) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Actors whose rates differ more than chance would make them: uniform around [`TRUE_RATE`].
const TRUE_RATE: f64 = 0.3;
const SPREAD: f64 = 0.2;

fn simulated_actors(rng: &mut Pcg64Dxsm, count: usize) -> Vec<ActorScores> {
    (0..count)
        .map(|number| {
            let rate = TRUE_RATE + SPREAD * (2.0 * uniform(rng) - 1.0);
            let presence: Count = (0..40).map(|_| uniform(rng) < rate).collect();
            let scores = Scores { presence, salience: Count::default() };
            ActorScores { actor: format!("A{number}"), scores, is_known: true }
        })
        .collect()
}

/// How often intervals from many simulated studies hold the true rate.
fn coverage(actors: usize, studies: usize, interval: impl Fn(Estimate) -> blemore_eval::Interval) -> f64 {
    let mut rng = Pcg64Dxsm::seed_from_u64(actors as u64);
    let covered: Count = (0..studies)
        .map(|study| {
            let actors = simulated_actors(&mut rng, actors);
            let bootstrap =
                Bootstrap::default().replicates(600).seed(study as u64).threads(NonZeroUsize::MIN);
            interval(bootstrap.estimate(&actors, Measure::Presence).unwrap()).contains(TRUE_RATE)
        })
        .collect();
    covered.ratio()
}

/// With 1,000 studies the standard error of a coverage of 0.95 is 0.007.
#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    for (actors, lowest) in [(47, 0.93), (11, 0.89)] {
        for (name, found) in [
            ("BCa", coverage(actors, 1_000, |estimate| estimate.bca)),
            ("percentile", coverage(actors, 1_000, |estimate| estimate.percentile)),
        ] {
            assert!((lowest..=0.97).contains(&found), "{name}, {actors} actors: {found}");
        }
    }
}

/// What the intervals are for: clips of one actor are alike, so clips taken as independent give intervals too narrow.
#[test]
fn taking_clips_as_independent_would_cover_far_less() {
    let (actors, studies) = (47, 300);
    let mut rng = Pcg64Dxsm::seed_from_u64(1);
    let covered: Count = (0..studies)
        .map(|_| {
            let scores: Scores = simulated_actors(&mut rng, actors).iter().map(|actor| actor.scores).sum();
            let rate = scores.acc_presence();
            let half_width = 1.96 * (rate * (1.0 - rate) / scores.presence.total as f64).sqrt();
            (rate - TRUE_RATE).abs() <= half_width
        })
        .collect();
    assert!(covered.ratio() < 0.85, "{}", covered.ratio());
}

/// Two systems of the same quality on the clips of `actors` actors.
fn equal_systems(rng: &mut Pcg64Dxsm, actors: usize) -> PairedScores {
    let clips: Vec<ClipName> = (0..actors)
        .flat_map(|actor| (1..=20).map(move |version| format!("A{actor}_ang_int1_ver{version}")))
        .map(|name| name.parse().unwrap())
        .collect();
    let mut system = || {
        let predictions: Predictions = clips
            .iter()
            .map(|clip| {
                let emotion = if uniform(rng) < 0.4 { Emotion::Anger } else { Emotion::Sadness };
                (clip.clone(), Label::Single(emotion))
            })
            .collect();
        Scorer::from_names().score(&predictions).unwrap()
    };
    PairedScores::new(&system(), &system()).unwrap()
}

#[test]
fn equal_systems_are_told_apart_no_more_often_than_the_level_says() {
    let mut rng = Pcg64Dxsm::seed_from_u64(3);
    let studies = 400;
    let (mut by_permutation, mut by_bootstrap) = (0, 0);
    for _ in 0..studies {
        let pairs = equal_systems(&mut rng, 11);
        let test = PermutationTest::default().permutations(2_048).test(&pairs, Measure::Presence).unwrap();
        assert_eq!((test.enumeration, test.permutations), (Enumeration::Exact, 2_048));
        by_permutation += usize::from(test.p_value <= 0.05);
        let bootstrap = Bootstrap::default().replicates(500).threads(NonZeroUsize::MIN);
        by_bootstrap += usize::from(bootstrap.compare(&pairs, Measure::Presence).unwrap().p_value <= 0.05);
    }
    // The permutation test is exact: 20 expected, with a standard deviation of 4.4.
    assert!((6..=34).contains(&by_permutation), "{by_permutation}");
    // The bootstrap of eleven actors is somewhat too sure of itself, as its documentation says.
    assert!((6..=48).contains(&by_bootstrap), "{by_bootstrap}");
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let mut rng = Pcg64Dxsm::seed_from_u64(5);
    let actors = simulated_actors(&mut rng, 23);
    let pairs = equal_systems(&mut rng, 23);
    let on = |threads: usize| {
        let threads = NonZeroUsize::new(threads).unwrap();
        let bootstrap = Bootstrap::default().replicates(1_111).threads(threads);
        let test = PermutationTest::default().permutations(1_111).threads(threads);
        (
            bootstrap.estimate(&actors, Measure::Presence).unwrap(),
            bootstrap.compare(&pairs, Measure::Presence).unwrap(),
            test.test(&pairs, Measure::Presence).unwrap(),
        )
    };
    let one = on(1);
    assert_eq!(one.2.enumeration, Enumeration::Sampled);
    for threads in [2, 3, 7, 64, 2_000] {
        assert_eq!(on(threads), one, "{threads} threads");
    }
}

/// Guards the seed: a change of generator would change every published interval.
#[test]
fn the_same_seed_gives_the_same_interval_for_ever() {
    let actors: Vec<ActorScores> = (0..12_u64)
        .map(|number| ActorScores {
            is_known: true,
            actor: format!("A{number}"),
            scores: Scores { presence: Count { correct: number % 7, total: 10 }, salience: Count::default() },
        })
        .collect();
    let estimate = Bootstrap::default().estimate(&actors, Measure::Presence).unwrap();
    assert_eq!(format!("{estimate:.12}"), "0.258333333333 [0.158333333333, 0.366666666667]");
    let salience = Bootstrap::default().estimate(&actors, Measure::Salience).unwrap();
    assert_eq!(salience.caveat, Some(Caveat::NoClips));
}
