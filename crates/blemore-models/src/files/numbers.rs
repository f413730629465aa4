//! Numbers as bytes, the lowest first, as in the format.

use std::borrow::Cow;
use std::io::{self, Read};

use bytemuck::Pod;
use safetensors::Dtype;

/// A number that arrays are made of.
pub(crate) trait Number: Pod {
    /// Its name in the format.
    const DTYPE: Dtype;

    /// Changes the order of the bytes between that of memory and that of the format, in either direction.
    fn swapped(self) -> Self;

    /// Whether it is neither NaN nor infinite.
    fn is_finite(self) -> bool;
}

macro_rules! number {
    ($type:ty, $dtype:expr) => {
        impl Number for $type {
            const DTYPE: Dtype = $dtype;

            fn swapped(self) -> Self {
                Self::from_bits(self.to_bits().to_le())
            }

            fn is_finite(self) -> bool {
                self.is_finite()
            }
        }
    };
}

number!(f32, Dtype::F32);
number!(f64, Dtype::F64);

/// The bytes of these values, borrowed if the values are and memory has the format's order.
pub(crate) fn bytes_of<N: Number>(values: Cow<'_, [N]>) -> Cow<'_, [u8]> {
    match values {
        Cow::Borrowed(values) if cfg!(target_endian = "little") => bytemuck::cast_slice(values).into(),
        values => {
            let swapped: Vec<N> = values.iter().map(|value| value.swapped()).collect();
            bytemuck::cast_slice::<N, u8>(&swapped).to_vec().into()
        }
    }
}

/// Reads this number of values.
pub(crate) fn read_values<N: Number>(from: &mut impl Read, count: usize) -> io::Result<Vec<N>> {
    let mut values = vec![N::zeroed(); count];
    from.read_exact(bytemuck::cast_slice_mut(&mut values))?;
    if cfg!(target_endian = "big") {
        values.iter_mut().for_each(|value| *value = value.swapped());
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_byte_comes_first() {
        let bytes = bytes_of(Cow::Borrowed(&[1.0_f32, -2.5]));
        assert_eq!(bytes[..], [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
        assert_eq!(bytes, bytes_of(Cow::Owned(vec![1.0_f32, -2.5])));
        assert_eq!(read_values::<f32>(&mut &bytes[..], 2).unwrap(), [1.0, -2.5]);
        assert_eq!(read_values::<f64>(&mut &0.1_f64.to_le_bytes()[..], 1).unwrap(), [0.1]);
        assert!(read_values::<f64>(&mut &bytes[..], 2).is_err());
    }
}
