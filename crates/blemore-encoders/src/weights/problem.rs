//! The ways in which a checkpoint file can be wrong in itself.

use std::io;

/// Why a file is no checkpoint that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightFileProblem {
    /// A file of another kind.
    #[error(
        "it is {kind}: give the file that the page of the checkpoint offers (.safetensors, .bin, .pt or .pth)"
    )]
    OtherFile {
        /// What it seems to be.
        kind: &'static str,
    },
    /// The file ends too early.
    #[error("it should have at least {expected} bytes and has {found}: the download is not complete")]
    Truncated {
        /// Bytes that the file's own tables ask for.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// Bytes after the end.
    #[error("it has {found} bytes, and its own table tells of {expected}: copy it again")]
    TooLong {
        /// Bytes that the file's own tables ask for.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// A table of contents that is larger than any real one.
    #[error("its {part} would take {found} bytes, more than {limit}: no checkpoint has that")]
    TableTooLarge {
        /// Which table.
        part: &'static str,
        /// Bytes or entries by the file.
        found: u64,
        /// Most that are read.
        limit: u64,
    },
    /// A header of safetensors that cannot be.
    #[error("its safetensors header cannot be used: {0}")]
    Header(serde_json::Error),
    /// A zip archive that cannot be used.
    #[error("its zip archive cannot be used: {0}")]
    Zip(String),
    /// A pickle that cannot be read.
    #[error("its {part} cannot be read: {source}")]
    Pickle {
        /// Which pickle.
        part: &'static str,
        /// What is wrong with it.
        source: PickleProblem,
    },
    /// Written on a computer with the other order of bytes.
    #[error("its numbers are big-endian: save it again on an ordinary computer")]
    BigEndian,
    /// A tensor that reaches beyond what is stored.
    #[error("tensor {name} of shape {shape:?} does not fit into its storage of {held} values")]
    OutsideStorage {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Values of the storage.
        held: u64,
    },
    /// A storage that is not in the file, or has another length there.
    #[error("storage {key} should have {expected} bytes, the file has {}", or_none(.found))]
    Storage {
        /// The storage's key.
        key: String,
        /// Bytes by the pickle.
        expected: u64,
        /// Bytes by the container, if it is there.
        found: Option<u64>,
    },
    /// Nothing in it.
    #[error("there is no tensor in it")]
    NoTensors,
    /// A name that is not there.
    #[error("there is no tensor {name} in it")]
    NoSuchTensor {
        /// The name.
        name: String,
    },
    /// Values that are not those that were written.
    #[error("the values of {name} do not have the checksum that the file gives for them: download it again")]
    Checksum {
        /// The tensor.
        name: String,
    },
    /// The system could not read it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why a pickle cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PickleProblem {
    /// The pickle ends before its end mark.
    #[error("it ends too early")]
    Ends,
    /// An instruction that pickles of PyTorch do not have.
    #[error("byte {position} is {opcode:#04x}, no instruction that a checkpoint has")]
    Opcode {
        /// The instruction.
        opcode: u8,
        /// Where it stands.
        position: u64,
    },
    /// An instruction that finds something else than it needs.
    #[error("before byte {position}: {what}")]
    Malformed {
        /// Where it was noticed.
        position: u64,
        /// What was found.
        what: &'static str,
    },
    /// More than any real checkpoint has.
    #[error("it is larger than a checkpoint's can be")]
    TooLarge,
    /// The system could not read it.
    #[error(transparent)]
    Io(io::Error),
}

fn or_none(found: &Option<u64>) -> String {
    found.map_or_else(|| "none".to_owned(), |found| found.to_string())
}

impl From<io::Error> for PickleProblem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Ends,
            _ => Self::Io(error),
        }
    }
}

impl WeightFileProblem {
    /// Says what a file is that is none of the three containers, by its first bytes.
    pub(super) fn of_other_file(start: &[u8]) -> Self {
        let trimmed = start.trim_ascii_start();
        let kind = match start {
            [] => "empty",
            _ if start.starts_with(b"version https:/") => {
                "a pointer of Git LFS and not the file itself (`git lfs pull` fetches it)"
            }
            _ if trimmed.starts_with(b"<") => "a web page",
            _ if trimmed.starts_with(b"{") => {
                "a JSON file (perhaps the index of a checkpoint in several files)"
            }
            [0x1f, 0x8b, ..] => "packed with gzip (unpack it)",
            _ if start.starts_with(b"\x93NUMPY") => "an array of NumPy",
            [0x80, 2..=5, ..] => "a plain pickle, not made by torch.save",
            [0x08, ..] => "perhaps an ONNX file",
            _ => "no checkpoint",
        };
        Self::OtherFile { kind }
    }
}
