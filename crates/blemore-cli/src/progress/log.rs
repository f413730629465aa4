//! When a line on long work is due, and how long the rest will take.

use std::time::{Duration, Instant};

use blemore_base::Progress;
use indicatif::HumanDuration;

/// No two lines come closer than this.
const PAUSE: Duration = Duration::from_secs(60);

/// The lines of one piece of work.
pub(super) struct Log {
    /// The parts that are counted, and when and where their count began.
    counted: Option<(&'static str, Instant, usize)>,
    last_news: Instant,
    last_line: Instant,
}

impl Log {
    pub(super) fn new(now: Instant) -> Self {
        Self { counted: None, last_news: now, last_line: now }
    }

    /// What is said of the news: of a part that is done how far the work is, if a line is due.
    pub(super) fn line(&mut self, now: Instant, news: Progress<'_>) -> Option<String> {
        match news {
            Progress::Note { .. } => Some(news.to_string()),
            Progress::Step { unit, done, total, .. } => {
                self.time(now, unit, done, total).map(|time| format!("{news}; {time}"))
            }
        }
    }

    /// What is said of the time, if a line is due.
    fn time(&mut self, now: Instant, unit: &'static str, done: usize, total: usize) -> Option<String> {
        let (began, before) = match self.counted {
            Some((counted, began, before)) if counted == unit => (began, before),
            // This part was done since the last news; what was there already was not.
            _ => (self.last_news, done.saturating_sub(1)),
        };
        self.counted = Some((unit, began, before));
        self.last_news = now;
        if now.duration_since(self.last_line) < PAUSE {
            return None;
        }
        self.last_line = now;
        let elapsed = now.duration_since(began);
        let share = total.saturating_sub(done) as f64 / done.saturating_sub(before).max(1) as f64;
        let left = Duration::try_from_secs_f64(elapsed.as_secs_f64() * share).unwrap_or(Duration::MAX);
        Some(format!("{} elapsed, {} left", HumanDuration(elapsed), HumanDuration(left)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_after_a_minute_and_again_after_another() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut log = Log::new(start);
        assert_eq!(log.time(at(1), "clips", 11, 100), None, "ten were there");
        assert_eq!(log.time(at(59), "clips", 39, 100), None);
        let said = log.time(at(60), "clips", 40, 100);
        assert_eq!(said.as_deref(), Some("60 seconds elapsed, 2 minutes left"));
        assert_eq!(log.time(at(119), "clips", 50, 100), None);
        let said = log.time(at(240), "clips", 100, 100);
        assert_eq!(said.as_deref(), Some("4 minutes elapsed, 0 seconds left"));
        assert_eq!(log.time(at(299), "epochs", 1, 5), None);
        let said = log.time(at(300), "epochs", 2, 5);
        assert_eq!(said.as_deref(), Some("60 seconds elapsed, 2 minutes left"), "other parts, other times");
    }

    #[test]
    fn a_first_part_that_takes_long_tells_the_time_of_the_others() {
        let start = Instant::now();
        let said = Log::new(start).time(start + Duration::from_secs(120), "cells", 1, 4);
        assert_eq!(said.as_deref(), Some("2 minutes elapsed, 6 minutes left"));
    }

    /// As many lines as minutes, however many cells end in one, and every note.
    #[test]
    fn cells_that_end_fast_give_a_line_per_minute_that_names_the_last() {
        let start = Instant::now();
        let mut log = Log::new(start);
        let mut lines = Vec::new();
        for done in 1..=150 {
            let what = format!("cell {done} of 150: video, Linear, fold 0");
            let step = Progress::Step { unit: "epochs", done, total: 150, what: &what };
            lines.extend(log.line(start + Duration::from_secs(2 * done as u64), step));
        }
        assert_eq!(lines.len(), 5, "five minutes: {lines:?}");
        assert_eq!(
            lines[0],
            "30 of 150 epochs, cell 30 of 150: video, Linear, fold 0; 60 seconds elapsed, 4 minutes left"
        );
        let note = Progress::Note { path: "video".as_ref(), note: "done" };
        assert_eq!(log.line(start, note).as_deref(), Some("video: done"));
    }
}
