//! What can be wrong with a row of a table.

/// What is wrong with one row of a [`FeatureTable`](crate::FeatureTable).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {row}, clip {name}: {problem}")]
pub struct TableFault {
    /// The row, from 0.
    pub row: usize,
    /// Its clip name, as given.
    pub name: String,
    /// What is wrong.
    pub problem: TableProblem,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableProblem {
    /// The name is not a clip name.
    #[error("{problem}")]
    ClipName {
        /// What the parser says.
        problem: String,
    },
    /// The clip has a row already, where one row per clip is needed.
    #[error("the clip is in row {first} already; keep one of them")]
    Repeated {
        /// The first row of the clip, from 0.
        first: usize,
    },
    /// Values that are NaN or infinite.
    #[error(
        "{count} values are not finite, the first is {value} in column {column}; aggregate the clip again"
    )]
    NonFinite {
        /// The first such column, from 0.
        column: usize,
        /// The value there.
        value: f64,
        /// How many of the row's values are not finite.
        count: usize,
    },
    /// A value that f32, which models take, does not hold.
    #[error("{value:e} in column {column} does not fit f32 (at most 3.4e38): scale the values down")]
    TooLarge {
        /// The first such column, from 0.
        column: usize,
        /// The value there.
        value: f64,
    },
}
