//! What stands in the table of an evaluation.

use std::collections::BTreeSet;

use blemore_decode::{ByActor, Error, Evaluation, Outputs, Recipe, Row, Rule, TestClips, Training, holm};
use blemore_eval::{
    Bootstrap, PUBLISHED_PRESENCE_WEIGHT, PerMeasure, PermutationTest, ProbabilityTable, Scores,
};
use blemore_labels::{Emotion, Label, PresenceClass};

use crate::simulated::Clips;

fn evaluation() -> Evaluation {
    Evaluation {
        bootstrap: Bootstrap::default().replicates(100),
        permutation: PermutationTest::default().permutations(100),
        ..Evaluation::default()
    }
}

/// Outputs of two systems; the second mistakes one clip in four for its neighbour.
fn two_systems(clips: &Clips) -> Outputs {
    let of_clip = |clip: usize| if clip.is_multiple_of(4) { clip + 1 } else { clip };
    let rows: Vec<usize> = (0..clips.labels.len()).map(of_clip).collect();
    let worse = clips.table.probabilities().select(&rows).unwrap();
    let worse = ProbabilityTable::new(clips.table.clips().to_vec(), worse).unwrap();
    Outputs::new([("worse", &worse), ("better", &clips.table)]).unwrap()
}

fn training(clips: &Clips) -> Training {
    let folds = Training::folds_by_actor(&clips.actors, 3);
    Training::new(two_systems(clips), clips.labels.clone(), clips.actors.clone(), folds).unwrap()
}

fn composite(truth: &[Label], predicted: &[Label]) -> f64 {
    Scores::of_labels(truth, predicted).unwrap().composite(PUBLISHED_PRESENCE_WEIGHT)
}

#[test]
fn rows_pairs_and_the_reference_are_what_their_definitions_say() {
    let (clips, mut held_out) = (Clips::draw(360, 9, 21), Clips::draw(180, 6, 22));
    // A class that the test does not show.
    let [neutral, anger] = [Emotion::Neutral, Emotion::Anger].map(Label::Single);
    held_out.labels.iter_mut().filter(|label| **label == neutral).for_each(|label| *label = anger);
    let training = training(&clips);
    let test = TestClips::new(two_systems(&held_out), held_out.labels.clone(), held_out.actors.clone());
    let evaluated = evaluation().run(&training, Some(&test.unwrap())).unwrap();
    let methods = |systems: &[&str]| -> Vec<&str> {
        let rows = evaluated.rows.iter().filter(|row| row.systems == systems);
        rows.map(|row| row.method.as_str()).collect()
    };
    let ways =
        ["published", "grid", "grid, calibrated", "exact thresholds", "argmax", "expected score", "learned"];
    assert_eq!(methods(&["worse"]), ways);
    assert_eq!(methods(&["better"]), ways);
    let together = [
        "published",
        "grid",
        "grid, weights by likelihood",
        "grid, weights by score",
        "grid, calibrated",
        "exact thresholds",
        "argmax",
        "expected score",
        "learned",
        "learned, labels apart",
    ];
    assert_eq!(methods(&["worse", "better"]), together);

    // The published protocol: each fold with its own thresholds, the test with those of the best fold.
    let better = Outputs::new([("better", &clips.table)]).unwrap();
    let folds = training.folds().to_vec();
    let alone = Training::new(better, clips.labels.clone(), clips.actors.clone(), folds).unwrap();
    let of_folds: Vec<_> = (0..3)
        .map(|fold| {
            let own = alone.only(|other| other == fold).unwrap();
            let decoder = Recipe::of(Rule::Grid).fit(&own).unwrap();
            let scores = Scores::of_labels(own.labels(), &decoder.decode(own.outputs()).unwrap()).unwrap();
            (decoder, scores)
        })
        .collect();
    let published = row(&evaluated.rows, "better", "published");
    assert_eq!(published.folds, PerMeasure::spread(of_folds.iter().map(|(_, scores)| scores.accuracies())));
    let all: Scores = of_folds.iter().map(|(_, scores)| *scores).sum();
    let pooled = all.composite(PUBLISHED_PRESENCE_WEIGHT);
    approx::assert_abs_diff_eq!(published.pooled.composite.value, pooled, epsilon = 1e-12);
    let of = |place: usize| of_folds[place].1.composite(PUBLISHED_PRESENCE_WEIGHT);
    let best = (0..3).fold(0, |best, place| if of(place) > of(best) { place } else { best });
    let outputs = Outputs::new([("better", &held_out.table)]).unwrap();
    let tested: Vec<f64> = of_folds
        .iter()
        .map(|(decoder, _)| composite(&held_out.labels, &decoder.decode(&outputs).unwrap()))
        .collect();
    assert!(
        tested.iter().enumerate().all(|(place, value)| place == best || *value != tested[best]),
        "{tested:?}"
    );
    let shown = published.test.as_ref().unwrap();
    approx::assert_abs_diff_eq!(shown.composite.value, tested[best], epsilon = 1e-12);

    // Classes that the truth shows, with as many clips as it shows.
    let counted: u64 = shown.recall.iter().map(|class| class.clips).sum();
    let classes: BTreeSet<_> = held_out.labels.iter().map(|label| label.presence()).collect();
    assert_eq!((counted, shown.recall.len(), classes.len()), (180, classes.len(), PresenceClass::COUNT - 1));
    assert!(shown.recall.iter().all(|class| classes.contains(&class.class)));

    // The reference: of the better system, the published protocol on the test.
    let reference = &evaluated.rows[evaluated.reference];
    assert_eq!(
        (reference.systems.as_slice(), reference.method.as_str()),
        (&["better".to_owned()][..], "published")
    );
    let differences: Vec<_> = evaluated.rows.iter().filter_map(|row| row.against_reference).collect();
    assert_eq!(differences.len(), evaluated.rows.len() - 1);
    let plain: Vec<f64> = differences.iter().map(|difference| difference.p_permutation).collect();
    let corrected: Vec<f64> = differences.iter().map(|difference| difference.p_corrected).collect();
    assert_eq!(holm(&plain), corrected);

    // The pair, on all held-out clips of folds and test.
    let [pair] = &evaluated.pairs[..] else { panic!("{} pairs", evaluated.pairs.len()) };
    assert_eq!((pair.first.as_str(), pair.second.as_str()), ("worse", "better"));
    let nested = |system: &str| {
        let row = row(&evaluated.rows, system, "grid");
        let scores = [&row.pooled, row.test.as_ref().unwrap()].map(|it| it.composite.value);
        (scores[0].min(scores[1]), scores[0].max(scores[1]))
    };
    for (value, (low, high)) in [pair.difference.comparison.first, pair.difference.comparison.second]
        .into_iter()
        .zip(["worse", "better"].map(nested))
    {
        assert!((low..=high).contains(&value), "{low} {value} {high}");
    }
}

fn row<'a>(rows: &'a [Row], system: &str, method: &str) -> &'a Row {
    rows.iter().find(|row| row.systems == [system] && row.method == method).unwrap()
}

/// All folds are decoded without a mistake, each with thresholds of its own; the test with those of the first.
#[test]
fn of_folds_that_are_as_good_the_first_decodes_the_test() {
    let table = |rows: &[&str]| {
        let rows = rows.join("\n");
        ProbabilityTable::parse(format!("filename,ang,disg,fea,hap,sad,neu\n{rows}").as_bytes()).unwrap()
    };
    let clips = table(&[
        "A1_mix_ang_disg_50_50_ver1,0.5,0.5,0,0,0,0",
        "A1_ang_int1_ver1,0.75,0.25,0,0,0,0",
        "A2_mix_ang_disg_50_50_ver1,0.5,0.5,0,0,0,0",
        "A3_mix_ang_disg_50_50_ver1,0.5,0.5,0,0,0,0",
    ]);
    let outputs = Outputs::new([("mine", &clips)]).unwrap();
    let actors = outputs.actors("a test").unwrap();
    let training = Training::new(outputs, clips.labels().unwrap(), actors, vec![0, 0, 1, 2]).unwrap();
    let test = table(&["A4_ang_int1_ver1,0.8,0.2,0,0,0,0"]);
    let outputs = Outputs::new([("mine", &test)]).unwrap();
    let test = TestClips::new(outputs, test.labels().unwrap(), vec!["A4".to_owned()]).unwrap();
    let evaluated = evaluation().run(&training, Some(&test)).unwrap();
    let published = row(&evaluated.rows, "mine", "published");
    assert_eq!(published.folds.presence.mean, 1.0);
    assert_eq!(published.folds.salience.mean, 1.0);
    assert_eq!(published.test.as_ref().unwrap().presence.value, 1.0);
}

#[test]
fn without_a_test_the_published_protocol_is_compared_with_nothing() {
    let clips = Clips::draw(240, 6, 23);
    let evaluated = evaluation().run(&training(&clips), None).unwrap();
    let reference = &evaluated.rows[evaluated.reference];
    assert_eq!(
        (reference.systems.as_slice(), reference.method.as_str()),
        (&["better".to_owned()][..], "grid")
    );
    for (place, row) in evaluated.rows.iter().enumerate() {
        let is_compared = place != evaluated.reference && row.method != "published";
        assert_eq!(row.against_reference.is_some(), is_compared, "{}", row.method);
    }
}

#[test]
fn three_folds_are_needed() {
    let clips = Clips::draw(120, 6, 24);
    let in_folds = |count: usize| {
        let folds = Training::folds_by_actor(&clips.actors, count);
        let training =
            Training::new(clips.outputs(), clips.labels.clone(), clips.actors.clone(), folds).unwrap();
        evaluation().run(&training, None)
    };
    assert!(matches!(in_folds(2), Err(Error::TooFewFolds { needed: 3, found: 2, .. })));
    assert!(in_folds(3).is_ok());
}

#[test]
fn each_way_of_using_an_actors_clips_adds_its_rows_once() {
    let clips = Clips::draw(120, 6, 25);
    for (centre, balance, expected) in [(false, false, 0), (true, false, 2), (false, true, 2)] {
        let by_actor = ByActor { centre, balance };
        let rows = Evaluation { by_actor, ..evaluation() }.run(&clips.training(), None).unwrap().rows;
        let used: Vec<ByActor> = rows.iter().map(|row| row.by_actor).filter(|way| way.is_used()).collect();
        assert_eq!(used, vec![by_actor; expected]);
        let methods: BTreeSet<&str> = rows.iter().map(|row| row.method.as_str()).collect();
        assert_eq!(methods.len(), rows.len());
    }
}
