//! A table of features.

#![no_main]

use blemore_features::FeatureTable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(table) = FeatureTable::parse(bytes) {
        assert_eq!(table.values().dim(), (table.len(), table.width()));
    }
});
