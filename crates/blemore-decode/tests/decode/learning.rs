//! What a decoder may learn from, and what it may not.

use std::collections::BTreeSet;

use blemore_decode::{ByActor, Error, Evaluation, Labels, Outputs, Recipe, Rule, TestClips, Training};
use blemore_eval::{Bootstrap, PUBLISHED_PRESENCE_WEIGHT, PermutationTest, Scores};
use blemore_labels::Label;

use crate::simulated::Clips;

#[test]
fn a_fold_that_is_left_out_changes_nothing() {
    let clips = Clips::draw(600, 20, 9);
    let training = clips.training();
    let mut labels = clips.labels.clone();
    for (label, fold) in labels.iter_mut().zip(training.folds()) {
        if *fold == 3 {
            *label = Label::all().nth(7).unwrap();
        }
    }
    let other =
        Training::new(clips.outputs(), labels, clips.actors.clone(), training.folds().to_vec()).unwrap();
    for balance in [false, true] {
        let recipe = Recipe::Learned { labels: Labels::Related, by_actor: ByActor { centre: true, balance } };
        let without = [BTreeSet::from([3]), BTreeSet::new()];
        let [seen, all] = recipe.fit_without(&training, &without).unwrap().try_into().unwrap();
        let [unseen, changed] = recipe.fit_without(&other, &without).unwrap().try_into().unwrap();
        assert_eq!(seen, unseen);
        assert_ne!(all, changed);
    }
}

/// With labels that have nothing to do with the outputs, all that a decoder can gain is what it has learned by heart.
#[test]
fn the_table_scores_a_fold_by_what_the_other_folds_have_taught() {
    let mut clips = Clips::draw(600, 20, 13);
    clips.labels.reverse();
    let training = clips.training();
    let evaluation = Evaluation {
        bootstrap: Bootstrap::default().replicates(100),
        permutation: PermutationTest::default().permutations(100),
        ..Evaluation::default()
    };
    let evaluated = evaluation.run(&training, None).unwrap();
    let folds = training.fold_numbers();
    for (recipe, row) in [Recipe::of(Rule::Grid), Recipe::of(Rule::Exact), Recipe::learned()]
        .map(|recipe| (recipe, evaluated.rows.iter().find(|row| row.method == recipe.to_string()).unwrap()))
    {
        let scored = |without: &dyn Fn(i64) -> BTreeSet<i64>| -> f64 {
            let left_out: Vec<BTreeSet<i64>> = folds.iter().map(|fold| without(*fold)).collect();
            let decoders = recipe.fit_without(&training, &left_out).unwrap();
            let scores = folds.iter().zip(decoders).map(|(fold, decoder)| {
                let own = training.only(|other| other == *fold).unwrap();
                Scores::of_labels(own.labels(), &decoder.decode(own.outputs()).unwrap()).unwrap()
            });
            scores.sum::<Scores>().composite(PUBLISHED_PRESENCE_WEIGHT)
        };
        let (held_out, by_heart) = (scored(&|fold| BTreeSet::from([fold])), scored(&|_| BTreeSet::new()));
        approx::assert_abs_diff_eq!(row.pooled.composite.value, held_out, epsilon = 1e-12);
        assert!(by_heart > held_out, "{recipe}: {by_heart} {held_out}");
    }
}

#[test]
fn folds_and_actors_are_asked_for() {
    let clips = Clips::draw(60, 6, 10);
    let one_fold =
        Training::new(clips.outputs(), clips.labels.clone(), clips.actors.clone(), vec![0; 60]).unwrap();
    assert!(matches!(Recipe::learned().fit(&one_fold), Err(Error::TooFewFolds { needed: 2, found: 1, .. })));
    let by_clip = (0..60).map(|clip| clip % 2).collect();
    let leak = Training::new(clips.outputs(), clips.labels.clone(), clips.actors.clone(), by_clip);
    assert!(matches!(leak, Err(Error::ActorInTwoFolds { .. })));
    let short = Training::new(clips.outputs(), clips.labels.clone(), clips.actors.clone(), vec![]);
    assert!(matches!(short, Err(Error::LengthMismatch { what: "folds", expected: 60, found: 0 })));
    let folds: BTreeSet<i64> = Training::folds_by_actor(&clips.actors, 5).into_iter().collect();
    assert_eq!(folds.len(), 5);
    // The largest first, each where the fewest clips are.
    let sizes = [("A", 1), ("B", 5), ("C", 2), ("D", 4), ("E", 3)];
    let actors: Vec<&str> = sizes.into_iter().flat_map(|(actor, clips)| vec![actor; clips]).collect();
    let folds = Training::folds_by_actor(&actors, 2);
    let of = |actor| folds[actors.iter().position(|other| *other == actor).unwrap()];
    assert_eq!(["A", "B", "C", "D", "E"].map(of), [0, 0, 0, 1, 1]);
    assert_eq!(Training::folds_by_actor(&actors[..3], 5), [1, 0, 0]);
}

#[test]
fn rows_that_see_an_actors_clips_together_are_marked() {
    let clips = Clips::draw(600, 12, 11);
    let (training, test) = (clips.training(), Clips::draw(300, 6, 12));
    let test = TestClips::new(test.outputs(), test.labels.clone(), test.actors.clone()).unwrap();
    let evaluation = Evaluation {
        bootstrap: Bootstrap::default().replicates(200),
        permutation: PermutationTest::default().permutations(200),
        by_actor: ByActor { centre: true, balance: true },
    };
    let evaluated = evaluation.run(&training, Some(&test)).unwrap();
    let methods: Vec<&str> = evaluated.rows.iter().map(|row| row.method.as_str()).collect();
    assert_eq!(methods[..2], ["published", "grid"]);
    let marked: Vec<&str> =
        evaluated.rows.iter().filter(|row| row.by_actor.is_used()).map(|row| row.method.as_str()).collect();
    assert_eq!(marked.len(), 6, "{methods:?}");
    assert!(evaluated.rows.iter().all(|row| row.test.is_some()));
    assert!(evaluated.rows[evaluated.reference].against_reference.is_none());
    assert!(evaluated.pairs.is_empty());
}

#[test]
fn clips_of_the_same_systems_are_joined() {
    let clips = Clips::draw(60, 6, 14);
    let whole = clips.training();
    let [first, second] = [0, 1].map(|rest| whole.only(|fold| fold % 2 == rest).unwrap());
    let joined = first.clone().and(second.clone()).unwrap();
    assert_eq!(joined.labels(), [first.labels(), second.labels()].concat());
    assert_eq!(joined.outputs().clips(), [first.outputs().clips(), second.outputs().clips()].concat());
    let rows = joined.outputs().systems()[0].rows();
    assert_eq!(rows, [first.outputs().systems()[0].rows(), second.outputs().systems()[0].rows()].concat());
    let twice = Outputs::new([("one", &clips.table), ("other", &clips.table)]).unwrap();
    let twice =
        Training::new(twice, clips.labels.clone(), clips.actors.clone(), whole.folds().to_vec()).unwrap();
    let error = first.and(twice).unwrap_err();
    assert!(matches!(error, Error::SystemCount { found: 2, .. }), "{error}");
}
