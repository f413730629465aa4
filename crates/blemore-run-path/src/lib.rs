//! For build scripts: writes into the programs that a package links where libtorch lies, so that they start without
//! `LD_LIBRARY_PATH`.
//!
//! Private to the workspace: published because the other crates need it, without a promise about its interface.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "build scripts talk to Cargo through it")]

use std::env;
use std::path::Path;

/// Tells Cargo the run path of libtorch.
///
/// The folder is the one that the bindings were built with, however they found it (`LIBTORCH`, `LIBTORCH_USE_PYTORCH`, a
/// download). Cargo tells it only to direct dependents of torch-sys, and applies the flag only to the package's own
/// programs, tests, examples, benchmarks and doctests. So each package that links libtorch names torch-sys and calls this.
pub fn write() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = env::var_os("DEP_TCH_LIBTORCH_LIB") else { return };
    // Other systems have no run path, and a relative one would mean the folder that a program is started in.
    if env::var_os("CARGO_CFG_UNIX").is_some() && Path::new(&folder).is_absolute() {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
