//! The page: sections of tables and figures, in one file that loads nothing.

use std::borrow::Cow;

use blemore_figures::Figure;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::held_out_tests::held_out_tests;
use super::provenance::{self, Fact};
use super::table::Table;
use super::{ModelReport, Report, Reproduced, tables};
use crate::figures::{HeldOutReport, sweep_of};
use crate::{Error, SweepTable};

/// What the template is called.
const TEMPLATE: &str = "page.html";

/// Runs, tables of outputs, what was reproduced and further figures, on one page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Cross-validations.
    pub runs: Vec<Report>,
    /// Tables of outputs.
    pub outputs: Vec<OutputsReport>,
    /// The measured Tables II and III.
    pub reproduced: Vec<Reproduced>,
    /// Figures of datasets and features.
    pub figures: Vec<Figure>,
}

/// A table of outputs.
#[derive(Clone, Debug)]
pub struct OutputsReport {
    /// What it says of its system.
    pub held_out: HeldOutReport,
    /// The file.
    pub file: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// Whether the metadata say that the clips are generated.
    pub generated: bool,
}

/// The form of tables without a page around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// [`Table::to_latex`]
    Latex,
    /// [`Table::to_markdown`]
    Markdown,
    /// [`Table::to_csv`], with an empty line between tables.
    Csv,
}

impl Page {
    /// One page of HTML that needs nothing else. It folds, has a table of contents, and is light or dark as the reader's
    /// device is.
    ///
    /// # Errors
    /// [`Error::RecipeWrite`], [`Error::Eval`] for comparisons, [`Error::Template`].
    pub fn to_html(&self) -> Result<String, Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_template(TEMPLATE, include_str!("page.html"))?;
        Ok(environment.get_template(TEMPLATE)?.render(Serde(self.content()?))?)
    }

    /// All tables, in the order of the page.
    ///
    /// # Errors
    /// [`Error::RecipeWrite`], [`Error::Eval`] for comparisons.
    pub fn to_tables(&self, format: TableFormat) -> Result<String, Error> {
        let sections = self.sections()?;
        let text = |table: &Table| match format {
            TableFormat::Latex => table.to_latex(),
            TableFormat::Markdown => table.to_markdown(),
            TableFormat::Csv => table.to_csv(),
        };
        let texts: Vec<String> = sections.iter().flat_map(|section| &section.tables).map(text).collect();
        Ok(texts.join("\n"))
    }

    fn content(&self) -> Result<Content, Error> {
        let sections = self.sections()?.into_iter().enumerate();
        Ok(Content {
            title: self.title(),
            warnings: self.warnings(),
            paragraphs: vec![
                "Each clip is predicted by a model that has not seen its fold. Epochs, and thresholds where the head needs \
                 them, are chosen on the fold itself, as the paper does: the accuracies are a little too good. Intervals \
                 are resampled by actor, unless a note below a table says otherwise."
                    .to_owned(),
            ],
            sections: sections.map(|(number, section)| section.shown(number)).collect(),
        })
    }

    fn title(&self) -> String {
        let runs = self.runs.iter().map(|run| &run.features);
        let outputs = self.outputs.iter().map(|outputs| &outputs.held_out.title);
        let names = once_each(runs.chain(outputs).map(String::as_str).collect());
        match names[..] {
            [] => "BLEMORE: a report".to_owned(),
            [one] => format!("{one}: a report"),
            [first, ..] => format!("{first} and {} more: a report", names.len() - 1),
        }
    }

    /// What keeps numbers from meaning what they seem to.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let generated = self.runs.iter().any(|run| run.generated)
            || self.outputs.iter().any(|outputs| outputs.generated)
            || self.reproduced.iter().any(|tables| tables.generated);
        if generated {
            warnings.push("Generated clips: the numbers say nothing about people.".to_owned());
        }
        for run in &self.runs {
            let random = run.origins.iter().filter(|origin| origin.is_random());
            warnings.extend(random.map(|origin| format!("The numbers mean nothing: {origin}.")));
            if run.missing > 0 {
                warnings.push(format!(
                    "{}: {} cells of the run are not finished and not in here.",
                    run.features, run.missing
                ));
            }
            let left_out = run.damaged.iter();
            warnings.extend(left_out.map(|damage| format!("Left out: {}: {}", damage.name, damage.problem)));
        }
        once_each(warnings)
    }

    fn sections(&self) -> Result<Vec<Section<'_>>, Error> {
        let systems = self.systems();
        let mut sections = Vec::new();
        if !systems.is_empty() {
            let mut section = Section::new("Accuracies").open();
            section.tables = vec![tables::overview(&systems)];
            section.tables.extend(tables::comparison(&systems)?);
            sections.push(section);
        }
        if let Some(table) = held_out_tests(&self.runs) {
            sections.push(Section { tables: vec![table], ..Section::new("Held-out tests").open() });
        }
        let reproduced: Vec<Table> = self.reproduced.iter().flat_map(Reproduced::tables).collect();
        if !reproduced.is_empty() {
            sections.push(Section { tables: reproduced, ..Section::new("Tables II and III").open() });
        }
        let sweeps = once_each(self.runs.iter().filter_map(|run| run.sweep.as_ref()).collect());
        sections.extend(sweeps.into_iter().map(of_sweep));
        sections.extend(self.runs.iter().flat_map(|run| &run.models).map(of_model));
        sections.extend(self.outputs.iter().map(of_outputs));
        if !self.figures.is_empty() {
            let figures = self.figures.iter().map(Cow::Borrowed).collect();
            sections.push(Section { figures, ..Section::new("Datasets and features") });
        }
        for run in &self.runs {
            sections.push(what_was_run(run)?);
        }
        if !self.outputs.is_empty() {
            sections.push(self.files());
        }
        Ok(sections)
    }

    fn systems(&self) -> Vec<&HeldOutReport> {
        let runs = self.runs.iter().flat_map(|run| &run.models).map(|model| &model.held_out);
        runs.chain(self.outputs.iter().map(|outputs| &outputs.held_out)).collect()
    }

    /// The files of the tables of outputs.
    fn files(&self) -> Section<'_> {
        let row = |outputs: &OutputsReport| {
            let clips = format!("{}, {}", outputs.held_out.clips, provenance::of_whom(outputs.generated));
            vec![outputs.file.clone(), clips, outputs.sha256.clone()]
        };
        let rows = self.outputs.iter().map(row).collect();
        let tables = vec![Table::new("Tables of outputs", &["file", "clips", "SHA-256"], rows)];
        Section { tables, facts: vec![provenance::this_version()], ..Section::new("What was read") }
    }
}

/// The first of equal ones, in their order.
fn once_each<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// A part of the page that folds.
#[derive(Default)]
struct Section<'a> {
    title: String,
    is_open: bool,
    facts: Vec<Fact>,
    tables: Vec<Table>,
    figures: Vec<Cow<'a, Figure>>,
    settings: String,
}

impl Section<'_> {
    fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    fn shown(self, number: usize) -> ShownSection {
        let table = |table: Table| ShownTable {
            latex: table.to_latex(),
            markdown: table.to_markdown(),
            csv: table.to_csv(),
            table,
        };
        let figure = |figure: Cow<'_, Figure>| ShownFigure {
            svg: figure.to_svg(),
            caption: figure.caption().to_owned(),
        };
        ShownSection {
            id: format!("section-{}", number + 1),
            title: self.title,
            is_open: self.is_open,
            facts: self.facts,
            tables: self.tables.into_iter().map(table).collect(),
            figures: self.figures.into_iter().map(figure).collect(),
            settings: self.settings,
        }
    }
}

fn of_sweep(sweep: &SweepTable) -> Section<'_> {
    let (tables, figures) = (vec![tables::sweep(sweep)], vec![Cow::Owned(sweep_of(sweep))]);
    Section { tables, figures, ..Section::new("Sweep") }
}

fn of_model(model: &ModelReport) -> Section<'_> {
    let epochs: Vec<usize> = model.folds.iter().map(|fold| fold.best.epoch).collect();
    let mut section = of_held_out(&model.held_out, &epochs);
    section.figures.splice(0..0, model.curves.iter().map(Cow::Borrowed));
    section.tables.extend(tables::encoders(&model.held_out.title, &model.folds));
    section
}

fn of_outputs(outputs: &OutputsReport) -> Section<'_> {
    of_held_out(&outputs.held_out, &[])
}

fn of_held_out<'a>(report: &'a HeldOutReport, epochs: &[usize]) -> Section<'a> {
    let by = report.by.iter().map(|breakdown| tables::groups(&report.title, breakdown));
    Section {
        tables: std::iter::once(tables::folds(report, epochs)).chain(by).collect(),
        figures: report.figures.iter().map(Cow::Borrowed).collect(),
        ..Section::new(report.title.clone())
    }
}

fn what_was_run(run: &Report) -> Result<Section<'_>, Error> {
    Ok(Section {
        facts: provenance::of_run(run),
        tables: vec![tables::balance(&run.balance)],
        settings: run.recipe.to_toml()?,
        ..Section::new(format!("What was run: {}", run.features))
    })
}

/// What the template is filled with.
#[derive(Serialize)]
struct Content {
    title: String,
    warnings: Vec<String>,
    paragraphs: Vec<String>,
    sections: Vec<ShownSection>,
}

#[derive(Serialize)]
struct ShownSection {
    id: String,
    title: String,
    is_open: bool,
    facts: Vec<Fact>,
    tables: Vec<ShownTable>,
    figures: Vec<ShownFigure>,
    settings: String,
}

#[derive(Serialize)]
struct ShownTable {
    #[serde(flatten)]
    table: Table,
    latex: String,
    markdown: String,
    csv: String,
}

#[derive(Serialize)]
struct ShownFigure {
    svg: String,
    caption: String,
}
