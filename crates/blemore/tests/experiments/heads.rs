//! Heads over labels: the same folders, tests and checks as the paper's head.

use blemore::data::generate::{Corpus, CorpusSize};
use blemore::eval::PerMeasure;
use blemore::models::Checkpoint;
use blemore::run::files::{CHECKPOINT_FILE, read_outputs};
use blemore::run::{Architecture, ClipOutputs, Execution, Head, Objective, Recipe, ResultsFolder, verify};
use blemore::{CrossValidation, HeldOutTest, Partition, RunPlan};

use crate::{features, page_of};

#[test]
fn a_run_of_each_head_is_verified_tested_and_reported() {
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let (train, test) = (features(corpus.train()), features(corpus.test()));
    for (head, objective) in [
        (Head::SetAndRatio, Objective::KlDivergence),
        (Head::Labels, Objective::MultiTask { salience_weight: 0.5 }),
        (Head::Proportions, Objective::SquaredError),
    ] {
        let recipe = Recipe { epochs: 4, learning_rate: 0.01, head, objective, ..Recipe::default() };
        let partition = Partition::join("made up", &train, corpus.train()).unwrap();
        let models = vec![Architecture::linear()];
        let experiment = CrossValidation::new(partition.clone(), models, recipe.clone()).unwrap();
        let temporary = tempfile::tempdir().unwrap();
        let folder = ResultsFolder::create(temporary.path()).unwrap();
        let run = experiment.run(&folder, &RunPlan::default(), &|_| ()).unwrap();
        let nested = experiment.nested(&folder).unwrap();
        let means = |of: PerMeasure<blemore::eval::MeanStd>| of.map(|spread| spread.mean);
        if head.gives_labels() {
            assert_eq!(
                means(nested[0].accuracies),
                means(run.summary[0].accuracies),
                "no thresholds to choose"
            );
        }

        let cell = &run.cells[0];
        let outputs = read_outputs(&folder, &cell.cell.name).unwrap().outputs().unwrap();
        assert_eq!(matches!(outputs, ClipOutputs::Labels(_)), head.gives_labels());
        let checkpoint = Checkpoint::read(folder.of_result(&cell.cell.name).join(CHECKPOINT_FILE)).unwrap();
        let fold = experiment.folds().split(cell.cell.fold).unwrap().validation;
        let rows = train.rows_of_clips(&fold).unwrap();
        assert_eq!(checkpoint.outputs(rows).unwrap(), outputs);

        let test = Partition::join("made up", &test, corpus.test()).unwrap();
        let held_out = HeldOutTest::new(partition, test, recipe).unwrap();
        let tested = held_out.run(&run.models(), &run, &folder, Execution::default(), &|_| ()).unwrap();
        assert_eq!(tested[0].expected_score.is_some(), head.gives_labels());
        assert!(tested[0].scores.unwrap().accuracies.presence > 0.2);
        let found = verify(&folder, None).unwrap();
        assert_eq!((found.recomputed, found.differences), (6, Vec::new()), "{head}");
        let page = page_of(&folder);
        assert_eq!(page.contains("Circles: chosen thresholds"), !head.gives_labels());
    }
}
