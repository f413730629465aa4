//! Values of checkpoint files of every kind.

use blemore_base::Blame;
use std::collections::BTreeMap;

use blemore_encoders::WeightFile;
use serde::Deserialize;

use crate::scene::{array, fixture, json};

/// Bits of values: not-a-number is equal to itself.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }).collect()
}

fn assert_tensor(weights: &mut WeightFile, name: &str, expected: &str) {
    let (shape, values) = array(expected);
    let found = weights.shape(name).unwrap_or_else(|| panic!("{name} is not there"));
    assert_eq!(found.iter().map(|size| *size as i64).collect::<Vec<_>>(), shape, "{name}");
    assert_eq!(bits(&weights.read(name).unwrap()), bits(&values), "{name}");
}

#[derive(Deserialize)]
struct Entry {}

#[test]
fn every_kind_of_tensor_has_its_values() {
    for container in ["zip", "legacy"] {
        let mut weights = WeightFile::open(fixture(&format!("pickle/{container}.pt"))).unwrap();
        let entries: BTreeMap<String, Entry> = json(&format!("pickle/{container}.json"));
        assert!(!entries.is_empty());
        for name in entries.keys() {
            assert_tensor(
                &mut weights,
                &format!("state.module.{name}"),
                &format!("pickle/{container}_{name}.npy"),
            );
        }
        assert_eq!(weights.names().count(), entries.len(), "{container}");
    }
}

#[test]
fn every_protocol_is_read() {
    for protocol in 2..=5 {
        let mut weights = WeightFile::open(fixture(&format!("pickle/protocol_{protocol}.pt"))).unwrap();
        assert_tensor(&mut weights, "a", "pickle/unknown_classes_a.npy");
        assert_tensor(&mut weights, "nested.b", "pickle/unknown_classes_b.npy");
    }
}

#[test]
fn unknown_classes_are_stepped_over() {
    for container in ["zip", "legacy"] {
        let mut weights =
            WeightFile::open(fixture(&format!("pickle/unknown_classes_{container}.pt"))).unwrap();
        assert_eq!(weights.names().collect::<Vec<_>>(), ["model.a", "model.b"]);
        assert_tensor(&mut weights, "model.a", "pickle/unknown_classes_a.npy");
        assert_tensor(&mut weights, "model.b", "pickle/unknown_classes_b.npy");
    }
}

#[test]
fn damaged_files_are_refused() {
    let open = |name: &str| WeightFile::open(fixture(name));
    for (name, told) in [("pickle/damaged_cut.pt", "zip"), ("pickle/damaged_legacy_cut.pt", "not complete")] {
        let error = open(name).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains(told), "{error}");
    }
    let mut flipped = open("pickle/damaged_bit.pt").unwrap();
    let error = flipped.read("state.module.plain").unwrap_err().to_string();
    assert!(error.contains("state.module.plain") && error.contains("checksum"), "{error}");
}

#[test]
fn the_same_values_come_from_every_container() {
    let mut safetensors = WeightFile::open(fixture("clip/model.safetensors")).unwrap();
    let mut pickle = WeightFile::open(fixture("clip/pytorch_model.bin")).unwrap();
    let names: Vec<String> = safetensors.names().map(str::to_owned).collect();
    assert_eq!(names.len(), 78);
    for name in names {
        assert_eq!(safetensors.shape(&name), pickle.shape(&name));
        assert_eq!(safetensors.read(&name).unwrap(), pickle.read(&name).unwrap(), "{name}");
    }
}
