//! The seven descriptors of a clip: the kernel on each instruction set, against numpy, ndarray-stats and a
//! sort of each column.
//!
//! Three parts. A table beside the peers, numpy's two ways among them: run by the interpreter that
//! `BLEMORE_PEER_PYTHON` names (`python3` without it), in this very session, so that the ratios mean
//! something. A sweep over lengths and widths, written to `target/tmp/aggregation-sweep.{csv,svg}`.
//! Criterion's own measurements of the kernel, for comparisons from one version to the next.

#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(clippy::expect_used, reason = "a benchmark that cannot run has nothing else to do")]

mod bound;
mod numpy;
mod peers;
mod sweep;

use std::hint::black_box;
use std::time::{Duration, Instant};

use blemore_benches::{add_to_table, median, pseudo_random};
use blemore_features::{Aggregator, InstructionSet, Workspace};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use ndarray::{Array2, ArrayView2};

/// The typical clip first; then long, short, very short clips of wide features, and the 31 features of OpenFace.
const SHAPES: [(usize, usize); 5] = [(500, 1024), (1500, 1024), (150, 1024), (16, 1408), (250, 31)];

/// How long one way of doing it is repeated for the table.
const BUDGET: Duration = Duration::from_millis(500);

/// Values that look like features: bell-shaped, the same each time.
fn generated_clip(frames: usize, dimensions: usize) -> Array2<f32> {
    let mut next = pseudo_random();
    let mut uniform = || next() - 0.5;
    Array2::from_shape_simple_fn((frames, dimensions), || uniform() + uniform() + uniform())
}

/// The kernel as a worker uses it: memory kept from clip to clip.
fn kernel(instructions: InstructionSet, dimensions: usize) -> impl FnMut(ArrayView2<'_, f32>) {
    let aggregator =
        Aggregator::default().with_instructions(instructions).expect("only available ones are measured");
    let mut workspace = Workspace::new();
    let mut row = vec![0.0; aggregator.output_len(dimensions)];
    move |frames| {
        aggregator
            .aggregate_with(&mut workspace, black_box(frames), &mut row)
            .expect("generated clips are finite");
        black_box(&row);
    }
}

/// Median seconds of a call.
fn median_seconds(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    call();
    // A sample is long enough for the clock.
    let calls =
        (Duration::from_micros(200).as_secs_f64() / start.elapsed().as_secs_f64()).clamp(1.0, 1e6) as u32;
    let mut samples = Vec::new();
    while samples.len() < 5 || start.elapsed() < BUDGET {
        let sample = Instant::now();
        for _ in 0..calls {
            call();
        }
        samples.push(sample.elapsed().as_secs_f64() / f64::from(calls));
    }
    median(&samples)
}

/// Rounds of threads side by side.
const ROUNDS: usize = 9;

/// Seconds a clip of `threads` workers side by side, each with clips of its own: as long as a clip takes
/// divided by the speed-up. The median of some rounds, each as long as its slowest worker takes.
fn seconds_side_by_side(threads: usize, frames: ArrayView2<'_, f32>) -> f64 {
    let one = median_seconds({
        let mut call = kernel(InstructionSet::detect(), frames.ncols());
        move || call(frames)
    });
    let clips = (BUDGET.as_secs_f64() / ROUNDS as f64 / one).clamp(5.0, 1e6) as u32;
    let barrier = std::sync::Barrier::new(threads);
    let rounds: Vec<Vec<f64>> = std::thread::scope(|scope| {
        let worker = || {
            let clip = frames.to_owned();
            let mut call = kernel(InstructionSet::detect(), clip.ncols());
            call(clip.view());
            let round = |_| {
                barrier.wait();
                let start = Instant::now();
                for _ in 0..clips {
                    call(clip.view());
                }
                start.elapsed().as_secs_f64()
            };
            (0..ROUNDS).map(round).collect()
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("workers do not panic")).collect()
    });
    let slowest = |round: usize| rounds.iter().map(|worker| worker[round]).fold(0.0, f64::max);
    median(&(0..ROUNDS).map(slowest).collect::<Vec<_>>()) / (f64::from(clips) * threads as f64)
}

/// One line a way of doing it, one column a shape: million elements a second, and how many times numpy's five calls.
fn table() {
    let numpy = numpy::measure(&SHAPES);
    if let Err(reason) = &numpy {
        println!("without numpy ({reason}): set BLEMORE_PEER_PYTHON to an interpreter that has it");
    }
    let mut lines: Vec<(String, Vec<f64>)> = Vec::new();
    let mut add = |name: String, seconds: &dyn Fn(ArrayView2<'_, f32>) -> f64| {
        let shapes = SHAPES.iter();
        lines.push((name, shapes.map(|&(t, d)| seconds(generated_clip(t, d).view())).collect()));
    };
    add("sort of each column".to_owned(), &|frames| median_seconds(|| peers::sort(black_box(frames))));
    add("ndarray-stats, quantiles_axis_mut".to_owned(), &|frames| peers::ndarray_stats(frames));
    for instructions in InstructionSet::available() {
        add(format!("this kernel, {instructions:?}"), &|frames| {
            let mut call = kernel(instructions, frames.ncols());
            median_seconds(|| call(frames))
        });
    }
    let mut add_bound = |name: String, instructions: InstructionSet, threads: usize| {
        let rate = bound::comparisons_per_second(instructions, threads);
        add(name, &|frames| {
            let registers = frames.ncols().div_ceil(instructions.lanes());
            (registers * Aggregator::default().comparisons(frames.nrows())) as f64 / rate
        });
    };
    for instructions in InstructionSet::available() {
        add_bound(format!("its comparisons alone, {instructions:?}"), instructions, 1);
    }
    add_bound("its comparisons alone, 2 threads".to_owned(), InstructionSet::detect(), 2);
    add("this kernel, 2 threads".to_owned(), &|frames| seconds_side_by_side(2, frames));
    let mut baseline = None;
    if let Ok(numpy) = &numpy {
        println!("numpy {}", numpy.version);
        let five: Vec<f64> = numpy.shapes.iter().map(|shape| shape.five_calls).collect();
        let one = numpy.shapes.iter().map(|shape| shape.one_call).collect();
        lines.insert(0, ("numpy, one call with a list".to_owned(), one));
        lines.insert(0, ("numpy, five calls (published)".to_owned(), five.clone()));
        baseline = Some(five);
    }

    if let Some(five) = &baseline {
        add_lines(five, &lines);
    }
    println!("million elements a second (times the published way)");
    print!("{:<36}", "");
    SHAPES.iter().for_each(|(t, d)| print!("{:>18}", format!("{t} x {d}")));
    println!();
    for (name, seconds) in &lines {
        print!("{name:<36}");
        for (shape, (&(t, d), seconds)) in SHAPES.iter().zip(seconds).enumerate() {
            let rate = (t * d) as f64 / seconds / 1e6;
            let ratio =
                baseline.as_ref().map_or_else(String::new, |b| format!(" ({:.1})", b[shape] / seconds));
            print!("{:>18}", format!("{rate:.1}{ratio}"));
        }
        println!();
    }
    println!();
}

/// The lines of the common table: the two long shapes beside numpy, and two threads beside one.
fn add_lines(five_calls: &[f64], lines: &[(String, Vec<f64>)]) {
    let million = |shape: usize, seconds: f64| (SHAPES[shape].0 * SHAPES[shape].1) as f64 / seconds / 1e6;
    let of = |name: &str, shape: usize| {
        lines.iter().find(|(found, _)| found == name).map(|(_, seconds)| seconds[shape])
    };
    let kernel = |instructions: InstructionSet| format!("this kernel, {instructions:?}");
    let detected = InstructionSet::detect();
    let line = |what: String, shape: usize, baseline: (&str, f64), ours: Option<f64>| {
        let Some(ours) = ours else { return };
        let (name, theirs) = baseline;
        add_to_table(
            &what,
            &format!("{name}: {:.1} million values per second", million(shape, theirs)),
            &format!("{:.0} million", million(shape, ours)),
            &format!("{:.*} x", usize::from(theirs / ours < 10.0), theirs / ours),
        );
    };
    for (shape, (frames, dimensions)) in SHAPES.into_iter().enumerate().take(2) {
        let beside_numpy = |instructions: InstructionSet| {
            let what = format!("seven statistics of {frames} x {dimensions} f32, one core, {instructions:?}");
            let five = ("numpy, five `percentile` calls", five_calls[shape]);
            line(what, shape, five, of(&kernel(instructions), shape));
        };
        beside_numpy(detected);
        if detected != InstructionSet::Avx2 {
            beside_numpy(InstructionSet::Avx2);
        }
        if let Some(one) = of(&kernel(detected), shape) {
            let what = format!("the same {frames} x {dimensions}, two threads");
            line(what, shape, ("one thread", one), of("this kernel, 2 threads", shape));
        }
    }
}

fn measurements(criterion: &mut Criterion) {
    for (frames, dimensions) in SHAPES {
        let clip = generated_clip(frames, dimensions);
        let mut group = criterion.benchmark_group(format!("aggregation/{frames} x {dimensions}"));
        group.throughput(Throughput::Elements((frames * dimensions) as u64));
        group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
        for instructions in InstructionSet::available() {
            let mut call = kernel(instructions, dimensions);
            let id = BenchmarkId::from_parameter(format!("{instructions:?}"));
            group.bench_function(id, |bencher| bencher.iter(|| call(clip.view())));
        }
        group.finish();
    }
}

criterion_group!(aggregation, measurements);

fn main() {
    // `cargo test` starts benchmarks too, to see whether they run; the table and the sweep are for `cargo bench`.
    if std::env::args().any(|argument| argument == "--bench") {
        table();
        sweep::sweep();
    }
    aggregation();
    Criterion::default().configure_from_args().final_summary();
}
