//! TensorBoard's event files: records of a length, its checksum, a protocol buffer message and its checksum.
//!
//! Only scalars are written, and only three messages (`Event`, `Summary`, `Summary.Value`) with five fields that have not
//! changed since 2015, so they are encoded here rather than by a code generator.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use blemore_base::atomic_write;

use crate::{EpochRecord, Error};

/// What the first event of every file says.
const FILE_VERSION: &[u8] = b"brain.Event:2";

/// Scalars for TensorBoard, collected in memory and written as one event file.
///
/// TensorBoard shows files that have `tfevents` in their name, one run per folder.
///
/// ```
/// use std::time::SystemTime;
/// use blemore_models::{EpochRecord, EventFile};
///
/// let mut events = EventFile::new(SystemTime::now());
/// events.epoch(&EpochRecord { epoch: 1, train_loss: 1.6, val_loss: 1.4, ..EpochRecord::default() });
/// events.scalar(1, "learning_rate", 5e-6);
/// # let folder = tempfile::tempdir()?;
/// events.write(folder.path().join("events.out.tfevents.fold_0"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EventFile {
    wall_time: f64,
    bytes: Vec<u8>,
}

impl EventFile {
    /// A file without scalars; `time` is given to all of its events, so that equal contents are equal bytes.
    pub fn new(time: SystemTime) -> Self {
        let wall_time = time.duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
        let mut file = Self { wall_time, bytes: Vec::new() };
        file.event(0, |event| bytes_field(event, 3, FILE_VERSION));
        file
    }

    /// Adds a number at a step.
    pub fn scalar(&mut self, step: usize, tag: &str, value: f64) {
        self.event(step, |event| {
            let mut scalar = Vec::new();
            bytes_field(&mut scalar, 1, tag.as_bytes());
            key(&mut scalar, 2, WireType::Fixed32);
            scalar.extend((value as f32).to_le_bytes());
            let mut summary = Vec::new();
            bytes_field(&mut summary, 1, &scalar);
            bytes_field(event, 5, &summary);
        });
    }

    /// Adds losses, accuracies and thresholds of an epoch of a fit with validation.
    pub fn epoch(&mut self, record: &EpochRecord) {
        let scalars = [
            ("loss/train", record.train_loss),
            ("loss/validation", record.val_loss),
            ("accuracy/presence", record.acc_presence),
            ("accuracy/salience", record.acc_salience),
            ("thresholds/alpha", record.alpha),
            ("thresholds/beta", record.beta),
        ];
        for (tag, value) in scalars {
            self.scalar(record.epoch, tag, value);
        }
    }

    /// Writes the file, whole or not at all, over one that is there; makes the folders above it.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        atomic_write(path, |out| out.write_all(&self.bytes))
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Adds an event whose content `fill` writes.
    fn event(&mut self, step: usize, fill: impl FnOnce(&mut Vec<u8>)) {
        let mut event = Vec::new();
        key(&mut event, 1, WireType::Fixed64);
        event.extend(self.wall_time.to_le_bytes());
        if step > 0 {
            key(&mut event, 2, WireType::Varint);
            varint(&mut event, step as u64);
        }
        fill(&mut event);
        let length = (event.len() as u64).to_le_bytes();
        self.bytes.extend(length);
        self.bytes.extend(masked_checksum(&length).to_le_bytes());
        self.bytes.extend(&event);
        self.bytes.extend(masked_checksum(&event).to_le_bytes());
    }
}

/// How a field of a message is laid out.
#[derive(Debug, Clone, Copy)]
enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

fn key(out: &mut Vec<u8>, field: u64, wire_type: WireType) {
    varint(out, (field << 3) | wire_type as u64);
}

fn bytes_field(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    key(out, field, WireType::Bytes);
    varint(out, content.len() as u64);
    out.extend(content);
}

/// Seven bits per byte, the lowest first; the high bit says that more follow.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The checksum as the format stores it: rotated and shifted.
fn masked_checksum(bytes: &[u8]) -> u32 {
    const MASK: u32 = 0xa282_ead8;
    crc32c(bytes).rotate_right(15).wrapping_add(MASK)
}

/// CRC-32C (Castagnoli), one bit at a time: event files are small.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let bit = |crc: u32| (crc >> 1) ^ if crc & 1 == 0 { 0 } else { POLYNOMIAL };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, B.4, and the check value of the catalogue of CRCs.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn numbers_take_seven_bits_per_byte() {
        let encoded = |value| {
            let mut out = Vec::new();
            varint(&mut out, value);
            out
        };
        assert_eq!(encoded(0), [0]);
        assert_eq!(encoded(127), [0x7f]);
        assert_eq!(encoded(300), [0xac, 0x02]);
    }

    /// `tests/fixtures/events.tfevents` holds what TensorBoard's own writer wrote of the same scalars.
    #[test]
    fn files_are_those_of_tensorboards_own_writer() {
        let mut events = EventFile::new(UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_500));
        events.scalar(1, "loss/train", 0.1);
        events.scalar(300, "accuracy/presence", 0.25);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/events.tfevents");
        assert_eq!(events.bytes, std::fs::read(path).unwrap());
    }
}
