//! News of work that takes long.

use std::fmt;
use std::path::Path;

/// News of work that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A part of the work is done.
    Step {
        /// What the parts are called: "clips", "epochs".
        unit: &'static str,
        /// Parts done.
        done: usize,
        /// Parts in all.
        total: usize,
        /// What is being worked on, for people.
        what: &'a str,
    },
    /// Something to say once of a file or folder that is used all the same.
    Note {
        /// The file or folder.
        path: &'a Path,
        /// What there is to say.
        note: &'a str,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { unit, done, total, what } => write!(formatter, "{done} of {total} {unit}, {what}"),
            Self::Note { path, note } => write!(formatter, "{}: {note}", path.display()),
        }
    }
}

/// Where news go. Threads that work side by side call it.
pub type Listener<'a> = &'a (dyn Fn(Progress<'_>) + Sync);
