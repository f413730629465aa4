//! What a user can choose about an encoder.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use blemore_features::Layer;
use blemore_media::{EncoderKind, Thinning};
use tch::{Device, Kind};

use crate::{Error, Placement, SpeechConfig};

/// Frames that go through a network together, unless said otherwise.
const BATCH: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// Longest sound that goes through a network as a whole: its attention takes memory by the square of its length.
const LONGEST_SOUND: Duration = Duration::from_secs(30);

/// What a user can choose about an encoder. What changes numbers is noted in the [`Recipe`](blemore_media::Recipe).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderOptions {
    /// Where it computes.
    pub device: Device,
    /// Whether it computes in half precision: bf16 on processors, f16 on graphics processors.
    pub half: bool,
    /// Frames that go through the network together; a window of frames at least.
    pub batch: NonZeroUsize,
    /// Threads of libtorch; its own choice by default.
    pub threads: Option<NonZeroUsize>,
    /// Which frames of a video are taken.
    pub thinning: Thinning,
    /// Which layer of a speech network; the output of its last norm by default.
    pub layer: Option<Layer>,
    /// Cuts sound into pieces that go through the network one by one. The values are then not the published ones.
    pub chunk: Option<Duration>,
    /// How long the decoder may give nothing; a minute by default.
    pub stall: Option<Duration>,
}

impl Default for EncoderOptions {
    /// Every frame, in single precision on the processor.
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            half: false,
            batch: BATCH,
            threads: None,
            thinning: Thinning::All,
            layer: None,
            chunk: None,
            stall: None,
        }
    }
}

impl EncoderOptions {
    pub(super) fn placement(&self) -> Placement {
        let kind = match (self.half, self.device) {
            (false, _) => Kind::Float,
            (true, Device::Cuda(_)) => Kind::Half,
            (true, _) => Kind::BFloat16,
        };
        Placement { device: self.device, kind }
    }

    /// The longest sound that is taken as a whole.
    pub(super) fn longest_sound(&self) -> Duration {
        self.chunk.unwrap_or(LONGEST_SOUND)
    }

    /// What changes numbers.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        let mut set = |name: &str, value: String| settings.insert(name.to_owned(), value);
        if self.half {
            set("half", if matches!(self.device, Device::Cuda(_)) { "f16" } else { "bf16" }.to_owned());
        }
        if self.thinning != Thinning::All {
            set("frames", self.thinning.to_string());
        }
        match self.layer {
            Some(Layer::Index(index)) => drop(set("layer", index.to_string())),
            Some(Layer::Mean) => drop(set("layer", "mean".to_owned())),
            None => {}
        }
        if let Some(chunk) = self.chunk {
            set("chunk", format!("{} s", chunk.as_secs_f64()));
        }
        settings
    }

    /// Refuses options that the encoder would not heed.
    pub(super) fn check(&self, kind: EncoderKind) -> Result<(), Error> {
        let unsupported = |what: &str| Err(Error::Unsupported { encoder: kind, what: what.to_owned() });
        if let Device::Cuda(index) = self.device {
            let available = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
            if index >= available {
                return Err(Error::NoSuchDevice { index, available });
            }
        }
        let is_speech = kind.hears() && !kind.sees();
        if !is_speech && self.layer.is_some() {
            return unsupported("a layer can be chosen for HuBERT and WavLM");
        }
        if !is_speech && self.chunk.is_some() {
            return unsupported("sound alone is cut into chunks");
        }
        if (kind.hears() || !kind.sees()) && self.thinning != Thinning::All {
            return unsupported("whole frames alone can be thinned out");
        }
        if self.chunk.is_some_and(|chunk| SpeechConfig::rows(samples(chunk)) == 0) {
            return unsupported("a chunk of less than 25 ms has no row");
        }
        Ok(())
    }
}

/// Samples at 16 kHz.
pub(super) fn samples(duration: Duration) -> usize {
    (duration.as_secs_f64() * f64::from(blemore_media::sound::RATE)) as usize
}
