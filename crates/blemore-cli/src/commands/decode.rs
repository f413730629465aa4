//! `blemore decode`: from tables of probabilities to predictions.

use std::path::{Path, PathBuf};

use blemore_decode::{ByActor, Labels, Recipe, Rule, TrainedDecoder};
use blemore_eval::{Predictions, Thresholds};
use serde::Serialize;

use crate::arguments::{Decode, DecoderChoice, WeightsChoice};
use crate::failure::Failure;
use crate::output::{Output, check_output};
use crate::systems::Systems;

pub(crate) fn run(output: Output, arguments: &Decode) -> Result<(), Failure> {
    let Decode { probabilities, fit, trained, tables, .. } = arguments;
    let inputs = probabilities.iter().chain(fit).chain(trained).chain(&tables.metadata);
    let inputs: Vec<&Path> = inputs.map(PathBuf::as_path).collect();
    for path in arguments.save.iter().chain([&arguments.output]) {
        check_output(path, "json", arguments.force, &inputs)?;
    }
    if arguments.save.as_ref() == Some(&arguments.output) {
        return Err(Failure::input("--save and --output are one file: give two"));
    }
    let systems = Systems::read(output, &arguments.probabilities, &arguments.tables)?;
    let decoder = decoder(output, arguments, &systems)?;
    let labels = if decoder.by_actor().is_used() {
        output.note(
            "this decoder looks at all clips of an actor together: not comparable to one clip at a time",
        );
        decoder.decode_with_actors(&systems.outputs, &systems.actors()?)?
    } else {
        decoder.decode(&systems.outputs)?
    };
    let predictions: Predictions =
        systems.outputs.clips().iter().cloned().zip(labels.iter().copied()).collect();
    predictions.write(&arguments.output)?;
    if let Some(path) = &arguments.save {
        decoder.write(path)?;
    }
    let thresholds = decoder.thresholds();
    let document = Document {
        output: arguments.output.clone(),
        saved: arguments.save.clone(),
        n_clips: labels.len(),
        n_blends: labels.iter().filter(|label| label.is_blend()).count(),
        alpha: thresholds.map(|thresholds| thresholds.alpha),
        beta: thresholds.map(|thresholds| thresholds.beta),
        strength: decoder.strength(),
        by_actor: decoder.by_actor(),
    };
    output.result(&document, text)
}

fn decoder(output: Output, arguments: &Decode, systems: &Systems) -> Result<TrainedDecoder, Failure> {
    let recipe = recipe(arguments)?;
    if arguments.fit.is_empty() {
        systems.refuse_foreign_metadata(None)?;
    }
    if let Some(path) = &arguments.trained {
        return Ok(TrainedDecoder::read(path)?);
    }
    if let (Some(alpha), Some(beta)) = (arguments.alpha, arguments.beta) {
        if ![alpha, beta].iter().all(|threshold| (0.0..=1.0).contains(threshold)) {
            return Err(Failure::input("--alpha and --beta: give numbers from 0 to 1, such as 0.1 and 0.3"));
        }
        let names = systems.outputs.names().iter().cloned();
        return Ok(TrainedDecoder::of_thresholds(names, Thresholds { alpha, beta }));
    }
    if arguments.fit.len() != arguments.probabilities.len() {
        return Err(Failure::input(format!(
            "--fit and --probabilities have {} and {} tables: give one of each per system, in the same order",
            arguments.fit.len(),
            arguments.probabilities.len()
        )));
    }
    let validation = Systems::read(output, &arguments.fit, &arguments.tables)?;
    systems.refuse_foreign_metadata(Some(&validation))?;
    systems.note_learned_from(output, &validation);
    let training = validation.training(output, &validation.known()?)?;
    let (learned_from, all) = (training.labels().len(), validation.outputs.clips().len());
    if learned_from < all {
        let file = arguments.fit[0].display();
        output.note(format_args!(
            "{file}: {} of {all} clips have no fold; they are not learned from",
            all - learned_from
        ));
    }
    recipe.fit(&training).map_err(|error| Failure::from(error).within(&arguments.fit[0]))
}

/// What to learn, if anything is to be learned. An option that would change nothing is a mistake.
fn recipe(arguments: &Decode) -> Result<Recipe, Failure> {
    let by_actor = ByActor::from(&arguments.by_actor);
    let fused =
        |rule| Recipe::Fused { fusion: arguments.weights.into(), calibrated: arguments.calibrate, rule };
    let recipe = match arguments.decoder {
        DecoderChoice::Grid => fused(Rule::Grid),
        DecoderChoice::Exact => fused(Rule::Exact),
        DecoderChoice::Argmax => fused(Rule::Argmax),
        DecoderChoice::ExpectedScore => fused(Rule::ExpectedScore),
        DecoderChoice::Learned => Recipe::Learned { labels: Labels::Related, by_actor },
        DecoderChoice::LearnedApart => Recipe::Learned { labels: Labels::Apart, by_actor },
    };
    let is_default = !arguments.calibrate && arguments.weights == WeightsChoice::Mean;
    let problem = match recipe {
        _ if arguments.fit.is_empty() && !(is_default && recipe == Recipe::of(Rule::Grid)) => {
            "--decoder, --weights and --calibrate are for a decoder that is learned here: give --fit, or leave them out"
        }
        Recipe::Fused { .. } if by_actor.is_used() => {
            "--centre-by and --balance-by are for a decoder that is learned here: give --fit and --decoder learned"
        }
        Recipe::Learned { .. } if !is_default => {
            "a learned decoder sees all systems as they are: leave out --weights and --calibrate"
        }
        _ => return Ok(recipe),
    };
    Err(Failure::input(problem))
}

/// What was written.
#[derive(Serialize)]
struct Document {
    output: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<PathBuf>,
    n_clips: usize,
    n_blends: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beta: Option<f64>,
    /// Of the prior of a learned decoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    strength: Option<f64>,
    by_actor: ByActor,
}

fn text(document: &Document) -> String {
    let mut text = format!(
        "{}: {} clips, {} of them blends",
        document.output.display(),
        document.n_clips,
        document.n_blends
    );
    if let (Some(alpha), Some(beta)) = (document.alpha, document.beta) {
        text.push_str(&format!(", alpha = {alpha:.4}, beta = {beta:.4}"));
    }
    if let Some(saved) = &document.saved {
        text.push_str(&format!("\n{}: the decoder, for --trained", saved.display()));
    }
    text
}
