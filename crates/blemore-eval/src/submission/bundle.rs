//! The challenge's zip bundle: a JSON file in an archive.
//!
//! An archive may come from anybody, so its size and that of what it unpacks to are bounded; what is unpacked
//! is checked against the archive's checksum.

use std::io::{self, Read, Write};

use blemore_base::text::Excerpt;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter, ZipFileHeaderRecord, ZipSliceArchive};

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
    let mut json = Vec::new();
    open(bytes)?.read_to_end(&mut json).map_err(damaged)?;
    Ok(json)
}

/// The JSON file of an archive, as a stream that ends in an error where the archive is damaged.
fn open(bytes: &[u8]) -> Result<Box<dyn Read + '_>, Error> {
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
    if header.uncompressed_size_hint() > MAX_JSON_BYTES {
        return Err(refused(format!(
            "the JSON file unpacks to {} bytes: at most {} MiB are read from an archive, unpack it first",
            header.uncompressed_size_hint(),
            MAX_JSON_BYTES >> 20
        )));
    }
    let entry = archive.get_entry(header.wayfinder()).map_err(damaged)?;
    let packed = slice(bytes, entry.compressed_data_range())?;
    match header.compression_method() {
        CompressionMethod::STORE => Ok(Box::new(entry.verifying_reader(packed))),
        CompressionMethod::DEFLATE => Ok(Box::new(entry.verifying_reader(Inflate::new(packed)))),
        other => Err(refused(format!(
            "the JSON file is compressed by method {}: use the usual one, deflate",
            other.as_u16()
        ))),
    }
}

fn slice(bytes: &[u8], (start, end): (u64, u64)) -> Result<&[u8], Error> {
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let packed = range.and_then(|(start, end)| bytes.get(start..end));
    packed.ok_or_else(|| damaged("an entry lies outside of the archive"))
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
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => {
            Err(refused(format!("there is no JSON file in the archive: bundle one called {JSON_NAME}")))
        }
        (Some(last), more) => {
            let names = found.iter().chain([&last]).take(LISTED_NAMES);
            let names: Vec<String> = names
                .map(|entry| Excerpt(&String::from_utf8_lossy(entry.file_path().as_ref())).bare())
                .collect();
            Err(refused(format!(
                "{} files in the archive could be the predictions ({}): bundle one, called {JSON_NAME}",
                more + 1,
                names.join(", ")
            )))
        }
    }
}

/// macOS puts a file with this prefix beside each one of its archives.
const HIDDEN: &[u8] = b"._";

/// What stands after the last separator, of either system.
fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path)
}

fn refused(problem: String) -> Error {
    Error::Bundle { path: None, problem }
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

/// Unpacks a deflate stream as it is read.
struct Inflate<'a> {
    packed: &'a [u8],
    state: Box<InflateState>,
    ended: bool,
}

impl<'a> Inflate<'a> {
    fn new(packed: &'a [u8]) -> Self {
        Self { packed, state: InflateState::new_boxed(DataFormat::Raw), ended: false }
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let step = inflate(&mut self.state, self.packed, buffer, MZFlush::None);
            self.packed = self.packed.get(step.bytes_consumed..).unwrap_or_default();
            self.ended = step.status == Ok(MZStatus::StreamEnd);
            match step.status {
                _ if step.bytes_written > 0 => return Ok(step.bytes_written),
                Ok(_) if self.ended || step.bytes_consumed > 0 => {}
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "its data cannot be unpacked")),
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive_of(files: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut bytes);
        for (name, content, method) in files {
            let (mut entry, config) = archive.new_file(*name).compression_method(*method).start().unwrap();
            let mut unpacked = config.wrap(Vec::new());
            unpacked.write_all(content).unwrap();
            let (unpacked, descriptor) = unpacked.finish().unwrap();
            match *method {
                CompressionMethod::DEFLATE => {
                    entry.write_all(&miniz_oxide::deflate::compress_to_vec(&unpacked, 9)).unwrap();
                }
                _ => entry.write_all(&unpacked).unwrap(),
            }
            entry.finish(descriptor).unwrap();
        }
        archive.finish().unwrap();
        bytes
    }

    fn unpack(archive: &[u8]) -> Result<Vec<u8>, String> {
        super::unpack(archive).map_err(|error| error.to_string())
    }

    const STORE: CompressionMethod = CompressionMethod::STORE;
    const DEFLATE: CompressionMethod = CompressionMethod::DEFLATE;

    #[test]
    fn stored_and_deflated_files_are_read() {
        let long: Vec<u8> = (0..300_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
        for content in [b"{}".as_slice(), &[], &long] {
            for method in [STORE, DEFLATE] {
                assert_eq!(unpack(&archive_of(&[("a.json", content, method)])).unwrap(), content);
            }
        }
    }

    #[test]
    fn the_challenges_name_goes_before_others_in_any_folder() {
        let found = unpack(&archive_of(&[
            ("notes.json", b"notes", STORE),
            ("__MACOSX/._submission_template.json", b"resource fork", STORE),
            ("team/submission_template.json", b"{}", STORE),
            ("README.md", b"text", STORE),
        ]));
        assert_eq!(found.unwrap(), b"{}");
        let only = archive_of(&[("a.txt", b"text", STORE), ("b\\predictions.json", b"{}", STORE)]);
        assert_eq!(unpack(&only).unwrap(), b"{}");
    }

    #[test]
    fn none_and_several_are_refused() {
        let none = unpack(&archive_of(&[("a.txt", b"", STORE), ("._b.json", b"", STORE)])).unwrap_err();
        assert!(none.contains("no JSON file") && none.contains(JSON_NAME), "{none}");
        let several = unpack(&archive_of(&[("a.json", b"", STORE), ("b.json", b"", STORE)])).unwrap_err();
        assert!(several.contains("2 files") && several.contains("a.json, b.json"), "{several}");
        assert!(unpack(&archive_of(&[])).is_err());
    }

    #[test]
    fn other_methods_and_too_much_are_refused() {
        let unknown = unpack(&archive_of(&[("a.json", b"{}", CompressionMethod::ZSTD)])).unwrap_err();
        assert!(unknown.contains("method 93"), "{unknown}");
        let blanks = vec![b' '; MAX_JSON_BYTES as usize + 1];
        let bomb = archive_of(&[("a.json", &blanks, DEFLATE)]);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        let refusal = unpack(&bomb).unwrap_err();
        assert!(refusal.contains("256 MiB"), "{refusal}");
        let large = [MAGIC, &vec![0; MAX_ARCHIVE_BYTES as usize]].concat();
        assert!(unpack(&large).unwrap_err().contains("64 MiB"));
    }

    /// A bomb that says it were small: the declared size is where reading stops.
    #[test]
    fn a_false_size_is_found_before_the_rest_is_unpacked() {
        let content = vec![b' '; 1 << 20];
        let honest = archive_of(&[("a.json", &content, DEFLATE)]);
        let declared = (content.len() as u32).to_le_bytes();
        let places: Vec<usize> = (0..honest.len() - 4).filter(|&at| honest[at..at + 4] == declared).collect();
        assert!(!places.is_empty());
        let mut false_size = honest.clone();
        for place in places {
            false_size[place..place + 4].copy_from_slice(&1000_u32.to_le_bytes());
        }
        let mut read = 0;
        let mut reader = open(&false_size).unwrap();
        let mut buffer = [0; 512];
        let failure = loop {
            match reader.read(&mut buffer) {
                Ok(0) => panic!("the false size went unnoticed"),
                Ok(count) => read += count,
                Err(error) => break error,
            }
        };
        assert!(read < 2 * 1000, "{read} bytes before {failure}");
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_an_error_or_harmless() {
        let content = br#"{"predictions": {"A1_ang_int1_ver1": [{"emotion": "ang", "salience": 100.0}]}}"#;
        let whole = archive_of(&[(JSON_NAME, content, DEFLATE)]);
        for cut in 0..whole.len() {
            assert!(unpack(&whole[..cut]).is_err(), "cut at {cut}");
        }
        for place in 0..whole.len() {
            for change in [1_u8, 0x80, 0xFF] {
                let mut changed = whole.clone();
                changed[place] ^= change;
                if let Ok(found) = unpack(&changed) {
                    assert_eq!(found, content, "byte {place}");
                }
            }
        }
    }
}
