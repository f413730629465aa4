//! What a training took, for its record.

use std::time::{Instant, SystemTime};

use blemore_base::processor;
use blemore_models::libtorch_version;
use blemore_run::Made;

use crate::scheduler::Place;

/// A training that goes on.
pub(crate) struct Stopwatch {
    began: SystemTime,
    start: Instant,
    place: Place,
}

impl Stopwatch {
    /// At the start of a training here.
    pub(crate) fn start(place: Place) -> Self {
        Self { began: SystemTime::now(), start: Instant::now(), place }
    }

    /// At its end.
    pub(crate) fn made(&self) -> Made {
        let milliseconds = self.start.elapsed().as_millis();
        Made {
            blemore: env!("CARGO_PKG_VERSION").to_owned(),
            libtorch: libtorch_version().map(str::to_owned),
            began: humantime::format_rfc3339_seconds(self.began).to_string(),
            seconds: milliseconds as f64 / 1000.0,
            processor: processor(),
            threads: self.place.threads,
            device: self.place.device.to_string(),
        }
    }
}
