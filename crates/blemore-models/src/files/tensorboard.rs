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
        file.event(0, &field(3, FILE_VERSION));
        file
    }

    /// Adds a number at a step.
    pub fn scalar(&mut self, step: usize, tag: &str, value: f64) {
        let mut scalar = field(1, tag.as_bytes());
        scalar.push(2 << 3 | FOUR_BYTES);
        scalar.extend((value as f32).to_le_bytes());
        self.event(step, &field(5, &field(1, &scalar)));
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

    /// Adds an event: its time, its step unless that is 0, and this content.
    fn event(&mut self, step: usize, content: &[u8]) {
        let mut event = vec![1 << 3 | EIGHT_BYTES];
        event.extend(self.wall_time.to_le_bytes());
        if step > 0 {
            event.push(2 << 3 | VARINT);
            varint(&mut event, step);
        }
        event.extend(content);
        for part in [&(event.len() as u64).to_le_bytes()[..], &event] {
            self.bytes.extend(part);
            self.bytes.extend(masked_checksum(part).to_le_bytes());
        }
    }
}

/// How a field of a message is stored: the lowest three bits of its first byte. The others are the field's number.
const VARINT: u8 = 0;
const EIGHT_BYTES: u8 = 1;
const LENGTH_AND_BYTES: u8 = 2;
const FOUR_BYTES: u8 = 5;

/// A field that holds text or a message.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | LENGTH_AND_BYTES];
    varint(&mut field, content.len());
    field.extend(content);
    field
}

/// Seven bits per byte, the lowest first; the high bit says that more follow.
fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The CRC-32C (Castagnoli), rotated and shifted as the format wants it. One bit at a time: event files are small.
fn masked_checksum(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    const MASK: u32 = 0xa282_ead8;
    let bit = |crc: u32| (crc >> 1) ^ if crc & 1 == 0 { 0 } else { POLYNOMIAL };
    let crc =
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)));
    crc.rotate_right(15).wrapping_add(MASK)
}
