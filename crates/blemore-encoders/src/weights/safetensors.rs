//! The container safetensors.

use rawzip::{FileReader, ReaderAt};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::{Contents, ElementType, Region, Stored, WeightFileProblem, dense_strides};

/// Bytes of the header's length at the start of the file.
const LENGTH_BYTES: u64 = 8;
/// Longest header that is read: the limit of the format's own library.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Reads the header, which lists all tensors.
pub(super) fn contents(file: &FileReader, bytes: u64) -> Result<Contents, WeightFileProblem> {
    let mut length = [0; LENGTH_BYTES as usize];
    file.read_exact_at(&mut length, 0)?;
    let length = u64::from_le_bytes(length);
    let start = LENGTH_BYTES.saturating_add(length);
    if bytes < start {
        return Err(WeightFileProblem::Truncated { expected: start, found: bytes });
    }
    if length > MAX_HEADER_BYTES {
        return Err(WeightFileProblem::TableTooLarge {
            part: "header",
            found: length,
            limit: MAX_HEADER_BYTES,
        });
    }
    let mut header = vec![0; length as usize];
    file.read_exact_at(&mut header, LENGTH_BYTES)?;
    // Checks that the tensors lie one after the other without gaps, each as long as its shape says.
    let header: Metadata = serde_json::from_slice(&header).map_err(WeightFileProblem::Header)?;
    let expected = start.saturating_add(header.data_len() as u64);
    match bytes.cmp(&expected) {
        std::cmp::Ordering::Less => return Err(WeightFileProblem::Truncated { expected, found: bytes }),
        std::cmp::Ordering::Greater => return Err(WeightFileProblem::TooLong { expected, found: bytes }),
        std::cmp::Ordering::Equal => {}
    }
    let mut contents = Contents::default();
    for (name, info) in header.tensors() {
        // What has another type is left out: it cannot be a weight, and is reported as missing if it is wanted.
        let Some(element) = element_type(info.dtype) else { continue };
        let (from, to) = info.data_offsets;
        contents.tensors.insert(
            name,
            Stored {
                element,
                strides: dense_strides(&info.shape),
                shape: info.shape.clone(),
                first: 0,
                region: contents.regions.len(),
            },
        );
        contents.regions.push(Region { start: start + from as u64, bytes: (to - from) as u64, crc: None });
    }
    if contents.tensors.is_empty() { Err(WeightFileProblem::NoTensors) } else { Ok(contents) }
}

fn element_type(dtype: Dtype) -> Option<ElementType> {
    Some(match dtype {
        Dtype::F64 => ElementType::F64,
        Dtype::F32 => ElementType::F32,
        Dtype::F16 => ElementType::F16,
        Dtype::BF16 => ElementType::Bf16,
        Dtype::I64 => ElementType::I64,
        Dtype::I32 => ElementType::I32,
        Dtype::I16 => ElementType::I16,
        Dtype::I8 => ElementType::I8,
        Dtype::U8 => ElementType::U8,
        Dtype::BOOL => ElementType::Bool,
        _ => return None,
    })
}
