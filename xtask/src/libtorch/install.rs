//! libtorch for the CPU, out of the wheel of PyTorch.
//!
//! No package registry serves libtorch by itself, but the wheel has it inside. The one for Linux on x86-64 is
//! built for CUDA: its CPU half needs two small libraries of NVIDIA's at load time, and the other half, which
//! would need gigabytes more, goes.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{TORCH_VERSION, version};
use crate::error::Error;
use crate::folders::{self, create};
use crate::pip::Pip;
use crate::python::Python;

/// What `libtorch_cpu.so` of the CUDA wheel is linked to.
const CUDA_RUNTIME: [&str; 2] = ["nvidia-cuda-runtime==13.0.96", "nvidia-cuda-cupti==13.0.85"];

/// Beginnings of the names of libraries that only a GPU or Python uses.
const NOT_FOR_THE_CPU: [&str; 5] =
    ["libtorch_cuda", "libc10_cuda", "libtorch_nvshmem", "libtorch_python", "libcaffe2_nvrtc"];

/// Stands in for the `libtorch.so` that would load the GPU's libraries: the linker reads it and takes the CPU's instead.
const LINKER_SCRIPT: &str = "INPUT(-ltorch_cpu)\n";

/// Whether a folder holds a libtorch of the right version.
pub(super) fn is_complete(folder: &Path) -> bool {
    let library = format!("{DLL_PREFIX}torch_cpu{DLL_SUFFIX}");
    version::of_folder(folder).is_some_and(|found| version::fits(&found))
        && folder.join("lib").join(library).is_file()
}

/// Installs into `target/libtorch`, which appears only when all of it is there.
pub(super) fn install(target: &Path) -> Result<(), Error> {
    let python = Python::find()?;
    let pip = Pip::of(&python)?;
    create(target)?;
    let what = format!("libtorch {TORCH_VERSION} (about 700 MB, once; a download of 530 MB)");
    let is_whole = |place: &Path| is_complete(&place.join("torch"));
    folders::install(&target.join("libtorch"), &what, is_whole, |partial| unpack(&pip, partial))
}

/// Unpacks into a folder, and gives the one in it that is to become `target/libtorch`.
fn unpack(pip: &Pip<'_>, partial: &Path) -> Result<PathBuf, Error> {
    let site = partial.join("site");
    let scratch = partial.join("scratch");
    create(&scratch)?;
    pip.unpack(&[&format!("torch=={TORCH_VERSION}")], &site, &scratch)?;
    let lib = site.join("torch").join("lib");
    if cfg!(target_os = "linux") && lib.join("libtorch_cuda.so").exists() {
        pip.unpack(&CUDA_RUNTIME, &site, &scratch)?;
        keep_the_cpu(&lib).map_err(|source| Error::Io {
            doing: "drop the GPU's libraries from",
            path: lib,
            source,
        })?;
    }
    if !is_complete(&site.join("torch")) {
        return Err(Error::Incomplete { folder: site });
    }
    Ok(site)
}

fn keep_the_cpu(lib: &Path) -> io::Result<()> {
    for entry in fs::read_dir(lib)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_FOR_THE_CPU.iter().any(|start| name.to_string_lossy().starts_with(start)) {
            fs::remove_file(entry.path())?;
        }
    }
    // Removed first: a file written over a hard link would change the other one too.
    fs::remove_file(lib.join("libtorch.so"))?;
    fs::write(lib.join("libtorch.so"), LINKER_SCRIPT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folders::remove;

    #[test]
    fn only_what_the_cpu_needs_is_left_and_the_linker_is_sent_there() {
        let lib = std::env::temp_dir().join(format!("blemore-xtask-lib-{}", std::process::id()));
        create(&lib).unwrap();
        for name in
            ["libtorch.so", "libtorch_cpu.so", "libc10.so", "libtorch_cuda.so", "libtorch_cuda_linalg.so"]
        {
            fs::write(lib.join(name), "library").unwrap();
        }
        keep_the_cpu(&lib).unwrap();
        let mut left: Vec<_> = fs::read_dir(&lib)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let script = fs::read_to_string(lib.join("libtorch.so")).unwrap();
        remove(&lib).unwrap();

        assert_eq!(left, ["libc10.so", "libtorch.so", "libtorch_cpu.so"]);
        assert_eq!(script, "INPUT(-ltorch_cpu)\n");
    }
}
