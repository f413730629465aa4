//! Content hashes: SHA-256 of parts, of bytes, of what a reader gives.

use blemore_hash::*;

#[test]
fn hashes_are_those_of_the_standard() {
    let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(Hash::of_bytes(b"abc").to_string(), of_abc);
    assert_eq!(Hash::of_reader(&b"abc"[..]).unwrap(), Hash::of_bytes(b"abc"));
    assert_eq!(serde_json::to_string(&Hash::of_bytes(b"abc")).unwrap(), format!("\"{of_abc}\""));
    assert_eq!(serde_json::from_str::<Hash>(&format!("\"{of_abc}\"")).unwrap(), Hash::of_bytes(b"abc"));
}

#[test]
fn what_is_no_hash_is_refused() {
    for text in ["", "ba", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
        assert_eq!(text.parse::<Hash>(), Err(NoHash), "{text}");
    }
}

#[test]
fn parts_do_not_run_into_each_other() {
    let hash = |parts: &[&str]| parts.iter().fold(Hasher::new(""), |hasher, part| hasher.text(part)).finish();
    assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
    assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
}

#[test]
fn folds_from_0_are_as_other_numbers() {
    let folds = |folds: &[i64]| Hasher::new("").folds(folds).finish();
    assert_eq!(folds(&[0, 4, 1]), Hasher::new("").numbers(&[0, 4, 1]).finish());
    assert_ne!(folds(&[0, 4, 1]), folds(&[0, 4, -1]));
}
