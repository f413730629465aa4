//! Zero mean and unit deviation, as HuBERT Large and WavLM Large want their input.

/// What is added to the variance.
const EPSILON: f64 = 1e-5;

/// Takes the mean of a whole waveform from it and divides by its deviation, as `F.layer_norm` does (variance
/// over n, 1e-5 added). Within 1e-6 of libtorch's, which sums in single precision. Silence stays zero.
pub fn normalize(samples: &mut [f32]) {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
    let variance = samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / count;
    let scale = 1.0 / (variance + EPSILON).sqrt();
    for sample in samples {
        *sample = ((f64::from(*sample) - mean) * scale) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_zero_and_the_variance_one() {
        let mut samples: Vec<f32> = (0_u16..1_000).map(|step| f32::from(step % 7) / 8.0 + 3.0).collect();
        normalize(&mut samples);
        let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / 1e3;
        let square = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / 1e3;
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-3, "{mean} {square}");
        let mut silence = [0.25; 10];
        normalize(&mut silence);
        assert_eq!(silence, [0.0; 10]);
        normalize(&mut []);
    }
}
