//! Whether intervals and tests keep what they promise, by simulation, and whether they are the same on any machine.

use approx::assert_relative_eq;
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use blemore_eval::{
    ActorScores, Bootstrap, Caveat, Count, Enumeration, Error, Estimate, Interval, MeanStd, Measure,
    PairedScores, PermutationTest, Predictions, ScoreReport, Scorer, Scores, Truth,
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

/// How often both intervals from many simulated studies hold the true rate.
fn coverage(actors: usize, studies: usize) -> [(&'static str, f64); 2] {
    let mut rng = Pcg64Dxsm::seed_from_u64(actors as u64);
    let estimates: Vec<Estimate> = (0..studies)
        .map(|study| {
            let actors = simulated_actors(&mut rng, actors);
            let bootstrap =
                Bootstrap::default().replicates(600).seed(study as u64).threads(NonZeroUsize::MIN);
            bootstrap.estimate(&actors, Measure::Presence).unwrap()
        })
        .collect();
    let covered = |interval: fn(&Estimate) -> Interval| {
        let covered: Count = estimates.iter().map(|it| interval(it).contains(TRUE_RATE)).collect();
        covered.ratio()
    };
    [("BCa", covered(|estimate| estimate.bca)), ("percentile", covered(|estimate| estimate.percentile))]
}

/// With 1,000 studies the standard error of a coverage of 0.95 is 0.007.
#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    for (actors, lowest) in [(47, 0.93), (11, 0.89)] {
        for (name, found) in coverage(actors, 1_000) {
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

/// Whether each clip of each actor is right, of one system and of another.
fn systems(actors: usize, is_right: impl Fn(usize, usize) -> [bool; 2]) -> PairedScores {
    let report = |system: usize| {
        let clip = |actor: usize, version: usize| {
            let name = format!("A{actor}_ang_int1_ver{}", version + 1).parse::<ClipName>().unwrap();
            let right = is_right(actor, version)[system];
            (name, Label::Single(if right { Emotion::Anger } else { Emotion::Sadness }))
        };
        let clips = (0..actors).flat_map(|actor| (0..20).map(move |version| clip(actor, version)));
        Scorer::from_names().score(&clips.collect::<Predictions>()).unwrap()
    };
    PairedScores::new(&report(0), &report(1)).unwrap()
}

#[test]
fn equal_systems_have_p_1_and_clearly_different_ones_the_smallest_p_that_there_is() {
    let bootstrap = Bootstrap::default().replicates(999);
    let p = |pairs: &PairedScores| bootstrap.compare(pairs, Measure::Presence).unwrap().p_value;
    for actors in [2, 3, 12] {
        assert_eq!(p(&systems(actors, |actor, version| [(actor + version) % 3 == 0; 2])), 1.0);
    }
    // Each actor is better with the first system by half of the clips or more.
    for swapped in [false, true] {
        let better = |actor: usize, version: usize| {
            let pair = [version < 15 + actor % 3, version < 5];
            if swapped { [pair[1], pair[0]] } else { pair }
        };
        let pairs = systems(12, better);
        assert_eq!(p(&pairs), 1.0 / 1000.0);
        let test = PermutationTest::default().permutations(4_096).test(&pairs, Measure::Presence).unwrap();
        assert_eq!(test.p_value, 2.0 / 4_096.0, "none and all exchanged");
    }
}

/// The share of replicates as far from the difference as that is from 0, replicate by replicate.
#[test]
fn the_p_value_is_the_share_of_replicates_far_from_the_difference() {
    let gaps = [0.3, -0.1, 0.2, 0.05, -0.15, 0.25, 0.1];
    let pairs = systems(gaps.len(), |actor, version| {
        let right = (10.0 + 20.0 * gaps[actor]) as usize;
        [version < right, version < 10]
    });
    let replicates = 2_000;
    let mean = |actors: &[&f64]| actors.iter().copied().sum::<f64>() / actors.len() as f64;
    let value = mean(&gaps.iter().collect::<Vec<_>>());
    let range = Interval { low: -1.0, high: 1.0 };
    let values = Mutex::new(Vec::new());
    let record = |actors: &[&f64]| {
        values.lock().unwrap().push(mean(actors));
        mean(actors)
    };
    let bootstrap = Bootstrap::default().replicates(replicates);
    bootstrap.estimate_with(&gaps, record, range).unwrap();
    let values = values.into_inner().unwrap();
    let far = |replicate: &&f64| (*replicate - value).abs() >= value.abs() - 1e-9;
    let extreme = values[1..=replicates].iter().filter(far).count();
    let expected = (1 + extreme) as f64 / (1 + replicates) as f64;
    let found = bootstrap.compare(&pairs, Measure::Presence).unwrap();
    approx::assert_abs_diff_eq!(found.difference, value, epsilon = 1e-12);
    assert_eq!(found.p_value, expected);
    assert!(expected > 0.01 && expected < 0.9, "{expected}");
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

/// What is made of a distribution that is given, and not drawn: the statistic answers with `estimate`, then with each value
/// of the distribution, then with the jackknife values.
fn interval_of(estimate: f64, distribution: &[f64], jackknife: &[f64], confidence: f64) -> Estimate {
    let answers = [&[estimate], distribution, jackknife].concat();
    let answers = Mutex::new(answers.into_iter());
    let next = |_: &[&f64]| answers.lock().unwrap().next().unwrap();
    let bootstrap = Bootstrap::default().replicates(distribution.len()).threads(NonZeroUsize::MIN);
    let range = Interval { low: 0.0, high: 1.0 };
    let found = bootstrap.confidence(confidence).estimate_with(jackknife, next, range).unwrap();
    assert!(answers.lock().unwrap().next().is_none());
    found
}

/// `fixtures/bca.json` holds what `scipy.stats.bootstrap` makes of given distributions; `bca.py` beside it wrote it.
#[test]
fn intervals_are_scipys() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("../fixtures/bca.json")).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let numbers = |key: &str| -> Vec<f64> { serde_json::from_value(case[key].clone()).unwrap() };
        let number = |key: &str| case[key].as_f64().unwrap();
        let (distribution, jackknife) = (numbers("distribution"), numbers("jackknife"));
        let found = interval_of(number("estimate"), &distribution, &jackknife, number("confidence"));
        for (found, expected) in [(found.percentile, "percentile"), (found.bca, "bca")] {
            approx::assert_abs_diff_eq!(found.low, numbers(expected)[0], epsilon = 1e-12);
            approx::assert_abs_diff_eq!(found.high, numbers(expected)[1], epsilon = 1e-12);
        }
        approx::assert_abs_diff_eq!(found.standard_error, number("standard_error"), epsilon = 1e-12);
    }
}

/// Replicates that all lie on one side of the estimate leave no bias that could be computed: half a replicate is taken to
/// lie on the other side. The numbers are those of scipy's normal distribution: with four replicates the bias is 1.1503,
/// so that the quarters of the interval become 0.94805 and 0.99854.
#[test]
fn an_estimate_beyond_all_replicates_is_corrected_by_half_a_replicate() {
    let at = |estimate| interval_of(estimate, &[0.0, 1.0, 2.0, 3.0], &[1.0; 3], 0.5).bca;
    for (estimate, low, high) in [
        (5.0, 2.844_142_199_994_922, 2.995_607_871_742_256_7),
        (-5.0, 0.004_392_128_257_743_117, 0.155_857_800_005_078_1),
    ] {
        approx::assert_abs_diff_eq!(at(estimate).low, low, epsilon = 1e-9);
        approx::assert_abs_diff_eq!(at(estimate).high, high, epsilon = 1e-9);
    }
}

/// `scipy.stats.bootstrap` with 400,000 replicates of its own, of four seeds: 0.0698 to 0.0702 and 0.5556 to 0.5595 (BCa),
/// 0.0492 and 0.4286 (percentile). One actor is far better than all others.
#[test]
fn skewed_actors_have_scipys_intervals_from_their_counts_on() {
    let correct = [0, 1, 0, 2, 1, 0, 0, 3, 1, 0, 18, 2];
    let total = [10, 12, 9, 11, 10, 8, 12, 10, 9, 11, 20, 10];
    let counts: Vec<(u64, u64)> = correct.into_iter().zip(total).collect();
    let bootstrap = Bootstrap::default().replicates(100_000);
    let by_counts = bootstrap.estimate(&actors(&counts), Measure::Presence).unwrap();
    let rate = |actors: &[&(u64, u64)]| {
        let sum = |of: fn(&(u64, u64)) -> u64| actors.iter().map(|actor| of(actor)).sum::<u64>() as f64;
        sum(|actor| actor.0) / sum(|actor| actor.1)
    };
    let by_units = bootstrap.estimate_with(&counts, rate, Interval { low: 0.0, high: 1.0 }).unwrap();
    for found in [by_counts, by_units] {
        approx::assert_abs_diff_eq!(found.bca.low, 0.07, epsilon = 0.002);
        approx::assert_abs_diff_eq!(found.bca.high, 0.5575, epsilon = 0.01);
        approx::assert_abs_diff_eq!(found.percentile.low, 0.0492, epsilon = 0.002);
        approx::assert_abs_diff_eq!(found.percentile.high, 0.4286, epsilon = 0.005);
        approx::assert_abs_diff_eq!(found.standard_error, 0.1073, epsilon = 0.001);
    }
}

#[test]
fn extreme_accelerations_and_estimates_stay_inside_the_replicates() {
    for estimate in [-1.0, 0.1, 0.3, 5.0] {
        let interval = interval_of(estimate, &[0.1, 0.2, 0.3], &[0.0, 0.0, 0.0, 0.0, 9.0], 0.999).bca;
        assert!(interval.low >= 0.1 && interval.high <= 0.3, "{interval:?}");
    }
}

/// What the statistic is asked for: all units, the draws of each replicate, and the jackknife's.
fn asked(units: usize, replicates: usize) -> Vec<Vec<usize>> {
    let numbers: Vec<usize> = (0..units).collect();
    let drawn = Mutex::new(Vec::new());
    let record = |units: &[&usize]| {
        drawn.lock().unwrap().push(units.iter().map(|unit| **unit).collect());
        0.0
    };
    let range = Interval { low: 0.0, high: 1.0 };
    Bootstrap::default().replicates(replicates).estimate_with(&numbers, record, range).unwrap();
    drawn.into_inner().unwrap()
}

/// All draws of `replicates` replicates, each of as many units as there are.
fn draws(units: usize, replicates: usize) -> Vec<Vec<usize>> {
    asked(units, replicates)[1..=replicates].to_vec()
}

#[test]
fn the_jackknife_leaves_out_each_unit_in_turn() {
    let asked = asked(4, 10);
    assert_eq!(asked[0], [0, 1, 2, 3]);
    assert_eq!(asked[11..], [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]);
}

#[test]
fn replicates_are_uniform_draws_that_all_differ() {
    const SIDES: usize = 6;
    let replicates = 10_000;
    let mut counts = [0_f64; SIDES];
    for side in draws(SIDES, replicates).into_iter().flatten() {
        counts[side] += 1.0;
    }
    let expected = replicates as f64;
    assert_eq!(counts.iter().sum::<f64>(), expected * SIDES as f64);
    let chi_squared: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
    // 20.5 is the quantile of 0.999 with five degrees of freedom.
    assert!(chi_squared < 20.5, "{counts:?}");
    let different: HashSet<Vec<usize>> = draws(64, 1001).into_iter().collect();
    assert_eq!(different.len(), 1001);
}

fn actors(counts: &[(u64, u64)]) -> Vec<ActorScores> {
    let of = |(number, &(correct, total)): (usize, &(u64, u64))| ActorScores {
        actor: format!("A{number}"),
        is_known: true,
        scores: Scores { presence: Count { correct, total }, salience: Count::default() },
    };
    counts.iter().enumerate().map(of).collect()
}

#[test]
fn no_actor_one_actor_all_right_and_unknown_actors_are_defined_and_said() {
    let whole = Interval { low: 0.0, high: 1.0 };
    let bootstrap = Bootstrap::default().replicates(200);
    let one = bootstrap.estimate(&actors(&[(3, 4)]), Measure::Presence).unwrap();
    assert_eq!((one.value, one.bca, one.caveat), (0.75, whole, Some(Caveat::OneActor)));
    let right = bootstrap.estimate(&actors(&[(4, 4), (2, 2), (9, 9)]), Measure::Presence).unwrap();
    assert_eq!((right.bca, right.caveat), (Interval { low: 1.0, high: 1.0 }, Some(Caveat::NoVariation)));
    let blends = bootstrap.estimate(&actors(&[(4, 4), (2, 2)]), Measure::Salience).unwrap();
    assert_eq!((blends.value, blends.percentile, blends.actors), (0.0, whole, 0));
    assert_eq!(
        blends.to_string(),
        "0.000 [0.000, 1.000] (no clip counts for this measure: the interval is the whole range)"
    );
    let mut unknown = actors(&[(3, 4), (1, 4)]);
    assert_eq!(bootstrap.estimate(&unknown, Measure::Presence).unwrap().caveat, Some(Caveat::FewActors));
    unknown[1].is_known = false;
    assert_eq!(bootstrap.estimate(&unknown, Measure::Presence).unwrap().caveat, Some(Caveat::UnknownActors));
    let one = bootstrap.estimate(&unknown[1..], Measure::Presence).unwrap();
    assert_eq!(one.caveat, Some(Caveat::OneActor));
    let many = |count: usize| actors(&(0..count as u64).map(|actor| (actor % 4, 4)).collect::<Vec<_>>());
    for (count, caveat) in [(9, Some(Caveat::FewActors)), (10, None)] {
        assert_eq!(bootstrap.estimate(&many(count), Measure::Presence).unwrap().caveat, caveat, "{count}");
    }
}

#[test]
fn systems_are_compared_on_the_same_clips_and_by_actors_that_are_known() {
    let anger = Label::Single(Emotion::Anger);
    let report = |clips: &[&str]| {
        let truth = clips.iter().map(|clip| (clip.parse::<ClipName>().unwrap(), anger));
        let predictions: Predictions = truth.clone().collect();
        let mut known = Truth::default();
        truth.for_each(|(clip, label)| known.insert(clip, label));
        Scorer::with_truth(known).score(&predictions).unwrap()
    };
    let [first, second] = ["A1_ang_int1_ver1", "A2_ang_int1_ver1"];
    for (clips, others, counts) in [
        (&[first, second][..], &[first][..], (1, 0)),
        (&[second], &[first, second], (0, 1)),
        (&[first], &[second], (1, 1)),
    ] {
        let error = PairedScores::new(&report(clips), &report(others)).unwrap_err();
        let Error::DifferentClips { first_only, second_only, .. } = error else { panic!("{error}") };
        assert_eq!((first_only, second_only), counts);
    }
    let caveat = |clips: &[&str]| {
        let pairs = PairedScores::new(&report(clips), &report(clips)).unwrap();
        Bootstrap::default().replicates(200).compare(&pairs, Measure::Presence).unwrap().caveat
    };
    assert_eq!(caveat(&[first, second]), Some(Caveat::NoVariation));
    assert_eq!(caveat(&[first, "test_0001"]), Some(Caveat::UnknownActors));
}

#[test]
fn of_sampled_permutations_none_is_as_extreme_as_systems_that_always_differ() {
    let report = |label: Label| {
        let clips = (0..40).map(|actor| format!("A{actor}_ang_int1_ver1").parse::<ClipName>().unwrap());
        let predictions: Predictions = clips.map(|clip| (clip, label)).collect();
        Scorer::from_names().score(&predictions).unwrap()
    };
    let [right, wrong] = [Emotion::Anger, Emotion::Fear].map(|emotion| report(Label::Single(emotion)));
    let pairs = PairedScores::new(&right, &wrong).unwrap();
    let tested = PermutationTest::default().permutations(999).test(&pairs, Measure::Presence).unwrap();
    assert_eq!((tested.enumeration, tested.p_value), (Enumeration::Sampled, 1.0 / 1000.0));
}

#[test]
fn two_systems_without_actors_do_not_differ() {
    let none = ScoreReport::default();
    let pairs = PairedScores::new(&none, &none).unwrap();
    let comparison = Bootstrap::default().compare(&pairs, Measure::Presence).unwrap();
    assert_eq!((comparison.difference, comparison.p_value), (0.0, 1.0));
    assert_eq!(
        (comparison.bca, comparison.caveat),
        (Interval { low: -1.0, high: 1.0 }, Some(Caveat::NoClips))
    );
    let test = PermutationTest::default().test(&pairs, Measure::Salience).unwrap();
    assert_eq!((test.p_value, test.actors), (1.0, 0));
}

#[test]
fn settings_out_of_range_are_refused() {
    let actors = actors(&[(3, 4), (1, 4)]);
    let composite = |presence_weight| Measure::Composite { presence_weight };
    for (bootstrap, measure, said) in [
        (
            Bootstrap::default().replicates(0),
            Measure::Presence,
            "the number of replicates is 0: give 1 to 10000000",
        ),
        (
            Bootstrap::default().confidence(1.0),
            Measure::Presence,
            "the confidence level is 1: give a number between",
        ),
        (
            Bootstrap::default().confidence(0.0),
            Measure::Presence,
            "the confidence level is 0: give a number between",
        ),
        (Bootstrap::default(), composite(1.5), "the presence weight is 1.5: give a number from 0 to 1"),
    ] {
        let message = bootstrap.estimate(&actors, measure).unwrap_err().to_string();
        assert!(message.contains(said), "{message}");
    }
    let estimate = Bootstrap::default().estimate(&actors, composite(0.75)).unwrap();
    assert_eq!(estimate.value, 0.375);
}

#[test]
fn standard_error_is_that_of_a_mean_over_actors() {
    let counts: Vec<(u64, u64)> = (0..40).map(|actor| (actor % 11, 10)).collect();
    let estimate = Bootstrap::default().estimate(&actors(&counts), Measure::Presence).unwrap();
    let rates: Vec<f64> = counts.iter().map(|(correct, _)| *correct as f64 / 10.0).collect();
    // The plug-in standard error has N in its denominator, not N - 1.
    let exact = MeanStd::sample(&rates).std / 40_f64.sqrt() * (39.0_f64 / 40.0).sqrt();
    assert_relative_eq!(estimate.standard_error, exact, max_relative = 0.03);
}

/// More actors than are drawn one by one: the interval and the p-value are those of the normal approximation, which is good
/// to a hundredth there.
#[test]
fn many_actors_have_the_intervals_and_p_values_of_the_normal_approximation() {
    let mut rng = Pcg64Dxsm::seed_from_u64(9);
    // Of one to three clips each: few different counts, of which some are rare.
    let mut pairs = Vec::new();
    for number in 0..20_000_u64 {
        let total = 1 + number % 3;
        let mut right = |rate| (0..total).map(|_| u64::from(uniform(&mut rng) < rate)).sum::<u64>();
        pairs.push((right(0.3), right(0.304), total));
    }
    let all = pairs.iter().map(|(.., total)| total).sum::<u64>() as f64;
    let first = actors(&pairs.iter().map(|(first, _, total)| (*first, *total)).collect::<Vec<_>>());
    let estimate = Bootstrap::default().estimate(&first, Measure::Presence).unwrap();
    let residual = |(correct, _, total): &(u64, u64, u64)| *correct as f64 - estimate.value * *total as f64;
    let error = pairs.iter().map(|pair| residual(pair).powi(2)).sum::<f64>().sqrt() / all;
    assert_relative_eq!(estimate.standard_error, error, max_relative = 0.03);
    for interval in [estimate.bca, estimate.percentile] {
        approx::assert_abs_diff_eq!(interval.low, estimate.value - 1.96 * error, epsilon = 0.1 * error);
        approx::assert_abs_diff_eq!(interval.high, estimate.value + 1.96 * error, epsilon = 0.1 * error);
    }

    let report = |system: &dyn Fn(&(u64, u64, u64)) -> u64| {
        let counts: Vec<_> = pairs.iter().map(|pair| (system(pair), pair.2)).collect();
        ScoreReport { actors: actors(&counts), ..Default::default() }
    };
    let paired = PairedScores::new(&report(&|pair| pair.0), &report(&|pair| pair.1)).unwrap();
    let gaps = pairs.iter().map(|(first, second, _)| *first as f64 - *second as f64);
    let (gap, spread) = gaps.fold((0.0, 0.0), |(sum, squares), gap| (sum + gap, squares + gap * gap));
    let expected = libm::erfc(f64::abs(gap) / spread.sqrt() / std::f64::consts::SQRT_2);
    let test = PermutationTest::default().test(&paired, Measure::Presence).unwrap();
    assert_eq!((test.enumeration, test.actors), (Enumeration::Sampled, 20_000));
    // Three standard errors of a share of 10,000 permutations.
    approx::assert_abs_diff_eq!(test.p_value, expected, epsilon = 0.015);
    let comparison = Bootstrap::default().compare(&paired, Measure::Presence).unwrap();
    approx::assert_abs_diff_eq!(comparison.p_value, expected, epsilon = 0.015);
}

/// Guards the seed: a change of generator would change every published interval. Actors have different numbers of clips, and
/// the standard error has all its digits, so that hardly two seeds give the same.
#[test]
fn the_same_seed_gives_the_same_interval_for_ever() {
    let counts: Vec<(u64, u64)> = (0..12).map(|number| (number % 7, 10)).collect();
    let estimate = Bootstrap::default().estimate(&actors(&counts), Measure::Presence).unwrap();
    assert_eq!(format!("{estimate:.12}"), "0.258333333333 [0.158333333333, 0.366666666667]");
    assert_eq!(
        serde_json::to_string(&estimate.percentile).unwrap(),
        "[0.15833333333333333,0.36666666666666664]"
    );
    let uneven: Vec<(u64, u64)> = (0..12).map(|number| (number % 7, 10 + number % 5)).collect();
    let numbers = |seed| {
        let estimate = Bootstrap::default().seed(seed).estimate(&actors(&uneven), Measure::Presence).unwrap();
        format!("{} {:.17}", estimate.standard_error, estimate.bca)
    };
    let expected = [
        "0.047078134848073376 [0.13571428571428570, 0.32089552238805968]",
        "0.04703902380040145 [0.13475177304964539, 0.31851851851851853]",
        "0.047046449893595896 [0.13571428571428570, 0.32118012042439131]",
    ];
    assert_eq!([42, 43, 0].map(numbers), expected);
}
