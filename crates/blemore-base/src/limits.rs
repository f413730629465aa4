//! The most that is read of an input, beyond which a file is damaged, or made to fill the memory; and the most that may be
//! asked for, beyond which a number is a slip of the keyboard.

/// Bytes of a file that is read whole: metadata, predictions, probabilities, OpenFace, configurations. A million
/// rows of metadata take 48 MB, a million predictions 200 MB.
pub const TEXT_BYTES: u64 = 1 << 30;
/// Bytes of a `.npy` header; numpy itself refuses more than 10,000 unless told otherwise.
pub const NPY_HEADER_BYTES: usize = u16::MAX as usize;
/// Dimensions of an array (numpy's `NPY_MAXDIMS`).
pub const DIMENSIONS: usize = 64;
/// Arrays of an archive.
pub const ARCHIVE_MEMBERS: usize = 1 << 16;
/// An array that inflates to no more bytes than this is always read.
pub const FREE_INFLATION: u64 = 64 << 20;
/// Beyond [`FREE_INFLATION`], how many times its compressed size an array may have: features compress by 2,
/// bombs by 1,000.
pub const INFLATION: u64 = 100;
/// Epochs of a fit: all their records are kept.
pub const EPOCHS: usize = 1_000_000;
/// Numbers that a model is made of: a training of 2^28 holds 4 GiB.
pub const PARAMETERS: usize = 1 << 28;
/// Threads, and fits side by side.
pub const THREADS: usize = 1 << 12;
/// Replicates of a bootstrap.
pub const REPLICATES: u32 = 10_000_000;
/// Characters of an input that a message repeats.
pub const ECHO: usize = 200;
