//! Prepared pictures against Pillow, transformers, torchvision and pytorchvideo.

use std::fs;

use blemore_media::{
    ChannelOrder, Crop, CropRounding, EncoderKind, Error, Filter, Operation, Picture, PillowFilter,
    PixelSteps, Preset, PresetName, Resize,
};
use proptest::prelude::*;

use crate::support::{array, fixture};

/// The pictures of a fixture: frames one after another.
fn pictures(file: &str) -> Vec<Picture> {
    let (shape, bytes) = array::<1, u8>(&fixture("pixels").join(file), |[byte]| byte);
    let [.., height, width, _] = shape[..] else { panic!("{file}: {shape:?}") };
    bytes
        .chunks_exact(height * width * 3)
        .map(|bytes| Picture::new(width, height, bytes.to_vec()).unwrap())
        .collect()
}

fn bytes(file: &str) -> Vec<u8> {
    array::<1, u8>(&fixture("pixels").join(file), |[byte]| byte).1
}

fn floats(file: &str) -> Option<Vec<f32>> {
    let path = fixture("pixels").join(file);
    path.exists().then(|| array::<4, f32>(&path, f32::from_le_bytes).1)
}

fn steps(encoder: EncoderKind) -> PixelSteps {
    Preset::of(encoder, PresetName::Published).pixels.unwrap()
}

fn apply(steps: &PixelSteps, picture: &Picture) -> Vec<f32> {
    let mut out = vec![f32::NAN; steps.values()];
    steps.apply(picture, &mut out).unwrap();
    out
}

/// The names in a folder of fixtures that end with `_in.npy`, without that end, and the sizes after `to_`.
fn cases(folder: &str) -> Vec<(String, usize)> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(fixture("pixels").join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(stem) = name.strip_suffix("_in.npy") {
            let size = stem.rsplit('_').next().unwrap().parse().unwrap();
            cases.push((format!("{folder}/{stem}"), size));
        }
    }
    cases.sort();
    cases
}

#[test]
fn clips_pictures_are_pillows_to_the_byte_and_transformers_to_the_bit() {
    for (case, size) in cases("clip") {
        let crop = Some(Crop { size, rounding: CropRounding::Floor });
        let steps = PixelSteps { resize: Resize::ShortSide(size), crop, ..steps(EncoderKind::Clip) };
        let picture = pictures(&format!("{case}_in.npy")).remove(0);
        assert!(steps.pixels(&picture) == bytes(&format!("{case}_pixels.npy")), "{case}");
        if let Some(expected) = floats(&format!("{case}_normalised.npy")) {
            assert!(apply(&steps, &picture) == expected, "{case}");
        }
    }
}

#[test]
fn hicmaes_faces_are_pillows_to_the_byte() {
    for (case, size) in cases("hicmae") {
        let steps = PixelSteps { resize: Resize::Square(size), ..steps(EncoderKind::HiCmae) };
        let picture = pictures(&format!("{case}_in.npy")).remove(0);
        assert!(steps.pixels(&picture) == bytes(&format!("{case}_pixels.npy")), "{case}");
        if let Some(expected) = floats(&format!("{case}_normalised.npy")) {
            let difference = largest_difference(&apply(&steps, &picture), &expected);
            assert!(difference < 1e-6, "{case}: {difference}");
        }
    }
}

fn largest_difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
}

#[test]
fn imagebinds_pictures_are_pytorchvideos() {
    for (case, size) in cases("imagebind") {
        let crop = Some(Crop { size, rounding: CropRounding::Ceil });
        let steps = PixelSteps { resize: Resize::ShortSide(size), crop, ..steps(EncoderKind::ImageBind) };
        let picture = pictures(&format!("{case}_in.npy")).remove(0);
        let difference =
            largest_difference(&apply(&steps, &picture), &floats(&format!("{case}_normalised.npy")).unwrap());
        assert!(difference < 1e-6, "{case}: {difference}");
    }
}

#[test]
fn videomaes_pictures_are_squashed_and_stay_as_opencv_orders_them() {
    for (case, size) in cases("videomae") {
        let steps = PixelSteps { resize: Resize::Square(size), ..steps(EncoderKind::VideoMae) };
        assert_eq!(steps.order, ChannelOrder::Bgr);
        let picture = pictures(&format!("{case}_in.npy")).remove(0);
        // The fixture is in the network's order already: turned around here as the decoder has it.
        let turned =
            picture.bytes().chunks_exact(3).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        let picture = Picture::new(picture.width(), picture.height(), turned).unwrap();
        let difference =
            largest_difference(&apply(&steps, &picture), &floats(&format!("{case}_out.npy")).unwrap());
        assert!(difference < 1e-6, "{case}: {difference}");
    }
}

#[test]
fn video_swins_pictures_are_torchvisions() {
    for (case, size) in cases("swin3d") {
        let short: usize = case.rsplit('_').nth(1).unwrap().parse().unwrap();
        let crop = Some(Crop { size, rounding: CropRounding::HalfEven });
        let steps = PixelSteps { resize: Resize::ShortSide(short), crop, ..steps(EncoderKind::VideoSwin) };
        let pictures = pictures(&format!("{case}_in.npy"));
        let pixels: Vec<u8> = pictures.iter().flat_map(|picture| steps.pixels(picture)).collect();
        let expected = bytes(&format!("{case}_pixels.npy"));
        assert_eq!(pixels.len(), expected.len());
        let off = pixels.iter().zip(&expected).filter(|(one, other)| one != other);
        let levels: Vec<u8> = off.map(|(one, other)| one.abs_diff(*other)).collect();
        assert!(levels.len() <= 2 && levels.iter().all(|level| *level == 1), "{case}: {levels:?}");
        if let (Some(expected), []) = (floats(&format!("{case}_normalised.npy")), &levels[..]) {
            // Channels come before frames there.
            let pixels = size * size;
            for (time, picture) in pictures.iter().enumerate() {
                let prepared = apply(&steps, picture);
                for channel in 0..3 {
                    let start = (channel * pictures.len() + time) * pixels;
                    let one = &prepared[channel * pixels..(channel + 1) * pixels];
                    assert!(largest_difference(one, &expected[start..start + pixels]) < 1e-6, "{case}");
                }
            }
        }
    }
}

/// Pillow's formula as it is written down: one product after another, in 64 bits.
fn plain_pillow(picture: &Picture, width: usize, height: usize, filter: PillowFilter) -> Vec<u8> {
    fn pass(
        from: usize,
        to: usize,
        filter: PillowFilter,
        at: impl Fn(usize, usize) -> u8,
        lines: usize,
    ) -> Vec<u8> {
        let scale = from as f64 / to as f64;
        let stretch = scale.max(1.0);
        let (support, value): (f64, fn(f64) -> f64) = match filter {
            PillowFilter::Bilinear => (1.0, |x| (1.0 - x.abs()).max(0.0)),
            PillowFilter::Bicubic => (2.0, |x| {
                let (a, x) = (-0.5, x.abs());
                match x {
                    x if x < 1.0 => ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0,
                    x if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * a,
                    _ => 0.0,
                }
            }),
        };
        let mut out = vec![0; lines * to];
        for place in 0..to {
            let centre = (place as f64 + 0.5) * scale;
            let first = (centre - support * stretch + 0.5).max(0.0) as usize;
            let last = ((centre + support * stretch + 0.5) as usize).min(from);
            let weights: Vec<f64> =
                (first..last).map(|at| value((at as f64 - centre + 0.5) / stretch)).collect();
            let sum: f64 = weights.iter().sum();
            for line in 0..lines {
                let mut total = 1_i64 << 21;
                for (offset, weight) in weights.iter().enumerate() {
                    let scaled = weight / sum * f64::from(1 << 22);
                    let integer = (scaled + 0.5_f64.copysign(scaled)) as i64;
                    total += integer * i64::from(at(line, first + offset));
                }
                out[line * to + place] = (total >> 22).clamp(0, 255) as u8;
            }
        }
        out
    }
    let (from_width, from_height) = (picture.width(), picture.height());
    let mut bytes = vec![0; width * height * 3];
    for channel in 0..3 {
        let at = |row: usize, column: usize| picture.bytes()[(row * from_width + column) * 3 + channel];
        let narrow = match from_width == width {
            true => (0..from_height * width).map(|place| at(place / width, place % width)).collect(),
            false => pass(from_width, width, filter, at, from_height),
        };
        let at = |column: usize, row: usize| narrow[row * width + column];
        let turned = match from_height == height {
            true => (0..height * width).map(|place| at(place / height, place % height)).collect(),
            false => pass(from_height, height, filter, at, width),
        };
        for (place, byte) in turned.into_iter().enumerate() {
            bytes[((place % height) * width + place / height) * 3 + channel] = byte;
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_fast_resize_is_the_plain_one(
        (width, height) in (1_usize..70, 1_usize..70), side in 1_usize..50, seed: u32, bicubic: bool,
    ) {
        let mut state = seed;
        let bytes = (0..width * height * 3)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Hard edges are where clipping matters.
                if state >> 30 == 0 { 255 } else { (state >> 22) as u8 }
            })
            .collect();
        let picture = Picture::new(width, height, bytes).unwrap();
        let filter = if bicubic { PillowFilter::Bicubic } else { PillowFilter::Bilinear };
        let (resize, crop) = (Resize::Square(side), None);
        let steps = PixelSteps { resize, filter: Filter::Pillow(filter), crop, ..steps(EncoderKind::Clip) };
        prop_assert_eq!(steps.pixels(&picture), plain_pillow(&picture, side, side, filter));
        // A crop is a part of the whole.
        let size = side.div_ceil(2);
        let crop = Crop { size, rounding: CropRounding::Floor };
        let start = (side - size) / 2;
        let whole = steps.pixels(&picture);
        let line = |row: usize| &whole[(row * side + start) * 3..(row * side + start + size) * 3];
        let part: Vec<u8> = (start..start + size).flat_map(line).copied().collect();
        let cropped = PixelSteps { crop: Some(crop), ..steps };
        prop_assert_eq!(cropped.pixels(&picture), part);
    }

    #[test]
    fn every_preset_takes_a_picture_of_any_size(width in 1_usize..400, height in 1_usize..40, colour: [u8; 3]) {
        let picture = Picture::filled(width, height, colour).unwrap();
        // OpenFace's program takes the clip itself.
        let takes_pictures = |encoder: &EncoderKind| encoder.sees() && *encoder != EncoderKind::OpenFace;
        for encoder in EncoderKind::ALL.into_iter().filter(takes_pictures) {
            for name in PresetName::ALL {
                let steps = Preset::of(encoder, name).pixels.unwrap();
                let prepared = apply(&steps, &picture);
                // One colour stays one colour.
                let pixels = steps.size() * steps.size();
                for channel in prepared.chunks_exact(pixels) {
                    prop_assert!(channel.iter().all(|value| (value - channel[0]).abs() < 1e-5));
                }
            }
        }
    }
}

#[test]
fn sizes_that_do_not_fit_are_errors() {
    let picture = Picture::filled(3, 2, [1, 2, 3]).unwrap();
    let error = steps(EncoderKind::Clip).apply(&picture, &mut [0.0; 5]).unwrap_err();
    assert!(matches!(error, Error::OutputSize { expected: 150_528, found: 5 }), "{error}");
    assert!(Picture::new(3, 2, vec![0; 17]).is_err());
    assert!(Picture::new(0, 2, vec![]).is_err());
    assert!(Picture::new(usize::MAX, 2, vec![]).is_err());
}

#[test]
fn operations_of_randaugment_are_pillows_to_the_byte() {
    let picture = &pictures("operations/in.npy")[0];
    let mut faults = Vec::new();
    for operation in Operation::ALL {
        for level in [7_i32, -4] {
            let mut name = String::new();
            for letter in format!("{operation:?}").chars() {
                if letter.is_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.push(letter.to_ascii_lowercase());
            }
            let expected = bytes(&format!("operations/{name}_{level}.npy"));
            let found = operation.apply(picture, f64::from(level));
            let differing = found.bytes().iter().zip(&expected).filter(|(found, expected)| found != expected);
            let count = differing.count();
            if count > 0 {
                faults.push(format!("{name} {level}: {count} of {} bytes", expected.len()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn operations_take_any_picture_and_level() {
    for (width, height) in [(1, 1), (2, 1), (1, 3), (3, 2)] {
        let picture = Picture::filled(width, height, [7, 0, 255]).unwrap();
        for operation in Operation::ALL {
            for level in [-10.0, 0.0, 10.0, 99.0] {
                let found = operation.apply(&picture, level);
                assert_eq!((found.width(), found.height()), (width, height), "{operation:?} {level}");
            }
        }
    }
}
