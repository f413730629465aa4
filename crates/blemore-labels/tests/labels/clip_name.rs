//! Clip names, which carry actor, label and take.

use blemore_labels::*;

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
    for name in
        ["a/b/A1_ang_int1_ver1.mp4", "..\\x\\A1_ang_int1_ver1", "/A1_ang_int1_ver1", "C:\\a/A1_ang_int1_ver1"]
    {
        assert_eq!(ClipName::parse(name).unwrap().as_str(), "A1_ang_int1_ver1", "{name}");
        assert!(ClipName::folder_of(name).is_some_and(|folder| name.starts_with(folder)), "{name}");
    }
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
