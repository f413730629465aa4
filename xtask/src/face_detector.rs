//! The weights of the face detector, out of a wheel of the Python package index.
//!
//! `crates/blemore-encoders/src/faces/weights.rs` looks in the same place, and compares the contents.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::folders::{self, create};
use crate::note;
use crate::pip::Pip;
use crate::python::Python;

/// The wheel with the weights inside, of MIT licence.
const WHEEL: &str = "facenet-pytorch==2.6.0";
/// The files of its three networks and their lengths.
const FILES: [(&str, u64); 3] = [("pnet.pt", 28_570), ("rnet.pt", 403_147), ("onet.pt", 1_559_269)];

/// Puts the weights into the folder `mtcnn` of a build folder, unless they are there. Where that fails it is said: all but
/// finding faces works without.
pub(crate) fn ensure(target: &Path) {
    let place = target.join("mtcnn");
    if is_whole(&place) {
        return;
    }
    if let Err(error) = install(target, &place) {
        note::say(&format!(
            "no face detector, which `blemore encode --encoder hicmae` finds faces with: {error}"
        ));
    }
}

fn is_whole(place: &Path) -> bool {
    let has = |(name, bytes): &(&str, u64)| {
        fs::metadata(place.join(name)).is_ok_and(|found| found.is_file() && found.len() == *bytes)
    };
    FILES.iter().all(has)
}

fn install(target: &Path, place: &Path) -> Result<(), Error> {
    let python = Python::find()?;
    let pip = Pip::of(&python)?;
    create(target)?;
    folders::install(place, "the face detector's weights (2 MB, once)", is_whole, |partial| {
        unpack(&pip, partial)
    })
}

/// Unpacks into a folder, and gives the one in it that is to become `target/mtcnn`.
fn unpack(pip: &Pip<'_>, partial: &Path) -> Result<PathBuf, Error> {
    let (site, scratch, folder) = (partial.join("site"), partial.join("scratch"), partial.join("mtcnn"));
    create(&scratch)?;
    create(&folder)?;
    pip.unpack(&[WHEEL], &site, &scratch)?;
    let data = site.join("facenet_pytorch").join("data");
    let taken = FILES.iter().try_for_each(|(name, _)| fs::rename(data.join(name), folder.join(name)));
    taken.map_err(|source| Error::Io { doing: "take the weights out of", path: data, source })?;
    match is_whole(&folder) {
        true => Ok(folder),
        false => {
            let message = "its files are not those of version 2.6.0".to_owned();
            Err(Error::Output { program: "the wheel of facenet-pytorch", message })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folders::remove;

    #[test]
    fn a_file_that_is_cut_is_not_the_weights() {
        let place = std::env::temp_dir().join(format!("blemore-xtask-mtcnn-{}", std::process::id()));
        create(&place).unwrap();
        for (name, bytes) in FILES {
            assert!(!is_whole(&place));
            fs::write(place.join(name), vec![0; bytes as usize]).unwrap();
        }
        let whole = is_whole(&place);
        fs::write(place.join("rnet.pt"), [0; 7]).unwrap();
        let cut = is_whole(&place);
        remove(&place).unwrap();
        assert!(whole && !cut);
    }
}
