//! The introduction lists every block that no test runs.

use blemore_testing::book::{Block, Page};

use crate::fields::{END, hold_or_write};

const BEGIN: &str = "<!-- blocks that are not run -->";
const PAGE: &str = "docs/introduction.md";
/// What a block can need that no test has.
const NEEDS: [(&str, &str); 5] = [
    ("cargo", "a build, which a test does not start"),
    ("clips", "the dataset's videos, and checkpoints"),
    ("cuda", "a graphics processor"),
    ("dataset", "the real dataset, and hours"),
    ("slurm", "a cluster"),
];

fn row(page: &Page, block: &Block) -> Option<String> {
    let needs = block.needs.as_deref()?;
    let known = NEEDS.iter().find(|(name, _)| *name == needs);
    let (_, what) =
        known.unwrap_or_else(|| panic!("{}:{}: needs={needs} is not known", page.name, block.line));
    let first = block.code.lines().next().unwrap().split("  #").next().unwrap().trim_end();
    Some(format!("| `{}` | `{first}` | {what} |\n", page.name))
}

#[test]
fn the_introduction_lists_every_block_that_is_not_run() {
    let pages = Page::all();
    let blocks = pages.iter().flat_map(|page| page.blocks().into_iter().map(move |block| (page, block)));
    let rows: String = blocks.filter_map(|(page, block)| row(page, &block)).collect();
    let table = format!("| page | block | needs |\n| --- | --- | --- |\n{rows}");
    let page = Page::read(PAGE);
    let (before, rest) = page.text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    hold_or_write(&page, &format!("{before}{BEGIN}\n\n{table}\n{END}{after}"));
}
