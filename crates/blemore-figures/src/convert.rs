//! PNG and PDF from the SVG of a figure.

use std::sync::Arc;

use krilla::Document;
use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::{Error, Figure, text};

/// The dots per inch that SVG counts in.
const SVG_DPI: f32 = 96.0;
/// Points per inch.
const POINTS: f32 = 72.0;

impl Figure {
    /// The figure as PNG with so many dots per inch; 300 are usual in print.
    ///
    /// # Errors
    /// [`Error::Convert`], for a number of dots that gives no picture or too large a one.
    pub fn to_png(&self, dpi: f32) -> Result<Vec<u8>, Error> {
        let failed = |problem: String| Error::Convert { format: "PNG", problem };
        let tree = self.tree().map_err(failed)?;
        let scale = dpi / SVG_DPI;
        let size = tree.size().to_int_size().scale_by(scale);
        let pixmap = size.and_then(|size| Pixmap::new(size.width(), size.height()));
        let mut pixmap = pixmap.ok_or_else(|| failed(format!("{dpi} dots per inch give no picture")))?;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
        pixmap.encode_png().map_err(|error| failed(error.to_string()))
    }

    /// The figure as a PDF of one page of its size, with texts as texts.
    ///
    /// # Errors
    /// [`Error::Convert`].
    pub fn to_pdf(&self) -> Result<Vec<u8>, Error> {
        let failed = |problem: String| Error::Convert { format: "PDF", problem };
        let tree = self.tree().map_err(failed)?;
        let points = POINTS / SVG_DPI;
        let (width, height) = (tree.size().width() * points, tree.size().height() * points);
        let settings = PageSettings::from_wh(width, height);
        let size = Size::from_wh(width, height);
        let (Some(settings), Some(size)) = (settings, size) else {
            return Err(failed(format!("a page of {width} x {height} points")));
        };
        let mut document = Document::new();
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        if surface.draw_svg(&tree, size, SvgSettings::default()).is_none() {
            return Err(failed("the SVG cannot be drawn".to_owned()));
        }
        surface.finish();
        page.finish();
        document.finish().map_err(|error| failed(format!("{error:?}")))
    }

    /// The shapes of the SVG, all texts in the font of the figures.
    fn tree(&self) -> Result<Tree, String> {
        let mut fonts = Database::new();
        fonts.load_font_data(text::FONT.to_vec());
        let options = Options { fontdb: Arc::new(fonts), dpi: SVG_DPI, ..Options::default() };
        Tree::from_str(&self.to_svg(), &options).map_err(|error| error.to_string())
    }
}
