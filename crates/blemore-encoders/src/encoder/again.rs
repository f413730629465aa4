//! The encoder that made known features, for more clips.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use blemore_features::Layer;
use blemore_media::{Checkpoint, Ffmpeg, Recipe, Thinning, WeightsOrigin};

use super::{Encoder, EncoderOptions, WeightSource};
use crate::Error;
use crate::faces::FaceDetector;

impl Encoder {
    /// The encoder that features of this recipe were made with. Its checkpoint is looked for in a folder, as
    /// [`Checkpoint::find`] does; of `options`, what changes numbers is the recipe's.
    ///
    /// # Errors
    /// [`Error::NoCheckpoint`] when there is none; [`Error::OtherEncoder`] for another file than the features were made
    /// with; [`Error::Unsupported`] for settings of another version; those of [`Encoder::load`].
    pub fn of_recipe(
        recipe: &Recipe,
        checkpoints: Option<&Path>,
        ffmpeg: &Ffmpeg,
        options: EncoderOptions,
    ) -> Result<Self, Error> {
        let unknown = |setting: &str| Error::Unsupported {
            encoder: recipe.encoder,
            what: format!("the setting {setting} is not known to this version"),
        };
        let faces = recipe.settings.get("faces");
        let is_built_in = faces.is_some_and(|faces| faces == Recipe::BUILT_IN_FACES);
        if faces.is_some() && !is_built_in {
            let what = "its aligned faces cannot be made from a clip here: give features of `blemore encode --faces`";
            return Err(Error::Unsupported { encoder: recipe.encoder, what: what.to_owned() });
        }
        let mut settings = recipe.settings.clone();
        settings.remove("faces");
        let options = with_settings(options, &settings).map_err(|setting| unknown(&setting))?;
        let weights = match &recipe.weights {
            WeightsOrigin::Random { seed } => WeightSource::Random(*seed),
            WeightsOrigin::Program { .. } => {
                let what = "its features are a program's: make them with `blemore encode --openface`, and give those";
                return Err(Error::Unsupported { encoder: recipe.encoder, what: what.to_owned() });
            }
            WeightsOrigin::Checkpoint { file, .. } => WeightSource::File(find(recipe, file, checkpoints)?),
        };
        let mut encoder = Self::load(recipe.encoder, recipe.preset, &weights, ffmpeg, options)?;
        if is_built_in {
            encoder = encoder.with_built_in_faces(FaceDetector::load(None)?, None)?;
        }
        let differences = recipe.differences(&encoder.recipe);
        if differences.is_empty() {
            return Ok(encoder);
        }
        Err(Error::OtherEncoder { encoder: recipe.encoder, differences })
    }
}

/// The file of this name, if the folder has it; else another that the encoder takes, which will turn out to be another.
fn find(recipe: &Recipe, file: &str, checkpoints: Option<&Path>) -> Result<PathBuf, Error> {
    let mut found = Vec::new();
    if let Some(folder) = checkpoints {
        for checkpoint in Checkpoint::of(recipe.encoder, recipe.preset) {
            found.extend(checkpoint.find(folder)?);
        }
    }
    let is_named = |path: &PathBuf| path.file_name().is_some_and(|name| name == file);
    let best = found.iter().find(|path| is_named(path)).or(found.first()).cloned();
    let folder = checkpoints.map(Path::to_owned);
    best.ok_or_else(|| Error::NoCheckpoint { encoder: recipe.encoder, file: file.to_owned(), folder })
}

/// Reads what [`EncoderOptions::settings`] wrote; gives the setting that it does not know.
fn with_settings(
    mut options: EncoderOptions,
    settings: &BTreeMap<String, String>,
) -> Result<EncoderOptions, String> {
    (options.half, options.thinning, options.layer, options.chunk) = (false, Thinning::All, None, None);
    for (name, value) in settings {
        let unknown = || format!("{name} {value}");
        match name.as_str() {
            "half" => options.half = true,
            "frames" => options.thinning = thinning(value).ok_or_else(unknown)?,
            "layer" if value == "mean" => options.layer = Some(Layer::Mean),
            "layer" => options.layer = Some(Layer::Index(value.parse().map_err(|_| unknown())?)),
            "chunk" => {
                let seconds = value.strip_suffix(" s").and_then(|seconds| seconds.parse().ok());
                let chunk = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                options.chunk = Some(chunk.ok_or_else(unknown)?);
            }
            _ => return Err(unknown()),
        }
    }
    Ok(options)
}

/// What [`Thinning`] displays as.
fn thinning(text: &str) -> Option<Thinning> {
    let number = text.split(' ').find_map(|word| word.parse::<f64>().ok())?;
    let every = NonZeroUsize::new(number as usize).map(Thinning::Every);
    let all = [Some(Thinning::Fps(number)), every, Some(Thinning::All)];
    all.into_iter().flatten().find(|thinning| thinning.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_written() {
        let base = EncoderOptions::default();
        for options in [
            base,
            EncoderOptions { half: true, ..base },
            EncoderOptions { thinning: Thinning::Fps(12.5), ..base },
            EncoderOptions { thinning: Thinning::Every(NonZeroUsize::new(3).unwrap()), ..base },
            EncoderOptions { layer: Some(Layer::Mean), chunk: Some(Duration::from_millis(2500)), ..base },
            EncoderOptions { layer: Some(Layer::Index(12)), ..base },
        ] {
            assert_eq!(with_settings(base, &options.settings()), Ok(options));
        }
        for (name, value) in
            [("frames", "one of no frames"), ("layer", "last"), ("chunk", "-1 s"), ("colour", "red")]
        {
            let settings = [(name.to_owned(), value.to_owned())].into();
            assert_eq!(with_settings(base, &settings), Err(format!("{name} {value}")));
        }
    }
}
