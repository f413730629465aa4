//! What bounds the kernel: the comparisons of its sorting, at the rate at which the processor does nothing else.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use blemore_benches::median;
use blemore_features::InstructionSet;
use blemore_simd::{Simd, Work};

/// Rows that are compared with each other in registers.
const ROWS: usize = 16;
const ROUNDS: usize = 20_000;
const REPETITIONS: usize = 400;

/// Comparisons of rows that lie in registers, no two of a layer of the same row.
struct Comparisons<'a>(&'a mut i32);

impl Work for Comparisons<'_> {
    #[inline(always)]
    fn run<S: Simd<W>, const W: usize>(self, simd: S) {
        let mut rows = [simd.splat_key(*self.0); ROWS];
        for (row, key) in rows.iter_mut().zip(0..) {
            *row = simd.splat_key(black_box(key));
        }
        for _ in 0..ROUNDS {
            for row in 0..ROWS / 2 {
                let (a, b) = (rows[row], rows[ROWS - 1 - row]);
                rows[row] = simd.min(a, b);
                rows[ROWS - 1 - row] = simd.max(a, b);
            }
            for row in (0..ROWS).step_by(2) {
                let (a, b) = (rows[row], rows[row + 1]);
                rows[row] = simd.max(a, b);
                rows[row + 1] = simd.min(a, b);
            }
        }
        let mut last = [0; W];
        for row in rows {
            simd.store_keys(row, &mut last);
            *self.0 ^= last[0];
        }
    }
}

/// Of so many threads side by side, each the median of some repetitions.
pub(crate) fn comparisons_per_second(instructions: InstructionSet, threads: usize) -> f64 {
    let barrier = Barrier::new(threads);
    let worker = || {
        let mut key = 1;
        barrier.wait();
        let once = |_| {
            let start = Instant::now();
            instructions.run(Comparisons(black_box(&mut key)));
            start.elapsed().as_secs_f64()
        };
        let seconds: Vec<f64> = (0..REPETITIONS).map(once).collect();
        (ROUNDS * ROWS) as f64 / median(&seconds)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("workers do not panic")).sum()
    })
}
