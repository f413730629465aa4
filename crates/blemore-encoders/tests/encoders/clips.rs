//! From clips to features.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use blemore_base::{Blame, Progress};
use blemore_encoders::{
    ClipFile, ClipFiles, Encoder, EncoderOptions, Encoding, Error, Placement, SpeechConfig, Tensor, VideoMae,
    VideoMaeConfig, VideoSwin, VideoSwinConfig, WeightFile, WeightSource,
};
use blemore_features::Layer;
use blemore_media::{
    EncoderKind, Ffmpeg, Frames, Picture, Preset, PresetName, SideFile, Slot, Thinning, WeightsOrigin,
};
use blemore_testing::{Need, not_run, write_checkpoint};

/// The program, or a line that says that the test was not run.
fn ffmpeg() -> Option<Ffmpeg> {
    let ffmpeg = Ffmpeg::find(None).ok();
    if ffmpeg.is_none() {
        not_run(Need::Ffmpeg);
    }
    ffmpeg
}

/// Makes a clip: `sources` are ffmpeg's made-up pictures and sounds.
fn clip(ffmpeg: &Ffmpeg, path: PathBuf, sources: &[&str], arguments: &[&str]) -> PathBuf {
    let mut command = Command::new(ffmpeg.path());
    command.args(["-nostdin", "-v", "error", "-y"]);
    for source in sources {
        command.args(["-f", "lavfi", "-i", source]);
    }
    assert!(command.args(arguments).arg(&path).status().unwrap().success(), "{}", path.display());
    path
}

fn load(
    kind: EncoderKind,
    folder: &Path,
    ffmpeg: &Ffmpeg,
    options: EncoderOptions,
) -> Result<Encoder, Error> {
    let path = folder.join(format!("{}.safetensors", kind.name()));
    write_checkpoint(kind.name(), 1, &path);
    Encoder::load(kind, PresetName::Published, &WeightSource::File(path), ffmpeg, options)
}

const PICTURE: &str = "testsrc2=size=160x120:rate=10:duration=1";
const SOUND: &str = "anoisesrc=duration=1:sample_rate=44100:seed=1";

#[test]
fn every_encoder_has_its_rows_and_notes_what_made_them() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(&ffmpeg, folder.path().join("clip.mkv"), &[PICTURE, SOUND], &["-c:a", "pcm_s16le"]);
    for (kind, rows, width) in [
        (EncoderKind::Clip, 10, 24),
        (EncoderKind::ImageBind, 10, 24),
        (EncoderKind::VideoMae, 1, 88),
        (EncoderKind::VideoSwin, 5, 32),
        (EncoderKind::Hubert, 49, 64),
        (EncoderKind::WavLm, 49, 64),
    ] {
        let encoder = load(kind, folder.path(), &ffmpeg, EncoderOptions::default()).unwrap();
        let Encoding { features, video, sound, notes, .. } = encoder.encode(&clip).unwrap();
        assert_eq!((features.len(), features.width()), (rows, width), "{kind}");
        assert_eq!((video.is_some(), sound.is_some()), (kind.sees(), kind.hears()));
        assert!(notes.is_empty(), "{notes:?}");
        let recipe = encoder.recipe();
        assert!(
            recipe.settings.is_empty()
                && matches!(&recipe.weights, WeightsOrigin::Checkpoint { file, .. } if file.starts_with(kind.name()))
        );
        let lengths: Vec<f32> =
            features.frames().rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
        assert_eq!(lengths.iter().all(|length| (length - 1.0).abs() < 1e-5), kind == EncoderKind::ImageBind);
    }
}

/// The rows of a clip, group after group, from all of its frames in memory.
fn rows_of_groups(
    preset: Preset,
    clip: &Path,
    ffmpeg: &Ffmpeg,
    forward: impl Fn(&Tensor) -> Result<Tensor, Error>,
) -> Vec<Vec<f32>> {
    let pixels = preset.pixels.unwrap();
    let prepared = |picture: &Picture| {
        let mut values = vec![0.0; pixels.values()];
        pixels.apply(picture, &mut values).unwrap();
        values
    };
    let mut frames = Frames::open(ffmpeg, clip, &preset.frame_options()).unwrap();
    let pictures: Vec<Vec<f32>> = frames.by_ref().map(|frame| prepared(&frame.unwrap().picture)).collect();
    let (zeros, black) = (vec![0.0; pixels.values()], prepared(&Picture::filled(64, 48, [0; 3]).unwrap()));
    let groups = preset.windows.unwrap().of(pictures.len(), frames.facts().container_rate.unwrap());
    let rows = groups.iter().map(|group| {
        let input: Vec<f32> = group
            .iter()
            .flat_map(|slot| match slot {
                Slot::Frame(frame) => &pictures[*frame],
                Slot::Zeros => &zeros,
                Slot::Black => &black,
            })
            .copied()
            .collect();
        let side = pixels.size() as i64;
        let input =
            Tensor::from_slice(&input).reshape([1, group.len() as i64, 3, side, side]).transpose(1, 2);
        Vec::try_from(forward(&input).unwrap().squeeze_dim(0)).unwrap()
    });
    rows.collect()
}

/// The rows that an encoder gives.
fn rows(encoder: &Encoder, clip: &Path) -> Vec<Vec<f32>> {
    let features = encoder.encode(clip).unwrap().features;
    features.frames().rows().into_iter().map(|row| row.to_vec()).collect()
}

#[test]
fn videomaes_rows_are_of_sixteen_frames_and_zeros() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = "testsrc2=size=160x120:rate=20:duration=0.9";
    let clip = clip(&ffmpeg, folder.path().join("clip.mkv"), &[source], &[]);
    let encoder = load(EncoderKind::VideoMae, folder.path(), &ffmpeg, EncoderOptions::default()).unwrap();
    let path = folder.path().join("videomaev2.safetensors");
    let mut file = WeightFile::open(&path).unwrap();
    let network = VideoMae::load(&VideoMaeConfig::GIANT_14, &mut file, Placement::default()).unwrap();
    let preset = Preset::of(EncoderKind::VideoMae, PresetName::Published);
    let expected = rows_of_groups(preset, &clip, &ffmpeg, |input| network.forward(input));
    assert_eq!(expected.len(), 2);
    assert_eq!(rows(&encoder, &clip), expected);
    // The other preset's network is ViT-B, which has another size of heads.
    let weights = WeightSource::File(path);
    let options = EncoderOptions::default();
    let error = Encoder::load(EncoderKind::VideoMae, PresetName::Corrected, &weights, &ffmpeg, options);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("a width of 88 cannot be cut into heads of 64"), "{error}");
}

#[test]
fn video_swins_rows_are_those_of_each_window_computed_alone() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("videoswin.safetensors");
    write_checkpoint("videoswin", 1, &path);
    let mut file = WeightFile::open(&path).unwrap();
    let network = VideoSwin::load(&VideoSwinConfig::base(), &mut file, Placement::default()).unwrap();
    // 17 frames at 10 per second: two windows with frames, three of black pictures alone. Not filled up: one of 16.
    let source = "testsrc2=size=160x120:rate=10:duration=1.7";
    let clip = clip(&ffmpeg, folder.path().join("clip.mkv"), &[source], &[]);
    for (preset, count, alike) in [(PresetName::Published, 5, 2), (PresetName::Corrected, 1, 0)] {
        let weights = WeightSource::File(path.clone());
        let options = EncoderOptions::default();
        let encoder = Encoder::load(EncoderKind::VideoSwin, preset, &weights, &ffmpeg, options).unwrap();
        let expected = rows_of_groups(Preset::of(EncoderKind::VideoSwin, preset), &clip, &ffmpeg, |input| {
            network.forward(input)
        });
        assert_eq!(expected.len(), count);
        assert_eq!(rows(&encoder, &clip), expected);
        assert_eq!(expected.windows(2).filter(|pair| pair[0] == pair[1]).count(), alike);
    }
}

#[test]
fn a_video_of_too_few_frames_is_an_error() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let encoder = load(EncoderKind::VideoSwin, folder.path(), &ffmpeg, EncoderOptions::default()).unwrap();
    let source = "testsrc2=size=64x48:rate=2:duration=3";
    let error = encoder.encode(clip(&ffmpeg, folder.path().join("slow.mkv"), &[source], &[])).unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    let error = error.to_string();
    assert!(error.contains("slow.mkv: 6 frames are too few") && error.contains("the 32 of a row"), "{error}");
}

#[test]
fn batches_change_no_more_than_the_order_of_sums() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(&ffmpeg, folder.path().join("clip.mkv"), &[PICTURE], &[]);
    let features = |batch| {
        let options =
            EncoderOptions { batch: NonZeroUsize::new(batch).unwrap(), ..EncoderOptions::default() };
        load(EncoderKind::Clip, folder.path(), &ffmpeg, options).unwrap().encode(&clip).unwrap().features
    };
    let (one, four) = (features(1), features(4));
    let largest = one.frames().iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let difference =
        (&one.frames() - &four.frames()).iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    assert!(difference <= 1e-5 * largest, "{difference:e}");
}

#[test]
fn swapped_clips_have_swapped_features_and_a_faulty_one_stops_none() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let encoder = load(EncoderKind::Clip, folder.path(), &ffmpeg, EncoderOptions::default()).unwrap();
    let make = |name: &str, source: &str| clip(&ffmpeg, folder.path().join(name), &[source], &["-t", "0.6"]);
    let (first, second) = (make("a.mkv", PICTURE), make("b.mkv", "mandelbrot=size=160x120:rate=5"));
    let text = folder.path().join("text.mkv");
    fs::write(&text, "no video").unwrap();
    let all = |clips: &[&PathBuf]| -> Vec<Result<Encoding, Error>> {
        encoder.encode_all(clips.iter().map(|clip| (*clip).clone())).map(|(_, encoding)| encoding).collect()
    };
    let before = all(&[&first, &text, &second]);
    assert_eq!(before.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    let error = before[1].as_ref().unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("text.mkv"), "{error}");
    fs::rename(&first, folder.path().join("kept")).unwrap();
    fs::rename(&second, &first).unwrap();
    fs::rename(folder.path().join("kept"), &second).unwrap();
    let after = all(&[&first, &second]);
    let features = |encodings: &[Result<Encoding, Error>], index: usize| {
        encodings[index].as_ref().unwrap().features.clone()
    };
    assert_eq!(features(&after, 0), features(&before, 2));
    assert_eq!(features(&after, 1), features(&before, 0));
    assert_ne!(features(&after, 0).len(), features(&after, 1).len());
}

#[test]
fn frames_are_thinned_out_and_layers_chosen() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let clip = clip(&ffmpeg, folder.path().join("clip.mkv"), &[PICTURE, SOUND], &["-c:a", "pcm_s16le"]);
    let thinning = Thinning::Every(NonZeroUsize::new(4).unwrap());
    let options = EncoderOptions { thinning, half: true, ..EncoderOptions::default() };
    let encoder = load(EncoderKind::ImageBind, folder.path(), &ffmpeg, options).unwrap();
    assert_eq!(encoder.encode(&clip).unwrap().features.len(), 3);
    assert_eq!(encoder.recipe().settings["frames"], "one of 4 frames");
    assert_eq!(encoder.recipe().settings["half"], "bf16");
    let layer = |layer| {
        let options = EncoderOptions { layer, ..EncoderOptions::default() };
        load(EncoderKind::Hubert, folder.path(), &ffmpeg, options).unwrap().encode(&clip).unwrap().features
    };
    assert_eq!(layer(None), layer(Some(Layer::Index(1))));
    assert_ne!(layer(None), layer(Some(Layer::Mean)));
    for (kind, options) in [
        (EncoderKind::Clip, EncoderOptions { layer: Some(Layer::Mean), ..EncoderOptions::default() }),
        (
            EncoderKind::Clip,
            EncoderOptions { chunk: Some(Duration::from_secs(1)), ..EncoderOptions::default() },
        ),
        (EncoderKind::Hubert, EncoderOptions { thinning, ..EncoderOptions::default() }),
        (
            EncoderKind::Hubert,
            EncoderOptions { chunk: Some(Duration::from_millis(24)), ..EncoderOptions::default() },
        ),
    ] {
        let error = load(kind, folder.path(), &ffmpeg, options).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    }
}

#[test]
fn sound_has_a_longest_and_a_shortest_length() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sound = |name: &str, length: &str| {
        let source = format!("sine=frequency=300:sample_rate=16000:duration={length}");
        clip(&ffmpeg, folder.path().join(name), &[&source], &["-c:a", "pcm_s16le"])
    };
    let (short, long) = (sound("short.wav", "0.02"), sound("long.wav", "31"));
    let encoder = load(EncoderKind::WavLm, folder.path(), &ffmpeg, EncoderOptions::default()).unwrap();
    let error = encoder.encode(short).unwrap_err().to_string();
    assert!(error.contains("short.wav") && error.contains("320 samples"), "{error}");
    let error = encoder.encode(&long).unwrap_err().to_string();
    assert!(
        error.contains("longer than 30 s") && error.contains("GiB") && error.contains("--chunk 30"),
        "{error}"
    );
    let options = EncoderOptions { chunk: Some(Duration::from_secs(8)), ..EncoderOptions::default() };
    let encoder = load(EncoderKind::WavLm, folder.path(), &ffmpeg, options).unwrap();
    let encoding = encoder.encode(long).unwrap();
    assert_eq!(encoding.features.len(), 3 * SpeechConfig::rows(128_000) + SpeechConfig::rows(112_000));
    assert!(encoding.notes.iter().any(|note| note.contains("4 chunks")), "{:?}", encoding.notes);
    assert_eq!(encoder.recipe().settings["chunk"], "8 s");
    let error = encoder.encode(clip(&ffmpeg, folder.path().join("mute.mkv"), &[PICTURE], &[])).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("no sound"), "{error}");
}

#[test]
fn a_file_of_a_cache_has_the_hash_in_its_name() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("models--openai--clip-vit-base-patch32/blobs");
    let written = blobs.join("written");
    write_checkpoint("clip", 1, &written);
    let hash = blemore_media::FileStamp::of(&written).unwrap().sha256.to_string();
    let load = |path: PathBuf| {
        let source = WeightSource::File(path);
        Encoder::load(EncoderKind::Clip, PresetName::Published, &source, &ffmpeg, EncoderOptions::default())
    };
    fs::copy(&written, blobs.join(&hash)).unwrap();
    assert!(load(blobs.join(&hash)).is_ok());
    let other = "0".repeat(64);
    fs::copy(&written, blobs.join(&other)).unwrap();
    let error = load(blobs.join(&other)).unwrap_err().to_string();
    assert!(error.contains(&hash) && error.contains("download it again"), "{error}");
}

#[test]
fn a_folder_is_resumed_by_its_contents() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let clips = folder.path().join("clips/more");
    fs::create_dir_all(&clips).unwrap();
    for (name, size) in [("a.mkv", "64x48"), ("b.mp4", "48x64"), ("c.mov", "80x60")] {
        clip(&ffmpeg, clips.join(name), &[&format!("testsrc2=size={size}:rate=5:duration=1")], &[]);
    }
    fs::write(clips.join("d.mp4"), "no video").unwrap();
    fs::write(clips.join("notes.txt"), "no clip").unwrap();
    let files = ClipFiles::find(folder.path().join("clips")).unwrap();
    let clips: Vec<ClipFile> = files.names().map(|name| files.of(name, false).unwrap()).collect();
    assert_eq!(clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    let encoder = load(EncoderKind::Clip, folder.path(), &ffmpeg, EncoderOptions::default()).unwrap();
    let out = folder.path().join(encoder.recipe().folder_name("train"));
    let run = |encoder: &Encoder| {
        let heard = Mutex::new(Vec::new());
        let outcome = encoder.encode_folder(&clips, &out, &|news| {
            let Progress::Step { done, .. } = news else { panic!("{news}") };
            heard.lock().unwrap().push(done);
        });
        let done = heard.into_inner().unwrap();
        outcome.map(|outcome| {
            assert_eq!(outcome.failed.len(), 1);
            assert!(outcome.failed[0].1.to_string().contains("d.mp4"));
            (outcome.written, outcome.kept, done)
        })
    };
    assert_eq!(run(&encoder).unwrap(), (3, 0, vec![1, 2, 3, 4]));
    let side = SideFile::read(&out.join("a.npy")).unwrap().unwrap();
    assert_eq!((side.rows, side.columns, side.source.name.as_str()), (5, 24, "a.mkv"));
    assert!(side.video.is_some_and(|video| video.decoded == 5) && side.recipe == *encoder.recipe());
    let first = fs::read(out.join("b.npy")).unwrap();
    assert_eq!(run(&encoder).unwrap(), (0, 3, vec![4]));
    // An array that was cut off, one that is gone, a clip that has changed, and a side file alone.
    fs::write(out.join("b.npy"), &first[..first.len() - 4]).unwrap();
    fs::remove_file(out.join("c.npy")).unwrap();
    clip(&ffmpeg, clips[0].path.clone(), &["testsrc=size=64x48:rate=5:duration=1"], &[]);
    assert_eq!(run(&encoder).unwrap(), (3, 0, vec![1, 2, 3, 4]));
    assert_eq!(fs::read(out.join("b.npy")).unwrap(), first);
    assert_eq!(run(&encoder).unwrap().1, 3);

    // Another checkpoint, another setting, and arrays of unknown origin.
    let other = folder.path().join("other.safetensors");
    write_checkpoint("clip", 2, &other);
    let weights = WeightSource::File(other);
    let options = EncoderOptions::default();
    let other = Encoder::load(EncoderKind::Clip, PresetName::Published, &weights, &ffmpeg, options).unwrap();
    let error = run(&other).unwrap_err().to_string();
    assert!(
        error.contains("a.npy") && error.contains("other.safetensors") && error.contains("one kind"),
        "{error}"
    );
    let half = EncoderOptions { half: true, ..EncoderOptions::default() };
    let half = load(EncoderKind::Clip, folder.path(), &ffmpeg, half).unwrap();
    assert!(run(&half).unwrap_err().to_string().contains("half bf16"));
    fs::remove_file(out.join("c.json")).unwrap();
    assert!(run(&encoder).unwrap_err().to_string().contains("no side file"));
}

#[test]
fn a_clip_has_one_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.mp4", "a.wav", "b.MOV", "c.wav", "d.mp4", "d.mkv", ".e.mp4"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let files = ClipFiles::find(folder.path()).unwrap();
    let of = |name: &str, hears| files.of(name, hears).map(|clip| clip.path.file_name().unwrap().to_owned());
    assert_eq!(of("a", false).unwrap(), "a.mp4");
    assert_eq!(of("a", true).unwrap(), "a.wav");
    assert_eq!((of("b", false).unwrap(), of("b", true).unwrap()), ("b.MOV".into(), "b.MOV".into()));
    assert!(of("c", false).unwrap_err().to_string().contains("no video file"));
    assert!(of("d", true).unwrap_err().to_string().contains("d.mkv"));
    assert!(of("e", true).is_err() && ClipFiles::find(folder.path().join("none")).is_err());
}

#[test]
fn hicmaes_rows_are_of_aligned_faces_and_their_sound() {
    let Some(ffmpeg) = ffmpeg() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write_checkpoint("hicmae", 1, &path("checkpoint-99.pth"));
    let weights = WeightSource::File(path("checkpoint-99.pth"));
    let kind = EncoderKind::HiCmae;
    let load =
        || Encoder::load(kind, PresetName::Published, &weights, &ffmpeg, EncoderOptions::default()).unwrap();
    let sound = "sine=frequency=300:sample_rate=16000:duration=3";
    let wav = clip(&ffmpeg, path("A1_hap_int1_ver1.wav"), &[sound], &["-c:a", "pcm_s16le"]);
    let refused = load().encode(&wav).unwrap_err().to_string();
    assert!(refused.contains("with_faces"), "{refused}");
    // 70 faces: 18 are taken, which are one window and two pictures of a second. What
    // means something in a pattern is a letter in a folder's name, and a hidden file is no face.
    let faces = path("faces [1] 100%");
    let aligned = faces.join("A1_hap_int1_ver1_aligned");
    fs::create_dir_all(&faces).unwrap();
    fs::create_dir(path("made")).unwrap();
    let picture = "testsrc2=size=112x112:rate=25:duration=2.8";
    clip(&ffmpeg, path("made/frame_det_00_%06d.bmp"), &[picture], &[]);
    fs::rename(path("made"), &aligned).unwrap();
    fs::write(aligned.join("._frame_det_00_000001.bmp"), "").unwrap();
    let encoder = load().with_faces(&faces).unwrap();
    assert_eq!(encoder.recipe().settings["faces"], "aligned before");
    let encoding = encoder.encode(&wav).unwrap();
    assert_eq!(encoding.features.frames().dim(), (2, 256));
    let (video, found) = (encoding.video.unwrap(), encoding.sound.unwrap());
    assert_eq!((video.decoded, video.kept, found.samples), (70, 18, 48_000));
    // Each row is normed: its mean is 0, its deviation 1.
    for row in encoding.features.frames().rows() {
        let square = row.iter().map(|value| value * value).sum::<f32>() / 256.0;
        assert!(row.sum().abs() < 1e-2 && (square - 1.0).abs() < 1e-3, "{square}");
    }

    // Other faces are noticed, and so are damaged ones and none.
    let clips = [ClipFile { name: "A1_hap_int1_ver1".to_owned(), path: wav.clone() }];
    let run = |encoder: &Encoder| encoder.encode_folder(&clips, &path("arrays"), &|_| ()).unwrap();
    assert_eq!((run(&encoder).written, run(&encoder).kept), (1, 1));
    let first = aligned.join("frame_det_00_000001.bmp");
    fs::copy(aligned.join("frame_det_00_000050.bmp"), &first).unwrap();
    assert_eq!(run(&encoder).written, 1);
    fs::write(&first, "no picture").unwrap();
    let failed = &run(&encoder).failed;
    assert!(failed[0].1.to_string().contains("A1_hap_int1_ver1_aligned"), "{}", failed[0].1);
    fs::remove_dir_all(&aligned).unwrap();
    let error = encoder.encode(&wav).unwrap_err().to_string();
    assert!(error.contains("no aligned faces of A1_hap_int1_ver1"), "{error}");
    let clip = Encoder::load(
        EncoderKind::Clip,
        PresetName::Published,
        &WeightSource::Random(1),
        &ffmpeg,
        EncoderOptions::default(),
    );
    assert!(matches!(clip.unwrap().with_faces(&faces), Err(Error::Unsupported { .. })));
}
