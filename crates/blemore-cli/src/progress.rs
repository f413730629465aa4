//! How far long work is, on stderr: a bar with the time left on a terminal, else a line now and then.

mod log;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use blemore_base::{Listener, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;
use log::Log;

/// How often the bar is redrawn while a long step gives no news.
const REDRAW: Duration = Duration::from_millis(200);
/// The unit stands where the prefix goes.
const TEMPLATE: &str = "{bar:30} {pos}/{len} {prefix}  {elapsed} elapsed, {eta} left  {wide_msg}";

/// Does `work`, and says how far it is: with a bar of its steps on a terminal, above which notes are written; else, as in
/// the log of a batch job, with at most one line per minute. `-q` silences both.
pub fn with_bar<T>(output: Output, work: impl FnOnce(Listener<'_>) -> T) -> T {
    if output.shows_progress() { with_drawn_bar(output, work) } else { with_lines(output, work) }
}

fn with_drawn_bar<T>(output: Output, work: impl FnOnce(Listener<'_>) -> T) -> T {
    let bar = bar();
    let current = Mutex::new("");
    let result = work(&|news| match news {
        Progress::Step { unit, done, total, what } => {
            let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
            if *current != unit {
                bar.reset();
                bar.set_prefix(unit);
                *current = unit;
            }
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message(what.to_owned());
        }
        Progress::Note { .. } => bar.suspend(|| output.note(news)),
    });
    bar.finish_and_clear();
    result
}

fn with_lines<T>(output: Output, work: impl FnOnce(Listener<'_>) -> T) -> T {
    let log = Mutex::new(Log::new(Instant::now()));
    work(&|news| {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = log.line(Instant::now(), news) {
            output.note(line);
        }
    })
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    // The template is fixed, so a failure to read it would show in every test; the default style would do then.
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    bar
}
