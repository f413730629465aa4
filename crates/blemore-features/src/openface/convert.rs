//! A folder of CSV files to a folder of arrays.

use std::fs;
use std::path::{Path, PathBuf};

use blemore_base::{Listener, Progress, Unfinished, read_input};
use blemore_labels::ClipName;
use rayon::prelude::*;

use super::{Quality, Recording, SeveralFaces, parse};
use crate::folder::{Sorted, files_in, instead, is_visible_file};
use crate::{ClipFault, ClipProblem, Error};

/// A clip whose CSV became an array.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvertedClip {
    /// The clip.
    pub clip: ClipName,
    /// The CSV file read.
    pub source: PathBuf,
    /// The `.npy` file written.
    pub path: PathBuf,
    /// How good the frames were, and what was done about it.
    pub quality: Quality,
    /// What there is to say of the file besides.
    pub notes: Vec<String>,
}

/// What became of a folder of CSV files.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// The clips, in name order.
    pub clips: Vec<ConvertedClip>,
    /// What lies in the folder and is no CSV file, in name order.
    pub ignored: Vec<PathBuf>,
}

/// Clips that are worked on side by side between two calls of the progress.
const BATCH: usize = 32;

/// Turns each CSV of a folder into an array `CLIP.npy` of the folder `output`; `progress` is called on this
/// thread after each clip.
///
/// Nothing is written unless all files can be read, so that a folder of arrays is not short of a few clips;
/// each array is there whole or not at all.
///
/// # Errors
/// [`Error::Read`]; [`Error::NoClips`] without CSV files; [`Error::Folder`] with every file that cannot be
/// used; [`Error::Write`].
///
/// ```no_run
/// use blemore_features::openface;
///
/// let faces = openface::SeveralFaces::Keep;
/// let conversion = openface::convert_folder("openface_csv", "openface", faces, &|_| ())?;
/// for clip in conversion.clips.iter().filter(|clip| !clip.quality.is_good()) {
///     println!("{}: {}", clip.clip, clip.quality);
/// }
/// # Ok::<(), blemore_features::Error>(())
/// ```
pub fn convert_folder(
    folder: impl AsRef<Path>,
    output: impl AsRef<Path>,
    several: SeveralFaces,
    progress: Listener<'_>,
) -> Result<Conversion, Error> {
    let (folder, output) = (folder.as_ref(), output.as_ref());
    let candidates = files_in(folder)?.into_iter().map(|path| {
        let csv = is_visible_file(&path, "csv").then_some(());
        (path, csv)
    });
    let Sorted { files, mut faults, ignored, .. } = Sorted::new(candidates, None, |()| false);
    if files.is_empty() && faults.is_empty() {
        return Err(Error::NoClips { folder: folder.to_owned(), problem: instead(&ignored) });
    }
    let cannot_write = |source| Error::Write { path: output.to_owned(), source };
    fs::create_dir_all(output).map_err(cannot_write)?;
    let staging = tempfile::tempdir_in(output).map_err(cannot_write)?;
    let _unfinished = Unfinished::new(staging.path());
    let (mut clips, mut done) = (Vec::with_capacity(files.len()), 0);
    for batch in files.chunks(BATCH) {
        let read = |path: &Path| -> Result<_, ClipProblem> { Ok(parse(&read_input(path)?, several)?) };
        let convert = |(clip, path, ()): &(ClipName, PathBuf, ())| match read(path) {
            Ok(Recording { matrix, quality, notes }) => {
                matrix.write(staging.path().join(file_name(clip)))?;
                let (clip, source, path) = (clip.clone(), path.clone(), output.join(file_name(clip)));
                Ok(Ok(ConvertedClip { clip, source, path, quality, notes }))
            }
            Err(problem) => Ok(Err(ClipFault { path: path.clone(), clip: Some(clip.clone()), problem })),
        };
        let results: Vec<Result<_, Error>> = batch.par_iter().map(convert).collect();
        for (result, (clip, ..)) in results.into_iter().zip(batch) {
            match result? {
                Ok(converted) => clips.push(converted),
                Err(fault) => faults.push(fault),
            }
            done += 1;
            progress(Progress::Step { unit: "clips", done, total: files.len(), what: clip.as_str() });
        }
    }
    if !faults.is_empty() {
        faults.sort_by(|one, other| one.path.cmp(&other.path));
        return Err(Error::Folder { folder: folder.to_owned(), faults });
    }
    for ConvertedClip { clip, path, .. } in &clips {
        let cannot_write = |source| Error::Write { path: path.clone(), source };
        fs::rename(staging.path().join(file_name(clip)), path).map_err(cannot_write)?;
    }
    Ok(Conversion { clips, ignored })
}

fn file_name(clip: &ClipName) -> String {
    format!("{clip}.npy")
}
