//! Progress bars on stderr, with the time left; none where stderr is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// How often the bar is redrawn while a long step gives no news.
const REDRAW: Duration = Duration::from_millis(200);

/// A bar of `length` steps called `unit`; its message is what is being done.
pub fn bar(output: Output, length: u64, unit: &str) -> ProgressBar {
    if !output.shows_progress() {
        return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    }
    let template =
        format!("{{bar:30}} {{pos}}/{{len}} {unit}  {{elapsed}} elapsed, {{eta}} left  {{wide_msg}}");
    let bar = ProgressBar::new(length);
    // The template is fixed, so a failure to read it would show in every test; the default style would do then.
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(REDRAW);
    bar
}
