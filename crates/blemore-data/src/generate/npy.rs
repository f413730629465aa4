//! The array files of a generated corpus: numpy's format, version 1.0, little-endian f32 in C order.
//!
//! Libraries that write any array bring a parser for Python literals; this one kind of array needs a header of one line.

use ndarray::Array2;

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// The data begins at a multiple of this.
const ALIGNMENT: usize = 64;
/// Bytes that say how long the header is.
const LENGTH_BYTES: usize = 2;

/// The bytes of a file that holds `array`.
pub(super) fn encode(array: &Array2<f32>) -> Vec<u8> {
    let (rows, columns) = array.dim();
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let unpadded = MAGIC.len() + LENGTH_BYTES + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    header.push('\n');
    // Two numbers of at most 20 digits: the header is far shorter than 65,536 bytes.
    let length = header.len() as u16;
    let mut bytes = Vec::with_capacity(unpadded + ALIGNMENT + array.len() * size_of::<f32>());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(array.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.save` of `numpy.float32([[1.0, -2.5]])`.
    #[test]
    fn bytes_are_those_of_numpy() {
        let header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
        let bytes = encode(&ndarray::array![[1.0, -2.5]]);
        assert_eq!(bytes.len(), 128 + 8);
        assert!(bytes.starts_with(header));
        assert!(bytes[header.len()..127].iter().all(|byte| *byte == b' '));
        assert_eq!(bytes[127..], [b'\n', 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
    }
}
