//! The book in `docs`: its pages, its links, and the tables that are made from the schemas.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fields;
mod not_run;
mod pages;
mod schemas;
