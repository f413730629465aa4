//! Writes into the programs that this package links where libtorch lies, so that they start without `LD_LIBRARY_PATH`.
//!
//! The folder is the one that the bindings were built with, however they found it (`LIBTORCH`,
//! `LIBTORCH_USE_PYTORCH`, a download). Cargo applies such a flag only to the package's own programs, tests,
//! examples, benchmarks and doctests, and tells the folder only to direct dependents of torch-sys: so each
//! package that links libtorch has this file, the same in all, and torch-sys for it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = std::env::var_os("DEP_TCH_LIBTORCH_LIB") else { return };
    // Other systems have no run path, and a relative one would mean the folder that a program is started in.
    if std::env::var_os("CARGO_CFG_UNIX").is_some() && std::path::Path::new(&folder).is_absolute() {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
