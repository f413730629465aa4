//! Late fusion and calibration.

use blemore_decode::{Error, Fusion, Outputs, Recipe, Rule, Temperature, Training, fuse};
use blemore_eval::{GridSearch, PUBLISHED_PRESENCE_WEIGHT, Probabilities, ProbabilityTable};

use crate::simulated::Clips;

/// A system, a flatter copy of it, and one that guesses.
fn three_systems() -> (Clips, Training) {
    let clips = Clips::draw(800, 20, 4);
    let changed = |change: &dyn Fn(usize, [f64; 6]) -> [f64; 6]| {
        let rows = clips.table.probabilities().iter().enumerate().map(|(clip, row)| {
            let powers = change(clip, *row);
            let sum: f64 = powers.iter().sum();
            powers.map(|power| power / sum)
        });
        ProbabilityTable::new(clips.table.clips().to_vec(), Probabilities::new(rows.collect()).unwrap())
            .unwrap()
    };
    let flat = changed(&|_, row| row.map(|p| p.powf(0.25)));
    let guess =
        changed(&|clip, _| std::array::from_fn(|emotion| 1.0 + ((clip * 7 + emotion * 5) % 11) as f64));
    let outputs = Outputs::new([("sharp", &clips.table), ("flat", &flat), ("guess", &guess)]).unwrap();
    let folds = Training::folds_by_actor(&clips.actors, 5);
    let training = Training::new(outputs, clips.labels.clone(), clips.actors.clone(), folds).unwrap();
    (clips, training)
}

fn likelihood(training: &Training, weights: &[f64]) -> f64 {
    let fused = fuse(training.outputs(), weights).unwrap();
    let of_clip = |(row, label): (&[f64; 6], &blemore_labels::Label)| {
        label
            .components()
            .map(|(emotion, percent)| f64::from(percent) / 100.0 * row[emotion.index()].ln())
            .sum::<f64>()
    };
    fused.iter().zip(training.labels()).map(of_clip).sum()
}

#[test]
fn likely_weights_are_the_best_nearby() {
    let (_, training) = three_systems();
    let weights = Fusion::Likelihood.weights(&training).unwrap();
    approx::assert_abs_diff_eq!(weights.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
    let best = likelihood(&training, &weights);
    for from in 0..3 {
        for to in (0..3).filter(|&to| to != from) {
            let step = 0.01_f64.min(weights[from]);
            let mut moved = weights.clone();
            moved[from] -= step;
            moved[to] += step;
            assert!(likelihood(&training, &moved) <= best + 1e-3, "{weights:?} {moved:?}");
        }
    }
    // Without clips nothing is more likely than anything else.
    let nothing = training.only(|_| false).unwrap();
    assert_eq!(Fusion::Likelihood.weights(&nothing).unwrap(), [1.0 / 3.0; 3]);
}

#[test]
fn likely_weights_are_those_of_the_derivative() {
    // In w, the weight of the first system, 0.7 ln(0.2 + 0.6 w) + 0.3 ln(0.8 - 0.6 w) is largest at 5/6; with anger alone
    // shown twice besides, 2.7 of 3 times the first, at 7/6: all the weight.
    let tables = |clips: &[&str]| {
        ["0.8,0,0,0.2,0,0", "0.2,0,0,0.8,0,0"].map(|row| {
            let rows: Vec<String> = clips.iter().map(|clip| format!("{clip},{row}")).collect();
            let text = format!("filename,ang,disg,fea,hap,sad,neu\n{}", rows.join("\n"));
            ProbabilityTable::parse(text.as_bytes()).unwrap()
        })
    };
    let blend = "A1_mix_ang_hap_70_30_ver1";
    for (clips, expected) in
        [(&[blend][..], 5.0 / 6.0), (&[blend, "A1_ang_int1_ver1", "A1_ang_int2_ver1"], 1.0)]
    {
        let [first, second] = tables(clips);
        let outputs = Outputs::new([("first", &first), ("second", &second)]).unwrap();
        let actors = outputs.actors("a test").unwrap();
        let folds = vec![0; clips.len()];
        let training = Training::new(outputs, first.labels().unwrap(), actors, folds).unwrap();
        let weights = Fusion::Likelihood.weights(&training).unwrap();
        approx::assert_abs_diff_eq!(&weights[..], &[expected, 1.0 - expected][..], epsilon = 1e-9);
    }
}

#[test]
fn fused_probabilities_are_the_weighted_mean() {
    let table = |row: &str| {
        ProbabilityTable::parse(format!("filename,ang,disg,fea,hap,sad,neu\ntest_0001,{row}").as_bytes())
            .unwrap()
    };
    let [first, second] = ["0.5,0.5,0,0,0,0", "0.1,0.2,0.3,0.4,0,0"].map(table);
    let outputs = Outputs::new([("first", &first), ("second", &second)]).unwrap();
    let fused = fuse(&outputs, &[3.0, 1.0]).unwrap();
    approx::assert_abs_diff_eq!(
        &fused.rows()[0][..],
        &[0.4, 0.425, 0.075, 0.1, 0.0, 0.0][..],
        epsilon = 1e-15
    );
    let error = fuse(&outputs, &[1.0]).unwrap_err();
    assert!(matches!(error, Error::SystemCount { found: 2, .. }), "{error}");
}

#[test]
fn weights_by_score_are_better_than_the_mean_and_the_best_nearby() {
    let (_, training) = three_systems();
    let composite = |weights: &[f64]| {
        let fused = fuse(training.outputs(), weights).unwrap();
        let found = GridSearch::default().search(&fused, training.labels()).unwrap();
        found.scores.composite(PUBLISHED_PRESENCE_WEIGHT)
    };
    let weights = Fusion::Score.weights(&training).unwrap();
    approx::assert_abs_diff_eq!(weights.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
    assert!(weights.iter().all(|weight| *weight >= 0.0), "{weights:?}");
    let best = composite(&weights);
    assert!(best > composite(&Fusion::Mean.weights(&training).unwrap()), "{weights:?}");
    // No move of the finest step gains anything.
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        let step = 0.05_f64.min(weights[from]);
        let mut moved = weights.clone();
        moved[from] -= step;
        moved[to] += step;
        assert!(composite(&moved) <= best, "{weights:?} {moved:?}");
    }
}

#[test]
fn a_temperature_takes_back_what_was_made_flatter() {
    let (clips, training) = three_systems();
    let sharp = Temperature::fit(clips.table.probabilities(), &clips.labels).unwrap();
    let flat = Temperature::fit(&training.outputs().systems()[1], &clips.labels).unwrap();
    approx::assert_relative_eq!(flat.value() * 4.0, sharp.value(), max_relative = 1e-6);
    let surer = clips.table.probabilities().iter().map(|row| {
        let powers = row.map(|p| p * p);
        let sum: f64 = powers.iter().sum();
        powers.map(|power| power / sum)
    });
    let sure = Temperature::fit(&Probabilities::new(surer.collect()).unwrap(), &clips.labels).unwrap();
    approx::assert_relative_eq!(sure.value(), 2.0 * sharp.value(), max_relative = 1e-6);
    let calibrated = flat.apply(&training.outputs().systems()[1]).unwrap();
    let again = Temperature::fit(&calibrated, &clips.labels).unwrap();
    approx::assert_relative_eq!(again.value(), 1.0, max_relative = 1e-6);
    let by_hand = Probabilities::new(vec![[0.5, 0.3, 0.2, 0.0, 0.0, 0.0]]).unwrap();
    let power = |p: f64| p.powf(1.0 / flat.value());
    let sum = power(0.5) + power(0.3) + power(0.2);
    let expected = [0.5, 0.3, 0.2, 0.0, 0.0, 0.0].map(|p| power(p) / sum);
    approx::assert_abs_diff_eq!(&flat.apply(&by_hand).unwrap().rows()[0][..], &expected[..], epsilon = 1e-12);
    // Of a temperature as cold as a file may give it, the largest is left.
    let cold: Temperature = serde_json::from_str("0.001").unwrap();
    let found = cold.apply(&by_hand).unwrap().rows()[0];
    approx::assert_abs_diff_eq!(&found[..], &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0][..], epsilon = 1e-100);
    let short = Temperature::fit(&by_hand, &[]);
    assert!(matches!(short, Err(Error::LengthMismatch { expected: 1, found: 0, .. })));
}

#[test]
fn tables_are_joined_by_clip_and_other_clips_are_named() {
    let (first, other) = (Clips::draw(20, 4, 5).table, Clips::draw(20, 4, 6).table);
    let error = Outputs::new([("first", &first), ("other", &other)]).unwrap_err();
    assert!(matches!(error, Error::DifferentClips { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("other") && said.contains("such as A"), "{said}");
    let rows = |clips: &[usize]| {
        let names = clips.iter().map(|&clip| first.clips()[clip].clone()).collect();
        ProbabilityTable::new(names, first.probabilities().select(clips).unwrap()).unwrap()
    };
    // More clips than the first, fewer, and as many of which one is another.
    for (clips, counts) in [(&[0, 1, 2][..], (0, 1)), (&[1], (1, 0)), (&[3, 0], (1, 1))] {
        let error = Outputs::new([("first", &rows(&[0, 1])), ("other", &rows(clips))]).unwrap_err();
        let Error::DifferentClips { first_only, second_only, .. } = error else { panic!("{error}") };
        assert_eq!((first_only, second_only), counts);
    }
    assert!(matches!(Outputs::new::<String>([]), Err(Error::NoSystems)));
    let two = Outputs::new([("first", &first), ("again", &first)]).unwrap();
    let decoder = Recipe::of(Rule::Grid);
    let clips = Clips::draw(20, 4, 5);
    let decoder = decoder.fit(&clips.training()).unwrap();
    assert!(matches!(decoder.decode(&two), Err(Error::SystemCount { found: 2, .. })));
}
