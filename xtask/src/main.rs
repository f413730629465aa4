//! `cargo xtask`: sets the workspace up and runs what needs more than plain cargo.
//!
//! Depends on nothing but the standard library, so that it builds in a second where nothing else builds yet.

mod arguments;
mod cargo;
mod commands;
mod compiler;
mod error;
mod face_detector;
mod ffmpeg;
mod folders;
mod libtorch;
mod not_run;
mod note;
mod pip;
mod python;
mod rustc;
mod slowest;
mod table;
mod tee;
mod tools;
mod workspace;

use std::process::ExitCode;

use arguments::Command;
use workspace::Workspace;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

fn run() -> Result<(), error::Error> {
    let workspace = Workspace::of_this_program();
    match Command::parse(std::env::args_os().skip(1))? {
        Command::Help => {
            note::print(arguments::USAGE);
            Ok(())
        }
        Command::RunTestProgram { words } => slowest::run_test_program(&words),
        Command::Setup => commands::setup(&workspace).map(drop),
        Command::Reproduce { arguments } => commands::reproduce(&workspace, &arguments),
        Command::Test { arguments } => commands::test(&workspace, &arguments),
        Command::Bench { benchmarks, arguments } => commands::bench(&workspace, &benchmarks, &arguments),
        Command::Python { arguments } => commands::python(&workspace, &arguments),
        Command::Fuzz { seconds, names } => commands::fuzz(&workspace, seconds, &names).map(drop),
        Command::Torture { trials } => commands::torture(&workspace, trials).map(drop),
        Command::Mutants { arguments } => commands::mutants(&workspace, &arguments).map(drop),
        Command::Nightly { parts } => commands::nightly(&workspace, &parts),
        Command::DependencyBudget => commands::dependency_budget(&workspace).map(drop),
    }
}
