//! Being interrupted: one line that says what is kept, and nothing unfinished is left behind.

use std::sync::{Mutex, PoisonError};

static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// What the line says is kept, from now on. Until then, nothing was written.
pub fn will_keep(what: impl Into<String>) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(what.into());
}

/// From now on SIGINT and SIGTERM end the program with one line and exit code 130 or 143, and a write beyond the limit of
/// file sizes (`ulimit -f`) is an error like any other.
#[cfg(unix)]
pub fn install() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;

    // Where the system refuses a handler, its own rule stays: the program ends without the line.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    });
}

/// Elsewhere the system's own rule stays.
#[cfg(not(unix))]
pub fn install() {}

#[cfg(unix)]
fn end(signal: i32) {
    use std::io::Write;

    // A second signal need not wait.
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    blemore_base::remove_unfinished();
    let kept = kept.unwrap_or_else(|| "nothing was written".to_owned());
    let _ = writeln!(std::io::stderr().lock(), "\nblemore: interrupted; {kept}");
    signal_hook::low_level::exit(128 + signal);
}
