//! Sweeps: shares and resumption, what the other folds choose, and the table.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use blemore::data::generate::{Corpus, CorpusSize, KnownCorpus};
use blemore::eval::{
    Decoder, ExpectedScoreDecoder, GridSearch, Probabilities, ProbabilityTable, Scores, decode_all,
};
use blemore::features::{FeatureTable, fuse_all};
use blemore::models::EpochOutputs;
use blemore::run::files::EPOCH_OUTPUTS_FILE;
use blemore::run::{
    ALIGNED, Architecture, CellResult, EncoderFusion, Execution, Recipe, ResultsFolder, Run, SweepPlan,
    SweepRow, SweepTable, verify, verify_sweep,
};
use blemore::{CrossValidation, Partition, RunPlan, Sweep};
use ndarray::{Axis, s};

use crate::{features, page_of};

const PLAN: &str = r#"
metadata = "train_metadata.csv"
heads = ["emotions", "labels"]
objectives = ["kl-divergence", "ranking"]
decoders = ["grid", "expected-score", "calibrated-grid"]
features = [{ name = "made up", tables = ["made_up.npz"] }]
recipe = { epochs = 3, learning_rate = 0.01 }
baseline = { features = "made up", head = "emotions", objective = "kl-divergence", decoder = "grid" }
"#;

fn folder_of(sweep: &Path, row: &SweepRow) -> ResultsFolder {
    ResultsFolder::open(sweep.join("runs").join(row.run.as_ref().unwrap())).unwrap()
}

fn cells_of(folder: &ResultsFolder) -> Vec<CellResult> {
    Run::read(folder).unwrap().finished(folder, false).unwrap().cells
}

fn outputs_of(folder: &ResultsFolder, cell: &CellResult) -> EpochOutputs {
    EpochOutputs::read(folder.of_result(&cell.cell.name).join(EPOCH_OUTPUTS_FILE)).unwrap()
}

/// The composite of all clips by the published grid, from the files of the run and the epoch (from 0) of each fold:
/// thresholds are the best on the clips of the other folds.
fn composite_by_hand(choices: &[(&ResultsFolder, usize)]) -> f64 {
    let (mut right, mut found) = (Vec::new(), Vec::new());
    for (place, (folder, epoch)) in choices.iter().enumerate() {
        let fold = |cell: &CellResult| {
            let outputs = outputs_of(folder, cell);
            let table =
                ProbabilityTable::new(outputs.clips().to_vec(), outputs.epochs()[*epoch].emotions().unwrap());
            (table.as_ref().unwrap().labels().unwrap(), table.unwrap().probabilities().rows().to_vec())
        };
        let mut cells = cells_of(folder);
        let own = cells.remove(place);
        let (labels, rows): (Vec<_>, Vec<_>) = cells.iter().map(fold).unzip();
        let rows = Probabilities::new(rows.concat()).unwrap();
        let thresholds = GridSearch::default().search(&rows, &labels.concat()).unwrap().thresholds;
        let (labels, rows) = fold(&own);
        found.extend(decode_all(&Probabilities::new(rows).unwrap(), thresholds));
        right.extend(labels);
    }
    Scores::of_labels(&right, &found).unwrap().composite(0.5)
}

#[test]
fn the_table_is_that_of_nested_choices_whatever_the_shares() {
    let plan = SweepPlan::from_toml(PLAN).unwrap();
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let tables = [features(corpus.train())];
    let sweep = Sweep::new(&plan, &tables, corpus.train(), None).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let (whole, parts) = (temporary.path().join("whole"), temporary.path().join("parts"));
    let table = sweep.run(&whole, &RunPlan::default(), &|_| ()).unwrap().unwrap();
    assert_eq!(table.rows.len(), 9);
    assert_eq!(table.rows.iter().filter(|row| row.against_baseline.is_none()).count(), 1);
    let execution = Execution { jobs: NonZeroUsize::new(1), ..Execution::default() };
    for (share, is_last) in [("3/4", false), ("1/4", false), ("4/4", false), ("2/4", true)] {
        let share = Some(share.parse().unwrap());
        let found = sweep.run(&parts, &RunPlan { execution, share, ..RunPlan::default() }, &|_| ()).unwrap();
        assert_eq!(found.is_some(), is_last);
        assert!(found.is_none_or(|found| found == table));
    }
    assert_eq!(SweepTable::read(&parts).unwrap().unwrap(), table);

    // The baseline, computed step by step from the files of its run.
    let row = &table.rows[0];
    let folder = folder_of(&whole, row);
    let cells = cells_of(&folder);
    let outputs = |cell: &CellResult| outputs_of(&folder, cell);
    for (place, own) in cells.iter().enumerate() {
        let others: Vec<&CellResult> = cells.iter().filter(|cell| cell.cell.fold != own.cell.fold).collect();
        let mean = |epoch: usize| others.iter().map(|cell| cell.epochs[epoch].composite(0.5)).sum::<f64>();
        let epoch = (0..3).rev().max_by(|a, b| mean(*a).total_cmp(&mean(*b))).unwrap();
        assert_eq!(row.epochs[place], epoch + 1);
    }
    let kept = outputs(&cells[0]);
    let last = kept.epochs()[cells[0].best.epoch - 1].emotions().unwrap();
    let labels: Vec<_> = kept.clips().iter().map(|clip| clip.label().unwrap()).collect();
    let scores = Scores::of_labels(&labels, &decode_all(&last, cells[0].best.thresholds())).unwrap();
    assert_eq!(scores.accuracies(), cells[0].accuracies(), "the outputs of the best epoch are the cell's");

    let choices: Vec<_> = row.epochs.iter().map(|epoch| (&folder, epoch - 1)).collect();
    assert!((composite_by_hand(&choices) - row.composite).abs() < 1e-12);

    assert_eq!(verify(&folder, None).unwrap().differences, []);
    let page = page_of(&folder);
    assert!(page.contains("The sweep") && page.contains("made up, Linear, labels, kl-divergence, grid"));

    // A cell without the outputs of its epochs is trained again, and the table stays what it was.
    fs::remove_file(folder.of_result(&cells[2].cell.name).join(EPOCH_OUTPUTS_FILE)).unwrap();
    assert_eq!(sweep.run(&whole, &RunPlan::default(), &|_| ()).unwrap(), Some(table));
}

#[test]
fn plans_that_cannot_be_are_refused_with_every_fault() {
    let broken = PLAN.replace("epochs = 3", "epochs = 3, head = \"labels\", presence_weight = 0.7");
    let broken =
        broken.replace("\"grid\", ", "").replace("[\"emotions\", \"labels\"]", "[\"labels\", \"labels\"]");
    let message = SweepPlan::from_toml(&broken).unwrap_err().to_string();
    for expected in [
        "heads: labels is there twice",
        "the baseline is not a row of the grid",
        "fusions, alignments, heads and objectives are those of the grid",
        "presence_weight is the published one",
    ] {
        assert!(message.contains(expected), "{message}");
    }
}

const ON_KNOWN: &str = r#"
metadata = "train_metadata.csv"
heads = ["emotions", "set-and-ratio"]
decoders = ["grid", "expected-score"]
features = [{ name = "generated", tables = ["features.npz"] }]
recipe = { epochs = 15, learning_rate = 6e-3 }
baseline = { features = "generated", head = "emotions", objective = "kl-divergence", decoder = "grid" }
"#;

fn sweep_on(corpus: &KnownCorpus) -> SweepTable {
    let plan = SweepPlan::from_toml(ON_KNOWN).unwrap();
    let tables = [corpus.features().clone()];
    let sweep = Sweep::new(&plan, &tables, corpus.metadata(), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    sweep.run(folder.path(), &RunPlan::default(), &|_| ()).unwrap().unwrap()
}

#[test]
fn where_probabilities_are_known_a_head_over_labels_closes_most_of_the_distance_to_the_best() {
    let corpus = KnownCorpus::generate(1, 0.92).unwrap();
    let table = sweep_on(&corpus);
    // The best label of each clip, from the probabilities that it has.
    let known = Probabilities::new(corpus.posteriors().to_vec()).unwrap();
    let decoder = ExpectedScoreDecoder::new(0.5, corpus.blend_share()).unwrap();
    let labels = corpus.metadata().labels().unwrap();
    let best = Scores::of_labels(&labels, &decoder.decode_all(&known)).unwrap().composite(0.5);
    let [baseline, .., learned] = &table.rows[..] else { panic!("{table:?}") };
    assert!((0.35..0.5).contains(&baseline.composite), "{}", baseline.composite);
    let closed = (learned.composite - baseline.composite) / (best - baseline.composite);
    assert!(closed > 0.6, "{closed}: {table:?}");
    assert!(learned.against_baseline.unwrap().wins());
}

#[test]
fn where_features_say_nothing_no_row_wins() {
    let table = sweep_on(&KnownCorpus::without_signal(1).unwrap());
    assert!(table.rows.iter().filter_map(|row| row.against_baseline).all(|row| !row.wins()), "{table:?}");
}

const FUSIONS: &str = r#"
metadata = "train_metadata.csv"
features = [{ name = "both", tables = ["a.npz", "b.npz"] }, { name = "one", tables = ["a.npz"] }]
fusions = [FUSIONS]
recipe = { epochs = 10, learning_rate = 6e-3 }
baseline = { features = "one", head = "emotions", objective = "kl-divergence", decoder = "grid" }
"#;

/// The known corpus as two encoders of eight columns, the second of which is noise.
fn encoders(corpus: &KnownCorpus) -> [FeatureTable; 2] {
    let (clips, values) = (corpus.features().clips().to_vec(), corpus.features().values().to_owned());
    let table = |columns| FeatureTable::new(clips.clone(), values.slice(s![.., columns]).to_owned()).unwrap();
    // The columns of other clips.
    let mut noise = values.slice(s![.., 8..16]).to_owned();
    noise.invert_axis(Axis(0));
    [table(0..8), FeatureTable::new(clips.clone(), noise.as_standard_layout().to_owned()).unwrap()]
}

#[test]
fn gated_fusion_is_a_row_beside_early_fusion_and_noise_loses_its_weight() {
    let plan = FUSIONS.replace("FUSIONS", r#""early", { gated = { width = 16 } }"#);
    let plan = SweepPlan::from_toml(&plan).unwrap();
    let corpus = KnownCorpus::generate(1, 0.92).unwrap();
    let [telling, noise] = encoders(&corpus);
    let tables = [fuse_all(&[telling.clone(), noise]).unwrap(), telling];
    let sweep = Sweep::new(&plan, &tables, corpus.metadata(), None).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let table = sweep.run(temporary.path(), &RunPlan::default(), &|_| ()).unwrap().unwrap();
    let names: Vec<String> = table.rows.iter().map(|row| row.combination.inputs()).collect();
    assert_eq!(names, ["both", "both, gated 16", "one"], "one table has nothing to weigh");
    let gated = &table.rows[1];
    assert!(gated.encoders[1].weight < 0.25, "{:?}", gated.encoders);
    assert_eq!(SweepTable::read(temporary.path()).unwrap(), Some(table.clone()));

    let folder = folder_of(temporary.path(), gated);
    assert_eq!(verify(&folder, None).unwrap().differences, []);
    let page = page_of(&folder);
    assert!(page.contains("Weights of the encoders") && page.contains("encoder 2"), "{page}");
}

#[test]
fn the_other_folds_choose_how_many_encoders_are_added_up() {
    let fusions = r#""early", { gated = { width = 4, best = 1 } }, { gated = { width = 4 } }"#;
    let plan = SweepPlan::from_toml(&FUSIONS.replace("FUSIONS", fusions)).unwrap();
    let corpus = KnownCorpus::generate(1, 0.92).unwrap();
    let [telling, noise] = encoders(&corpus);
    let tables = [fuse_all(&[telling.clone(), noise]).unwrap(), telling];
    let sweep = Sweep::new(&plan, &tables, corpus.metadata(), None).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let mut table = sweep.run(folder, &RunPlan::default(), &|_| ()).unwrap().unwrap();
    let names: Vec<String> = table.rows.iter().map(|row| row.combination.inputs()).collect();
    let expected = ["both", "both, gated 4, best 1", "both, gated 4", "both, gated 4, best n chosen", "one"];
    assert_eq!(names, expected, "the fixed numbers stay");

    let [one, all] = [1, 2].map(|place| folder_of(folder, &table.rows[place]));
    let cells = [cells_of(&one), cells_of(&all)];
    let row = &table.rows[3];
    let mut choices = Vec::new();
    for (fold, chosen) in row.chosen.iter().enumerate() {
        let mean = |&(run, epoch): &(usize, usize)| -> f64 {
            let others = cells[run].iter().enumerate().filter(|(place, _)| *place != fold);
            others.map(|(_, cell)| cell.epochs[epoch].composite(0.5)).sum()
        };
        let pairs = [0, 1].into_iter().flat_map(|run| (0..10).map(move |epoch| (run, epoch)));
        let (run, epoch) = pairs.rev().max_by(|a, b| mean(a).total_cmp(&mean(b))).unwrap();
        assert_eq!((chosen.best, row.epochs[fold]), ([Some(1), None][run], epoch + 1));
        assert_eq!(
            (chosen.fold, Some(&chosen.run)),
            (cells[run][fold].cell.fold, table.rows[1 + run].run.as_ref())
        );
        choices.push(([&one, &all][run], epoch));
    }
    assert!((composite_by_hand(&choices) - row.composite).abs() < 1e-12);
    let notes = table.notes();
    let chosen = notes.iter().find(|note| note.starts_with("n that the other folds chose")).unwrap();
    assert!(chosen.contains("best n chosen, Linear, emotions, kl-divergence, grid: fold"), "{chosen}");
    assert!(page_of(&one).contains(chosen));

    assert_eq!(verify_sweep(folder).unwrap().unwrap(), []);
    let wrong = &mut table.rows[3].chosen[0];
    wrong.best = if wrong.best.is_some() { None } else { Some(1) };
    table.write(folder).unwrap();
    let [found] = &verify_sweep(folder).unwrap().unwrap()[..] else { panic!() };
    assert!(
        found.problem.contains("best n chosen") && found.problem.ends_with("gives other numbers"),
        "{found:?}"
    );
}

#[test]
fn early_fusion_of_clips_that_lack_an_encoder_is_refused_and_gated_fusion_is_not() {
    let corpus = KnownCorpus::generate(1, 0.92).unwrap();
    let [telling, other] = encoders(&corpus);
    let names = other.clips()[7..].to_vec();
    let fewer = FeatureTable::new(names, other.values().slice(s![7.., ..]).to_owned()).unwrap();
    let table = fuse_all(&[telling.clone(), fewer]).unwrap();
    let whole = fuse_all(&[telling, other]).unwrap();
    let partition = |table| Partition::join("both", table, corpus.metadata()).unwrap();
    let fit = |table, fusion| {
        let recipe = Recipe { epochs: 1, fusion, ..Recipe::default() };
        CrossValidation::new(partition(table), vec![Architecture::linear()], recipe)
    };
    let error = fit(&table, EncoderFusion::Early).unwrap_err().to_string();
    assert!(error.contains("encoder 2 has no row of") && error.contains("gated fusion does not"), "{error}");
    let gated = EncoderFusion::Gated { width: 4, best: None };
    let run = |table| {
        let folder = tempfile::tempdir().unwrap();
        let results = ResultsFolder::create(folder.path()).unwrap();
        fit(table, gated).unwrap().run(&results, &RunPlan::default(), &|_| ()).unwrap()
    };
    let (lacking, full) = (run(&table), run(&whole));
    assert_ne!(lacking.cells[0].run, full.cells[0].run);
    assert!(lacking.cells.iter().all(|cell| cell.encoders.len() == 2));
}

#[test]
fn what_was_aligned_with_held_out_clips_says_so_and_looks_at_no_label() {
    let plan = FUSIONS.replace("FUSIONS", r#""early", { gated = { width = 4 } }"#);
    let plan = plan.replace("fusions", "alignments = [\"none\", \"correlation\"]\nfusions");
    let plan = SweepPlan::from_toml(&plan.replace("epochs = 10", "epochs = 2")).unwrap();
    let corpus = Corpus::generate(42, CorpusSize::SMALL).unwrap();
    let table = features(corpus.train());
    let tables = [fuse_all(&[table.clone(), table.clone()]).unwrap(), table];
    let sweep = Sweep::new(&plan, &tables, corpus.train(), None).unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let table = sweep.run(temporary.path(), &RunPlan::default(), &|_| ()).unwrap().unwrap();
    let aligned: Vec<_> =
        table.rows.iter().filter(|row| row.combination.inputs().ends_with(ALIGNED)).collect();
    assert_eq!((table.rows.len(), aligned.len()), (6, 3));
    for row in aligned {
        let folder = folder_of(temporary.path(), row);
        assert!(Run::read(&folder).unwrap().features.ends_with(ALIGNED));
        assert_eq!(verify(&folder, None).unwrap().differences, []);
        assert!(page_of(&folder).contains(ALIGNED));
    }
}
