//! Checkpoints: our own, and those of PyTorch and safetensors.

use std::io::Write;
use std::path::Path;

use blemore_encoders::WeightFile;
use blemore_eval::Thresholds;
use blemore_features::Standardizer;
use blemore_hash::{seal, unseal};
use blemore_models::{Architecture, Checkpoint, Model, RandomSource, Recipe};
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::Value;

use crate::scratch;

/// The features of the checkpoint that descriptions are put into.
const WIDTH: usize = 2;
/// The values that a pickle can name.
const STORAGE: [u8; 64] = [0x3f; 64];

/// A checkpoint, or the description of one, which is then put into a whole file with hashes that are right.
pub fn checkpoint(bytes: &[u8]) -> bool {
    let described =
        std::str::from_utf8(bytes).ok().filter(|text| text.starts_with('{')).map(with_description);
    let file = described.as_deref().unwrap_or(bytes);
    scratch::with_file(file, |path| Checkpoint::read(path).is_ok_and(|found| is_usable(&found)))
}

fn is_usable(checkpoint: &Checkpoint) -> bool {
    assert_eq!(checkpoint.standardizer().width(), checkpoint.model().width());
    true
}

/// The bytes of a small checkpoint with another description.
fn with_description(description: &str) -> Vec<u8> {
    let whole = small_checkpoint();
    let (length, rest) = whole.split_at(8);
    let (header, arrays) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let own = &mut header["__metadata__"]["blemore"];
    let sealed: Value = serde_json::from_str(&unseal(own.as_str().unwrap()).unwrap()).unwrap();
    let hashes = &sealed["arrays"];
    *own = seal(&format!("{{\"description\":{description},\"arrays\":{hashes}}}")).into();
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), arrays].concat()
}

fn small_checkpoint() -> Vec<u8> {
    let model = Model::untrained(&Architecture::linear(), WIDTH, &mut RandomSource::reference(42));
    let standardizer = Standardizer::new(vec![0.0; WIDTH], vec![1.0; WIDTH]).unwrap();
    let thresholds = Thresholds { alpha: 0.25, beta: 0.125 };
    let checkpoint = Checkpoint::new(model, Recipe::default(), standardizer, thresholds, "made up").unwrap();
    let folder = scratch::folder();
    let path = folder.path().join("file");
    checkpoint.write(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// A file of weights in any container: each tensor has as many values as its shape says.
pub fn weight_file(bytes: &[u8]) -> bool {
    scratch::with_file(bytes, read_all)
}

/// The pickle of a file of weights, in an archive that is whole.
pub fn pickle(bytes: &[u8]) -> bool {
    let mut file = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut file);
    for (name, content) in [("made/data.pkl", bytes), ("made/data/0", &STORAGE)] {
        let (mut entry, config) =
            archive.new_file(name).compression_method(CompressionMethod::STORE).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    weight_file(&file)
}

fn read_all(path: &Path) -> bool {
    let Ok(mut file) = WeightFile::open(path) else { return false };
    let names: Vec<String> = file.names().map(str::to_owned).collect();
    for name in &names {
        let values: usize = file.shape(name).unwrap().iter().product();
        if let Ok(read) = file.read(name) {
            assert_eq!(read.len(), values, "{name}");
        }
    }
    !names.is_empty()
}
