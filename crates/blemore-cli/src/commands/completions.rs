//! `blemore completions`: completions for a shell.

use std::io::{self, Write};

use clap::CommandFactory;

use crate::Failure;
use crate::arguments::{Arguments, Completions};

pub(super) fn run(arguments: &Completions) -> Result<(), Failure> {
    // Into memory first: the generator panics when its writer fails, as a closed pipe does.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "blemore", &mut script);
    io::stdout().lock().write_all(&script).map_err(|error| Failure::of_stdout(&error))
}
