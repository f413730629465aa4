//! Sound as HiCMAE takes it: a picture of energies in 128 bands, every 10 ms.
//!
//! As `torchaudio.compliance.kaldi.fbank` computes it with the settings of HiCMAE's code, in the same order of operations.

use tch::{Kind, Tensor};

use crate::Error;

/// Samples per second.
const RATE: f64 = 16_000.0;
/// Samples of a frame, and from one frame to the next.
const FRAME: i64 = 400;
const SHIFT: i64 = 160;
/// Samples that the Fourier transform takes: a frame, filled up with zeros.
const PADDED: i64 = 512;
/// Frames and bands of the picture.
const FRAMES: i64 = 256;
const BANDS: i64 = 128;
/// The lowest frequency of the bands; the highest is half the rate.
const LOWEST: f64 = 20.0;
/// How much of the sample before is taken off each.
const PREEMPHASIS: f64 = 0.97;
/// Mean, and twice the deviation, of the log energies that HiCMAE was trained on.
const MEAN: f64 = -4.267_739_3;
const TWO_DEVIATIONS: f64 = 2.0 * 4.568_997_4;

/// Sound at 16 kHz, values from -1 to 1, to the picture `(1, 256, 128)`: what is longer than 2.575 s is cut off, and what is
/// missing of it is zeros.
///
/// # Errors
/// [`Error::TooShort`] for less than 25 ms; [`Error::Torch`].
pub fn log_mel(sound: &[f32]) -> Result<Tensor, Error> {
    let samples = sound.len() as i64;
    if samples < FRAME {
        return Err(Error::TooShort { path: Default::default(), samples: sound.len() });
    }
    let wave = Tensor::f_from_slice(sound)?;
    let wave = wave.f_sub(&wave.f_mean(None::<Kind>)?)?;
    let count = 1 + (samples - FRAME) / SHIFT;
    let frames = wave.f_as_strided([count, FRAME], [SHIFT, 1], None::<i64>)?;
    let frames = frames.f_sub(&frames.f_mean_dim(1, true, None::<Kind>)?)?;
    // The first sample of a frame has itself before it.
    let before = Tensor::f_cat(&[&frames.f_narrow(1, 0, 1)?, &frames.f_narrow(1, 0, FRAME - 1)?], 1)?;
    let frames = frames.f_sub(&before.f_mul_scalar(PREEMPHASIS)?)?;
    let window = Tensor::f_hann_window_periodic(FRAME, false, (Kind::Float, wave.device()))?;
    let frames = frames.f_mul(&window)?.f_constant_pad_nd([0, PADDED - FRAME])?;
    let power = frames.f_fft_rfft(None::<i64>, -1, "backward")?.f_abs()?.f_square()?;
    let energies = power.f_matmul(&bands()?)?.f_clamp_min(f64::from(f32::EPSILON))?.f_log()?;
    let kept = count.min(FRAMES);
    let picture = energies.f_narrow(0, 0, kept)?.f_constant_pad_nd([0, 0, 0, FRAMES - kept])?;
    Ok(picture.f_sub_scalar(MEAN)?.f_div_scalar(TWO_DEVIATIONS)?.f_unsqueeze(0)?)
}

/// The share of each frequency in each band, `(257, 128)`: triangles over the mel scale. The highest frequency is in none.
fn bands() -> Result<Tensor, Error> {
    let mel = |frequency: f64| 1127.0 * (1.0 + frequency / 700.0).ln();
    let (low, high) = (mel(LOWEST), mel(RATE / 2.0));
    let step = (high - low) / (BANDS + 1) as f64;
    let frequencies = PADDED / 2;
    let share = |frequency: i64, band: i64| {
        if frequency == frequencies {
            return 0.0;
        }
        let place = (mel(frequency as f64 * RATE / PADDED as f64) - low) / step - band as f64;
        place.min(2.0 - place).max(0.0) as f32
    };
    let shares: Vec<f32> =
        (0..=frequencies).flat_map(|frequency| (0..BANDS).map(move |band| share(frequency, band))).collect();
    Ok(Tensor::f_from_slice(&shares)?.f_reshape([frequencies + 1, BANDS])?)
}
