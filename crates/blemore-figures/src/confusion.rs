//! Figure 4 of the paper: what each set of emotions, or each label, is taken for.

use std::fmt::Display;

use blemore_eval::ConfusionMatrix;

use crate::canvas::{Anchor, Canvas, TextMark};
use crate::figure::{Figure, Head};
use crate::geometry::{Point, Rect};
use crate::heat_map::{HeatMap, draw_shades, name_room};
use crate::legend::Legend;
use crate::text;
use crate::theme::{GAP, LABEL, PAGE, SMALL};

/// What stands in the cells of a confusion matrix. Their shade is the share of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellText {
    /// The number of clips.
    Counts,
    /// The share of the row's clips, in per cent.
    Shares,
    /// Both, one below the other.
    Both,
}

/// The column of predictions that are none of the classes.
const NONE: &str = "none of these";
/// What stands below the last column.
const CLIPS: &str = "clips";
/// The widest number of clips that a row may have is as wide as this.
const WIDEST_COUNT: &str = "00000";
/// From this number of classes on, cells are small.
const MANY: usize = 20;

/// The confusion of the 16 sets of emotions, or of the 36 labels: the truth in rows, the prediction in columns. Fits both
/// columns of a page. `title` says whose predictions they are.
pub fn confusion<C: Copy + PartialEq + Display>(
    title: &str,
    matrix: &ConfusionMatrix<C>,
    cells: CellText,
) -> Figure {
    let table = Table::of(matrix);
    let size = if table.rows.len() > MANY { SMALL } else { LABEL };
    let legend = Legend::empty();
    let head = Head::new(title, &legend, PAGE);
    let left = 2.0 * GAP + size * text::LINE + name_room(&table.rows, size);
    let right = GAP + text::width(WIDEST_COUNT, size);
    let width = PAGE - left - right;
    let cell = width / table.columns.len() as f64;
    let shape = Rect { x: left, y: head.bottom() + GAP, width, height: cell * table.rows.len() as f64 };
    let map = HeatMap { area: shape, rows: table.rows.len(), columns: table.columns.len() };
    let names_end = shape.bottom() + name_room(&table.columns, size);
    let height = names_end + GAP + 3.0 * size * text::LINE + GAP;

    let mut canvas = Canvas::new(PAGE, height);
    head.draw(&mut canvas);
    let share = |row, column| table.share(row, column);
    map.draw_cells(&mut canvas, share);
    map.draw_texts(&mut canvas, number_size(cells, size), share, |row, column| {
        table.lines(row, column, cells)
    });
    map.draw_row_names(&mut canvas, &table.rows, size);
    map.draw_column_names(&mut canvas, &table.columns, size);
    for (row, support) in table.supports.iter().enumerate() {
        let y = map.cell(row, 0).centre().y + size * text::MIDDLE;
        let at = Point { x: PAGE - GAP, y };
        canvas.text(TextMark::new(support.to_string(), at, Anchor::End, size));
    }
    let at = Point { x: PAGE - GAP, y: shape.bottom() + size * text::LINE };
    canvas.text(TextMark::new(CLIPS, at, Anchor::End, size));
    let middle = Point { x: GAP + size * text::ASCENT, y: shape.y + shape.height / 2.0 };
    canvas.text(TextMark::new("truth", middle, Anchor::Middle, size).upward());
    let below = Point { x: shape.x + width / 2.0, y: names_end + GAP + size };
    canvas.text(TextMark::new("prediction", below, Anchor::Middle, size));
    let bar = Rect { x: shape.right() - 110.0, y: below.y + size * 0.8, width: 80.0, height: size };
    draw_shades(&mut canvas, bar, ("0 %", "100 %"), "share of the row's clips", size);
    Figure::new(table.name(cells), table.caption(cells), canvas)
}

/// Two numbers in a cell leave less room for each.
fn number_size(cells: CellText, size: f64) -> f64 {
    match cells {
        CellText::Both => size * 0.9,
        CellText::Counts | CellText::Shares => size,
    }
}

/// Counts of clips, row by row.
struct Table {
    rows: Vec<String>,
    columns: Vec<String>,
    counts: Vec<Vec<u64>>,
    supports: Vec<u64>,
}

impl Table {
    fn of<C: Copy + PartialEq + Display>(matrix: &ConfusionMatrix<C>) -> Self {
        let classes: Vec<C> = matrix.classes().into_iter().map(|class| class.class).collect();
        let rows: Vec<String> = classes.iter().map(C::to_string).collect();
        let mut columns = rows.clone();
        let of_row = |&truth: &C| classes.iter().map(|&predicted| matrix.count(truth, predicted)).collect();
        let mut counts: Vec<Vec<u64>> = classes.iter().map(of_row).collect();
        if classes.iter().any(|&truth| matrix.unclassified(truth) > 0) {
            columns.push(NONE.to_owned());
            for (row, &truth) in counts.iter_mut().zip(&classes) {
                row.push(matrix.unclassified(truth));
            }
        }
        let supports = classes.iter().map(|&truth| matrix.support(truth)).collect();
        Self { rows, columns, counts, supports }
    }

    fn share(&self, row: usize, column: usize) -> f64 {
        self.counts[row][column] as f64 / self.supports[row].max(1) as f64
    }

    /// What stands in a cell; nothing where there is no clip.
    fn lines(&self, row: usize, column: usize, cells: CellText) -> Vec<String> {
        let count = self.counts[row][column];
        if count == 0 {
            return Vec::new();
        }
        let share = format!("{:.0}", self.share(row, column) * 100.0);
        match cells {
            CellText::Counts => vec![count.to_string()],
            CellText::Shares => vec![share],
            CellText::Both => vec![count.to_string(), share + " %"],
        }
    }

    fn name(&self, cells: CellText) -> &'static str {
        match (self.rows.len() > MANY, cells) {
            (false, _) => "confusion-sets",
            (true, CellText::Shares) => "confusion-labels-shares",
            (true, CellText::Counts | CellText::Both) => "confusion-labels",
        }
    }

    fn caption(&self, cells: CellText) -> String {
        let what = if self.rows.len() > MANY { "labels" } else { "sets of emotions" };
        let numbers = match cells {
            CellText::Counts => "clips",
            CellText::Shares => "per cent of the row's clips",
            CellText::Both => "clips, and per cent of the row's clips",
        };
        let clips: u64 = self.supports.iter().sum();
        format!(
            "Confusion of the {} {what}, {clips} clips: truth in rows, prediction in columns. Numbers: {numbers}.",
            self.rows.len()
        )
    }
}
