//! Random numbers: streams that are skipped, seeds and keys. `ordinary_loop` compares the numbers with libtorch's.

use blemore_labels::Label;
use blemore_models::{Architecture, Examples, Model, RandomSource, Recipe, Trainer};
use ndarray::Array2;

#[test]
fn skipping_a_fit_equals_making_its_draws() {
    const WIDTH: usize = 11;
    let labels: Vec<Label> = Label::all().collect();
    let examples = Examples::new(Array2::ones((labels.len(), WIDTH)), labels).unwrap();
    // The generator makes 624 words at a time. A fit draws from 96 to 9,414 here.
    for (hidden, epochs) in [(vec![], 4), (vec![5, 3], 4), (vec![32], 2), (vec![32], 7), (vec![300, 12], 1)] {
        let architecture = Architecture::new(hidden).unwrap();
        let trainer = Trainer::new(Recipe { epochs, ..Recipe::default() }, architecture.clone()).unwrap();
        let (mut drawn, mut skipped) = (RandomSource::reference(42), RandomSource::reference(42));
        for _ in 0..3 {
            trainer.fit(&examples).validate(&examples).run(&mut drawn).unwrap();
            skipped.skip_fit(&architecture, WIDTH, epochs);
            assert_eq!(skipped, drawn, "{architecture}");
            let next = |source: &RandomSource| Model::untrained(&architecture, WIDTH, &mut source.clone());
            assert_eq!(next(&skipped), next(&drawn), "{architecture}");
        }
    }
}

#[test]
fn weights_depend_on_the_low_half_of_a_seed_and_on_a_key() {
    let model = |mut source: RandomSource| Model::untrained(&Architecture::linear(), 9, &mut source);
    assert_eq!(model(RandomSource::reference(7)), model(RandomSource::reference((5 << 32) + 7)));
    assert_ne!(model(RandomSource::reference(7)), model(RandomSource::reference(8)));
    let independent = |key| model(RandomSource::independent(7, key));
    assert_eq!(independent("a"), independent("a"));
    assert_ne!(independent("a"), independent("b"));
}
