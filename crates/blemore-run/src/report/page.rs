//! The page: tables and figures.

use std::fmt::Display;

use blemore_eval::{Estimate, PerMeasure};
use blemore_figures::Figure;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{ModelReport, Report};
use crate::{Breakdown, CellResult, Error};

const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
html { color: #1b1b1b; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd }
table { border-collapse: collapse; margin: .6rem 0 1.2rem } caption { text-align: left; font-weight: 600; padding: .2rem 0 }
th, td { padding: .15rem .55rem; text-align: right; font-variant-numeric: tabular-nums } th { font-weight: 600 }
th:first-child, td:first-child { text-align: left } tr.best td { font-weight: 600 }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem } .note { color: #555 }
.bar { display: inline-block; height: .7rem; background: #4a78b5; vertical-align: middle }
";

/// The whole page.
pub(super) fn html(report: &Report) -> Result<String, Error> {
    let title = format!("{}: cross-validation", report.features);
    let settings = report.recipe.to_toml()?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (title) } style { (PreEscaped(STYLE)) } }
            body {
                h1 { (title) }
                (summary(report))
                @for model in &report.models { (section(model)) }
                (balance(report))
                h2 { "Settings" }
                pre { (settings) }
            }
        }
    };
    Ok(page.into_string())
}

fn summary(report: &Report) -> Markup {
    let clips: usize = report.balance.iter().map(|(_, clips)| clips).sum();
    let best = report.best().map(|best| &best.model);
    html! {
        p {
            (clips) " clips, each predicted by a model that has not seen its actor. "
            "Thresholds are tuned on the fold itself, as the paper does: the accuracies are a little too good. "
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
                    td { (model.model) } td { (model.folds.len()) } td { (model.held_out.clips) }
                    td { (presence) }
                    td { (salience) }
                    @for (_, estimate) in model.held_out.pooled.named() { td { (interval(&estimate)) } }
                }
            }
        }
        @for model in &report.models {
            @for (measure, estimate) in model.held_out.pooled.named() { (caveat(&model.model, measure, &estimate)) }
        }
    }
}

fn header(names: &[&str]) -> Markup {
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

fn section(model: &ModelReport) -> Markup {
    let figures = model.curves.iter().chain(&model.held_out.figures);
    html! {
        h2 { (model.model) }
        (folds(&model.folds))
        @for breakdown in &model.held_out.by { (groups(breakdown)) }
        div.pictures { @for figure in figures { (picture(figure)) } }
    }
}

fn picture(figure: &Figure) -> Markup {
    html! { figure { (PreEscaped(figure.to_svg())) figcaption { (figure.caption()) } } }
}

fn folds(folds: &[CellResult]) -> Markup {
    html! {
        table {
            caption { "Best epoch of each fold" }
            (header(&["fold", "epoch", "alpha", "beta", "presence", "salience"]))
            @for fold in folds {
                tr {
                    td { (fold.cell.fold) } td { (fold.best.epoch) }
                    @for value in [fold.best.alpha, fold.best.beta, fold.best.acc_presence, fold.best.acc_salience] {
                        td { (format!("{value:.3}")) }
                    }
                }
            }
        }
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
