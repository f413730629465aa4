//! Folders of arrays: one array and one side file per clip, resumed by their contents.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use blemore_base::{Listener, Progress};
use blemore_media::{Faces, Ffmpeg, FileStamp, Recipe, SideFile};

use crate::{Encoder, Encoding, Error, OpenFaceEncoder};

/// Folders inside folders that clips are looked for in.
const MAX_DEPTH: usize = 4;
/// Endings of video files.
const VIDEO: [&str; 10] = ["mp4", "mov", "avi", "mkv", "webm", "m4v", "mpg", "mpeg", "wmv", "mts"];
/// Endings of sound files, the one without loss first.
const SOUND: [&str; 6] = ["wav", "flac", "m4a", "mp3", "ogg", "aac"];
const ARRAY: &str = "npy";

/// A file of a clip.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClipFile {
    /// The clip's name: the file's, without its ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// The video and sound files of a folder, by the names of their clips.
#[derive(Debug, Clone, Default)]
pub struct ClipFiles {
    files: BTreeMap<String, Vec<PathBuf>>,
}

impl ClipFiles {
    /// Looks for files with the endings of videos and sounds, also in folders inside the folder. Hidden ones are left out.
    ///
    /// # Errors
    /// [`Error::Read`] for a folder that is not there or cannot be read.
    pub fn find(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let mut found = Self::default();
        found.search(folder.as_ref(), 0)?;
        Ok(found)
    }

    fn search(&mut self, folder: &Path, depth: usize) -> Result<(), Error> {
        let unreadable = |source| Error::Read { path: folder.to_owned(), source };
        let entries: Result<Vec<DirEntry>, io::Error> = fs::read_dir(folder).and_then(Iterator::collect);
        for entry in entries.map_err(unreadable)? {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                if depth < MAX_DEPTH {
                    self.search(&path, depth + 1)?;
                }
            } else if let Some((stem, ending)) = name.rsplit_once('.')
                && VIDEO.iter().chain(&SOUND).any(|known| ending.eq_ignore_ascii_case(known))
            {
                self.files.entry(stem.to_owned()).or_default().push(path);
            }
        }
        Ok(())
    }

    /// The names of the clips, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The file of a clip that an encoder takes: of pictures a video; of sound a sound file, or else a video.
    ///
    /// # Errors
    /// [`Error::NoClip`] where there is none, [`Error::SeveralFiles`] where there are several that would do.
    pub fn of(&self, name: &str, hears: bool) -> Result<ClipFile, Error> {
        let files = self.files.get(name).map_or(&[][..], Vec::as_slice);
        let with = |endings: &[&str]| -> Vec<&PathBuf> {
            let has = |path: &Path| {
                let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
                ending.is_some_and(|ending| endings.contains(&ending.as_str()))
            };
            files.iter().filter(|path| has(path)).collect()
        };
        let choices = if hears { &[&SOUND[..1], &SOUND[1..], &VIDEO[..]][..] } else { &[&VIDEO[..]] };
        let fitting =
            choices.iter().map(|endings| with(endings)).find(|paths| !paths.is_empty()).unwrap_or_default();
        match fitting.as_slice() {
            [] => Err(Error::NoClip { name: name.to_owned(), hears }),
            [path] => Ok(ClipFile { name: name.to_owned(), path: (*path).clone() }),
            several => {
                let paths = several.iter().map(|path| (*path).clone()).collect();
                Err(Error::SeveralFiles { name: name.to_owned(), paths })
            }
        }
    }
}

/// What became of a folder of clips.
#[derive(Debug, Default)]
pub struct FolderOutcome {
    /// Arrays that were written.
    pub written: usize,
    /// Arrays that were there and are right.
    pub kept: usize,
    /// Clips without an array, and why.
    pub failed: Vec<(ClipFile, Error)>,
    /// What should be said about clips.
    pub notes: Vec<(String, String)>,
}

/// What arrays are made with.
trait Maker {
    fn recipe(&self) -> &Recipe;
    fn ffmpeg(&self) -> &Ffmpeg;

    /// The faces of a clip, where they are kept.
    fn faces_of(&self, clip: &str) -> Result<Option<Faces>, Error>;

    /// The features of files, in their order.
    fn encode_all(&self, clips: Vec<PathBuf>) -> impl Iterator<Item = Result<Encoding, Error>>;

    /// Whether the array is there as its side file says, and the clip and its faces are those that it was made of.
    fn is_done(&self, array: &Path, clip: &ClipFile) -> Result<bool, Error> {
        let Some(side) = SideFile::read(array)? else { return Ok(false) };
        // What cannot be read fails when its turn comes.
        let faces =
            self.faces_of(&clip.name).and_then(|faces| Ok(faces.map(|faces| faces.stamp()).transpose()?));
        let has_faces = faces.is_ok_and(|faces| faces == side.faces);
        Ok(has_faces && side.fits(array)? && side.source.fits(&clip.path).unwrap_or(false))
    }

    /// Writes an array and its side file. The side file comes first: a run that is killed in between is resumed.
    fn write(&self, clip: &ClipFile, folder: &Path, encoding: Encoding) -> Result<Encoding, Error> {
        let array = array_of(folder, clip);
        let draft = folder.join(format!(".{}.{ARRAY}", clip.name));
        encoding.features.write(&draft)?;
        let written = FileStamp { name: format!("{}.{ARRAY}", clip.name), ..FileStamp::of(&draft)? };
        let side = SideFile {
            format: SideFile::FORMAT,
            recipe: self.recipe().clone(),
            source: FileStamp::of(&clip.path)?,
            faces: self.faces_of(&clip.name)?.map(|faces| faces.stamp()).transpose()?,
            array: written,
            rows: encoding.features.len(),
            columns: encoding.features.width(),
            ffmpeg: self.ffmpeg().version().to_owned(),
            video: encoding.video.clone(),
            found_faces: encoding.faces,
            sound: encoding.sound.clone(),
            seconds: encoding.computing.as_secs_f64(),
        };
        side.write(&array)?;
        fs::rename(&draft, &array).map_err(|source| Error::Write { path: array, source })?;
        Ok(encoding)
    }

    /// See [`Encoder::encode_folder`].
    fn encode_folder(
        &self,
        clips: &[ClipFile],
        folder: &Path,
        progress: Listener<'_>,
    ) -> Result<FolderOutcome, Error> {
        check_folder(folder, self.recipe())?;
        let mut outcome = FolderOutcome::default();
        let mut pending = Vec::new();
        for clip in clips {
            if self.is_done(&array_of(folder, clip), clip)? {
                outcome.kept += 1
            } else {
                pending.push(clip.clone())
            }
        }
        let start = Instant::now();
        let mut rows = 0;
        let encodings = self.encode_all(pending.iter().map(|clip| clip.path.clone()).collect());
        for (computed, (clip, encoding)) in pending.iter().zip(encodings).enumerate() {
            match encoding.and_then(|encoding| self.write(clip, folder, encoding)) {
                Ok(encoding) => {
                    rows += encoding.features.len();
                    outcome.written += 1;
                    outcome.notes.extend(encoding.notes.into_iter().map(|note| (clip.name.clone(), note)));
                }
                Err(error) if error.is_of_output() => return Err(error),
                Err(error) => outcome.failed.push((clip.clone(), error)),
            }
            let (done, total) = (outcome.kept + computed + 1, clips.len());
            let per_second = rows as f64 / start.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
            let what = format!("{}: {per_second:.1} rows per second", clip.name);
            progress(Progress::Step { unit: "clips", done, total, what: &what });
        }
        Ok(outcome)
    }
}

impl Maker for Encoder {
    fn recipe(&self) -> &Recipe {
        self.recipe()
    }

    fn ffmpeg(&self) -> &Ffmpeg {
        self.ffmpeg()
    }

    fn faces_of(&self, clip: &str) -> Result<Option<Faces>, Error> {
        self.faces_of(clip)
    }

    fn encode_all(&self, clips: Vec<PathBuf>) -> impl Iterator<Item = Result<Encoding, Error>> {
        self.encode_all(clips).map(|(_, encoding)| encoding)
    }
}

impl Maker for OpenFaceEncoder {
    fn recipe(&self) -> &Recipe {
        self.recipe()
    }

    fn ffmpeg(&self) -> &Ffmpeg {
        self.ffmpeg()
    }

    fn faces_of(&self, _: &str) -> Result<Option<Faces>, Error> {
        Ok(None)
    }

    fn encode_all(&self, clips: Vec<PathBuf>) -> impl Iterator<Item = Result<Encoding, Error>> {
        clips.into_iter().map(|clip| self.encode(clip))
    }
}

impl Encoder {
    /// Computes the arrays of a folder that are not there yet, or are not what their side files say: cut off, or of a clip
    /// that has changed. Writes `NAME.npy` and `NAME.json` per clip, whole or not at all. Clips that fail do not stop the
    /// others.
    ///
    /// # Errors
    /// [`Error::OtherArrays`] for a folder with arrays of another recipe, which are never mixed; [`Error::Media`] and
    /// [`Error::Features`] when a file cannot be written. What is wrong with a clip is in the outcome.
    pub fn encode_folder(
        &self,
        clips: &[ClipFile],
        folder: &Path,
        progress: Listener<'_>,
    ) -> Result<FolderOutcome, Error> {
        Maker::encode_folder(self, clips, folder, progress)
    }
}

impl OpenFaceEncoder {
    /// As [`Encoder::encode_folder`].
    ///
    /// # Errors
    /// Those of [`Encoder::encode_folder`].
    pub fn encode_folder(
        &self,
        clips: &[ClipFile],
        folder: &Path,
        progress: Listener<'_>,
    ) -> Result<FolderOutcome, Error> {
        Maker::encode_folder(self, clips, folder, progress)
    }
}

fn array_of(folder: &Path, clip: &ClipFile) -> PathBuf {
    folder.join(format!("{}.{ARRAY}", clip.name))
}

/// Refuses a folder with arrays of another recipe, or of unknown origin.
fn check_folder(folder: &Path, recipe: &Recipe) -> Result<(), Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.and_then(Iterator::collect::<Result<Vec<DirEntry>, _>>),
    };
    let mut paths: Vec<PathBuf> = entries
        .map_err(|source| Error::Read { path: folder.to_owned(), source })?
        .into_iter()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == ARRAY))
        .collect();
    paths.sort();
    for array in paths {
        let differences = match SideFile::read(&array)? {
            Some(side) => side.recipe.differences(recipe),
            None => vec!["it has no side file, so `blemore encode` did not make it".to_owned()],
        };
        if !differences.is_empty() {
            return Err(Error::OtherArrays { array, differences });
        }
    }
    Ok(())
}
