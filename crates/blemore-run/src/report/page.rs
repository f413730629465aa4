//! The page: tables with shades, and the curves.

use std::fmt::Display;

use blemore_eval::{Estimate, PerMeasure, Surface, Thresholds};
use blemore_labels::PresenceClass;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::chart::SeriesLabelPosition;
use plotters::style::RGBColor;

use super::curves::{self, Curve};
use super::{ModelReport, Report, sweep};
use crate::{Breakdown, CellResult, EpochRecord, Error, Head};

const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
html { color: #1b1b1b; background: #fff }
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
    let title = format!("{}: cross-validation", report.features);
    let models = report.models.iter().map(section).collect::<Result<Vec<_>, _>>()?;
    let settings = report.recipe.to_toml()?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } style { (PreEscaped(STYLE)) } }
            body {
                h1 { (title) }
                (summary(report))
                @for model in &models { (model) }
                @if let Some(found) = &report.sweep { (sweep::section(found)) }
                (balance(report))
                h2 { "Settings" }
                pre { (settings) }
            }
        }
    };
    Ok(page.into_string())
}

/// What was chosen by looking at the clips that are scored.
fn chosen_on_the_fold(head: Head) -> &'static str {
    if head.gives_labels() {
        "The epoch is chosen on the fold itself, as the paper does: the accuracies are a little too good. "
    } else {
        "Thresholds are tuned on the fold itself, as the paper does: the accuracies are a little too good. "
    }
}

fn summary(report: &Report) -> Markup {
    let clips: usize = report.balance.iter().map(|(_, clips)| clips).sum();
    let best = report.best().map(|best| &best.model);
    html! {
        p {
            (clips) " clips, each predicted by a model that has not seen its actor. "
            (chosen_on_the_fold(report.recipe.head))
            "Intervals are resampled by actor, unless a note below a table says otherwise."
        }
        @for origin in &report.origins {
            @if origin.is_random() {
                p { strong { "The numbers mean nothing: " (origin) "." } }
            } @else {
                p { "Features: " (origin) "." }
            }
        }
        @if report.missing > 0 {
            p { strong { (report.missing) " cells of the run are not finished and not in here." } }
        }
        @for damage in &report.damaged {
            p { strong { "Left out: " (damage.name) ": " (damage.problem) } }
        }
        table {
            caption { "Accuracies" }
            (header(&[
                "model", "folds", "clips", "presence", "salience", "presence, all clips [95 %]",
                "salience, all clips [95 %]",
            ]))
            @for model in &report.models {
                @let PerMeasure { presence, salience } = model.accuracies;
                tr class=[(best == Some(&model.model)).then_some("best")] {
                    td { (model.model) } td { (model.folds.len()) } td { (model.clips) }
                    td { (presence) }
                    td { (salience) }
                    @for (_, estimate) in model.pooled.named() { td { (interval(&estimate)) } }
                }
            }
        }
        @for model in &report.models {
            @for (measure, estimate) in model.pooled.named() { (caveat(&model.model, measure, &estimate)) }
        }
    }
}

pub(super) fn header(names: &[&str]) -> Markup {
    html! { tr { @for name in names { th { (name) } } } }
}

fn interval(estimate: &Estimate) -> String {
    format!("{:.3} [{:.3}, {:.3}]", estimate.value, estimate.bca.low, estimate.bca.high)
}

fn caveat(whose: &dyn Display, measure: &str, estimate: &Estimate) -> Markup {
    html! {
        @if let Some(caveat) = &estimate.caveat {
            p.note { (format!("{whose}, {measure}: {caveat}")) }
        }
    }
}

fn section(model: &ModelReport) -> Result<Markup, Error> {
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
    let losses = curves::svg("Loss, mean and folds", SeriesLabelPosition::UpperRight, &losses)?;
    let title = "Accuracies on the fold, mean and folds";
    let accuracies = curves::svg(title, SeriesLabelPosition::UpperLeft, &accuracies)?;
    Ok(html! {
        h2 { (model.model) }
        div.pictures { (PreEscaped(losses)) (PreEscaped(accuracies)) }
        (folds(&model.folds))
        @for breakdown in &model.by { (groups(breakdown)) }
        @if let Some(found) = &model.surface { (surface(model, found)) }
        (confusion(model))
    })
}

fn folds(folds: &[CellResult]) -> Markup {
    html! {
        table {
            caption { "Best epoch of each fold" }
            (header(&["fold", "epoch", "alpha", "beta", "presence", "salience"]))
            @for fold in folds {
                tr {
                    td { (fold.cell.fold) } td { (fold.best.epoch) }
                    @for threshold in thresholds(fold) { td { (threshold) } }
                    @for value in [fold.best.acc_presence, fold.best.acc_salience] { td { (format!("{value:.3}")) } }
                }
            }
        }
    }
}

/// Alpha and beta of a fold, where its head needs them.
fn thresholds(fold: &CellResult) -> [String; 2] {
    match fold.decision().thresholds() {
        Some(Thresholds { alpha, beta }) => [alpha, beta].map(|value| format!("{value:.3}")),
        None => ["-", "-"].map(str::to_owned),
    }
}

/// The accuracies by a column of the metadata.
fn groups(breakdown: &Breakdown) -> Markup {
    html! {
        table {
            caption { "Accuracies by " (breakdown.column) }
            (header(&[
                &breakdown.column, "actors", "clips", "presence [95 %]", "blends", "salience [95 %]",
            ]))
            @for group in &breakdown.groups {
                tr {
                    td { (group.name()) } td { (group.presence.actors) }
                    td { (group.scores.presence.total) } td { (interval(&group.presence)) }
                    td { (group.scores.salience.total) }
                    td { (group.salience.as_ref().map_or("-".to_owned(), interval)) }
                }
            }
        }
        @for group in &breakdown.groups {
            @for (measure, estimate) in group.measures() { (caveat(&group.name(), measure, estimate)) }
        }
    }
}

/// The grid of thresholds, darker where better; what the folds chose has a frame.
fn surface(model: &ModelReport, surface: &Surface) -> Markup {
    let objective = surface.objective();
    let (least, most) = objective
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), &value| (least.min(value), most.max(value)));
    let is_chosen =
        |alpha, beta| model.folds.iter().any(|fold| (fold.best.alpha, fold.best.beta) == (alpha, beta));
    html! {
        table.shaded {
            caption {
                "Composite accuracy of all clips (per cent) by alpha (down) and beta (across); framed: what a fold chose"
            }
            tr { th {} @for beta in surface.betas() { th { (format!("{beta:.2}")) } } }
            @for (alpha, row) in surface.alphas().iter().zip(objective.chunks(surface.betas().len())) {
                tr {
                    th { (format!("{alpha:.2}")) }
                    @for (beta, value) in surface.betas().iter().zip(row) {
                        @let class = is_chosen(*alpha, *beta).then_some("chosen");
                        @let style = shade((value - least) / (most - least));
                        td class=[class] style=(style) { (format!("{:.1}", value * 100.0)) }
                    }
                }
            }
        }
    }
}

/// Sets of emotions: the truth in rows, darker the larger its share of the row.
fn confusion(model: &ModelReport) -> Markup {
    html! {
        table.shaded {
            caption { "Sets of emotions: truth in rows, prediction in columns, clips" }
            tr { th {} @for class in PresenceClass::all() { th { (class) } } th { "clips" } }
            @for truth in PresenceClass::all() {
                @let support = model.confusion.support(truth);
                @if support > 0 {
                    tr {
                        th { (truth) }
                        @for predicted in PresenceClass::all() {
                            @let count = model.confusion.count(truth, predicted);
                            td style=(shade(count as f64 / support as f64)) { @if count > 0 { (count) } }
                        }
                        th { (support) }
                    }
                }
            }
        }
    }
}

fn balance(report: &Report) -> Markup {
    let most = report.balance.iter().map(|(_, clips)| *clips).max().unwrap_or(1).max(1);
    let width = |clips: usize| format!("width: {:.1}rem", 16.0 * clips as f64 / most as f64);
    html! {
        h2 { "Clips" }
        table {
            caption { "Class balance" }
            @for (label, clips) in &report.balance {
                tr {
                    td { (label) } td { (clips) }
                    td style="text-align: left" { span.bar style=(width(*clips)) {} }
                }
            }
        }
    }
}

/// White at 0, blue at 1, with a colour of text that can be read on it.
fn shade(share: f64) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let lightness = 100.0 - 58.0 * share;
    let text = if share > 0.6 { "#fff" } else { "#1b1b1b" };
    format!("background: hsl(212, 60%, {lightness:.0}%); color: {text}")
}
