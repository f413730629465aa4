//! Figures of made-up numbers, as large as those of the whole dataset.

use blemore_eval::{
    ActorScores, Bootstrap, Calibration, Count, GridSearch, Measure, Metrics, NestedSelection, Probabilities,
    Scores, Surface, Thresholds, decode_all, nested_selection,
};
use blemore_figures::{
    CellText, ComponentPoint, Curve, Figure, Group, LengthUnit, SweepDifference, SweepPoint, accuracies,
    calibration, components, confusion, curves, durations, structure, surface, sweep, thresholds,
};
use blemore_labels::{Emotion, Label};

/// A title that takes two lines in one column.
const TITLE: &str = "VideoMAEv2_giant_corrected + WavLM_large, MLP_512, held-out clips of five folds";
/// Clips of each label.
const CLIPS: usize = 80;
/// Actors of the whole dataset; as many folds leave one of them out at a time.
const ACTORS: usize = 58;

/// Numbers that look like chance and are always the same, from 0 to 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The label of each clip, and what a model makes of it that is right more often than not.
fn outputs() -> (Vec<Label>, Probabilities<f64>) {
    let mut numbers = Numbers(1);
    let labels: Vec<Label> = Label::all().flat_map(|label| [label; CLIPS]).collect();
    let row = |label: &Label| {
        let mut row = [0.0; Emotion::COUNT].map(|_: f64| numbers.next() * 0.4);
        for (emotion, percent) in label.components() {
            row[emotion.index()] += f64::from(percent) / 100.0;
        }
        let sum: f64 = row.iter().sum();
        row.map(|value| value / sum)
    };
    let rows = labels.iter().map(row).collect();
    (labels, Probabilities::new(rows).unwrap())
}

/// What each of so many folds chooses, for itself and for the others.
fn selection(labels: &[Label], probabilities: &Probabilities<f64>, folds: usize) -> NestedSelection {
    let search = GridSearch::default();
    let folds: Vec<i64> = (0..labels.len()).map(|clip| (clip % folds) as i64).collect();
    let choose = |probabilities: &Probabilities<f64>, labels: &[Label]| {
        Ok(search.search(probabilities, labels)?.thresholds)
    };
    nested_selection(probabilities, labels, &folds, choose).unwrap()
}

/// All thresholds that were chosen, by name.
fn chosen(selection: &NestedSelection) -> Vec<(String, Thresholds)> {
    (selection.folds.iter())
        .flat_map(|fold| {
            [("fold", fold.look_ahead), ("others than fold", fold.nested)].map(|found| (fold, found))
        })
        .map(|(fold, (name, found))| (format!("{name} {}", fold.fold), found.thresholds))
        .collect()
}

/// Other thresholds for each of so many folds, side by side in the grid.
fn distinct(grid: &Surface, folds: usize) -> Vec<(String, Thresholds)> {
    let (alphas, betas) = (grid.alphas(), grid.betas());
    let at = |fold: usize| Thresholds { alpha: alphas[fold / betas.len()], beta: betas[fold % betas.len()] };
    (0..folds).map(|fold| (format!("fold {fold}"), at(fold))).collect()
}

fn group(number: usize) -> Group {
    let actor = |number: u64| ActorScores {
        actor: number.to_string(),
        is_known: true,
        scores: Scores {
            presence: Count { correct: number, total: 54 },
            salience: Count { correct: number / 3, total: 30 },
        },
    };
    let actors = [actor(number as u64 % 40), actor(10), actor(30)];
    let bootstrap = Bootstrap::default().replicates(200);
    let estimate = |measure| bootstrap.estimate(&actors, measure).unwrap();
    Group {
        name: format!("A{:03}", 100 + number),
        clips: 54,
        presence: estimate(Measure::Presence),
        salience: (!number.is_multiple_of(5)).then(|| estimate(Measure::Salience)),
    }
}

fn points() -> Vec<ComponentPoint> {
    let mut numbers = Numbers(2);
    let mut point = |label| ComponentPoint { label, at: [0.0; 2].map(|_: f64| numbers.next() * 6.0 - 3.0) };
    Label::all().flat_map(|label| [label; CLIPS]).map(&mut point).collect()
}

/// A combination of a sweep, whose name is too long; the first is the baseline.
fn combination(number: usize) -> SweepPoint {
    let composite = 0.15 + (number * 37 % 50) as f64 / 400.0;
    let difference = SweepDifference {
        value: composite - 0.15,
        ci: (composite - 0.19, composite - 0.11),
        is_decided: number.is_multiple_of(7),
    };
    SweepPoint {
        name: format!("VideoMAEv2 + WavLM_large, MLP_{number}, set-and-ratio, squared-error, expected-score"),
        published: composite + 0.02,
        composite,
        composite_ci: (composite - 0.04, composite + 0.05),
        against_baseline: (number > 0).then_some(difference),
    }
}

/// Every figure, some of them in several forms.
pub(crate) fn figures() -> Vec<Figure> {
    let (labels, probabilities) = outputs();
    let predicted = decode_all(&probabilities, Thresholds { alpha: 0.25, beta: 0.1 });
    let metrics = Metrics::of_labels(&labels, &predicted).unwrap();
    let grid = GridSearch::default().surface(&probabilities, &labels).unwrap();
    let few = selection(&labels, &probabilities, 5);
    let many = selection(&labels, &probabilities, ACTORS);
    let groups: Vec<Group> = (0..ACTORS).map(group).collect();
    let long = Group { name: "a value of a column that is far too long".to_owned(), ..group(3) };
    let mut numbers = Numbers(3);
    let mut lengths = |count| (0..count).map(|_| 2.0 + 4.0 * numbers.next()).collect::<Vec<f64>>();
    let (single, blended) = (lengths(1390), lengths(1660));
    let fold = |end: f64| (1..=200).map(|epoch| end + 1.0 / f64::from(epoch)).collect::<Vec<f64>>();
    let curve = |name, end: f64| Curve { name, folds: vec![fold(end), fold(end + 0.02), fold(end - 0.03)] };
    let one_epoch = |name, value: f64| Curve { name, folds: vec![vec![value], vec![value + 0.1]] };
    let pair = [Emotion::Sadness, Emotion::Disgust];
    vec![
        confusion(TITLE, &metrics.presence_confusion, CellText::Both),
        confusion(TITLE, &metrics.label_confusion, CellText::Counts),
        confusion(TITLE, &metrics.label_confusion, CellText::Shares),
        surface(TITLE, &grid, &chosen(&few)),
        surface(TITLE, &grid, &distinct(&grid, ACTORS)),
        thresholds(TITLE, &few),
        thresholds(TITLE, &many),
        calibration(TITLE, &Calibration::of(&probabilities, &labels).unwrap()),
        accuracies(TITLE, "actor", &groups),
        accuracies(TITLE, "camera", &[long]),
        durations(TITLE, &single, &blended, LengthUnit::Seconds),
        durations("", &[12.0], &[], LengthUnit::Frames),
        structure(TITLE, &labels),
        structure("nothing", &[]),
        components(TITLE, pair, &points(), [0.231, 0.117]),
        components("nothing", pair, &[], [0.9, 0.1]),
        curves(TITLE, "loss", &[curve("training", 0.2), curve("validation", 0.6)]),
        curves("one epoch", "loss", &[one_epoch("training", 0.5), one_epoch("validation", 0.7)]),
        curves("nothing", "loss", &[]),
        sweep(TITLE, &(0..200).map(combination).collect::<Vec<_>>()),
        sweep(TITLE, &(0..4).map(combination).collect::<Vec<_>>()),
    ]
}
