//! Which weights an encoder has, and their content hash.

use std::path::{Path, PathBuf};
use std::{io, thread};

use blemore_base::InputFile;
use blemore_hash::Hash;
use blemore_media::WeightsOrigin;

use crate::Error;

/// The folder of a Hugging Face cache in which a large file is named by its SHA-256.
const CACHE_FOLDER: &str = "blobs";
/// Hexadecimal digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// Where weights come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightSource {
    /// A checkpoint.
    File(PathBuf),
    /// Made up from a seed, to try things out: the features mean nothing, and say so wherever they go.
    Random(u64),
}

impl WeightSource {
    /// Loads a network; the file's hash is computed meanwhile.
    pub(super) fn stamped<N>(
        &self,
        load: impl FnOnce() -> Result<N, Error>,
    ) -> Result<(N, WeightsOrigin), Error> {
        match self {
            Self::Random(seed) => Ok((load()?, WeightsOrigin::Random { seed: *seed })),
            Self::File(path) => {
                let unreadable = |source| Error::Read { path: path.clone(), source };
                let checked = InputFile::open(path).map_err(unreadable)?;
                let (network, hash) = thread::scope(|scope| {
                    let hash = scope.spawn(|| Hash::of_reader(checked.reader()));
                    (load(), hash.join().unwrap_or_else(|_| Err(io::Error::other("hashing failed"))))
                });
                let (network, sha256) = (network?, hash.map_err(unreadable)?);
                // What was loaded is what was hashed.
                checked.check_unchanged().map_err(unreadable)?;
                check_cached(path, &sha256)?;
                let file =
                    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                Ok((network, WeightsOrigin::Checkpoint { file, sha256 }))
            }
        }
    }
}

/// Checks that a file of a Hugging Face cache has the hash that it is named by.
fn check_cached(path: &Path, hash: &Hash) -> Result<(), Error> {
    let Ok(real) = path.canonicalize() else { return Ok(()) };
    let is_cached = real.parent().is_some_and(|folder| folder.ends_with(CACHE_FOLDER));
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_hash = name.len() == HASH_DIGITS && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_cached && is_hash && !hash.to_string().eq_ignore_ascii_case(&name) {
        return Err(Error::OtherHash { path: path.to_owned(), expected: name, found: hash.to_string() });
    }
    Ok(())
}
