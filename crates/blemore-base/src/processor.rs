//! What the processor is called.

use std::env::consts::ARCH;
use std::fs;

/// The name of the processor where the system tells it, else its architecture.
pub fn processor() -> String {
    let facts = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = facts.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}
