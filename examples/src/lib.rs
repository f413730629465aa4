//! Cargo passes flags for linking (`build.rs`) only to packages with a library or a program: this is the library.
