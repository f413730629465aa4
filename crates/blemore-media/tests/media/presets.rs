//! Presets as data, and the page of the documentation that shows them.

use blemore_media::{EncoderKind, PresetName};

#[test]
fn names_are_read_back_and_unknown_ones_refused() {
    for encoder in EncoderKind::ALL {
        assert_eq!(encoder.name().parse::<EncoderKind>().unwrap(), encoder);
        assert!(encoder.sees() || encoder.hears());
    }
    for name in PresetName::ALL {
        assert_eq!(name.to_string().parse::<PresetName>().unwrap(), name);
    }
    let error = "openface".parse::<EncoderKind>().unwrap_err().to_string();
    assert!(error.starts_with("\"openface\" is no encoder; known are clip, imagebind,"), "{error}");
    assert!("Published".parse::<PresetName>().is_err());
}
