//! Names of results and their folders; claims and writes.

use blemore_run::results::folder::{result_name, unique_name};
use blemore_run::results::{StoredResult, of_data, of_result};
use blemore_run::{Error, ResultsFolder};
use serde::{Deserialize, Serialize};

/// Letters of a name that a folder's name keeps, and digits of the hash behind it.
const KEPT: [usize; 2] = [80, 8];

#[test]
fn hashes_of_data_never_change() {
    let hash = of_data().numbers(&[2, 3]).text("A1_ang_int1_ver1").finish();
    assert_eq!(hash.short(), "c4ccc6ada8bbebae342d42b5");
}

#[test]
fn names_are_safe_and_distinct() {
    let key = of_result().finish();
    let name = result_name(&["Image Bind/../x", "MLP_512", "fold0"], &key);
    assert!(!name.contains('/') && name.ends_with(&key.short()), "{name}");
    assert!(!result_name(&[".."], &key).starts_with('.'));
    assert_eq!(unique_name("HuBERT-base_2.0"), "HuBERT-base_2.0");
    assert_ne!(unique_name("my set"), unique_name("my:set"));
    assert!(unique_name("my set").starts_with("my-set-"));
    assert_eq!(unique_name(&"é".repeat(300)).len(), KEPT[0] + 1 + KEPT[1]);
}

#[test]
fn a_claim_is_exclusive_until_it_ends() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = ResultsFolder::create(temporary.path()).unwrap();
    let claim = folder.try_claim("cell").unwrap();
    assert!(claim.is_some());
    assert!(folder.try_claim("cell").unwrap().is_none());
    assert!(folder.try_claim("other").unwrap().is_some());
    drop(claim);
    drop(folder.claim("cell").unwrap());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Numbered {
    number: i32,
}

impl StoredResult for Numbered {
    fn name(&self) -> &str {
        "cell"
    }
}

#[test]
fn the_first_of_two_writers_wins_and_a_failed_one_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = ResultsFolder::create(temporary.path()).unwrap();
    let failed =
        folder.write(&Numbered { number: 1 }, None, |_| Err(Error::NoClassToLearn { kind: "blend" }));
    assert!(failed.is_err());
    assert_eq!(folder.read::<Numbered>("cell").unwrap(), None);
    for number in [1, 2] {
        folder.write(&Numbered { number }, None, |_| Ok::<_, Error>(())).unwrap();
    }
    assert_eq!(folder.read::<Numbered>("cell").unwrap(), Some(Numbered { number: 1 }));
    assert_eq!(folder.names().unwrap(), ["cell"]);
}
