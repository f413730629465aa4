//! `blemore encode --list`: the checkpoints that encoders want.

use std::path::PathBuf;

use blemore_media::{Checkpoint, EncoderKind, OpenFace};
use serde::Serialize;

use crate::Failure;
use crate::arguments::Encode;
use crate::output::{Output, table};

/// A checkpoint, and where it is.
#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    checkpoint: &'static Checkpoint,
    found: Option<PathBuf>,
}

pub(super) fn list(output: Output, arguments: &Encode) -> Result<(), Failure> {
    let folder = arguments.checkpoints();
    let mut entries = Vec::new();
    for kind in EncoderKind::ALL {
        if arguments.encoders.is_empty() || arguments.encoders.contains(&kind) {
            for checkpoint in Checkpoint::of(kind, arguments.preset) {
                let found = match &folder {
                    _ if kind == EncoderKind::OpenFace => OpenFace::find(arguments.openface.as_deref())
                        .ok()
                        .map(|program| program.path().to_owned()),
                    Some(folder) => checkpoint.find(folder)?,
                    None => None,
                };
                entries.push(Entry { checkpoint, found });
            }
        }
    }
    output.result(&entries, |entries| {
        let rows = entries.iter().map(|Entry { checkpoint, found }| {
            let size = checkpoint.megabytes.map_or("?".to_owned(), |size| format!("{size} MB"));
            let place = match (found, &folder) {
                (Some(path), _) => path.display().to_string(),
                _ if checkpoint.encoder == EncoderKind::OpenFace => "(give --openface)".to_owned(),
                (None, Some(_)) => "not there".to_owned(),
                (None, None) => "(give --checkpoints)".to_owned(),
            };
            let texts =
                [checkpoint.encoder.name(), checkpoint.about, checkpoint.files[0], checkpoint.licence];
            let texts = texts.into_iter().map(str::to_owned);
            texts.chain([checkpoint.page.to_owned(), place, size]).collect()
        });
        table(&["encoder", "checkpoint", "file", "licence", "page", "here", "size"], 6, rows.collect())
    })
}
