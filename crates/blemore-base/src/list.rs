//! Lists in messages.

use std::fmt::{self, Display};

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
