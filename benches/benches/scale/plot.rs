//! The cost per clip over the number of clips, as SVG.

use std::path::Path;

use plotters::chart::SeriesLabelPosition;
use plotters::prelude::*;

use crate::steps::STEPS;
use crate::{Measured, by_clips};

const SIZE: (u32, u32) = (640, 400);

pub(crate) fn write(path: &Path, measured: &[Measured]) {
    let sizes: Vec<&Measured> = by_clips(measured).collect();
    draw(path, &sizes).expect("the target folder can be written");
}

fn draw(path: &Path, sizes: &[&Measured]) -> Result<(), Box<dyn std::error::Error>> {
    let clips = |found: &&Measured| found.clips as f64;
    let (fewest, most) = (sizes.first().map_or(1.0, clips), sizes.last().map_or(1.0, clips));
    let all: Vec<f64> = sizes.iter().map(|found| found.per_clip(found.seconds())).collect();
    let highest = all.iter().copied().fold(0.0, f64::max);
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Cost per clip, generated clips", ("sans-serif", 16))
        .margin(8)
        .x_label_area_size(34)
        .y_label_area_size(52)
        .build_cartesian_2d((fewest..most).log_scale(), 0.0..1.5 * highest)?;
    chart
        .configure_mesh()
        .x_desc("clips")
        .y_desc("microseconds per clip")
        .x_label_formatter(&|clips| format!("{clips:.0}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    let steps = STEPS.iter().enumerate().map(|(step, name)| {
        (*name, sizes.iter().map(|found| found.per_clip(found.cost.seconds[step])).collect())
    });
    for (number, (name, costs)) in std::iter::once(("all", all)).chain(steps).enumerate() {
        let style = Palette99::pick(number).stroke_width(if number == 0 { 3 } else { 1 });
        let points = sizes.iter().map(clips).zip(costs);
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    area.present()?;
    Ok(())
}
