//! The page: tables with shades, and the curves.

use std::fmt::{Display, Write};

use blemore_eval::{Estimate, PerMeasure};
use blemore_labels::PresenceClass;
use plotters::chart::SeriesLabelPosition;
use plotters::style::RGBColor;

use super::curves::{self, Curve};
use super::{ModelReport, Report};
use crate::{CellResult, EpochRecord, Error};

const STYLE: &str = "\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1b1b; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd }
table { border-collapse: collapse; margin: .6rem 0 1.2rem } caption { text-align: left; font-weight: 600; padding: .2rem 0 }
th, td { padding: .15rem .55rem; text-align: right; font-variant-numeric: tabular-nums } th { font-weight: 600 }
th:first-child, td:first-child { text-align: left } tr.best td { font-weight: 600 }
.shaded td, .shaded th { padding: .1rem .3rem; font-size: .78rem; text-align: center; min-width: 1.5rem }
.chosen { outline: 2px solid #c0392b; outline-offset: -2px }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem } .note { color: #555 }
.bar { display: inline-block; height: .7rem; background: #4a78b5; vertical-align: middle }
";

const TRAINING: RGBColor = RGBColor(150, 150, 150);
const VALIDATION: RGBColor = RGBColor(31, 119, 180);
const PRESENCE: RGBColor = RGBColor(44, 140, 60);
const SALIENCE: RGBColor = RGBColor(200, 90, 20);

/// The whole page.
pub(super) fn html(report: &Report) -> Result<String, Error> {
    let mut page = String::new();
    let title = format!("{}: cross-validation", escaped(&report.features));
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n<style>\n{STYLE}</style></head>\n\
         <body>\n<h1>{title}</h1>\n"
    );
    summary(&mut page, report);
    for model in &report.models {
        section(&mut page, model)?;
    }
    balance(&mut page, report);
    let settings = escaped(&report.config.to_toml()?);
    let _ = write!(page, "<h2>Settings</h2>\n<pre>{settings}</pre>\n</body></html>\n");
    Ok(page)
}

fn summary(page: &mut String, report: &Report) {
    let clips: usize = report.balance.iter().map(|(_, clips)| clips).sum();
    let _ = writeln!(
        page,
        "<p>{clips} clips, each predicted by a model that has not seen its actor. Thresholds are tuned on the fold itself, as \
         the paper does: the accuracies are a little too good.</p>"
    );
    if report.missing > 0 {
        let _ = writeln!(
            page,
            "<p><strong>{} cells of the run are not finished and not in here.</strong></p>",
            report.missing
        );
    }
    let best = report.best().map(|best| best.model.clone());
    page.push_str(
        "<table><caption>Accuracies</caption><tr><th>model</th><th>folds</th><th>clips</th><th>presence</th><th>salience</th>\
         <th>presence, all clips [95 %, by actor]</th><th>salience, all clips [95 %, by actor]</th></tr>\n",
    );
    for model in &report.models {
        let PerMeasure { presence, salience } = model.accuracies;
        let class = if best.as_ref() == Some(&model.model) { " class=\"best\"" } else { "" };
        let _ = writeln!(
            page,
            "<tr{class}><td>{}</td><td>{}</td><td>{}</td><td>{:.3} ± {:.3}</td><td>{:.3} ± {:.3}</td><td>{}</td><td>{}</td></tr>",
            model.model,
            model.folds.len(),
            model.clips,
            presence.mean,
            presence.std,
            salience.mean,
            salience.std,
            interval(&model.pooled.presence),
            interval(&model.pooled.salience),
        );
    }
    page.push_str("</table>\n");
    let caveats = report.models.iter().flat_map(|model| model.pooled.named().map(|named| (model, named)));
    for (model, (measure, estimate)) in caveats {
        if let Some(caveat) = &estimate.caveat {
            let _ = writeln!(page, "<p class=\"note\">{}, {measure}: {caveat}</p>", model.model);
        }
    }
}

fn interval(estimate: &Estimate) -> String {
    format!("{:.3} [{:.3}, {:.3}]", estimate.value, estimate.bca.low, estimate.bca.high)
}

fn section(page: &mut String, model: &ModelReport) -> Result<(), Error> {
    let _ = write!(page, "<h2>{}</h2>\n<div class=\"pictures\">\n", model.model);
    let curve = |name, colour, value: fn(&EpochRecord) -> f64| Curve {
        name,
        colour,
        folds: model.folds.iter().map(|fold| fold.epochs.iter().map(value).collect()).collect(),
    };
    let losses = [
        curve("training", TRAINING, |epoch| epoch.train_loss),
        curve("validation", VALIDATION, |epoch| epoch.val_loss),
    ];
    let accuracies = [
        curve("ACC_presence", PRESENCE, |epoch| epoch.acc_presence),
        curve("ACC_salience", SALIENCE, |epoch| epoch.acc_salience),
    ];
    page.push_str(&curves::svg("Loss, mean and folds", SeriesLabelPosition::UpperRight, &losses)?);
    let title = "Accuracies on the fold, mean and folds";
    page.push_str(&curves::svg(title, SeriesLabelPosition::UpperLeft, &accuracies)?);
    page.push_str("</div>\n");
    folds(page, &model.folds);
    surface(page, model);
    confusion(page, model);
    Ok(())
}

fn folds(page: &mut String, folds: &[CellResult]) {
    page.push_str(
        "<table><caption>Best epoch of each fold</caption><tr><th>fold</th><th>epoch</th><th>alpha</th><th>beta</th><th>presence</th>\
         <th>salience</th></tr>\n",
    );
    for fold in folds {
        let EpochRecord { epoch, alpha, beta, acc_presence, acc_salience, .. } = fold.best;
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{epoch}</td><td>{alpha:.3}</td><td>{beta:.3}</td><td>{acc_presence:.3}</td><td>{acc_salience:.3}</td></tr>",
            fold.fold
        );
    }
    page.push_str("</table>\n");
}

/// The grid of thresholds, darker where better; what the folds chose has a frame.
fn surface(page: &mut String, model: &ModelReport) {
    let surface = &model.surface;
    let objective = surface.objective();
    let (least, most) = objective
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), &value| (least.min(value), most.max(value)));
    page.push_str(
        "<table class=\"shaded\"><caption>Composite accuracy of all clips (per cent) by alpha (down) and beta (across); framed: what a \
         fold chose</caption>\n<tr><th></th>",
    );
    surface.betas().iter().for_each(|beta| cell(page, "th", "", &format!("{beta:.2}")));
    page.push_str("</tr>\n");
    for (alpha, row) in surface.alphas().iter().zip(objective.chunks(surface.betas().len())) {
        page.push_str("<tr>");
        cell(page, "th", "", &format!("{alpha:.2}"));
        for (beta, value) in surface.betas().iter().zip(row) {
            let chosen = model.folds.iter().any(|fold| (fold.best.alpha, fold.best.beta) == (*alpha, *beta));
            let class = if chosen { " class=\"chosen\"" } else { "" };
            cell(
                page,
                "td",
                &format!("{class} style=\"{}\"", shade((value - least) / (most - least))),
                &format!("{:.1}", value * 100.0),
            );
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}

/// Sets of emotions: the truth in rows, darker the larger its share of the row.
fn confusion(page: &mut String, model: &ModelReport) {
    page.push_str(
        "<table class=\"shaded\"><caption>Sets of emotions: truth in rows, prediction in columns, clips</caption>\n<tr><th></th>",
    );
    PresenceClass::all().for_each(|class| cell(page, "th", "", &class));
    page.push_str("<th>clips</th></tr>\n");
    for truth in PresenceClass::all() {
        let support = model.confusion.support(truth);
        if support == 0 {
            continue;
        }
        page.push_str("<tr>");
        cell(page, "th", "", &truth);
        for predicted in PresenceClass::all() {
            let count = model.confusion.count(truth, predicted);
            let style = format!(" style=\"{}\"", shade(count as f64 / support as f64));
            let text = if count == 0 { String::new() } else { count.to_string() };
            cell(page, "td", &style, &text);
        }
        cell(page, "th", "", &support);
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}

fn balance(page: &mut String, report: &Report) {
    let most = report.balance.iter().map(|(_, clips)| *clips).max().unwrap_or(1).max(1);
    page.push_str("<h2>Clips</h2>\n<table><caption>Class balance</caption>\n");
    for (label, clips) in &report.balance {
        let _ = writeln!(
            page,
            "<tr><td>{label}</td><td>{clips}</td><td style=\"text-align: left\"><span class=\"bar\" style=\"width: {:.1}rem\"></span></td></tr>",
            16.0 * *clips as f64 / most as f64
        );
    }
    page.push_str("</table>\n");
}

fn cell(page: &mut String, element: &str, attributes: &str, text: &dyn Display) {
    let _ = write!(page, "<{element}{attributes}>{text}</{element}>");
}

/// White at 0, blue at 1, with a colour of text that can be read on it.
fn shade(share: f64) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let lightness = 100.0 - 58.0 * share;
    format!(
        "background: hsl(212, 60%, {lightness:.0}%); color: {}",
        if share > 0.6 { "#fff" } else { "#1b1b1b" }
    )
}

/// Text that a page shows as it is.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
