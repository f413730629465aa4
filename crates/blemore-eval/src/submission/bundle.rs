//! The challenge's zip bundle: a JSON file in an archive.
//!
//! An archive may come from anybody, so its size and that of what it unpacks to are bounded; what is unpacked is checked
//! against the archive's checksum.

use std::io::{self, Write};

use blemore_base::text::Excerpt;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use rawzip::{
    CompressionMethod, ZipArchive, ZipArchiveWriter, ZipFileHeaderRecord, ZipSliceArchive, ZipVerification,
};

use crate::Error;

/// What every archive starts with, and no JSON does.
pub(crate) const MAGIC: &[u8] = b"PK";
/// The name that the challenge gives the JSON file.
pub(super) const JSON_NAME: &str = "submission_template.json";

/// The challenge's bundle takes a few kilobytes.
const MAX_ARCHIVE_BYTES: u64 = 64 << 20;
/// A JSON file of two million clips; the challenge has 594.
const MAX_JSON_BYTES: u64 = 256 << 20;
/// As zlib's default: the better compression of higher levels is not worth their time.
const COMPRESSION_LEVEL: u8 = 6;
/// How many names a message lists.
const LISTED_NAMES: usize = 5;

/// The JSON file of an archive.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    if bytes.len() as u64 > MAX_ARCHIVE_BYTES {
        return Err(refused(format!(
            "the archive is larger than {} MiB: bundle nothing but the JSON file",
            MAX_ARCHIVE_BYTES >> 20
        )));
    }
    let archive = ZipArchive::from_slice(bytes).map_err(damaged)?;
    let header = find_json(&archive)?;
    if header.flags().is_encrypted() {
        return Err(refused("the JSON file is encrypted: bundle it without a password".to_owned()));
    }
    let entry = archive.get_entry(header.wayfinder()).map_err(damaged)?;
    let expected = entry.claim_verifier();
    let size = expected.uncompressed_size;
    if size > MAX_JSON_BYTES {
        return Err(refused(format!(
            "the JSON file unpacks to {size} bytes: at most {} MiB are read from an archive, unpack it first",
            MAX_JSON_BYTES >> 20
        )));
    }
    let json = match header.compression_method() {
        CompressionMethod::STORE => entry.data().to_vec(),
        CompressionMethod::DEFLATE => inflate(entry.data(), size as usize).map_err(damaged)?,
        other => {
            let method = other.as_u16();
            let problem =
                format!("the JSON file is compressed by method {method}: use the usual one, deflate");
            return Err(refused(problem));
        }
    };
    let found = ZipVerification { crc: rawzip::crc32(&json), uncompressed_size: json.len() as u64 };
    expected.valid(found).map_err(damaged)?;
    Ok(json)
}

/// What a stream unpacks to, which says that it is `size` bytes.
fn inflate(packed: &[u8], size: usize) -> Result<Vec<u8>, &'static str> {
    // With room for a byte more: none at all would never be enough.
    decompress_to_vec_with_limit(packed, size + 1).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => "it unpacks to more than it says",
        _ => "its data cannot be unpacked",
    })
}

/// The entry of the challenge's name, or else the only JSON file that there is.
fn find_json<'a>(archive: &'a ZipSliceArchive<&[u8]>) -> Result<ZipFileHeaderRecord<'a>, Error> {
    let (mut by_name, mut others) = (Vec::new(), Vec::new());
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let path = entry.file_path();
        let name = base_name(path.as_ref());
        if name == JSON_NAME.as_bytes() {
            by_name.push(entry);
        } else if name.ends_with(b".json") && !name.starts_with(HIDDEN) {
            others.push(entry);
        }
    }
    let mut found = if by_name.is_empty() { others } else { by_name };
    if found.len() > 1 {
        let name = |entry: &ZipFileHeaderRecord<'_>| {
            Excerpt(&String::from_utf8_lossy(entry.file_path().as_ref())).bare()
        };
        let names: Vec<String> = found.iter().take(LISTED_NAMES).map(name).collect();
        return Err(refused(format!(
            "{} files in the archive could be the predictions ({}): bundle one, called {JSON_NAME}",
            found.len(),
            names.join(", ")
        )));
    }
    let none = || refused(format!("there is no JSON file in the archive: bundle one called {JSON_NAME}"));
    found.pop().ok_or_else(none)
}

/// macOS puts a file with this prefix beside each one of its archives.
const HIDDEN: &[u8] = b"._";

/// What stands after the last separator, of either system.
fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path)
}

fn refused(problem: String) -> Error {
    Error::NotPredictions { path: None, problem }
}

fn damaged(problem: impl std::fmt::Display) -> Error {
    refused(format!("the archive is damaged ({problem}): make it again"))
}

/// Writes an archive of one JSON file; the same JSON gives the same bytes, at any time.
pub(super) fn write(
    writer: impl Write,
    json: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // Without a date, which would make two archives of the same predictions differ.
    let mut archive = ZipArchiveWriter::new(writer);
    let entry = archive.new_file(JSON_NAME).compression_method(CompressionMethod::DEFLATE);
    let (mut entry, config) = entry.start().map_err(io::Error::other)?;
    let mut unpacked = config.wrap(Vec::new());
    json(&mut unpacked)?;
    let (unpacked, descriptor) = unpacked.finish().map_err(io::Error::other)?;
    entry.write_all(&miniz_oxide::deflate::compress_to_vec(&unpacked, COMPRESSION_LEVEL))?;
    entry.finish(descriptor).map_err(io::Error::other)?;
    archive.finish().map_err(io::Error::other)?;
    Ok(())
}
