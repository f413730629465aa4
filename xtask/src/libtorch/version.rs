//! The version of a libtorch, from the files that its two kinds of archive hold.

use std::fs;
use std::path::Path;

use super::TORCH_VERSION;

/// The version of the libtorch in a folder: `build-version` in the C++ archives, `version.py` in Python wheels.
pub(super) fn of_folder(folder: &Path) -> Option<String> {
    let archive = fs::read_to_string(folder.join("build-version")).ok().map(|text| text.trim().to_owned());
    archive.or_else(|| of_version_py(&fs::read_to_string(folder.join("version.py")).ok()?))
}

/// The value in the line `__version__ = '2.11.0+cu130'`.
fn of_version_py(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
    Some(value.trim().trim_matches(['\'', '"']).to_owned())
}

/// Whether the bindings fit a version, whatever it was built for (`+cpu`, `+cu130`).
pub(super) fn fits(version: &str) -> bool {
    version.split('+').next() == Some(TORCH_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_a_wheel() {
        let text = "from typing import Optional\n\n__all__ = ['__version__', 'debug']\n__version__ = '2.11.0+cu130'\n\
                    debug = False\n";
        assert_eq!(of_version_py(text).as_deref(), Some("2.11.0+cu130"));
        assert_eq!(of_version_py("debug = False\n"), None);
    }

    #[test]
    fn what_it_was_built_for_does_not_matter_and_every_digit_does() {
        assert!(fits("2.11.0") && fits("2.11.0+cpu") && fits("2.11.0+cu130"));
        assert!(!fits("2.11.1") && !fits("2.1") && !fits("2.11.0.dev1") && !fits(""));
    }
}
