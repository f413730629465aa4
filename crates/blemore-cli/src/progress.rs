//! Progress bars on stderr, with the time left; none where stderr is no terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use blemore_base::{Listener, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// How often the bar is redrawn while a long step gives no news.
const REDRAW: Duration = Duration::from_millis(200);
/// The unit stands where the prefix goes.
const TEMPLATE: &str = "{bar:30} {pos}/{len} {prefix}  {elapsed} elapsed, {eta} left  {wide_msg}";

/// Does `work` with a bar of its steps; notes are written above it.
pub fn with_bar<T>(output: Output, work: impl FnOnce(Listener<'_>) -> T) -> T {
    let bar = bar(output);
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

fn bar(output: Output) -> ProgressBar {
    if !output.shows_progress() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(0);
    // The template is fixed, so a failure to read it would show in every test; the default style would do then.
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    bar
}
