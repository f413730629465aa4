//! Clip names, which carry actor, label and take.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use blemore_labels::*;

/// Letters of a name that is taken for one.
const LONGEST: usize = 255;

#[test]
fn names_of_every_label_parse_to_it() {
    for label in Label::all() {
        let name = match label {
            Label::Single(emotion) => format!("A7_{emotion}_int4_ver12"),
            Label::Blend(blend) => {
                let (first, second) = blend.ratio().percentages();
                format!("A7_mix_{}_{}_{first}_{second}_ver12", blend.first(), blend.second())
            }
        };
        let clip = ClipName::parse(&name).unwrap();
        assert_eq!((clip.label(), clip.actor(), clip.version()), (Some(label), Some("A7"), Some(12)));
    }
}

#[test]
fn folders_go() {
    for (folder, name) in [
        ("a/b/", "a/b/A1_ang_int1_ver1.mp4"),
        ("..\\x\\", "..\\x\\A1_ang_int1_ver1"),
        ("/", "/A1_ang_int1_ver1"),
        ("C:\\a/", "C:\\a/A1_ang_int1_ver1"),
    ] {
        assert_eq!(ClipName::parse(name).unwrap().as_str(), "A1_ang_int1_ver1", "{name}");
        assert_eq!(ClipName::folder_of(name), Some(folder));
    }
    assert_eq!(ClipName::folder_of("A1_ang_int1_ver1"), None);
    assert!(ClipName::parse("A1_ang_int1_ver1/").is_err());
}

#[test]
fn extensions_go_and_other_dots_are_an_error() {
    assert_eq!(ClipName::parse("A1_ang_int1_ver1.MP4").unwrap().as_str(), "A1_ang_int1_ver1");
    assert!(ClipName::parse("A1_ang_int1_ver1.txt").is_err());
}

#[test]
fn broken_names_say_which_part_is_wrong() {
    for (name, part) in [
        ("", "number of parts"),
        ("A1_joy_int1_ver1", "joy"),
        ("A1_ang_int0_ver1", "int0"),
        ("A1_ang_sit5_ver1", "sit5"),
        ("A1_ang_foo_ver1", "foo"),
        ("A1_ang_int1_v1", "v1"),
        ("A1_ang_int+1_ver1", "int+1"),
        ("A1_ang_int1_ver0", "ver0"),
        ("_ang_int1_ver1", "actor"),
        ("A1_mix_ang_hap_60_40_ver1", "60/40"),
        ("A1_mix_ang_neu_50_50_ver1", "neutral"),
        ("A1_mix_ang_ang_50_50_ver1", "twice"),
        ("A1_mix_ang_hap_ver1", "a blend needs"),
        ("test_", "number of parts"),
        (&"_".repeat(100_000), "100000 letters"),
    ] {
        let message = ClipName::parse(name).unwrap_err().to_string();
        assert!(message.contains(part) && message.len() < 500, "{name}: {message}");
    }
}

/// Names are keys of maps, and stand in the order of their texts.
#[test]
fn a_name_is_equal_ordered_and_hashed_as_its_text() {
    let clip = |text: &str| ClipName::parse(text).unwrap();
    let texts = ["A10_ang_int1_ver1", "A1_ang_int1_ver1", "A1_ang_int1_ver2", "test_0001"];
    for (place, one) in texts.into_iter().enumerate() {
        for (other_place, other) in texts.into_iter().enumerate() {
            assert_eq!(clip(one) == clip(other), place == other_place, "{one} {other}");
            assert_eq!(clip(one).partial_cmp(&clip(other)), Some(one.cmp(other)));
            assert_eq!(clip(one).cmp(&clip(other)), one.cmp(other));
        }
        let shared: Arc<str> = (&clip(one)).into();
        assert_eq!(&*shared, one);
    }
    let hash = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(&|hasher| clip(texts[0]).hash(hasher)), hash(&|hasher| texts[0].hash(hasher)));
    let numbers: HashMap<ClipName, usize> = texts.into_iter().map(clip).zip(0..).collect();
    assert_eq!((numbers.len(), numbers.get("A1_ang_int1_ver2")), (4, Some(&2)));
    assert_eq!(numbers.get("A1_ang_int1_ver3"), None);
}

#[test]
fn the_longest_name_is_read_and_a_longer_one_is_not() {
    let version = |digits: usize| format!("A1_ang_int1_ver{}1", "0".repeat(digits));
    let named = |length: usize| ClipName::parse(&version(length - version(0).len()));
    assert_eq!(named(LONGEST).unwrap().version(), Some(1));
    assert!(named(LONGEST + 1).unwrap_err().to_string().contains("letters long"));
}
