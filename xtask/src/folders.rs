//! Folders that are made, locked, removed, and searched for programs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::note;

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

/// Makes a folder that is not there, or not whole, in one step: an installation that is killed leaves nothing that could be
/// taken for one, and the next begins anew. `fill` gets a folder for its work, and gives the one that is to be moved to
/// `place`.
pub(crate) fn install(
    place: &Path,
    what: &str,
    is_whole: impl Fn(&Path) -> bool,
    fill: impl FnOnce(&Path) -> Result<PathBuf, Error>,
) -> Result<(), Error> {
    let _lock = lock(&place.with_extension("lock"))?;
    // Another process may have made it while this one waited.
    if is_whole(place) {
        return Ok(());
    }
    note::say(&format!("Installing {what} into {}", place.display()));
    let partial = place.with_extension("partial");
    remove(&partial)?;
    let filled = create(&partial).and_then(|()| fill(&partial)).and_then(|folder| {
        remove(place)?;
        let place = place.to_owned();
        fs::rename(&folder, &place).map_err(|source| Error::Io { doing: "create", path: place, source })
    });
    // Also after a failure, which may be that of a full disk.
    let removed = remove(&partial);
    filled.and(removed)
}

/// The folders in which programs are looked for, with one before them.
pub(crate) fn search_path_with(first: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(std::env::split_paths(&path));
    // A folder whose name cannot be listed is not looked in.
    std::env::join_paths(folders).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_as_a_whole_or_not_at_all() {
        let place = std::env::temp_dir().join(format!("blemore-xtask-whole-{}", std::process::id()));
        let file = |folder: &Path| folder.join("file");
        let is_whole = |folder: &Path| file(folder).is_file();
        let fill = |partial: &Path| {
            create(&partial.join("made")).and_then(|()| {
                fs::write(file(&partial.join("made")), "1").map_err(|source| Error::Io {
                    doing: "write",
                    path: partial.to_owned(),
                    source,
                })
            })?;
            Ok(partial.join("made"))
        };
        let failed = install(&place, "a folder", is_whole, |partial| {
            fill(partial)?;
            Err(Error::NoNetwork)
        });
        assert!(failed.is_err() && !place.exists() && !place.with_extension("partial").exists());
        install(&place, "a folder", is_whole, fill).unwrap();
        assert!(is_whole(&place) && !place.with_extension("partial").exists());
        install(&place, "a folder", is_whole, |_| Err(Error::NoNetwork)).unwrap();
        remove(&place).unwrap();
        fs::remove_file(place.with_extension("lock")).unwrap();
    }

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
