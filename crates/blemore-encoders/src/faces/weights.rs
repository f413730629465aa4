//! The files of the detector's weights: where they are, and that they are the right ones.

use std::path::{Path, PathBuf};

use blemore_base::InputFile;
use blemore_hash::Hash;

use crate::{Error, WeightFile};

/// Where `cargo xtask setup` puts them, from the folder `target`.
const SET_UP: &str = "mtcnn";
/// The files of facenet-pytorch 2.6.0 and their SHA-256, network by network.
const FILES: [(&str, &str); 3] = [
    ("pnet.pt", "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
    ("rnet.pt", "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
    ("onet.pt", "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
];

/// The folder of the weights: the given one, or else the one that `cargo xtask setup` made beside this program.
pub(super) fn find(given: Option<&Path>) -> Result<PathBuf, Error> {
    let places = given.map_or_else(set_up, |given| vec![given.to_owned()]);
    let has_all = |place: &&PathBuf| FILES.iter().all(|(name, _)| place.join(name).is_file());
    match places.iter().find(has_all) {
        Some(place) => Ok(place.clone()),
        None => Err(Error::NoFaceDetector { places, files: FILES.map(|(name, _)| name) }),
    }
}

/// The places that belong to a build: `target/release/blemore`, `target/debug/deps/test-0123`.
fn set_up() -> Vec<PathBuf> {
    let own = std::env::current_exe().unwrap_or_default();
    own.ancestors().skip(2).take(2).map(|folder| folder.join(SET_UP)).collect()
}

/// Opens the three files, of which no byte may differ from the published ones.
pub(super) fn open(folder: &Path) -> Result<[WeightFile; 3], Error> {
    let [first, second, third] = FILES.map(|(name, expected)| checked(&folder.join(name), expected));
    Ok([first?, second?, third?])
}

fn checked(path: &Path, expected: &str) -> Result<WeightFile, Error> {
    let unreadable = |source| Error::Read { path: path.to_owned(), source };
    let file = InputFile::open(path).map_err(unreadable)?;
    let found = Hash::of_reader(file.reader()).map_err(unreadable)?.to_string();
    if found != expected {
        let (path, expected) = (path.to_owned(), expected.to_owned());
        return Err(Error::OtherFaceDetector { path, expected, found });
    }
    let weights = WeightFile::open(path)?;
    // What was opened is what was hashed.
    file.check_unchanged().map_err(unreadable)?;
    Ok(weights)
}

#[cfg(test)]
pub(super) mod testing {
    use std::path::{Path, PathBuf};

    use blemore_media::Picture;
    use blemore_testing::{Need, array, not_run};

    /// The folder of the weights; `None`, after it is said, where there is none.
    pub(in crate::faces) fn folder() -> Option<PathBuf> {
        let folder = super::find(None).ok();
        if folder.is_none() {
            not_run(Need::FaceDetector);
        }
        folder
    }

    /// A file that facenet-pytorch's networks made.
    pub(in crate::faces) fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mtcnn").join(name)
    }

    /// A picture made from the photograph of an astronaut (NASA, public domain).
    pub(in crate::faces) fn picture(name: &str) -> Picture {
        let (shape, values) = array(fixture(&format!("{name}.npy")));
        let bytes = values.iter().map(|value| *value as u8).collect();
        Picture::new(shape[1] as usize, shape[0] as usize, bytes).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn missing_and_other_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = find(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains("pnet.pt") && error.contains("cargo xtask setup"), "{error}");
        assert!(error.contains(&*folder.path().to_string_lossy()), "{error}");
        for (name, _) in FILES {
            fs::write(folder.path().join(name), "other weights").unwrap();
        }
        let error = open(&find(Some(folder.path())).unwrap()).unwrap_err().to_string();
        assert!(error.contains("pnet.pt") && error.contains("facenet-pytorch 2.6.0"), "{error}");
    }
}
