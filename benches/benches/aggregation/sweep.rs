//! Throughput over lengths and widths: is there a shape that is much slower than its neighbours?

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use blemore_features::InstructionSet;
use ndarray::ArrayView2;

use super::{generated_clip, kernel};

/// Powers of two, some of their neighbours, and the longest.
const FRAMES: [usize; 21] =
    [1, 2, 3, 5, 8, 15, 16, 17, 32, 64, 100, 128, 256, 500, 512, 1_025, 2_048, 4_096, 8_192, 16_384, 20_000];
const DIMENSIONS: [usize; 13] = [1, 2, 4, 8, 9, 16, 31, 64, 100, 256, 1_024, 4_096, 8_192];

/// How long a shape is repeated, at least three times.
const BUDGET: Duration = Duration::from_millis(20);

/// Measures all shapes with the best instructions and writes table and picture.
pub(crate) fn sweep() {
    let longest = FRAMES[FRAMES.len() - 1] * DIMENSIONS[DIMENSIONS.len() - 1];
    let values = generated_clip(longest, 1).into_raw_vec_and_offset().0;
    let rates = FRAMES.map(|frames| DIMENSIONS.map(|dimensions| rate(&values, frames, dimensions)));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, text) in [("aggregation-sweep.csv", csv(&rates)), ("aggregation-sweep.svg", svg(&rates))] {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("the target folder can be written to");
        println!("{}", path.display());
    }
}

/// Million elements a second, the best of a few.
fn rate(values: &[f32], frames: usize, dimensions: usize) -> f64 {
    let clip = ArrayView2::from_shape((frames, dimensions), &values[..frames * dimensions]);
    let clip = clip.expect("the shape has as many values");
    let mut call = kernel(InstructionSet::detect(), dimensions);
    let start = Instant::now();
    call(clip);
    let calls = (1e-4 / start.elapsed().as_secs_f64()).clamp(1.0, 1e4) as usize;
    let (mut best, mut samples) = (f64::INFINITY, 0);
    while samples < 3 || start.elapsed() < BUDGET {
        let sample = Instant::now();
        (0..calls).for_each(|_| call(clip));
        best = best.min(sample.elapsed().as_secs_f64() / calls as f64);
        samples += 1;
    }
    (frames * dimensions) as f64 / best / 1e6
}

type Rates = [[f64; DIMENSIONS.len()]; FRAMES.len()];

fn csv(rates: &Rates) -> String {
    let mut text = "frames,dimensions,million_elements_per_second\n".to_owned();
    for (frames, rates) in FRAMES.iter().zip(rates) {
        for (dimensions, rate) in DIMENSIONS.iter().zip(rates) {
            let _ = writeln!(text, "{frames},{dimensions},{rate:.1}");
        }
    }
    text
}

/// A grid of cells, lengths downwards and widths to the right, darker where slower (logarithmic), the rate written in each.
fn svg(rates: &Rates) -> String {
    const CELL: (usize, usize) = (64, 22);
    let (width, height) = ((DIMENSIONS.len() + 1) * CELL.0, (FRAMES.len() + 1) * CELL.1);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\" text-anchor=\"middle\">\n<title>Million elements a second, frames by dimensions</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n<text x=\"32\" y=\"15\">T \\ D</text>\n"
    );
    let mut write = |column: usize, row: usize, content: &str, colour: &str| {
        let (x, y) = (column * CELL.0 + CELL.0 / 2, row * CELL.1 + 15);
        let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{content}</text>");
    };
    for (column, dimensions) in DIMENSIONS.iter().enumerate() {
        write(column + 1, 0, &dimensions.to_string(), "black");
    }
    let mut cells = String::new();
    for (row, (frames, rates)) in FRAMES.iter().zip(rates).enumerate() {
        write(0, row + 1, &frames.to_string(), "black");
        for (column, rate) in rates.iter().enumerate() {
            // 10 million is black, 2,000 million white.
            let lightness = ((rate / 10.0).ln() / 200_f64.ln()).clamp(0.0, 1.0) * 100.0;
            let (x, y) = ((column + 1) * CELL.0, (row + 1) * CELL.1);
            let _ = writeln!(
                cells,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"hsl(210 60% {lightness:.0}%)\"/>",
                CELL.0, CELL.1
            );
            let colour = if lightness < 50.0 { "white" } else { "black" };
            write(column + 1, row + 1, &format!("{rate:.0}"), colour);
        }
    }
    // Cells below their numbers.
    let first_label = text.find("<text").unwrap_or(text.len());
    text.insert_str(first_label, &cells);
    text + "</svg>\n"
}
