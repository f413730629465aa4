//! Folders that are made, locked and removed.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::error::Error;

pub(crate) fn create(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Io {
        doing: "create",
        path: folder.to_owned(),
        source,
    })
}

/// Waits for another installation into the same folder. The system gives the lock back when its holder ends,
/// however it ends.
pub(crate) fn lock(path: &Path) -> Result<File, Error> {
    let locked = File::create(path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|source| Error::Io { doing: "lock", path: path.to_owned(), source })
}

/// Removes a folder if it is there; of a link, only the link.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    let removed = match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_symlink() => fs::remove_file(folder),
        Ok(_) => fs::remove_dir_all(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.map_err(|source| Error::Io { doing: "remove", path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_what_is_not_there_is_no_fault() {
        remove(&std::env::temp_dir().join("blemore-xtask-not-there")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_goes_and_what_it_points_to_stays() {
        let folder = std::env::temp_dir().join(format!("blemore-xtask-link-{}", std::process::id()));
        create(&folder.join("users")).unwrap();
        std::os::unix::fs::symlink(folder.join("users"), folder.join("libtorch")).unwrap();
        remove(&folder.join("libtorch")).unwrap();
        let stays = folder.join("users").is_dir() && !folder.join("libtorch").exists();
        remove(&folder).unwrap();
        assert!(stays);
    }
}
