//! For build scripts: writes into the programs that a package links where libtorch lies, so that they start without
//! `LD_LIBRARY_PATH`, and tells the package which libtorch it is.
//!
//! Private to the workspace: published because the other crates need it, without a promise about its interface.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "build scripts talk to Cargo through it")]

use std::path::Path;
use std::{env, fs};

/// Tells Cargo the run path of libtorch, and the package its version, as the environment variable `BLEMORE_LIBTORCH`.
///
/// The folder is the one that the bindings were built with, however they found it (`LIBTORCH`, `LIBTORCH_USE_PYTORCH`, a
/// download). Cargo tells it only to direct dependents of torch-sys, and applies the flag only to the package's own
/// programs, tests, examples, benchmarks and doctests. So each package that links libtorch names torch-sys and calls this.
pub fn write() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = env::var_os("DEP_TCH_LIBTORCH_LIB") else { return };
    if let Some(version) = version_of(Path::new(&folder)) {
        println!("cargo::rustc-env=BLEMORE_LIBTORCH={version}");
    }
    // Other systems have no run path, and a relative one would mean the folder that a program is started in.
    if env::var_os("CARGO_CFG_UNIX").is_some() && Path::new(&folder).is_absolute() {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}

/// The version, from the files that lie beside the folder `lib`: of a wheel of PyTorch, or of libtorch by itself.
fn version_of(lib: &Path) -> Option<String> {
    let read = |name: &str| fs::read_to_string(lib.with_file_name(name)).ok();
    let of_wheel = |text: String| {
        let value = text.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
        Some(value.trim_matches(['\'', '"']).to_owned())
    };
    let of_archive = || read("build-version").map(|text| text.trim().to_owned());
    read("version.py").and_then(of_wheel).or_else(of_archive)
}
