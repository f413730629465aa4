//! The searches against every cell tried one by one, on random and on awkward clips.

use std::num::NonZero;

use blemore_eval::{
    Error, ExactSearch, Grid, GridSearch, Probabilities, Probability, Scores, SearchResult, ThresholdRegion,
    Thresholds, decode, decode_all, linspace,
};
use blemore_labels::{Emotion, Label};
use proptest::prelude::*;
use proptest::sample::select;

use crate::generated::likely_clips;
use crate::reference::{self, Found};
use crate::widest::widest_region;

/// Six counts that make up twelve: full of ties, zeros, and pairs with neutral.
fn coarse_row() -> impl Strategy<Value = [u32; 6]> {
    prop::array::uniform6(0_u32..=4).prop_map(|mut counts| {
        counts[5] += u32::from(counts == [0; 6]);
        counts
    })
}

/// Rows that sum to 1, or to nearly 1.
fn row() -> impl Strategy<Value = [f64; 6]> {
    let normalise = |counts: [f64; 6]| {
        let sum: f64 = counts.iter().sum();
        counts.map(|count| count / sum)
    };
    prop_oneof![
        coarse_row().prop_map(move |counts| normalise(counts.map(f64::from))),
        prop::array::uniform6(1e-6_f64..1.0).prop_map(normalise),
        prop::array::uniform6(1e-6_f64..1.0)
            .prop_map(move |counts| normalise(counts).map(|value| (value * 1000.0).round() / 1000.0)),
        Just([1.0 / 6.0; 6]),
    ]
}

fn truth() -> impl Strategy<Value = Label> {
    select(Label::all().collect::<Vec<_>>())
}

/// A row with a truth that its two largest values make likely, so that the thresholds matter.
fn clip() -> impl Strategy<Value = ([f64; 6], Label)> {
    let near = row().prop_flat_map(|row| {
        let likely: Vec<Label> = [(0.05, 0.05), (0.05, 2.0), (0.05, -1.0), (2.0, 0.0)]
            .map(|(alpha, beta)| decode(&row, Thresholds { alpha, beta }))
            .to_vec();
        (Just(row), select(likely))
    });
    prop_oneof![3 => near, 1 => (row(), truth())]
}

fn clips(most: usize) -> impl Strategy<Value = (Vec<[f64; 6]>, Vec<Label>)> {
    prop::collection::vec(clip(), 1..=most).prop_map(|clips| clips.into_iter().unzip())
}

fn axis() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        4 => (0_u32..=24).prop_map(|numerator| f64::from(numerator) / 24.0),
        4 => -0.2_f64..1.2,
        1 => select(vec![f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1.0, 1.0 / 6.0, 0.25]),
    ];
    prop::collection::vec(value, 1..8)
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![select(vec![0.0, 0.2, 0.5, 0.8, 1.0]), 0.0_f64..=1.0]
}

fn as_found(result: SearchResult) -> Found {
    Found {
        alpha: result.thresholds.alpha,
        beta: result.thresholds.beta,
        acc_presence: result.scores.acc_presence(),
        acc_salience: result.scores.acc_salience(),
        objective: result.objective,
        presence_only: result.presence_only,
        salience_only: result.salience_only,
    }
}

/// Every value at which the scores can change, and one between any two neighbours.
fn around(breakpoints: Vec<f64>) -> Vec<f64> {
    let mut values = breakpoints;
    values.extend([-1.0, 2.0]);
    values.sort_by(f64::total_cmp);
    let between: Vec<f64> = values.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
    values.extend(between);
    values
}

fn all_breakpoints<P: Probability>(rows: &[[P; 6]]) -> (Vec<f64>, Vec<f64>) {
    let sorted = |row: &[P; 6]| {
        let mut sorted = *row;
        sorted.sort_by(|left, right| right.partial_cmp(left).unwrap());
        sorted
    };
    let alphas = rows.iter().map(|row| sorted(row)[1].into()).collect();
    let betas = rows.iter().map(|row| sorted(row)[0].distance(sorted(row)[1])).collect();
    (around(alphas), around(betas))
}

fn check_grid<P: Probability>(
    rows: &[[P; 6]],
    truths: &[Label],
    grid: &Grid,
    weight: f64,
) -> Result<(), TestCaseError> {
    let probabilities = Probabilities::new(rows.to_vec()).unwrap();
    let expected = reference::search(rows, truths, grid.alphas(), grid.betas(), weight);
    let search = GridSearch::new(grid.clone()).presence_weight(weight);
    let found = search.search(&probabilities, truths).unwrap();
    prop_assert_eq!(as_found(found), expected);
    let predicted = decode_all(&probabilities, found.thresholds);
    prop_assert_eq!(Scores::of_labels(truths, &predicted).unwrap(), found.scores);
    Ok(())
}

fn check_exact<P: Probability>(rows: &[[P; 6]], truths: &[Label], weight: f64) -> Result<(), TestCaseError> {
    let probabilities = Probabilities::new(rows.to_vec()).unwrap();
    let found = ExactSearch::new().presence_weight(weight).search(&probabilities, truths).unwrap();
    let (alphas, betas) = all_breakpoints(rows);
    let expected = reference::search(rows, truths, &alphas, &betas, weight);
    prop_assert_eq!(found.objective, expected.objective);
    prop_assert_eq!(found.presence_only, expected.presence_only);
    prop_assert_eq!(found.salience_only, expected.salience_only);

    let scores_at = |thresholds| Scores::of_labels(truths, &decode_all(&probabilities, thresholds)).unwrap();
    prop_assert!(found.region.contains(found.thresholds));
    prop_assert!(found.region.contains(found.region.middle()));
    prop_assert_eq!(scores_at(found.thresholds).composite(weight), found.objective);
    for &alpha in &alphas {
        for &beta in &betas {
            let thresholds = Thresholds { alpha, beta };
            if found.region.contains(thresholds) {
                prop_assert_eq!(scores_at(thresholds).composite(weight), found.objective);
            }
        }
    }
    prop_assert_eq!(found.region, widest_region(rows, truths, weight));
    Ok(())
}

proptest! {
    #[test]
    fn decoding_is_the_description(row in row(), alpha in -0.2_f64..1.2, beta in -0.2_f64..1.2) {
        let label = decode(&row, Thresholds { alpha, beta });
        prop_assert_eq!(label.components().collect::<reference::Decoded>(), reference::decode(&row, alpha, beta));
        let narrow = row.map(|value| value as f32);
        let label = decode(&narrow, Thresholds { alpha, beta });
        prop_assert_eq!(label.components().collect::<reference::Decoded>(), reference::decode(&narrow, alpha, beta));
    }

    #[test]
    fn the_largest_emotion_is_in_every_label(row in row(), alpha in -0.2_f64..1.2, beta in -0.2_f64..1.2) {
        let largest = row.iter().copied().fold(0.0, f64::max);
        let label = decode(&row, Thresholds { alpha, beta });
        prop_assert!(label.components().any(|(emotion, _)| row[emotion.index()] == largest));
    }

    #[test]
    fn a_higher_alpha_never_adds_an_emotion(row in row(), alphas in [-0.2_f64..1.2, -0.2_f64..1.2], beta in 0.0_f64..1.0) {
        let count = |alpha| decode(&row, Thresholds { alpha, beta }).components().count();
        prop_assert!(count(alphas[0].max(alphas[1])) <= count(alphas[0].min(alphas[1])));
    }

    #[test]
    fn the_grid_search_is_the_published_one(
        (rows, truths) in clips(30), alphas in axis(), betas in axis(), weight in weight(),
    ) {
        let grid = Grid::new(alphas, betas).unwrap();
        check_grid(&rows, &truths, &grid, weight)?;
        let narrow: Vec<[f32; 6]> = rows.iter().map(|row| row.map(|value| value as f32)).collect();
        check_grid(&narrow, &truths, &grid, weight)?;
    }

    #[test]
    fn the_surface_is_the_score_of_each_cell((rows, truths) in clips(20), alphas in axis(), betas in axis()) {
        let probabilities = Probabilities::new(rows).unwrap();
        let surface = GridSearch::new(Grid::new(alphas, betas).unwrap()).surface(&probabilities, &truths).unwrap();
        let objective = surface.objective();
        for (row, &alpha) in surface.alphas().iter().enumerate() {
            for (column, &beta) in surface.betas().iter().enumerate() {
                let scores = Scores::of_labels(&truths, &decode_all(&probabilities, Thresholds { alpha, beta })).unwrap();
                let cell = row * surface.betas().len() + column;
                prop_assert_eq!(objective[cell], scores.composite(0.5));
                prop_assert_eq!(surface.scores_at(row, column), Some(scores));
            }
        }
    }

    #[test]
    fn the_exact_search_is_the_best_of_all_thresholds((rows, truths) in clips(9), weight in weight()) {
        check_exact(&rows, &truths, weight)?;
        let narrow: Vec<[f32; 6]> = rows.iter().map(|row| row.map(|value| value as f32)).collect();
        check_exact(&narrow, &truths, weight)?;
    }

    #[test]
    fn the_exact_search_is_never_below_a_grid(
        (rows, truths) in clips(60), alphas in axis(), betas in axis(), weight in weight(),
    ) {
        let probabilities = Probabilities::new(rows).unwrap();
        let grid = GridSearch::new(Grid::new(alphas, betas).unwrap()).presence_weight(weight);
        let grid = grid.search(&probabilities, &truths).unwrap();
        let exact = ExactSearch::new().presence_weight(weight).search(&probabilities, &truths).unwrap();
        prop_assert!(exact.objective >= grid.objective);
        prop_assert!(exact.presence_only >= grid.presence_only);
        prop_assert!(exact.salience_only >= grid.salience_only);
    }

    #[test]
    fn no_rows_of_floats_panic(
        rows in prop::collection::vec(prop::array::uniform6(any::<f64>()), 0..4),
        axis in prop::collection::vec(any::<f64>(), 0..4),
        weight in any::<f64>(),
    ) {
        for row in &rows {
            let _label = decode(row, Thresholds { alpha: weight, beta: weight });
        }
        let truths = vec![Label::Single(Emotion::Fear); rows.len()];
        if let (Ok(probabilities), Ok(grid)) = (Probabilities::new(rows), Grid::new(axis.clone(), axis)) {
            let _grid = GridSearch::new(grid).presence_weight(weight).search(&probabilities, &truths);
            let _exact = ExactSearch::new().presence_weight(weight).search(&probabilities, &truths);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_surface() {
    let (probabilities, truths) = likely_clips(200_000);
    let surface = |threads| {
        let search = GridSearch::default().threads(NonZero::new(threads).unwrap());
        search.surface(&probabilities, &truths).unwrap()
    };
    let alone = surface(1);
    for threads in [2, 3, 5, 64] {
        assert_eq!(surface(threads), alone, "{threads} threads");
    }
}

#[test]
fn a_million_cells_agree_with_decoding() {
    let (probabilities, truths) = likely_clips(500);
    let axis = linspace(0.0, 1.0, 1000);
    let surface =
        GridSearch::new(Grid::new(axis.clone(), axis).unwrap()).surface(&probabilities, &truths).unwrap();
    // Each row and each column once, all over the plane, and the corners.
    let corners = [(0, 0), (0, 999), (999, 0), (999, 999)];
    for (row, column) in (0..1000).map(|row| (row, row * 387 % 1000)).chain(corners) {
        let thresholds = Thresholds { alpha: surface.alphas()[row], beta: surface.betas()[column] };
        let scores = Scores::of_labels(&truths, &decode_all(&probabilities, thresholds)).unwrap();
        assert_eq!(surface.scores_at(row, column), Some(scores));
    }
    assert_eq!(surface.best().objective, surface.objective().into_iter().fold(0.0, f64::max));
}

/// Grids of every value at which the scores change see every rectangle that the exact search sees.
#[test]
fn the_exact_search_of_many_clips_is_the_best_of_a_grid_of_all_breakpoints() {
    for count in [1, 2, 3, 5, 30, 77, 300, 1000] {
        let (probabilities, truths) = likely_clips(count);
        let (alphas, betas) = all_breakpoints(probabilities.rows());
        let grid =
            GridSearch::new(Grid::new(alphas, betas).unwrap()).search(&probabilities, &truths).unwrap();
        let exact = ExactSearch::new().search(&probabilities, &truths).unwrap();
        assert_eq!(exact.objective, grid.objective, "{count} clips");
        let alone = (grid.presence_only, grid.salience_only);
        assert_eq!((exact.presence_only, exact.salience_only), alone, "{count} clips");
    }
}

#[test]
fn a_region_has_a_middle_between_neighbouring_floats_and_outside_of_zero_to_one() {
    let region =
        |from, to| ThresholdRegion { alpha_above: from, alpha_to: to, beta_from: from, beta_below: to };
    // The middle of the first region is rounded down, that of the second up.
    let [first, second] = [0.25, 0.25_f64.next_up()];
    for region in [region(first, second), region(second, second.next_up()), region(f64::NEG_INFINITY, 0.0)] {
        assert!(region.contains(region.middle()), "{region:?}");
    }
    // Outside of 0 to 1, a step from the end that is known.
    for (outside, at) in [
        (region(f64::NEG_INFINITY, 0.0), -0.5),
        (region(f64::NEG_INFINITY, -2.0), -2.5),
        (region(1.0, f64::INFINITY), 1.5),
        (region(1.25, f64::INFINITY), 1.75),
    ] {
        assert_eq!(outside.middle(), Thresholds { alpha: at, beta: at }, "{outside:?}");
    }
    let all = region(f64::NEG_INFINITY, f64::INFINITY);
    assert_eq!(all.middle(), Thresholds { alpha: 0.5, beta: 0.5 });
    let bounded = ThresholdRegion { alpha_above: 0.125, alpha_to: 0.375, beta_from: 0.5, ..all };
    assert!(bounded.contains(Thresholds { alpha: 0.375, beta: 0.5 }));
    assert!(!bounded.contains(Thresholds { alpha: 0.125, beta: 0.5 }));
    assert_eq!(bounded.middle(), Thresholds { alpha: 0.25, beta: 0.75 });
}

/// At the second probability six single emotions become wrong, and two blends right in their emotions, one of them in its
/// salience at every beta: half of the presence is lost and half of the salience won, so all thresholds are as good.
#[test]
fn a_region_goes_on_where_what_clips_change_cancels() {
    let mut truths = vec!["ang".parse().unwrap(); 6];
    truths.extend(["ang+disg 50/50", "ang+disg 70/30"].map(|label| label.parse::<Label>().unwrap()));
    let probabilities = Probabilities::new(vec![[0.75, 0.25, 0.0, 0.0, 0.0, 0.0]; 8]).unwrap();
    let found = ExactSearch::new().search(&probabilities, &truths).unwrap();
    let (none, all) = (f64::NEG_INFINITY, f64::INFINITY);
    let plane = ThresholdRegion { alpha_above: none, alpha_to: all, beta_from: none, beta_below: all };
    assert_eq!((found.objective, found.region), (0.375, plane));
}

/// What the exact search finds for clips with two probabilities, of which the second is given.
fn region_of(clips: &[(f64, &str)], weight: f64) -> ThresholdRegion {
    let rows = clips.iter().map(|(second, _)| [1.0 - second, *second, 0.0, 0.0, 0.0, 0.0]).collect();
    let truths: Vec<Label> = clips.iter().map(|(_, label)| label.parse().unwrap()).collect();
    let search = ExactSearch::new().presence_weight(weight);
    search.search(&Probabilities::new(rows).unwrap(), &truths).unwrap().region
}

/// One blend is right below a difference, another from a larger one on: both ranges of beta are as good.
#[test]
fn a_range_that_goes_on_without_end_is_as_wide_as_its_part_within_0_to_1() {
    let (none, all) = (f64::NEG_INFINITY, f64::INFINITY);
    let betas = |below: f64, from: f64| {
        let second = |difference: f64| (1.0 - difference) / 2.0;
        let clips = [(second(below), "ang+disg 70/30"), (second(from), "ang+disg 50/50")];
        let region = region_of(&clips, 0.5);
        (region.beta_from, region.beta_below)
    };
    assert_eq!(betas(0.5, 0.9375), (none, 0.5));
    assert_eq!(betas(0.125, 0.5), (0.5, all));
    // Of equally wide ones the lowest.
    assert_eq!(betas(0.25, 0.75), (none, 0.25));
}

#[test]
fn of_equally_wide_ranges_of_alpha_the_highest_is_taken() {
    let blend = "ang+disg 30/70";
    let region = region_of(&[(0.5, blend), (0.375, "ang"), (0.25, blend), (0.125, "ang")], 1.0);
    assert_eq!((region.alpha_above, region.alpha_to), (0.375, 0.5));
}

/// Bit by bit as numpy 2.4 gives them.
#[test]
fn linspace_has_the_bits_of_numpy() {
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let published = [
        0x3fa9_9999_9999_999a_u64,
        0x3fb8_ed23_0815_8ed2,
        0x3fc2_86bc_a1af_286c,
        0x3fc8_96e7_bf53_896e,
        0x3fce_a712_dcf7_ea70,
        0x3fd2_5b9e_fd4e_25b9,
        0x3fd5_63b4_8c20_563b,
        0x3fd8_6bca_1af2_86bc,
        0x3fdb_73df_a9c4_b73d,
        0x3fde_7bf5_3896_e7be,
        0x3fe0_c205_63b4_8c20,
        0x3fe2_4610_2b1d_a461,
        0x3fe3_ca1a_f286_bca2,
        0x3fe5_4e25_b9ef_d4e2,
        0x3fe6_d230_8158_ed23,
        0x3fe8_563b_48c2_0563,
        0x3fe9_da46_102b_1da4,
        0x3feb_5e50_d794_35e5,
        0x3fec_e25b_9efd_4e25,
        0x3fee_6666_6666_6666,
    ];
    assert_eq!(bits(&linspace(0.05, 0.95, 20)), published);
    assert_eq!(
        (bits(Grid::published().alphas()), bits(Grid::published().betas())),
        (published.into(), published.into())
    );
    let uneven = [
        0xbfd3_3333_3333_3333,
        0x3fa1_1111_1111_1110,
        0x3fd7_7777_7777_7777,
        0x3fe6_6666_6666_6666,
        0x3ff0_8888_8888_8888,
        0x3ff5_dddd_dddd_dddd,
        0x3ffb_3333_3333_3333,
    ];
    assert_eq!(bits(&linspace(-0.3, 1.7, 7)), uneven);
    assert_eq!(bits(&linspace(0.0, f64::from_bits(1), 3)), [0, 0, 1]);
    assert_eq!(bits(&linspace(0.0, f64::from_bits(2), 4)), [0, 1, 2, 2]);
    assert_eq!(bits(&linspace(0.0, f64::from_bits(1), 4)), [0, 0, 1, 1]);
    assert_eq!(bits(&linspace(f64::from_bits(1), f64::from_bits(2), 4)), [1, 1, 2, 2]);
    assert!(linspace(0.3, 0.7, 0).is_empty());
    assert_eq!(linspace(0.3, 0.7, 1), [0.3]);
    assert_eq!(linspace(0.7, 0.3, 2), [0.7, 0.3]);
}

#[test]
fn decoding_of_ties_of_neutral_and_of_the_thresholds_themselves() {
    let pair = [0.75, 0.25, 0.0, 0.0, 0.0, 0.0];
    for (row, alpha, beta, label) in [
        // Equal probabilities prefer the earlier emotions.
        ([1.0 / 6.0; 6], 0.05, 0.05, "ang+disg 50/50"),
        ([0.0, 0.25, 0.25, 0.25, 0.25, 0.0], 0.3, 0.05, "disg"),
        ([0.0, 0.0, 0.2, 0.4, 0.2, 0.2], 0.05, 0.5, "fea+hap 50/50"),
        // Neutral never blends, and loses ties.
        ([0.0, 0.0, 0.0, 0.0, 0.5, 0.5], 0.05, 0.05, "sad"),
        ([0.0, 0.0, 0.0, 0.0, 0.4, 0.6], 0.05, 0.05, "neu"),
        // Both thresholds include their own value.
        (pair, 0.25, 0.5, "ang+disg 50/50"),
        (pair, 0.250_000_001, 0.5, "ang"),
        (pair, 0.25, 0.499_999_999, "ang+disg 70/30"),
        // A tie under a negative beta.
        ([0.5, 0.5, 0.0, 0.0, 0.0, 0.0], 0.05, -0.1, "ang+disg 30/70"),
    ] {
        assert_eq!(decode(&row, Thresholds { alpha, beta }).to_string(), label, "{row:?} at {alpha}, {beta}");
    }
    assert_eq!(Thresholds { alpha: 0.05, beta: 0.25 }.to_string(), "alpha 0.05, beta 0.25");
}

#[test]
fn the_difference_is_taken_in_the_precision_of_the_row() {
    // The exact difference of these two f32 values needs more digits than an f32 has.
    let row = [0.9_f32, 0.1, 0.0, 0.0, 0.0, 0.0];
    let narrow = f64::from(row[0] - row[1]);
    assert_ne!(narrow, f64::from(row[0]) - f64::from(row[1]));
    let at = |beta| decode(&row, Thresholds { alpha: 0.05, beta }).to_string();
    assert_eq!(at(narrow), "ang+disg 50/50");
    assert_eq!(at(narrow.next_down()), "ang+disg 70/30");
}

#[test]
fn nothing_that_is_not_a_number_panics() {
    for row in [[f64::NAN; 6], [f64::INFINITY; 6], [f64::NEG_INFINITY; 6]] {
        for threshold in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let _label = decode(&row, Thresholds { alpha: threshold, beta: threshold });
        }
    }
}

#[test]
fn one_cell_and_one_clip() {
    let clip = Probabilities::new(vec![[0.6, 0.4, 0.0, 0.0, 0.0, 0.0]]).unwrap();
    let grid = Grid::new(vec![0.5], vec![0.5]).unwrap();
    let found = GridSearch::new(grid).search(&clip, &["ang+disg 50/50".parse().unwrap()]).unwrap();
    assert_eq!(found.thresholds, Thresholds { alpha: 0.5, beta: 0.5 });
    assert_eq!((found.scores.presence.correct, found.scores.salience.total), (0, 1));
}

#[test]
fn bad_input_is_refused_by_name() {
    let none = Probabilities::<f64>::new(vec![]).unwrap();
    assert!(matches!(GridSearch::default().search(&none, &[]), Err(Error::NoClips { .. })));
    assert!(matches!(ExactSearch::new().search(&none, &[]), Err(Error::NoClips { .. })));

    let one = Probabilities::new(vec![[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]).unwrap();
    assert!(matches!(
        GridSearch::default().search(&one, &[]),
        Err(Error::LengthMismatch { expected: 1, found: 0, .. })
    ));
    for weight in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let truth = [Label::Single(Emotion::Anger)];
        assert!(GridSearch::default().presence_weight(weight).search(&one, &truth).is_err());
        assert!(ExactSearch::new().presence_weight(weight).search(&one, &truth).is_err());
    }

    for (alphas, betas, said) in [
        (vec![], vec![0.1], "no values for alpha"),
        (vec![0.1], vec![], "no values for beta"),
        (vec![0.1], vec![0.1, f64::NAN], "value 1 of the grid for beta is not a number"),
        (
            vec![0.1; 10_000],
            vec![0.1; 10_000],
            "10000 x 10000 thresholds is over the limit of 33554432 cells",
        ),
    ] {
        let message = Grid::new(alphas, betas).unwrap_err().to_string();
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn rows_that_are_no_probabilities_are_all_named() {
    let rows = vec![
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [f64::NAN, 1.0, 0.0, 0.0, 0.0, 0.0],
        [0.5, 0.5, 0.0, 0.0, 0.0, f64::INFINITY],
        [1.5, -0.5, 0.0, 0.0, 0.0, 0.0],
        [0.0; 6],
        [0.333, 0.333, 0.333, 0.0, 0.0, 0.0],
    ];
    let Err(Error::InvalidProbabilities { faults }) = Probabilities::new(rows) else { panic!("not refused") };
    assert_eq!(faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// The last clip is right in its salience from the upper end of the best betas on, which changes nothing below it.
#[test]
fn a_region_goes_on_where_clips_change_beside_it() {
    let truths = ["ang+disg 50/50", "ang+disg 70/30", "ang+disg 50/50"].map(|label| label.parse().unwrap());
    let row = |first: f64, second: f64| {
        let rest = (1.0 - first - second) / 4.0;
        [first, second, rest, rest, rest, rest]
    };
    // Differences of 1/8, 1/4 and 1/4.
    let rows = vec![row(0.5, 0.375), row(0.5625, 0.3125), row(0.3828125, 0.1328125)];
    let search = ExactSearch::new().presence_weight(0.0);
    let found = search.search(&Probabilities::new(rows).unwrap(), &truths).unwrap();
    let none = f64::NEG_INFINITY;
    let region = ThresholdRegion { alpha_above: none, alpha_to: 0.3125, beta_from: 0.125, beta_below: 0.25 };
    assert_eq!((found.objective, found.region), (2.0 / 3.0, region));
}

/// Below the second probability the thresholds are as good with small betas, and worse with large ones.
#[test]
fn a_region_ends_where_clips_change_within_it() {
    let mut truths = vec!["ang".parse().unwrap(); 6];
    truths.extend(["ang+disg 70/30", "ang+disg 30/70"].map(|label| label.parse::<Label>().unwrap()));
    let probabilities = Probabilities::new(vec![[0.75, 0.25, 0.0, 0.0, 0.0, 0.0]; 8]).unwrap();
    let found = ExactSearch::new().search(&probabilities, &truths).unwrap();
    let (none, all) = (f64::NEG_INFINITY, f64::INFINITY);
    let above = ThresholdRegion { alpha_above: 0.25, alpha_to: all, beta_from: none, beta_below: all };
    assert_eq!((found.objective, found.region), (0.375, above));
}
