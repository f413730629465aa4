//! What several crates of blemore need and none of them is about.
//!
//! Private to the workspace: published because the other crates need it, without a promise about its interface.
//!
//! [`TextTable`] reads every table of text: metadata, probabilities, OpenFace. [`text`] turns the bytes of a
//! file into text, or says what the file is instead. [`number`] knows how programs write numbers and missing
//! values. [`note`] words what is said once of a file. [`InputFile`] and [`read_input`] read input files, within
//! [`limits`]; [`entries`] are what a folder holds. [`Blame`] tells input that is wrong from a machine that fails.
//! [`list`] writes lists in messages. [`atomic_write`] writes a file whole or not at all. [`Progress`] is what long work
//! tells. [`Unfinished`] files go when the program is interrupted. [`processor`] is the name of the processor.

#![forbid(unsafe_code)]

mod atomic_write;
mod blame;
mod folder;
mod input_file;
pub mod limits;
pub mod list;
mod normal;
pub mod note;
pub mod number;
mod processor;
mod progress;
pub mod text;
mod text_table;
mod unfinished;

pub use atomic_write::{atomic_folder, atomic_write, check_writable};
pub use blame::{Blame, is_given_wrong};
pub use folder::entries;
pub use input_file::{InputFile, check_regular, read_full, read_input, read_input_text};
pub use normal::normal;
pub use processor::processor;
pub use progress::{Listener, Progress};
pub use text_table::{Row, TextTable};
pub use unfinished::{Unfinished, remove_unfinished};
