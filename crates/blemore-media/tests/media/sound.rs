//! Sound against the reference decoders, and resampling against torchaudio.

use std::path::Path;
use std::time::Duration;

use blemore_media::sound::{RATE, Resampler, resample};
use blemore_media::{
    EncoderKind, Error, Ffmpeg, Preset, PresetName, Resampling, Sound, SoundBlocks, SoundOptions,
};

use crate::frames::expected;
use crate::support::{ffmpeg, fixture, made};

fn integers(file: &Path) -> Vec<f32> {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    bytes.as_chunks::<2>().0.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0).collect()
}

fn largest_difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

fn read(ffmpeg: &Ffmpeg, file: &Path, resampling: Resampling) -> Sound {
    Sound::read(ffmpeg, file, &SoundOptions { resampling, ..SoundOptions::default() }).unwrap()
}

#[test]
fn samples_are_those_of_the_reference() {
    let Some(ffmpeg) = ffmpeg() else { return };
    // Other versions cut the padding of AAC off, and round some samples otherwise.
    let is_reference = ffmpeg.version().starts_with("5.1");
    let mut files = 0;
    for (name, count) in expected().into_iter().filter_map(|(name, expected)| Some((name, expected.sound?))) {
        files += 1;
        let reference = integers(&fixture("media").join(format!("{name}.s16le")));
        let sound = read(&ffmpeg, &fixture("media").join(&name), Resampling::Ffmpeg);
        assert_eq!(reference.len(), count);
        assert_eq!(sound.facts.samples as usize, sound.samples.len());
        if is_reference {
            assert_eq!(sound.samples, reference, "{name}");
            continue;
        }
        assert!(sound.samples.len().abs_diff(count) < 200, "{name}");
        let compared = sound.samples.len().min(count) - 100;
        let difference = largest_difference(&sound.samples[..compared], &reference[..compared]);
        assert!(difference <= 2.0 / 32_768.0, "{name}: {difference}");
    }
    assert_eq!(files, 8);
}

#[test]
fn torchaudios_way_takes_the_mean_of_the_channels_at_the_files_own_rate() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (left, both) = (folder.path().join("left.wav"), folder.path().join("both.wav"));
    made(&ffmpeg, &left, "-f lavfi -i sine=frequency=300:sample_rate=22050:duration=0.7");
    made(&ffmpeg, &both, &format!("-i {} -af pan=stereo|c0=c0|c1=0*c0", left.display()));
    let raw = folder.path().join("left.raw");
    made(&ffmpeg, &raw, &format!("-i {} -f s16le", left.display()));
    let one = resample(&integers(&raw), 22_050, RATE);
    let sound = read(&ffmpeg, &left, Resampling::Torchaudio);
    assert_eq!(sound.samples, one);
    assert_eq!((sound.facts.sample_rate, sound.samples.len()), (Some(22_050), 11_200));
    let halved: Vec<f32> = one.iter().map(|sample| sample / 2.0).collect();
    assert!(largest_difference(&read(&ffmpeg, &both, Resampling::Torchaudio).samples, &halved) < 1e-6);
    // At 16 kHz nothing is done.
    let file = fixture("media/sound_only_16k.wav");
    let same = read(&ffmpeg, &file, Resampling::Torchaudio).samples;
    assert_eq!(same, integers(&fixture("media/sound_only_16k.wav.s16le")));
}

#[test]
fn resampling_is_torchaudios() {
    for rate in [8_000, 22_050, 44_100, 48_000] {
        for count in [100, 3_001] {
            let name = |end: &str| fixture("resample").join(format!("{rate}_{count}_{end}"));
            let input = integers(&name("in.s16le"));
            let bytes = std::fs::read(name("out.f32le")).unwrap();
            let expected: Vec<f32> =
                bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            let output = resample(&input, rate, RATE);
            let difference = largest_difference(&output, &expected);
            assert!(difference < 1e-6, "{rate} {count}: {difference}");
            // Piece by piece it is the same.
            let mut resampler = Resampler::new(rate, RATE);
            let mut pieces: Vec<f32> = input.chunks(7).flat_map(|piece| resampler.push(piece)).collect();
            pieces.extend(resampler.finish());
            assert_eq!(pieces, output);
        }
    }
    // What breaks other tools: next to nothing, nothing, and rates without a common divisor.
    assert_eq!(resample(&[0.5, 0.5], 48_000, RATE).len(), 1);
    assert!(resample(&[], 48_000, RATE).is_empty());
    assert_eq!(resample(&[0.5; 3_000], 44_101, RATE).len(), 1_089);
    assert_eq!(resample(&[0.5; 10], 0, RATE).len(), 160_000);
}

#[test]
fn sound_of_any_length_comes_in_blocks_and_a_limit_ends_it() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.wav");
    made(&ffmpeg, &file, "-f lavfi -i sine=frequency=300:sample_rate=44100:duration=40 -ac 2");
    for resampling in [Resampling::Ffmpeg, Resampling::Torchaudio] {
        let options = SoundOptions { resampling, ..SoundOptions::default() };
        let mut blocks = SoundBlocks::open(&ffmpeg, &file, &options).unwrap();
        let lengths: Vec<usize> = blocks.by_ref().map(|block| block.unwrap().len()).collect();
        assert_eq!(lengths.iter().sum::<usize>(), 640_000);
        assert!(lengths.iter().all(|length| *length <= 1 << 14));
        assert_eq!(blocks.facts().container_seconds, Some(40.0));
        let options = SoundOptions { limit: Some(Duration::from_secs(30)), ..options };
        let error = Sound::read(&ffmpeg, &file, &options).unwrap_err();
        let Error::TooLong { seconds: Some(seconds), .. } = &error else { panic!("{error}") };
        assert_eq!(*seconds, 40.0);
        let message = error.to_string();
        assert!(
            message.ends_with("long.wav: its sound is longer than 30 s (40.0 s, says the file)"),
            "{message}"
        );
    }
}

#[test]
fn wav_files_are_read_as_the_published_script_reads_them() {
    let resampling =
        |encoder, name, file: &str| Preset::of(encoder, name).sound_options(Path::new(file)).resampling;
    let (published, corrected) = (PresetName::Published, PresetName::Corrected);
    for encoder in [EncoderKind::Hubert, EncoderKind::WavLm] {
        assert_eq!(resampling(encoder, published, "a.mp4"), Resampling::Ffmpeg);
        assert_eq!(resampling(encoder, published, "a.WAV"), Resampling::Torchaudio);
        assert_eq!(resampling(encoder, corrected, "a.mp4"), Resampling::Torchaudio);
    }
    assert_eq!(resampling(EncoderKind::HiCmae, published, "a.wav"), Resampling::Ffmpeg);
}
