//! What users of such tools complain about: each with a file that has the fault.

use blemore_base::Blame;
use std::fs;
use std::path::Path;
use std::time::Duration;

use blemore_media::{Error, Ffmpeg, FrameOptions, Frames, Sound, SoundOptions};

use crate::support::{decode, ffmpeg, fixture, made};

fn picture_error(ffmpeg: &Ffmpeg, file: &Path) -> Error {
    decode(ffmpeg, file, &FrameOptions::default()).map(|(frames, _)| frames.len()).unwrap_err()
}

fn sound_error(ffmpeg: &Ffmpeg, file: &Path) -> Error {
    Sound::read(ffmpeg, file, &SoundOptions::default()).map(|sound| sound.samples.len()).unwrap_err()
}

#[test]
fn a_file_that_is_no_media_is_one_error() {
    let Some(ffmpeg) = ffmpeg() else { return };
    for name in ["text.mp4", "zero_bytes.mp4", "truncated_no_index.mp4"] {
        let file = fixture("media").join(name);
        for error in [picture_error(&ffmpeg, &file), sound_error(&ffmpeg, &file)] {
            assert!(matches!(&error, Error::NotMedia { .. }) && error.is_bad_input(), "{name}: {error}");
            assert!(error.to_string().contains(name) && !error.to_string().contains('\n'), "{error}");
        }
    }
    let folder = fixture("media");
    let error = Frames::open(&ffmpeg, &folder, &FrameOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Read { .. }) && error.is_bad_input(), "{error}");
}

#[test]
fn a_file_without_sound_or_picture_says_so() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let error = sound_error(&ffmpeg, &fixture("media/no_sound.mp4"));
    assert!(error.to_string().ends_with("no_sound.mp4: it has no sound"), "{error}");
    for name in ["sound_only.m4a", "sound_only_16k.wav"] {
        let error = picture_error(&ffmpeg, &fixture("media").join(name));
        assert!(error.to_string().ends_with(&format!("{name}: it has no picture")), "{error}");
    }
}

#[test]
fn the_cover_of_a_sound_file_is_no_video() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (cover, file) = (folder.path().join("cover.png"), folder.path().join("cover.m4a"));
    made(&ffmpeg, &cover, "-f lavfi -i color=red:s=32x32 -frames:v 1");
    let sound = fixture("media/sound_only.m4a");
    let copy = "-map 0:a -map 1:v -c copy -disposition:v:0 attached_pic";
    made(&ffmpeg, &file, &format!("-i {} -i {} {copy}", sound.display(), cover.display()));
    assert!(matches!(picture_error(&ffmpeg, &file), Error::NoPicture { .. }));
    assert!(Sound::read(&ffmpeg, &file, &SoundOptions::default()).is_ok());
}

#[test]
fn a_stream_without_frames_is_an_error() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    // A header alone.
    let whole = folder.path().join("whole.avi");
    made(&ffmpeg, &whole, "-f lavfi -i testsrc=d=1:s=32x32 -c:v mpeg4");
    let bytes = fs::read(&whole).unwrap();
    let place = bytes.windows(4).position(|bytes| bytes == b"movi").unwrap();
    let header = folder.path().join("header.avi");
    fs::write(&header, &bytes[..place + 4]).unwrap();
    let error = picture_error(&ffmpeg, &header);
    assert!(
        matches!(&error, Error::Empty { .. } | Error::NotMedia { .. }) && error.is_bad_input(),
        "{error}"
    );
}

#[test]
fn any_damage_ends_in_frames_or_in_one_error() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("media/h264_untagged.mp4")).unwrap();
    let mut random = 1_u32;
    for round in 0..12 {
        let mut bytes = whole.clone();
        for _ in 0..20 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = random as usize % bytes.len();
            bytes[place] ^= (random >> 24) as u8;
        }
        let file = folder.path().join(format!("damaged_{round}.mp4"));
        fs::write(&file, bytes).unwrap();
        match decode(&ffmpeg, &file, &FrameOptions::default()) {
            Ok((frames, facts)) => assert_eq!(frames.len(), facts.decoded),
            Err(error) => assert!(error.is_bad_input(), "{error}"),
        }
        // Sound alike, without a panic.
        let _ = Sound::read(&ffmpeg, &file, &SoundOptions::default());
    }
}

#[test]
fn frames_that_change_their_size_are_scaled_to_the_first_and_it_is_said() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    for size in ["64x48", "96x64"] {
        let part = folder.path().join(format!("{size}.m1v"));
        made(
            &ffmpeg,
            &part,
            &format!("-f lavfi -i testsrc=d=0.4:s={size}:r=25 -c:v mpeg1video -f mpeg1video"),
        );
        bytes.extend(fs::read(&part).unwrap());
    }
    let file = folder.path().join("both.m1v");
    fs::write(&file, bytes).unwrap();
    let (frames, facts) = decode(&ffmpeg, &file, &FrameOptions::default()).unwrap();
    assert!(frames.iter().all(|frame| (frame.picture.width(), frame.picture.height()) == (64, 48)));
    assert!(facts.changes_size && frames.len() > 15, "{facts:?}");
    assert!(facts.notes().iter().any(|note| note.contains("scaled to 64 x 48")), "{:?}", facts.notes());
}

#[test]
fn frames_that_would_take_too_much_memory_are_refused() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("huge.mov");
    made(&ffmpeg, &file, "-f lavfi -i color=black:s=16000x4400:r=1:d=1 -frames:v 1 -pix_fmt gray -c:v png");
    let error = picture_error(&ffmpeg, &file);
    assert!(matches!(error, Error::TooLarge { width: 16_000, height: 4_400, .. }), "{error}");
}

#[test]
fn names_are_names_and_no_options_or_addresses() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["-y.mp4", "with blank.mp4", "http:x.mp4", "concat:a|b.mp4", "p%03d.mp4", "é 表情.mp4", "a'b\".mp4"]
    {
        if cfg!(windows) && name.contains([':', '|', '"']) {
            continue;
        }
        let file = folder.path().join(name);
        fs::copy(fixture("media/one_frame.mp4"), &file).unwrap();
        let (frames, _) = decode(&ffmpeg, &file, &FrameOptions::default()).unwrap();
        assert_eq!(frames.len(), 1, "{name}");
    }
}

#[test]
fn a_playlist_reaches_no_other_place() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clip.mp4");
    fs::write(
        &file,
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    )
    .unwrap();
    let error = picture_error(&ffmpeg, &file);
    assert!(error.is_bad_input(), "{error}");
}

#[test]
fn a_decoder_slower_than_the_limit_is_ended() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let options = FrameOptions { stall: Duration::from_nanos(1), ..FrameOptions::default() };
    let error = decode(&ffmpeg, &fixture("media/h264_untagged.mp4"), &options).unwrap_err();
    assert!(matches!(error, Error::Stalled { .. }), "{error}");
}

/// Peak memory of this process in bytes.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1_024
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_video_takes_no_more_memory_than_a_short_one() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.avi");
    made(&ffmpeg, &file, "-f lavfi -i testsrc=d=60:s=640x360:r=25 -c:v mpeg4");
    let before = peak_memory();
    let mut frames = Frames::open(&ffmpeg, &file, &FrameOptions::default()).unwrap();
    // Raw, it has a gigabyte.
    assert_eq!(
        frames.by_ref().map(|frame| frame.unwrap().picture.bytes().len()).sum::<usize>(),
        1_500 * 691_200
    );
    let more = peak_memory() - before;
    assert!(more < 100 << 20, "{more} bytes");
}
