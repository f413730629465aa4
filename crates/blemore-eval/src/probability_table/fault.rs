//! What can be wrong with a table of probabilities.

use blemore_base::text::Excerpt;
use blemore_labels::Emotion;

use crate::probabilities::ProbabilityFault;

/// What is wrong at one place of a table.
///
/// ```
/// use blemore_eval::{Error, ProbabilityTable, TableProblem};
///
/// let Err(Error::InvalidTable { faults, .. }) = ProbabilityTable::parse(b"filename,ang,disg,fea,hap,sad")
///     else { unreachable!() };
/// assert_eq!(faults[0].line, 1);
/// assert_eq!(faults[0].problem, TableProblem::MissingColumn { column: "neu" });
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}{}: {problem}", in_brackets(.clip.as_deref()))]
pub struct TableFault {
    /// Line of the file as an editor shows it, from 1; for a table that was not read from a file, the line
    /// that it would have.
    pub line: u64,
    /// The clip name as it stands there, if it can be read.
    pub clip: Option<String>,
    /// The fault.
    pub problem: TableProblem,
}

/// The ways in which a table of probabilities can be wrong.
///
/// ```
/// use blemore_eval::TableProblem;
///
/// let problem = TableProblem::NotANumber { column: "hap", found: "n/a".to_owned() };
/// assert_eq!(problem.to_string(), "the value of hap is \"n/a\", expected a number");
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableProblem {
    /// A column that must be there is not.
    #[error("there is no column {column}")]
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A column comes more than once.
    #[error("the column {column} comes more than once")]
    RepeatedColumn {
        /// Its name.
        column: &'static str,
    },
    /// A row has more or fewer cells than the header.
    #[error("{found} cells, where the header names {expected} columns: quote cells that hold a separator")]
    CellCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A name that is no clip name.
    #[error("{reason}")]
    ClipName {
        /// What is wrong with it.
        reason: String,
    },
    /// A clip that was there before.
    #[error("the clip is in line {first_line} already")]
    RepeatedClip {
        /// The line where it was.
        first_line: u64,
    },
    /// A clip without a label in its name, where labels are needed.
    #[error("the name carries no label: give the metadata")]
    Unlabelled,
    /// A clip that the given truth does not have.
    #[error("there is no truth for the clip: give its label, or leave its row out")]
    NoTruth,
    /// Rows read as logits, all of which are probabilities.
    #[error("every row sums to 1, as probabilities do and logits do not: leave out --logits")]
    NotLogits,
    /// A value that is no number.
    #[error("the value of {column} is {}, expected a number", Excerpt(found))]
    NotANumber {
        /// The column.
        column: &'static str,
        /// The text.
        found: String,
    },
    /// A number with another decimal sign than the numbers before it.
    #[error(
        "the value of {column} is {}, where numbers before it have the other decimal sign: use one of \".\" and \",\"",
        Excerpt(found)
    )]
    DecimalSign {
        /// The column.
        column: &'static str,
        /// The text.
        found: String,
    },
    /// Six numbers that are no probabilities.
    #[error("{}", by_emotion(.0))]
    Probabilities(ProbabilityFault),
}

fn in_brackets(clip: Option<&str>) -> String {
    clip.map(|clip| format!(" ({})", Excerpt(clip).bare())).unwrap_or_default()
}

/// Names the emotion instead of the number of the column.
fn by_emotion(fault: &ProbabilityFault) -> String {
    match fault {
        ProbabilityFault::NotFinite { class } | ProbabilityFault::Negative { class, .. } => {
            let code = Emotion::ALL.get(*class).map_or("?", |emotion| emotion.code());
            fault.to_string().replacen(&format!("class {class}"), code, 1)
        }
        ProbabilityFault::Sum { .. } => fault.to_string(),
    }
}
