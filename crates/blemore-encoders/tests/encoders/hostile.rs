//! Files that lie, that are something else, or that were changed on their way: always an error, and soon.

use blemore_base::Blame;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use blemore_encoders::{Clip, ClipConfig, Error, Placement, WeightFile};
use proptest::prelude::*;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::scene::fixture;

/// Writes an archive as torch.save does.
fn archive(path: &Path, members: &[(&str, &[u8])], method: CompressionMethod) {
    let mut zip = ZipArchiveWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in members {
        let (mut entry, config) =
            zip.new_file(format!("made/{name}")).compression_method(method).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(bytes).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    zip.finish().unwrap();
}

/// A pickle under construction.
#[derive(Default)]
struct Pickle(Vec<u8>);

impl Pickle {
    fn new() -> Self {
        Self(vec![0x80, 2])
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.raw(b"X").raw(&(text.len() as u32).to_le_bytes()).raw(text.as_bytes())
    }

    fn int(self, value: i64) -> Self {
        self.raw(&[0x8a, 8]).raw(&value.to_le_bytes())
    }

    fn ints(self, values: &[i64]) -> Self {
        values.iter().fold(self.raw(b"("), |pickle, value| pickle.int(*value)).raw(b"t")
    }

    /// A tensor of storage `0` with so many f32.
    fn tensor(self, count: i64, first: i64, shape: &[i64], strides: &[i64]) -> Self {
        let storage =
            self.raw(b"ctorch._utils\n_rebuild_tensor_v2\n((").text("storage").raw(b"ctorch\nFloatStorage\n");
        let storage = storage.text("0").text("cpu").int(count).raw(b"tQ");
        storage.int(first).ints(shape).ints(strides).raw(b"\x89}tR")
    }

    fn open(self, folder: &Path, storage: &[u8]) -> Result<WeightFile, Error> {
        let path = folder.join("made.pt");
        archive(&path, &[("data.pkl", &self.raw(b".").0), ("data/0", storage)], CompressionMethod::STORE);
        WeightFile::open(path)
    }
}

#[track_caller]
fn assert_refused(result: Result<WeightFile, Error>, told: &str) {
    let error = result.unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains(told), "`{told}` is not in: {error}");
}

fn written(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("written");
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_made_up_archive_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let pickle = Pickle::new().raw(b"}").text("a").tensor(2, 0, &[2], &[1]).raw(b"s");
    let mut file = pickle.open(folder.path(), &[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).unwrap();
    assert_eq!(file.read("a").unwrap(), [1.0, -2.0]);
}

#[test]
fn files_of_another_kind_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, told) in [
        (&b""[..], "empty"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "pointer of Git LFS"),
        (b"{\n  \"metadata\": {\"total_size\": 4}}", "JSON file"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"\x80\x04\x95\x10\x00\x00\x00\x00", "plain pickle"),
        (b"GGUF\x03\x00\x00\x00", "no checkpoint"),
        (b"PK\x03\x04 and then nothing", "zip archive"),
    ] {
        assert_refused(WeightFile::open(written(folder.path(), bytes)), told);
    }
    assert_refused(WeightFile::open(folder.path()), "cannot be read");
    assert_refused(WeightFile::open(folder.path().join("none")), "cannot be read");
}

#[test]
fn safetensors_headers_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |length: u64, header: &str, data: usize| {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        WeightFile::open(written(folder.path(), &bytes))
    };
    let whole = |header: &str, data| file(header.len() as u64, header, data);
    assert_refused(file(u64::MAX, "{\"a\":{}}", 0), "not complete");
    assert_refused(file(1 << 40, "{\"a\":{}}", 0), "not complete");
    let header = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    assert!(whole(header, 8).is_ok());
    assert_refused(whole(header, 7), "not complete");
    assert_refused(whole(header, 9), "copy it again");
    for header in [
        r#"{"a":{"dtype":"F32","shape":[9000000000000000000,4],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2]"#,
        &format!("{{\"a\":{}", "[".repeat(100_000)),
    ] {
        assert_refused(whole(header, 8), "header cannot be used");
    }
    assert_refused(whole("{}", 0), "no tensor");
}

#[test]
fn packed_members_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.pt");
    archive(&path, &[("data.pkl", b"\x80\x02}.")], CompressionMethod::DEFLATE);
    assert_refused(WeightFile::open(&path), "packed");
    archive(&path, &[("data.pkl", b"\x80\x02}."), ("data.pkl", b"\x80\x02}.")], CompressionMethod::STORE);
    assert_refused(WeightFile::open(&path), "there twice");
    archive(&path, &[("code/model.py", b"")], CompressionMethod::STORE);
    assert_refused(WeightFile::open(&path), "torch.save did not make it");
    archive(&path, &[("data.pkl", b"\x80\x02}."), ("byteorder", b"big")], CompressionMethod::STORE);
    assert_refused(WeightFile::open(&path), "big-endian");
}

#[test]
fn tensors_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let of = |count, first, shape: &[i64], strides: &[i64]| {
        let pickle = Pickle::new().raw(b"}").text("a").tensor(count, first, shape, strides).raw(b"s");
        pickle.open(folder.path(), &[0; 8])
    };
    assert_refused(of(2, 0, &[3], &[1]), "does not fit into its storage of 2 values");
    assert_refused(of(2, 1, &[2], &[1]), "does not fit");
    assert_refused(of(2, i64::MAX, &[2], &[1]), "does not fit");
    assert_refused(of(2, 0, &[i64::MAX, i64::MAX], &[i64::MAX, i64::MAX]), "does not fit");
    // The same value, a million million times.
    assert_refused(of(2, 0, &[1_000_000, 1_000_000], &[0, 0]), "does not fit");
    assert_refused(of(1 << 40, 0, &[2], &[1]), "should have 4398046511104 bytes, the file has 8");
    assert_refused(of(i64::MAX, 0, &[2], &[1]), "bytes, the file has 8");
    assert_refused(of(2, -1, &[2], &[1]), "negative");
    assert_refused(of(2, 0, &[2], &[]), "as many strides");
    assert_refused(of(2, 0, &[1; 17], &[1; 17]), "short tuple");
}

#[test]
fn pickles_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (pickle, told) in [
        // Lengths far beyond the file.
        (&b"X\xff\xff\xff\xff"[..], "ends too early"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "ends too early"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f", "ends too early"),
        (b"\x8b\xff\xff\xff\xff", "ends too early"),
        // Values that are not there.
        (b"s", "too few values"),
        (b"((s", "too few values"),
        (b"\x87", "too few values"),
        (b"t", "no mark"),
        (b"h\x07", "never kept"),
        (b"q\x00", "too few values"),
        (b"NNR", "no tuple"),
        (b"N(NNu", "no dictionary"),
        (b"}(Nu", "a key has no value"),
        (b"NNa", "no list"),
        (b"NQ", "no tuple"),
        (b"N)\x81", "no class"),
        (b"ctorch._utils\n_rebuild_tensor_v2\n)R", "lacks storage"),
        (b"ctorch._utils\n_rebuild_parameter\n)R", "no tensor"),
        (b"\xff", "no instruction"),
        (b"pnone\n", "a number is none"),
    ] {
        assert_refused(Pickle::new().raw(pickle).open(folder.path(), &[]), told);
    }
    // Functions are named and never called.
    let harmless = Pickle::new().raw(b"cos\nsystem\n(").text("exit 1").raw(b"tR");
    assert_refused(harmless.open(folder.path(), &[]), "no tensor");
}

#[test]
fn bombs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    // Millions of values.
    assert_refused(Pickle::new().raw(&vec![b']'; 5_000_000]).open(folder.path(), &[]), "larger than");
    // A list of itself, and lists in lists without end.
    assert_refused(Pickle::new().raw(b"]q\x00h\x00a").open(folder.path(), &[]), "no tensor");
    assert_refused(Pickle::new().raw(&b"](".repeat(1_000_000)).open(folder.path(), &[]), "too few values");
    // Dictionaries that name the next one many times: 200^5 paths.
    let mut pickle = Pickle::new().raw(b"}");
    pickle = pickle.text("x").tensor(1, 0, &[1], &[1]).raw(b"sq\x00");
    for level in 1..6_u8 {
        pickle = pickle.raw(b"0}(");
        for key in 0..200 {
            pickle = pickle.int(key).raw(&[b'h', level - 1]);
        }
        pickle = pickle.raw(b"uq").raw(&[level]);
    }
    assert_refused(pickle.open(folder.path(), &[0; 4]), "dictionary would take");
    // A dictionary inside itself.
    let own = Pickle::new().raw(b"}q\x00").text("x").raw(b"h\x00s");
    assert_refused(own.open(folder.path(), &[]), "no tensor");
    // One name of megabytes in a million places.
    let mut pickle =
        Pickle::new().raw(b"}(").text(&"n".repeat(4_000_000)).raw(b"q\x00").tensor(1, 0, &[1], &[1]);
    for _ in 0..1_000 {
        pickle = pickle.raw(b"h\x00}");
    }
    assert_refused(pickle.raw(b"u").open(folder.path(), &[0; 4]), "no tensor");
}

#[test]
fn a_network_of_repeated_bytes_is_refused() {
    // Two million values of attention in each of sixteen blocks, all from the same 8 MB.
    let folder = tempfile::tempdir().unwrap();
    let width = 1_024;
    let mut pickle = Pickle::new().raw(b"}(");
    let count = 2 * width * width;
    let mut add = |name: &str, shape: &[i64]| {
        let mut strides = vec![1; shape.len()];
        for dimension in (1..shape.len()).rev() {
            strides[dimension - 1] = strides[dimension] * shape[dimension];
        }
        pickle = std::mem::take(&mut pickle).text(name).tensor(count, 0, shape, &strides);
    };
    add("vision_model.pre_layrnorm.weight", &[width]);
    add("vision_model.pre_layrnorm.bias", &[width]);
    add("vision_model.post_layernorm.weight", &[width]);
    add("vision_model.post_layernorm.bias", &[width]);
    add("vision_model.embeddings.class_embedding", &[width]);
    add("vision_model.embeddings.patch_embedding.weight", &[width, 3, 8, 8]);
    add("vision_model.embeddings.position_embedding.weight", &[2, width]);
    add("visual_projection.weight", &[64, width]);
    for layer in 0..16 {
        let name = format!("vision_model.encoder.layers.{layer}");
        for norm in ["layer_norm1", "layer_norm2"] {
            add(&format!("{name}.{norm}.weight"), &[width]);
            add(&format!("{name}.{norm}.bias"), &[width]);
        }
        for (map, shape) in [
            ("self_attn.q_proj", [width, width]),
            ("self_attn.k_proj", [width, width]),
            ("self_attn.v_proj", [width, width]),
            ("self_attn.out_proj", [width, width]),
            ("mlp.fc1", [2 * width, width]),
            ("mlp.fc2", [width, 2 * width]),
        ] {
            add(&format!("{name}.{map}.weight"), &shape);
            add(&format!("{name}.{map}.bias"), &shape[..1]);
        }
    }
    let mut file = pickle.raw(b"u").open(folder.path(), &vec![0; 4 * count as usize]).unwrap();
    let error = Clip::load(&ClipConfig::VIT_B_32, &mut file, Placement::default()).unwrap_err();
    assert!(matches!(error, Error::Sizes { .. }) && error.to_string().contains("share"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a file, it is read or refused.
    #[test]
    fn changed_files_never_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let names = ["pickle/zip.pt", "pickle/legacy.pt", "pickle/unknown_classes_zip.pt", "clip/model.safetensors"];
        let mut bytes = fs::read(fixture(names[which])).unwrap();
        // The tables of contents: the values may be anything.
        let table = bytes.len().min(9_000);
        for (place, value) in changes {
            bytes[place.index(table)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        if let Ok(mut file) = WeightFile::open(written(folder.path(), &bytes)) {
            let names: Vec<String> = file.names().map(str::to_owned).collect();
            for name in names {
                let _ = file.read(&name);
            }
        }
    }
}
