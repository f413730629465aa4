//! Zip archives as people and others make them.

use std::io::Write;

use blemore_eval::Predictions;
use miniz_oxide::deflate::compress_to_vec;
use rawzip::{CompressionMethod, ZipArchiveWriter};

const STORE: CompressionMethod = CompressionMethod::STORE;
const DEFLATE: CompressionMethod = CompressionMethod::DEFLATE;
const JSON: &[u8] = br#"{"predictions": {"A1_ang_int1_ver1": [{"emotion": "ang", "salience": 100.0}]}}"#;

fn archive_of(files: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, content, method) in files {
        let (mut entry, config) = archive.new_file(*name).compression_method(*method).start().unwrap();
        let mut unpacked = config.wrap(Vec::new());
        unpacked.write_all(content).unwrap();
        let (unpacked, descriptor) = unpacked.finish().unwrap();
        let packed = if *method == DEFLATE { compress_to_vec(&unpacked, 9) } else { unpacked };
        entry.write_all(&packed).unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

/// The number of predictions in an archive.
fn read(archive: &[u8]) -> Result<usize, String> {
    Predictions::parse(archive).map(|predictions| predictions.len()).map_err(|error| error.to_string())
}

#[test]
fn stored_and_deflated_files_are_read() {
    let long = [JSON, &vec![b' '; 1_200_000]].concat();
    for content in [JSON, &long] {
        for method in [STORE, DEFLATE] {
            assert_eq!(read(&archive_of(&[("a.json", content, method)])), Ok(1));
        }
    }
    for method in [STORE, DEFLATE] {
        assert!(read(&archive_of(&[("a.json", b"", method)])).unwrap_err().contains("predictions are JSON"));
    }
}

#[test]
fn the_challenges_name_goes_before_others_in_any_folder() {
    let found = read(&archive_of(&[
        ("notes.json", b"notes", STORE),
        ("__MACOSX/._submission_template.json", b"resource fork", STORE),
        ("team/submission_template.json", JSON, STORE),
        ("README.md", b"text", STORE),
    ]));
    assert_eq!(found, Ok(1));
    let only = archive_of(&[("a.txt", b"text", STORE), ("b\\predictions.json", JSON, STORE)]);
    assert_eq!(read(&only), Ok(1));
}

#[test]
fn none_and_several_are_refused() {
    let none = read(&archive_of(&[("a.txt", b"", STORE), ("._b.json", b"", STORE)])).unwrap_err();
    assert!(none.contains("no JSON file") && none.contains("submission_template.json"), "{none}");
    let several = read(&archive_of(&[("a.json", b"", STORE), ("b.json", b"", STORE)])).unwrap_err();
    assert!(several.contains("2 files") && several.contains("a.json, b.json"), "{several}");
    assert!(read(&archive_of(&[])).is_err());
}

#[test]
fn other_methods_and_too_much_are_refused() {
    let unknown = read(&archive_of(&[("a.json", JSON, CompressionMethod::ZSTD)])).unwrap_err();
    assert!(unknown.contains("method 93"), "{unknown}");
    let bomb = archive_of(&[("a.json", &vec![b' '; (256 << 20) + 1], DEFLATE)]);
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let refusal = read(&bomb).unwrap_err();
    assert!(refusal.contains("256 MiB"), "{refusal}");
    let large = [b"PK".as_slice(), &vec![0; 64 << 20]].concat();
    assert!(read(&large).unwrap_err().contains("64 MiB"));
}

/// A bomb that says it were small: the declared size is where reading stops, before the damage behind it.
#[test]
fn a_false_size_is_found_before_the_rest_is_unpacked() {
    let numbers: Vec<u8> = (0..300_000_u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
    let honest = archive_of(&[("a.json", &numbers, DEFLATE)]);
    assert!(read(&honest).unwrap_err().contains("UTF-8") || read(&honest).unwrap_err().contains("binary"));
    let mut damaged = honest.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 1000].fill(0xFF);
    assert!(read(&damaged).unwrap_err().contains("its data cannot be unpacked"), "{:?}", read(&damaged));
    let declared = (numbers.len() as u32).to_le_bytes();
    let places: Vec<usize> = (0..honest.len() - 4).filter(|&at| honest[at..at + 4] == declared).collect();
    assert!(!places.is_empty());
    for place in places {
        damaged[place..place + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    assert!(read(&damaged).unwrap_err().contains("it unpacks to more than it says"), "{:?}", read(&damaged));
}

#[test]
fn every_changed_byte_is_an_error_or_harmless() {
    let whole = archive_of(&[("submission_template.json", JSON, DEFLATE)]);
    let expected = Predictions::parse(JSON).unwrap();
    for place in 0..whole.len() {
        for change in [1_u8, 0x80, 0xFF] {
            let mut changed = whole.clone();
            changed[place] ^= change;
            if let Ok(found) = Predictions::parse(&changed) {
                assert_eq!(found, expected, "byte {place}");
            }
        }
    }
}
