//! Frames of awkward files, against the decoders that the published code used.

use blemore_base::Blame;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use blemore_media::{
    Chroma, EncoderKind, Error, FrameOptions, Frames, Matrix, Preset, PresetName, Rotation, Thinning,
};
use serde::Deserialize;

use crate::support::{decode, ffmpeg, fixture, hashes};

/// What the reference decoders say about a file.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    video: Option<Video>,
    /// The number of samples at 16 kHz.
    pub(crate) sound: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct Video {
    container_frames: Option<u64>,
    frames: usize,
    shape_published: [usize; 3],
    shape_corrected: [usize; 3],
    times: Vec<f64>,
    published: Vec<String>,
    /// Where they differ from the published ones.
    corrected: Option<Vec<String>>,
    bilinear: Option<Vec<String>>,
}

pub(crate) fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&std::fs::read(fixture("media/expected.json")).unwrap()).unwrap()
}

fn options(name: PresetName) -> FrameOptions {
    Preset::of(EncoderKind::Clip, name).frame_options()
}

#[test]
fn frames_and_times_are_those_of_the_reference_in_both_presets() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let mut files = 0;
    for (name, expected) in expected() {
        let Some(video) = expected.video else { continue };
        files += 1;
        let path = fixture("media").join(&name);
        for preset in PresetName::ALL {
            let (frames, facts) = decode(&ffmpeg, &path, &options(preset)).unwrap();
            let is_published = preset == PresetName::Published;
            let corrected = video.corrected.as_ref().unwrap_or(&video.published);
            let hashes_expected = if is_published { &video.published } else { corrected };
            assert_eq!(&hashes(&frames), hashes_expected, "{name} {preset}");
            let [height, width, _] = if is_published { video.shape_published } else { video.shape_corrected };
            assert_eq!((facts.width, facts.height), (width, height), "{name} {preset}");
            assert_eq!((facts.decoded, facts.kept), (video.frames, video.frames), "{name}");
            assert_eq!(facts.container_frames, video.container_frames, "{name}");
            let times: Vec<f64> = frames.iter().filter_map(|frame| frame.time).collect();
            assert_eq!(times.len(), video.times.len(), "{name}");
            for (time, expected) in times.iter().zip(&video.times) {
                assert!((time - expected).abs() < 1e-6, "{name}: {time} {expected}");
            }
            // No number is missing or there twice.
            assert!(frames.iter().enumerate().all(|(index, frame)| frame.index == index), "{name}");
            assert_eq!((facts.first_time, facts.last_time), (times.first().copied(), times.last().copied()));
        }
    }
    assert_eq!(files, 16);
}

#[test]
fn pyav_and_decord_interpolate_colours_of_odd_sizes_bilinearly() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let path = fixture("media/odd_size_vp9.webm");
    let expected = expected().remove("odd_size_vp9.webm").unwrap().video.unwrap().bilinear.unwrap();
    for encoder in [EncoderKind::ImageBind, EncoderKind::VideoSwin] {
        let options = Preset::of(encoder, PresetName::Published).frame_options();
        assert_eq!(options.chroma, Chroma::Bilinear);
        let (frames, _) = decode(&ffmpeg, &path, &options).unwrap();
        assert_eq!(frames.len(), expected.len());
        // Later versions interpolate otherwise.
        if ffmpeg.version().starts_with("5.1") {
            assert_eq!(hashes(&frames), expected, "{encoder}");
        }
    }
}

#[test]
fn turns_and_colours_are_said_and_followed_or_ignored() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let notes = |name: &str, preset| {
        let (_, facts) = decode(&ffmpeg, &fixture("media").join(name), &options(preset)).unwrap();
        (facts.rotation, facts.matrix.clone(), facts.notes())
    };
    let (rotation, _, said) = notes("rotated_90.mp4", PresetName::Published);
    assert_eq!(rotation, 90.0);
    assert_eq!(said, ["it asks for a turn of 90 degrees, which is ignored"]);
    assert_eq!(notes("rotated_90.mp4", PresetName::Corrected), (90.0, None, vec![]));
    let (_, matrix, said) = notes("h264_bt709.mp4", PresetName::Published);
    assert_eq!(matrix.as_deref(), Some("bt709"));
    assert_eq!(said, ["its colours are bt709, and are read as BT.601"]);
    assert_eq!(notes("h264_bt709.mp4", PresetName::Corrected).2, [""; 0]);
    // ImageBind's decoder followed both.
    let imagebind = Preset::of(EncoderKind::ImageBind, PresetName::Published).frame_options();
    assert_eq!((imagebind.rotation, imagebind.matrix), (Rotation::Applied, Matrix::Tagged));
}

#[test]
fn fewer_frames_than_listed_and_irregular_times_are_said() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let facts =
        |name: &str| decode(&ffmpeg, &fixture("media").join(name), &FrameOptions::default()).unwrap().1;
    let cut = facts("edit_list_cut.mp4");
    assert_eq!(
        cut.notes(),
        ["29 frames decoded; the file lists 42", "frames are not at equal distances in time"]
    );
    assert!(facts("variable_rate.mp4").is_irregular);
    // Times in milliseconds are still regular.
    assert!(!facts("vp9_opus.webm").is_irregular && !facts("no_sound.mp4").is_irregular);
    let truncated = facts("truncated.mp4");
    assert_eq!(truncated.decoded, 15);
    let notes = truncated.notes().join("\n");
    assert!(
        notes.contains("15 frames decoded; the file lists 30") && notes.contains("partial file"),
        "{notes}"
    );
    assert_eq!((truncated.container_rate, truncated.container_seconds), (Some(25.0), Some(1.2)));
}

#[test]
fn frames_are_thinned_out_and_all_are_counted() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let path = fixture("media/h264_untagged.mp4");
    let indices = |thinning| {
        let options =
            FrameOptions { thinning, threads: NonZeroUsize::new(1), ..options(PresetName::Published) };
        let (frames, facts) = decode(&ffmpeg, &path, &options).unwrap();
        assert_eq!((facts.decoded, facts.kept), (30, frames.len()));
        let expected = expected().remove("h264_untagged.mp4").unwrap().video.unwrap().published;
        let kept: Vec<usize> = frames.iter().map(|frame| frame.index).collect();
        assert_eq!(hashes(&frames), kept.iter().map(|index| expected[*index].clone()).collect::<Vec<_>>());
        kept
    };
    assert_eq!(indices(Thinning::Every(NonZeroUsize::new(7).unwrap())), [0, 7, 14, 21, 28]);
    assert_eq!(indices(Thinning::Fps(5.0)), [0, 5, 10, 15, 20, 25]);
    assert_eq!(indices(Thinning::Fps(100.0)).len(), 30);
}

#[test]
fn a_reader_that_stops_early_leaves_nothing_behind() {
    let Some(ffmpeg) = ffmpeg() else { return };
    for _ in 0..3 {
        let mut frames =
            Frames::open(&ffmpeg, &fixture("media/h264_untagged.mp4"), &FrameOptions::default()).unwrap();
        assert!(frames.next().unwrap().is_ok());
    }
    let missing = Frames::open(&ffmpeg, &fixture("media/none.mp4"), &FrameOptions::default()).unwrap_err();
    assert!(matches!(missing, Error::Read { .. }) && missing.is_bad_input());
}
