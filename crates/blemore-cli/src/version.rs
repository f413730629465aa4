//! `blemore --version -v`: what the program was built with, and what this machine has.

use std::ffi::OsString;

use blemore_base::processor;
use blemore_features::InstructionSet;
use blemore_media::Ffmpeg;
use serde::Serialize;

use crate::Failure;
use crate::output::{Format, Output, Verbosity, joined, table};

/// What is linked to the program and only it can tell.
#[derive(Clone, Debug, Serialize)]
pub struct Libtorch {
    /// Its version.
    pub version: String,
    /// What networks can run on: `cpu`, and each graphics processor.
    pub devices: Vec<String>,
}

#[derive(Serialize)]
struct Document {
    version: &'static str,
    libtorch: Option<Libtorch>,
    ffmpeg: Option<String>,
    processor: String,
    instructions: Vec<String>,
}

/// How the words of a command line ask for this: `--version -v` in any order, with `--json` or without. The version alone is
/// clap's.
pub fn asked_for(words: impl IntoIterator<Item = OsString>) -> Option<Output> {
    let (mut version, mut verbose, mut json) = (false, false, false);
    for word in words {
        match word.to_str()? {
            "--version" | "-V" => version = true,
            "--verbose" | "-v" => verbose = true,
            "--json" => json = true,
            _ => return None,
        }
    }
    let format = if json { Format::Json } else { Format::Text };
    (version && verbose).then_some(Output { format, verbosity: Verbosity::Verbose })
}

/// Prints it; `libtorch` is that of the program, if it has one.
///
/// # Errors
/// A [`Failure`] where stdout cannot be written.
pub fn print(output: Output, libtorch: Option<Libtorch>) -> Result<(), Failure> {
    let ffmpeg = Ffmpeg::find(None).ok();
    let document = Document {
        version: env!("CARGO_PKG_VERSION"),
        libtorch,
        ffmpeg: ffmpeg.map(|ffmpeg| format!("{}, {}", ffmpeg.version(), ffmpeg.path().display())),
        processor: processor(),
        instructions: InstructionSet::available().map(|set| format!("{set:?}")).collect(),
    };
    output.result(&document, text)
}

fn text(document: &Document) -> String {
    let none = |what: &str| format!("none: {what}");
    let libtorch = document.libtorch.as_ref();
    let rows = [
        ("blemore", document.version.to_owned()),
        (
            "libtorch",
            libtorch
                .map_or_else(|| none("blemore-torch is not beside blemore"), |torch| torch.version.clone()),
        ),
        ("devices", libtorch.map_or_else(|| none("networks need libtorch"), |torch| joined(&torch.devices))),
        ("ffmpeg", document.ffmpeg.clone().unwrap_or_else(|| none("clips cannot be read; install ffmpeg"))),
        ("processor", document.processor.clone()),
        ("instructions", joined(&document.instructions)),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    table(&["what", "which"], 2, rows.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_words_in_any_order_ask_for_it() {
        let asked = |line: &str| asked_for(line.split_whitespace().map(OsString::from));
        assert_eq!(asked("--version -v").map(|output| output.format), Some(Format::Text));
        assert_eq!(asked("--json --verbose -V").map(|output| output.format), Some(Format::Json));
        for other in ["--version", "-v", "", "-v score --version", "report -v -V"] {
            assert!(asked(other).is_none(), "{other}");
        }
    }
}
