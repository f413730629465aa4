//! The threshold search against the published way of doing it, and its growth with the number of clips.
//!
//! The peer is a straightforward port of the published search: for each of the 400 cells of the grid every clip is
//! decoded to a map from emotion to salience and scored by comparing maps. All clips are generated.

#![allow(clippy::expect_used, reason = "a benchmark that cannot make its clips has nothing to measure")]

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::num::NonZero;
use std::time::{Duration, Instant};

use blemore_benches::{add_to_table, generated_clips, median};
use blemore_eval::{ExactSearch, Grid, GridSearch, Probabilities};
use blemore_labels::{Emotion, Label};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};

/// The size of the paper's first validation fold.
const FOLD: usize = 522;

mod published_way {
    use super::{Emotion, HashMap, HashSet, Label};

    type Decoded = HashMap<Emotion, i64>;

    fn decode(row: &[f32; 6], alpha: f64, beta: f64) -> Decoded {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&left, &right| row[right].total_cmp(&row[left]));
        let kept: HashMap<usize, f32> = order[..2]
            .iter()
            .filter(|&&index| f64::from(row[index]) >= alpha)
            .map(|&index| (index, row[index]))
            .collect();
        let mut present: Vec<usize> = kept.keys().copied().collect();
        present.sort_unstable();
        let alone = |index: usize| Decoded::from([(Emotion::ALL[index], 100)]);
        let [first, second] = present[..] else { return alone(order[0]) };
        if Emotion::ALL[second] == Emotion::Neutral {
            return alone(if kept[&first] >= kept[&second] { first } else { second });
        }
        let saliences = if f64::from((kept[&first] - kept[&second]).abs()) <= beta {
            [50, 50]
        } else if kept[&first] > kept[&second] {
            [70, 30]
        } else {
            [30, 70]
        };
        [first, second].into_iter().map(|index| Emotion::ALL[index]).zip(saliences).collect()
    }

    fn presence(predicted: &[Decoded], truths: &[Decoded]) -> f64 {
        let set = |decoded: &Decoded| decoded.keys().copied().collect::<HashSet<Emotion>>();
        let right = predicted.iter().zip(truths).filter(|(left, right)| set(left) == set(right)).count();
        right as f64 / truths.len() as f64
    }

    fn salience(predicted: &[Decoded], truths: &[Decoded]) -> f64 {
        let blends = || predicted.iter().zip(truths).filter(|(_, truth)| truth.len() == 2);
        let right = blends().filter(|(predicted, truth)| predicted == truth).count();
        right as f64 / blends().count().max(1) as f64
    }

    pub(super) fn search(rows: &[[f32; 6]], truths: &[Label], alphas: &[f64], betas: &[f64]) -> [f64; 5] {
        let truths: Vec<Decoded> = truths
            .iter()
            .map(|truth| truth.components().map(|(emotion, percent)| (emotion, i64::from(percent))).collect())
            .collect();
        let mut best = [f64::NEG_INFINITY, 0.0, 0.0, 0.0, 0.0];
        for &alpha in alphas {
            for &beta in betas {
                let predicted: Vec<Decoded> = rows.iter().map(|row| decode(row, alpha, beta)).collect();
                let (presence, salience) = (presence(&predicted, &truths), salience(&predicted, &truths));
                let objective = 0.5 * presence + 0.5 * salience;
                if objective > best[0] {
                    best = [objective, alpha, beta, presence, salience];
                }
            }
        }
        best
    }
}

fn against_the_published_way(criterion: &mut Criterion) {
    let (rows, truths) = generated_clips(FOLD);
    let probabilities = Probabilities::new(rows.clone()).expect("generated rows are probabilities");
    let grid = Grid::published();
    let search = GridSearch::new(grid.clone());

    // Both find the same, or the comparison means nothing.
    let expected = published_way::search(&rows, &truths, grid.alphas(), grid.betas());
    let found = search.search(&probabilities, &truths).expect("the clips are labelled");
    let found = [
        found.objective,
        found.thresholds.alpha,
        found.thresholds.beta,
        found.scores.acc_presence(),
        found.scores.acc_salience(),
    ];
    assert_eq!(found, expected);

    let mut group = criterion.benchmark_group("thresholds/522 clips, 20 x 20 grid");
    group.sample_size(10);
    group.bench_function("published way", |bencher| {
        bencher.iter(|| published_way::search(black_box(&rows), &truths, grid.alphas(), grid.betas()));
    });
    group.sample_size(100);
    group.bench_function("grid", |bencher| {
        bencher.iter(|| search.search(black_box(&probabilities), &truths));
    });
    group.bench_function("exact", |bencher| {
        bencher.iter(|| ExactSearch::new().search(black_box(&probabilities), &truths));
    });
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("thresholds/growth");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.sampling_mode(SamplingMode::Flat);
    for count in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
        let (rows, truths) = generated_clips(count);
        let probabilities = Probabilities::new(rows).expect("generated rows are probabilities");
        group.throughput(Throughput::Elements(count as u64));
        for (name, threads) in [("grid, 1 thread", 1), ("grid, 2 threads", 2)] {
            let threads = NonZero::new(threads).expect("not zero");
            let search = GridSearch::default().threads(threads);
            group.bench_with_input(
                BenchmarkId::new(name, count),
                &probabilities,
                |bencher, probabilities| {
                    bencher.iter(|| search.search(probabilities, &truths));
                },
            );
        }
        group.bench_with_input(BenchmarkId::new("exact", count), &probabilities, |bencher, probabilities| {
            bencher.iter(|| ExactSearch::new().search(probabilities, &truths));
        });
    }
    group.finish();
}

/// The lines of the common table.
fn add_lines() {
    let seconds = |least: usize, work: &mut dyn FnMut()| {
        let mut times = Vec::new();
        let start = Instant::now();
        while times.len() < least || start.elapsed() < Duration::from_secs(1) {
            let call = Instant::now();
            work();
            times.push(call.elapsed().as_secs_f64());
        }
        median(&times)
    };
    let (rows, truths) = generated_clips(FOLD);
    let probabilities = Probabilities::new(rows.clone()).expect("generated rows are probabilities");
    let grid = Grid::published();
    let published = seconds(5, &mut || {
        black_box(published_way::search(black_box(&rows), &truths, grid.alphas(), grid.betas()));
    });
    let search = GridSearch::new(grid.clone());
    let ours = seconds(5, &mut || {
        black_box(search.search(black_box(&probabilities), &truths)).expect("the clips are labelled");
    });
    add_to_table(
        &format!("alpha and beta, {FOLD} clips, 20 x 20 grid"),
        &format!("the published loop, ported to Rust: {:.1} ms", 1e3 * published),
        &format!("{:.4} ms", 1e3 * ours),
        &format!("{:.0} x", published / ours),
    );
    let exact = |count: usize| {
        let (rows, truths) = generated_clips(count);
        let probabilities = Probabilities::new(rows).expect("generated rows are probabilities");
        seconds(3, &mut || {
            black_box(ExactSearch::new().search(black_box(&probabilities), &truths))
                .expect("the clips are labelled");
        })
    };
    let (small, large) = (exact(10_000), exact(10_000_000));
    add_to_table(
        "the best of all real alphas and betas, 10,000,000 clips",
        &format!("10,000 clips: {:.2} ms", 1e3 * small),
        &format!("{large:.2} s"),
        &format!("{:.1} x the time per clip", large / small / 1e3),
    );
}

criterion_group!(thresholds, against_the_published_way, growth);
fn main() {
    if std::env::args().any(|argument| argument == "--bench") {
        add_lines();
    }
    thresholds();
    Criterion::default().configure_from_args().final_summary();
}
