//! The pages of the book in `docs`, and what is in them.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail like a test")]

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page: the README, or a file of the book.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its path from the repository's root, such as `docs/quick-start.md`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A fenced block of a page.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line of its fence, from 1.
    pub line: usize,
    /// The first word of the fence.
    pub language: String,
    /// What the fence says that no test has: `needs=...`. Such a block is not run.
    pub needs: Option<String>,
    /// The file that the block is: `file=...`.
    pub file: Option<String>,
    /// What is in it.
    pub code: String,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Page {
    /// Reads a page.
    ///
    /// # Panics
    /// Where there is no such file.
    pub fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), text: text.replace("\r\n", "\n") }
    }

    /// The README, then the pages of the book in the order of `docs/SUMMARY.md`.
    pub fn all() -> Vec<Self> {
        let chapters = Self::read("docs/SUMMARY.md").links().into_iter().map(|link| format!("docs/{link}"));
        std::iter::once("README.md".to_owned()).chain(chapters).map(|name| Self::read(&name)).collect()
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, std::ops::Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// The fenced blocks.
    ///
    /// # Panics
    /// For a word in a fence's info string that means nothing.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for (event, range) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let line = 1 + self.text[..range.start].matches('\n').count();
                    blocks.push(self.block(line, &info));
                    is_open = true;
                }
                Event::Text(text) if is_open => blocks.last_mut().unwrap().code.push_str(&text),
                Event::End(TagEnd::CodeBlock) => is_open = false,
                _ => {}
            }
        }
        blocks
    }

    fn block(&self, line: usize, info: &str) -> Block {
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or_default().to_owned();
        let mut block = Block { line, language, needs: None, file: None, code: String::new() };
        for word in words {
            match word.split_once('=') {
                Some(("needs", what)) => block.needs = Some(what.to_owned()),
                Some(("file", name)) => block.file = Some(name.to_owned()),
                _ => panic!("{}:{line}: {word:?} in the fence means nothing", self.name),
            }
        }
        block
    }

    /// Where links and pictures lead to, as the page has them.
    pub fn links(&self) -> Vec<String> {
        let link = |(event, _)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.to_string())
            }
            _ => None,
        };
        self.events().filter_map(link).collect()
    }

    /// The anchors of its headings, as mdBook and GitHub make them: lower case, no punctuation, `-` for blanks.
    pub fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        let mut is_open = false;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    anchors.push(String::new());
                    is_open = true;
                }
                Event::Text(text) | Event::Code(text) if is_open => {
                    let kept = text.to_lowercase().replace(' ', "-");
                    let kept =
                        kept.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter));
                    anchors.last_mut().unwrap().extend(kept);
                }
                Event::End(TagEnd::Heading(_)) => is_open = false,
                _ => {}
            }
        }
        anchors
    }
}
