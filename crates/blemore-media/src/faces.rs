//! Aligned faces: one picture per frame of a clip, as OpenFace's `FeatureExtraction -simalign` leaves them.

use std::ffi::OsString;
use std::path::{self, Path, PathBuf};

use blemore_base::{InputFile, entries};
use blemore_hash::Hash;

use crate::error::Error;
use crate::ffmpeg::Ffmpeg;
use crate::frames::{FrameOptions, Frames};
use crate::side_file::{FileMark, FileStamp};

/// Endings of the pictures that OpenFace writes.
const ENDINGS: [&str; 3] = ["bmp", "png", "jpg"];

/// The faces of one clip, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faces {
    folder: PathBuf,
    ending: &'static str,
    files: Vec<PathBuf>,
}

impl Faces {
    /// Looks for the faces of a clip: in `FOLDER/CLIP_aligned`, where OpenFace puts them, or in `FOLDER/CLIP`.
    ///
    /// # Errors
    /// [`Error::NoFaces`] when neither holds pictures, or one holds pictures of several formats; [`Error::Read`].
    pub fn find(folder: &Path, clip: &str) -> Result<Self, Error> {
        let no_faces = || Error::NoFaces { folder: folder.to_owned(), clip: clip.to_owned() };
        let places = [format!("{clip}_aligned"), clip.to_owned()].map(|name| folder.join(name));
        let folder = places.into_iter().find(|place| place.is_dir()).ok_or_else(no_faces)?;
        let all = entries(&folder).map_err(Error::read(&folder))?;
        let of_ending = |ending: &'static str| {
            // ffmpeg's pattern leaves hidden files out too.
            let is_hidden =
                |path: &PathBuf| path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
            let has =
                |path: &&PathBuf| path.extension().is_some_and(|found| found == ending) && !is_hidden(path);
            (ending, all.iter().filter(has).cloned().collect::<Vec<_>>())
        };
        let mut found: Vec<_> =
            ENDINGS.map(of_ending).into_iter().filter(|(_, files)| !files.is_empty()).collect();
        match (found.pop(), found.is_empty()) {
            (Some((ending, files)), true) => Ok(Self { folder, ending, files }),
            _ => Err(no_faces()),
        }
    }

    /// The folder of the pictures.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of faces.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none, which [`Faces::find`] refuses.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The pictures, decoded one after another.
    ///
    /// # Errors
    /// A program that does not start. What is wrong with a picture is an item.
    pub fn frames(&self, ffmpeg: &Ffmpeg, options: &FrameOptions) -> Result<Frames, Error> {
        // From the root on: a relative name with a colon would be taken for an address.
        let folder = path::absolute(&self.folder).map_err(Error::read(&self.folder))?;
        let pattern = OsString::from(format!("{}/*.{}", escaped(&folder.to_string_lossy()), self.ending));
        let format = ["-f", "image2", "-pattern_type", "glob"].map(OsString::from);
        Frames::start(ffmpeg, &self.folder, pattern, &format, options)
    }

    /// Length and time of each picture.
    ///
    /// # Errors
    /// A picture that is not there any more.
    pub fn marks(&self) -> Result<Vec<FileMark>, Error> {
        self.files.iter().map(|path| FileMark::of(path)).collect()
    }

    /// Length and hash of all pictures together, with their names.
    ///
    /// # Errors
    /// A picture that cannot be read.
    pub fn stamp(&self) -> Result<FileStamp, Error> {
        let (mut bytes, mut hashes) = (0, String::new());
        for path in &self.files {
            let file = InputFile::open(path).map_err(Error::read(path))?;
            let hash = Hash::of_reader(file.reader()).map_err(Error::read(path))?;
            file.check_unchanged().map_err(Error::read(path))?;
            bytes += file.length();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            hashes.push_str(&format!("{name} {hash}\n"));
        }
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(FileStamp { name, bytes, sha256: Hash::of_bytes(hashes.as_bytes()) })
    }
}

/// A folder's name in a pattern, in which some letters have a meaning.
fn escaped(name: &str) -> String {
    let escape = |letter: char| {
        let is_special = ['*', '?', '[', ']', '{', '}', '\\'].contains(&letter);
        is_special.then_some('\\').into_iter().chain([letter])
    };
    name.chars().flat_map(escape).collect()
}
