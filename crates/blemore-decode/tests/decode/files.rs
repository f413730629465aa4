//! Decoder files.

use blemore_base::Blame;
use blemore_decode::{ByActor, Error, Fusion, Labels, Recipe, Rule, TrainedDecoder};

use crate::simulated::Clips;

fn recipes() -> Vec<Recipe> {
    let rules = [Rule::Grid, Rule::Exact, Rule::Argmax, Rule::ExpectedScore];
    let mut recipes: Vec<Recipe> = rules.into_iter().map(Recipe::of).collect();
    recipes.push(Recipe::Fused { fusion: Fusion::Likelihood, calibrated: true, rule: Rule::Grid });
    recipes.push(Recipe::Learned { labels: Labels::Apart, by_actor: ByActor::default() });
    for (centre, balance) in [(false, false), (true, false), (true, true)] {
        recipes.push(Recipe::Learned { labels: Labels::Related, by_actor: ByActor { centre, balance } });
    }
    recipes
}

#[test]
fn a_file_decodes_as_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decoder.json");
    let clips = Clips::draw(300, 10, 7);
    for recipe in recipes() {
        let decoder = recipe.fit(&clips.training()).unwrap();
        decoder.write(&path).unwrap();
        let read = TrainedDecoder::read(&path).unwrap();
        assert_eq!(read, decoder, "{recipe}");
        assert_eq!(
            read.decode(&clips.outputs()).unwrap(),
            decoder.decode(&clips.outputs()).unwrap(),
            "{recipe}"
        );
    }
}

#[test]
fn files_that_hold_no_decoder_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decoder.json");
    let clips = Clips::draw(300, 10, 8);
    let refused = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = TrainedDecoder::read(&path).unwrap_err();
        assert!(matches!(error, Error::NotADecoder { .. }) && error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("decoder.json"), "{error}");
        error.to_string()
    };
    for recipe in recipes() {
        recipe.fit(&clips.training()).unwrap().write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = text.trim_end().len();
        for end in (0..whole).step_by(whole / 50 + 1) {
            refused(&text[..end]);
        }
        assert!(refused(&text.replace("decoder-1", "decoder-9")).contains("decoder-9"));
        let longer = text.replacen("\"weights\":[", "\"weights\":[1.5,", 1);
        assert_ne!(longer, text, "{recipe}");
        refused(&longer);
    }
    Recipe::of(Rule::Grid).fit(&clips.training()).unwrap().write(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(refused(&text.replace("1.0", "-1.0")).contains("weights"));
    refused("{}");
    assert!(matches!(TrainedDecoder::read(folder.path().join("no.json")), Err(Error::Read { .. })));
}
