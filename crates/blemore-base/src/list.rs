//! Lists in messages.

use std::fmt::{self, Display};
use std::path::Path;

/// `1 fault`, `2 faults`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}

/// Items below one another, indented.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a, T>(pub &'a [T]);

impl<T: Display> Display for Lines<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|item| write!(formatter, "\n  {item}"))
    }
}

/// How many faults a message lists before it only counts the rest.
const LISTED_FAULTS: usize = 50;

/// Each fault on a line of its own.
pub fn listing<T: Display>(faults: &[T]) -> String {
    let (listed, more) = faults.split_at(faults.len().min(LISTED_FAULTS));
    let rest = if more.is_empty() { String::new() } else { format!("\n  and {} more", more.len()) };
    format!("{}{rest}", Lines(listed))
}

/// The file that a message is about, if it is one, before the message.
pub fn prefix(file: Option<&Path>) -> String {
    file.map(|file| format!("{}: ", file.display())).unwrap_or_default()
}

/// The most names that a message shows: the clips of a whole partition would fill the screen.
const SHOWN_NAMES: usize = 20;

/// The first of many names side by side, and how many more there are.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a, T>(pub &'a [T]);

impl<T: Display> Display for Names<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.0.iter().take(SHOWN_NAMES).enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(formatter, "{separator}{name}")?;
        }
        match self.0.len().saturating_sub(SHOWN_NAMES) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

/// A message in which no word, and nothing between backticks, is longer than [`ECHO`](crate::limits::ECHO) characters:
/// what an input holds may be of any length.
pub fn shortened(message: &str) -> String {
    let mut text = String::with_capacity(message.len().min(1 << 16));
    for (place, piece) in message.split('`').enumerate() {
        if place > 0 {
            text.push('`');
        }
        let is_quoted = place % 2 == 1;
        match is_quoted {
            true => push_short(&mut text, piece),
            false => piece.split_inclusive(char::is_whitespace).for_each(|word| match is_path(word) {
                true => text.push_str(word),
                false => push_short(&mut text, word),
            }),
        }
    }
    text
}

/// Whether a word may be a path, which is shown whole.
fn is_path(word: &str) -> bool {
    const LONGEST_PATH: usize = 4096;
    word.contains(std::path::MAIN_SEPARATOR) && word.len() <= LONGEST_PATH
}

fn push_short(text: &mut String, piece: &str) {
    match piece.char_indices().nth(crate::limits::ECHO) {
        None => text.push_str(piece),
        Some((end, _)) => {
            text.push_str(&piece[..end]);
            text.push_str(&format!("... ({} characters)", piece.chars().count()));
        }
    }
}
