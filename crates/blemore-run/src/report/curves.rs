//! Curves over epochs, as SVG.

use plotters::prelude::*;

use crate::Error;

/// One line a fold, and their mean.
pub(super) struct Curve<'a> {
    pub(super) name: &'a str,
    pub(super) colour: RGBColor,
    /// For each fold its value at each epoch.
    pub(super) folds: Vec<Vec<f64>>,
}

impl Curve<'_> {
    /// The mean of the folds at each epoch that all have.
    fn mean(&self) -> Vec<f64> {
        let epochs = self.folds.iter().map(Vec::len).min().unwrap_or(0);
        let count = self.folds.len().max(1) as f64;
        (0..epochs).map(|epoch| self.folds.iter().map(|fold| fold[epoch]).sum::<f64>() / count).collect()
    }
}

const SIZE: (u32, u32) = (520, 300);

/// A picture of the curves over epochs from 1, with their names where curves of this kind leave room.
pub(super) fn svg(title: &str, names: SeriesLabelPosition, curves: &[Curve<'_>]) -> Result<String, Error> {
    let mut picture = String::new();
    draw(&mut picture, title, names, curves)
        .map_err(|error| Error::Picture { title: title.to_owned(), problem: error.to_string() })?;
    Ok(picture)
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(picture: &mut String, title: &str, names: SeriesLabelPosition, curves: &[Curve<'_>]) -> Drawn {
    let values = || curves.iter().flat_map(|curve| curve.folds.iter().flatten()).copied();
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let margin = ((high - low) * 0.05).max(1e-9);
    let epochs = curves.iter().flat_map(|curve| curve.folds.iter().map(Vec::len)).max().unwrap_or(1).max(2);
    let area = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 16))
        .margin(8)
        .x_label_area_size(34)
        .y_label_area_size(52)
        .build_cartesian_2d(1..epochs, low - margin..high + margin)?;
    chart.configure_mesh().x_desc("epoch").light_line_style(TRANSPARENT).draw()?;
    for curve in curves {
        let colour = curve.colour;
        for fold in &curve.folds {
            chart.draw_series(LineSeries::new(points(fold), colour.mix(0.3)))?;
        }
        chart
            .draw_series(LineSeries::new(points(&curve.mean()), colour.stroke_width(2)))?
            .label(curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(names)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    area.present()?;
    Ok(())
}

fn points(values: &[f64]) -> impl Iterator<Item = (usize, f64)> {
    values.iter().copied().enumerate().map(|(index, value)| (index + 1, value))
}
