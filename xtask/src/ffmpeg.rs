//! The program ffmpeg, which encodes clips: the system's own, or the one out of a wheel of the Python package
//! index.
//!
//! `crates/blemore-media/src/ffmpeg.rs` looks in the same places and asks for the same version.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::folders::{self, create};
use crate::note;
use crate::pip::Pip;
use crate::python::Python;

/// The wheel with the program inside.
const WHEEL: &str = "imageio-ffmpeg==0.8.1";
/// The libavutil of ffmpeg 5.1.
const OLDEST_LIBRARY: (u32, u32) = (57, 28);

/// Puts an ffmpeg into the folder `ffmpeg` of a build folder, unless there is one in `PATH` or there already. Where that
/// fails it is said: all but `blemore encode` works without.
pub(crate) fn ensure(target: &Path) {
    let program = program_in(&target.join("ffmpeg"));
    if fits("ffmpeg".as_ref()) || fits(program.as_os_str()) {
        return;
    }
    if let Err(error) = install(target) {
        note::say(&format!("no ffmpeg, which `blemore encode` and its tests need: {error}"));
    }
}

fn program_in(folder: &Path) -> PathBuf {
    folder.join(format!("ffmpeg{}", std::env::consts::EXE_SUFFIX))
}

/// Whether a program is an ffmpeg of version 5.1 or later.
fn fits(program: &OsStr) -> bool {
    let output = Command::new(program).arg("-version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    output.is_ok_and(|output| {
        library_version(&String::from_utf8_lossy(&output.stdout)).is_some_and(|found| found >= OLDEST_LIBRARY)
    })
}

/// Major and minor number in `libavutil      57. 28.100 / 57. 28.100`.
fn library_version(text: &str) -> Option<(u32, u32)> {
    let line = text.lines().find_map(|line| line.strip_prefix("libavutil"))?;
    let mut numbers = line.split('/').next()?.split('.').map(|number| number.trim().parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Installs into `target/ffmpeg`, which appears only when the program in it starts.
fn install(target: &Path) -> Result<(), Error> {
    let python = Python::find()?;
    let pip = Pip::of(&python)?;
    create(target)?;
    let is_whole = |place: &Path| fits(program_in(place).as_os_str());
    let what = "ffmpeg (about 170 MB, once; a download of 70 MB)";
    folders::install(&target.join("ffmpeg"), what, is_whole, |partial| unpack(&pip, partial))
}

/// Unpacks into a folder, and gives the one in it that is to become `target/ffmpeg`.
fn unpack(pip: &Pip<'_>, partial: &Path) -> Result<PathBuf, Error> {
    let (site, scratch) = (partial.join("site"), partial.join("scratch"));
    create(&scratch)?;
    pip.unpack(&[WHEEL], &site, &scratch)?;
    let programs = site.join("imageio_ffmpeg").join("binaries");
    let read = |source| Error::Io { doing: "read", path: programs.clone(), source };
    let (folder, mut found) = (partial.join("ffmpeg"), None);
    create(&folder)?;
    for entry in fs::read_dir(&programs).map_err(read)? {
        let entry = entry.map_err(read)?;
        if entry.file_name().to_string_lossy().starts_with("ffmpeg") {
            found = Some(entry.path());
        }
    }
    let program = program_in(&folder);
    let moved = found.ok_or_else(|| std::io::ErrorKind::NotFound.into()).and_then(|found| {
        fs::rename(found, &program)?;
        make_executable(&program)
    });
    moved.map_err(|source| Error::Io { doing: "take ffmpeg out of", path: programs.clone(), source })?;
    match fits(program.as_os_str()) {
        true => Ok(folder),
        false => {
            Err(Error::Output { program: "the ffmpeg of the wheel", message: "it does not start".to_owned() })
        }
    }
}

#[cfg(unix)]
fn make_executable(program: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_tells_the_version() {
        let of = |line: &str| library_version(&format!("ffmpeg version N-1-gabc\n{line}\n"));
        assert!(of("libavutil      61.  1.102 / 61.  1.102").unwrap() >= OLDEST_LIBRARY);
        assert!(of("libavutil      57. 24.101 / 57. 24.101").unwrap() < OLDEST_LIBRARY);
        assert_eq!(of("configuration: --enable-gpl"), None);
    }
}
