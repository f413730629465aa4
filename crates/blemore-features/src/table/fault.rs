//! What can be wrong with a row of a table.

use std::fmt;

/// What is wrong with one row of a [`FeatureTable`](crate::FeatureTable).
#[derive(Debug, Clone, PartialEq)]
pub struct TableFault {
    /// The row, from 0.
    pub row: usize,
    /// Its name, as given.
    pub name: String,
    /// What is wrong.
    pub problem: TableProblem,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TableProblem {
    /// The name is no clip name.
    ClipName {
        /// What the parser says.
        problem: String,
    },
    /// The clip has a row already.
    Repeated {
        /// The first row of the clip, from 0.
        first: usize,
    },
    /// Values that are not numbers, or infinite.
    NonFinite {
        /// The first such column, from 0.
        column: usize,
        /// The value there.
        value: f64,
        /// How many of the row's values are not finite.
        count: usize,
    },
    /// A value that f32, which models take, does not hold.
    TooLarge {
        /// The first such column, from 0.
        column: usize,
        /// The value there.
        value: f64,
    },
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, name, .. } = self;
        match &self.problem {
            TableProblem::ClipName { problem } => write!(f, "row {row}: {problem}"),
            TableProblem::Repeated { first } => {
                write!(f, "row {row}: clip {name} is in row {first} already; keep one of them")
            }
            TableProblem::NonFinite { column, value, count } => write!(
                f,
                "row {row}, clip {name}: {count} values are not finite, the first is {value} in column \
                 {column}; \
                 aggregate the clip again"
            ),
            TableProblem::TooLarge { column, value } => write!(
                f,
                "row {row}, clip {name}: {value:e} in column {column} does not fit f32 (at most 3.4e38): \
                 scale the values \
                 down"
            ),
        }
    }
}
