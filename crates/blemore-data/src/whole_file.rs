//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::Error;

/// Writes beside `path` and moves the finished file there, making the folders above it.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || {
        fs::create_dir_all(folder)?;
        let mut file = create_beside(folder)?;
        write(file.as_file_mut())?;
        file.persist(path).map_err(|error| error.error)
    };
    attempt().map(|_| ()).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Temporary files are readable by their owner alone unless told otherwise; these become ordinary files.
fn create_beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
