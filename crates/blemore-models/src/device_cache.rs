//! All examples in the memory of a device, so that batches need not be copied to it one at a time.

use blemore_labels::Emotion;
use tch::{Device, Tensor};

use crate::libtorch::{values_mut, zeros};
use crate::{Error, Examples};

/// Standardised features and soft labels of all examples, on one device.
#[derive(Debug)]
pub(crate) struct DeviceCache {
    features: Tensor,
    targets: Tensor,
}

/// Examples that are copied at once: they are gathered in main memory first.
const PART: usize = 256;

impl DeviceCache {
    /// Copies all examples to the device; `None` where it has no room for them.
    pub(crate) fn new(examples: &Examples<'_>, device: Device) -> Option<Self> {
        // Any other problem with the device comes up again with the first batch, and is reported then.
        Self::fill(examples, device).ok()
    }

    fn fill(examples: &Examples<'_>, device: Device) -> Result<Self, Error> {
        let (length, width) = (examples.len(), examples.width());
        let cache = Self {
            features: zeros(&[length, width], device)?,
            targets: zeros(&[length, Emotion::COUNT], device)?,
        };
        let mut features = zeros(&[PART, width], Device::Cpu)?;
        let mut targets = zeros(&[PART, Emotion::COUNT], Device::Cpu)?;
        let rows: Vec<usize> = (0..length).collect();
        for (index, rows) in rows.chunks(PART).enumerate() {
            examples.features().write_rows(rows, values_mut(&mut features)?);
            examples.write_targets(rows, values_mut(&mut targets)?);
            let (start, count) = ((index * PART) as i64, rows.len() as i64);
            for (whole, part) in [(&cache.features, &features), (&cache.targets, &targets)] {
                whole.f_narrow(0, start, count)?.f_copy_(&part.f_narrow(0, 0, count)?)?;
            }
        }
        Ok(cache)
    }

    /// Features and soft labels of these rows, where the examples are.
    pub(crate) fn pick(&self, rows: &[usize]) -> Result<(Tensor, Tensor), Error> {
        let rows: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        let rows = Tensor::f_from_slice(&rows)?.f_to_device(self.features.device())?;
        Ok((self.features.f_index_select(0, &rows)?, self.targets.f_index_select(0, &rows)?))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::libtorch::to_vec;

    #[test]
    fn rows_picked_on_the_device_are_those_gathered_in_main_memory() {
        let all: Vec<_> = blemore_labels::Label::all().collect();
        let labels: Vec<_> = (0..2 * PART + 7).map(|row| all[row % all.len()]).collect();
        let features = Array2::from_shape_fn((labels.len(), 3), |(row, column)| (row * 3 + column) as f32);
        let examples = Examples::new(features, labels).unwrap();
        let cache = DeviceCache::new(&examples, Device::Cpu).unwrap();
        let rows = [2 * PART + 6, 0, PART, 5];
        let (features, targets) = cache.pick(&rows).unwrap();
        let mut expected = (vec![0.0; 3 * rows.len()], vec![0.0; 6 * rows.len()]);
        examples.features().write_rows(&rows, &mut expected.0);
        examples.write_targets(&rows, &mut expected.1);
        assert_eq!((to_vec(&features).unwrap(), to_vec(&targets).unwrap()), expected);
    }
}
