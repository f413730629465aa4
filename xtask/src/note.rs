//! The only place that prints.

/// Progress and errors: to stderr, since stdout belongs to the program that is run.
#[expect(clippy::print_stderr, reason = "the terminal output of a program")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// What was asked for: to stdout.
#[expect(clippy::print_stdout, reason = "the terminal output of a program")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
