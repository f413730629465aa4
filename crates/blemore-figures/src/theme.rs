//! Sizes and colours that all figures share.

/// The width of one column of a two-column page (IEEE), in points.
pub(crate) const COLUMN: f64 = 252.0;
/// The width of both columns.
pub(crate) const PAGE: f64 = 516.0;
/// Between the edge of a figure and what is in it, and between its parts.
pub(crate) const GAP: f64 = 5.0;

/// Sizes of letters, in points.
pub(crate) const TITLE: f64 = 8.0;
pub(crate) const LABEL: f64 = 7.0;
pub(crate) const SMALL: f64 = 5.5;

/// Lines around and within a plot.
pub(crate) const THIN: f64 = 0.5;
/// Curves.
pub(crate) const THICK: f64 = 1.2;

/// Colours that people who see two primary colours tell apart too (Okabe and Ito 2008). Points and curves differ in
/// shape or dashes as well, the parts of a bar in colour alone.
const SERIES: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9"];
/// The full end of the scale of a heat map.
const HEAT: &str = "#2171b5";

/// What a mark is painted with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Colour {
    /// Text and lines: dark, unless a style sheet of a page around the figure sets another `color`.
    Ink,
    /// Text on a dark ground.
    White,
    /// Data of the series of this number.
    Series(usize),
    /// Cells of a heat map.
    Heat,
}

impl Colour {
    /// As SVG has it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Ink => "currentColor",
            Self::White => "#ffffff",
            Self::Series(number) => SERIES[number % SERIES.len()],
            Self::Heat => HEAT,
        }
    }

    pub(crate) fn opaque(self) -> Paint {
        Paint { colour: self, opacity: 1.0 }
    }

    pub(crate) fn faint(self, opacity: f64) -> Paint {
        Paint { colour: self, opacity }
    }
}

/// A colour, and how much of it covers what is below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Paint {
    pub(crate) colour: Colour,
    /// From 0 to 1.
    pub(crate) opacity: f64,
}

/// Of a heat map's cell that is painted so fully, from 0 to 1: a colour of text that can be read on it.
pub(crate) fn text_on_heat(share: f64) -> Colour {
    if share > 0.87 { Colour::White } else { Colour::Ink }
}
