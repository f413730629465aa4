//! Everything that a training run depends on besides its data.

use approx::assert_relative_eq;
use blemore_run::*;

#[test]
fn all_numbers_survive_toml() {
    for recipe in [Recipe::default(), Recipe::subsampled(), Recipe::hicmae(50), Recipe::fine_tuned(100)] {
        assert_eq!(Recipe::from_toml(&recipe.to_toml().unwrap()).unwrap(), recipe);
    }
}

#[test]
fn unknown_keys_are_named() {
    for text in
        ["lr = 1", "schedule = { cosine = { warmup = 3, start = 0.0, end = 0.0 } }", "optimizer = 'sgd'"]
    {
        let message = Recipe::from_toml(text).unwrap_err().to_string();
        assert!(["lr", "warmup", "sgd"].iter().any(|key| message.contains(key)), "{message}");
    }
}

#[test]
fn cosine_rises_over_the_warm_up_and_ends_near_the_floor() {
    let schedule = Schedule::Cosine { warm_up_epochs: 5, start: 1e-6, end: 1e-6 };
    let rate = |step| schedule.rate(1e-3, step, 10, 50);
    assert_eq!(rate(0), 1e-6);
    assert_relative_eq!(rate(49), 1e-3);
    assert_relative_eq!(rate(50), 1e-3);
    assert_relative_eq!(rate(50 + 225), 0.5 * (1e-3 + 1e-6), max_relative = 1e-9);
    assert!(rate(499) > 1e-6 && rate(499) < 1.1e-6);
    assert!((50..499).all(|step| rate(step + 1) < rate(step)));
}

#[test]
fn names_of_no_device_are_refused() {
    for text in ["gpu", "cuda:", "cuda:x", "cpu:0", ""] {
        assert!(text.parse::<Device>().is_err(), "{text}");
    }
}

#[test]
fn the_text_of_a_published_recipe_is_that_of_earlier_versions() {
    let text = Recipe::default().to_toml().unwrap();
    assert!(!text.contains("head") && !text.contains("fine_tuning"));
    let text = "head = 'labels'\nobjective = { multi-task = { salience_weight = 0.3 } }";
    let recipe = Recipe::from_toml(text).unwrap();
    assert_eq!(recipe.objective, Objective::MultiTask { salience_weight: 0.3 });
    assert_eq!(Recipe::from_toml(&recipe.to_toml().unwrap()).unwrap(), recipe);
}

#[test]
fn heads_and_objectives_that_do_not_go_together_are_refused() {
    for (text, expected) in [
        ("head = 'proportions'", "proportions have squared-error alone"),
        ("head = 'labels'\nobjective = 'ranking'", "does not have this objective"),
        ("objective = { multi-task = { salience_weight = 1.5 } }", "salience_weight must lie in [0, 1]"),
        ("head = 'labels'\nrandom_order = 'reference'", "of the head emotions alone"),
        ("head = 'labels'\n[fine_tuning]", "fine_tuning needs the head emotions"),
        ("[fine_tuning]\nlayer_decay = 0", "layer_decay must be above 0"),
        ("[fine_tuning]\ndrop_path = 1.0", "drop_path must lie in [0, 1)"),
    ] {
        let message = Recipe::from_toml(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn a_file_changes_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    std::fs::write(&path, "weight_decay = 0.1\n[fine_tuning.augmentation]\nflip = 0.25").unwrap();
    let base = Recipe::fine_tuned(100);
    let mut expected = Recipe { weight_decay: 0.1, ..base.clone() };
    expected.fine_tuning.as_mut().unwrap().augmentation.flip = 0.25;
    assert_eq!(base.read_over(&path).unwrap(), expected);
    std::fs::write(&path, "[fine_tuning.augmentation]\nerase = 2.0").unwrap();
    let message = base.read_over(&path).unwrap_err().to_string();
    assert!(message.contains("fine_tuning.augmentation"), "{message}");
}
