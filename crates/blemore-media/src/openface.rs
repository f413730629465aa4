//! OpenFace 2's program `FeatureExtraction`: where it is, and what it is asked for.

mod run;

use std::ffi::{OsStr, OsString};
use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use blemore_base::InputFile;
use blemore_hash::Hash;

use crate::error::Error;
use crate::side_file::WeightsOrigin;

/// The program's name.
const PROGRAM: &str = "FeatureExtraction";
/// How long it may take to say what it is.
const TIME_TO_TELL: Duration = Duration::from_secs(20);
/// Columns of the features: head pose, gaze, action units.
const FEATURES: [&str; 3] = ["-pose", "-gaze", "-aus"];
/// Pictures of the whole face, as HiCMAE's authors have them made; one per frame, also where tracking failed.
const FACES: [&str; 6] = ["-simalign", "-simsize", "256", "-nomask", "-format_aligned", "png"];

/// What OpenFace is to write of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenFaceOutput {
    /// `NAME.csv`: a row per frame.
    Features,
    /// `NAME_aligned/*.png`: a picture of the aligned face per frame.
    Faces,
    /// Both.
    Both,
}

impl OpenFaceOutput {
    fn has_features(self) -> bool {
        self != Self::Faces
    }

    fn has_faces(self) -> bool {
        self != Self::Features
    }

    fn flags(self) -> Vec<&'static str> {
        let features = FEATURES.into_iter().filter(|_| self.has_features());
        features.chain(FACES.into_iter().filter(|_| self.has_faces())).collect()
    }
}

/// An OpenFace 2 that was found. Which one it is, is told by the version that it prints, where it prints one, and by its
/// content.
///
/// ```no_run
/// use std::time::Duration;
/// use blemore_media::{OpenFace, OpenFaceOutput};
///
/// let openface = OpenFace::find(None)?;
/// let clip = "clips/A102_ang_int1_ver1.mp4".as_ref();
/// openface.run(clip, "csv".as_ref(), OpenFaceOutput::Features, Duration::from_secs(60))?;
/// # Ok::<(), blemore_media::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFace {
    path: PathBuf,
    version: Option<String>,
    sha256: Hash,
}

impl OpenFace {
    /// The given program, or else the first `FeatureExtraction` in `PATH` that starts.
    ///
    /// # Errors
    /// [`Error::NoOpenFace`], which says where it was looked for and how to get it. A given program is the only one that
    /// is tried.
    pub fn find(given: Option<&Path>) -> Result<Self, Error> {
        let candidates = given.map_or_else(candidates, |given| vec![given.to_owned()]);
        let mut tried = Vec::new();
        for path in candidates {
            match Self::of(&path) {
                Ok(found) => return Ok(found),
                Err(problem) => tried.push(format!("{} {problem}", path.display())),
            }
        }
        if tried.is_empty() {
            tried.push(format!("there is no {PROGRAM} in PATH"));
        }
        Err(Error::NoOpenFace { tried })
    }

    fn of(path: &Path) -> Result<Self, String> {
        let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
        let file = InputFile::open(path).map_err(unreadable)?;
        let sha256 = Hash::of_reader(file.reader()).map_err(unreadable)?;
        // A name without a folder would be looked for in PATH.
        let path = path::absolute(path).map_err(unreadable)?;
        // Without arguments it says where its arguments are described, and ends.
        let said = run::to_end(Command::new(&path), TIME_TO_TELL, || 0).map_err(|error| error.to_string())?;
        Ok(Self { path, version: said.lines.iter().find_map(|line| version(line)), sha256 })
    }

    /// Where the program is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a recipe says of it.
    pub fn origin(&self) -> WeightsOrigin {
        let (name, version) = ("OpenFace".to_owned(), self.version.clone());
        WeightsOrigin::Program { name, version, sha256: self.sha256 }
    }

    /// Runs it on a clip. What it writes is in the folder, named after the clip's file. `stall` is how long it may write
    /// nothing at all before it is ended.
    ///
    /// # Errors
    /// [`Error::Read`] for a clip that is not there; [`Error::OpenFace`] for a program that fails, hangs, or ends without
    /// what it was to write; [`Error::Program`].
    pub fn run(
        &self,
        clip: &Path,
        folder: &Path,
        output: OpenFaceOutput,
        stall: Duration,
    ) -> Result<OpenFaceFiles, Error> {
        let found = std::fs::metadata(clip).and_then(|found| blemore_base::check_regular(&found));
        found.map_err(Error::read(clip))?;
        let name = clip.file_stem().unwrap_or_default();
        let mut command = Command::new(&self.path);
        // From the root on: a relative name could begin with a dash.
        command.arg("-f").arg(path::absolute(clip).map_err(Error::read(clip))?);
        command.arg("-out_dir").arg(path::absolute(folder).map_err(Error::read(folder))?);
        command.arg("-of").arg(name).args(output.flags());
        let failed = |message: String| Error::OpenFace { path: clip.to_owned(), message };
        let said = run::to_end(command, stall, || run::written(folder)).map_err(|stop| match stop {
            run::Stop::Start(source) => Error::Program { program: self.path.clone(), source },
            stop => failed(stop.to_string()),
        })?;
        if !said.status.success() {
            return Err(failed(format!("it ended with {}{}", said.status, said.last_words())));
        }
        let files = OpenFaceFiles::named(folder, name, output);
        if let Some(path) = files.iter().find(|path| !path.exists()) {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(failed(format!("it ended without {file}{}", said.last_words())));
        }
        Ok(files)
    }
}

/// What OpenFace wrote of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFaceFiles {
    /// The features.
    pub features: Option<PathBuf>,
    /// The folder of the aligned faces.
    pub faces: Option<PathBuf>,
}

impl OpenFaceFiles {
    fn named(folder: &Path, name: &OsStr, output: OpenFaceOutput) -> Self {
        let file = |ending: &str| {
            let mut file = OsString::from(name);
            file.push(ending);
            folder.join(file)
        };
        Self {
            features: output.has_features().then(|| file(".csv")),
            faces: output.has_faces().then(|| file("_aligned")),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &PathBuf> {
        self.features.iter().chain(&self.faces)
    }
}

/// The programs of this name in `PATH`.
fn candidates() -> Vec<PathBuf> {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(&name)).filter(|path| path.is_file()).collect()
}

/// The version in `OpenFace 2.2.0`, `OpenFace version 2.2.0` or `OpenFace v2.2`.
fn version(line: &str) -> Option<String> {
    let (_, after) = line.split_once("OpenFace")?;
    let words = after.split_whitespace().take(2);
    let mut numbers =
        words.map(|word| word.trim_start_matches(['v', '_', '-']).trim_end_matches([',', ':', ')', '.']));
    let is_version = |word: &&str| {
        word.contains('.')
            && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    numbers.find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_where_one_is_printed() {
        for (line, expected) in [
            ("OpenFace 2.2.0", Some("2.2.0")),
            ("This is OpenFace version 2.0.6.", Some("2.0.6")),
            ("OpenFace v2.2 (Linux)", Some("2.2")),
            (" https://github.com/TadasBaltrusaitis/OpenFace/wiki/Command-line-arguments", None),
            ("OpenFace needs 2 models", None),
            ("2.2.0", None),
        ] {
            assert_eq!(version(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn the_flags_are_those_of_features_and_of_faces() {
        let flags = |output: OpenFaceOutput| output.flags().join(" ");
        assert_eq!(flags(OpenFaceOutput::Features), "-pose -gaze -aus");
        assert_eq!(flags(OpenFaceOutput::Faces), "-simalign -simsize 256 -nomask -format_aligned png");
        assert_eq!(
            flags(OpenFaceOutput::Both),
            "-pose -gaze -aus -simalign -simsize 256 -nomask -format_aligned png"
        );
    }
}
