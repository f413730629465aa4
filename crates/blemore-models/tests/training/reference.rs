//! The published code's own run: Linear, MLP-256 and MLP-512 over five folds, one stream of random numbers.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use blemore_models::{
    Architecture, EpochRecord, Examples, RandomOrder, RandomSource, TrainConfig, Trained, Trainer,
};

use crate::shared::{self, Dataset};

/// The settings that the published run was made with.
fn published_settings() -> TrainConfig {
    TrainConfig {
        epochs: 8,
        learning_rate: 5e-4,
        random_order: RandomOrder::Reference,
        ..TrainConfig::default()
    }
}

fn train(data: &Dataset, model: &Architecture, fold: usize, source: &mut RandomSource) -> Trained {
    let trainer = Trainer::new(published_settings(), model.clone()).unwrap();
    let [train, validation] =
        data.split(fold).map(|(features, labels)| Examples::new(features, labels).unwrap());
    trainer.fit(&train, &validation, source, &mut |_| ControlFlow::Continue(())).unwrap()
}

type Rows = HashMap<(String, usize), Vec<EpochRecord>>;

/// Records of a reference file by model and fold; columns by name.
fn read_records(path: &Path, names: [&str; 9]) -> Rows {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let mut rows = Rows::new();
    for record in reader.records().map(Result::unwrap) {
        let text =
            |name: &str| headers.iter().position(|header| header == name).map(|at| record[at].to_owned());
        let number = |name: &str| text(name).map_or(0.0, |text| text.parse::<f64>().unwrap());
        let [epoch, train_loss, val_loss, alpha, beta, presence, salience, presence_only, salience_only] =
            names.map(number);
        let row = EpochRecord {
            epoch: epoch as usize,
            train_loss,
            val_loss,
            alpha,
            beta,
            acc_presence: presence,
            acc_salience: salience,
            presence_only,
            salience_only,
        };
        rows.entry((text("model").unwrap(), number("fold") as usize)).or_default().push(row);
    }
    rows
}

#[test]
fn reference_trajectory() {
    let Some(folder) = shared::folder() else { return };
    let data = Dataset::read(&folder);
    let run = folder.join("parity/cross_validation");
    let published_epochs = read_records(
        &run.join("reference_epochs.csv"),
        [
            "epoch",
            "train_loss",
            "val_loss",
            "alpha",
            "beta",
            "acc_presence",
            "acc_salience",
            "presence_only",
            "salience_only",
        ],
    );
    let published_best = read_records(
        &run.join("reference_validation_summary.csv"),
        [
            "epoch",
            "train_loss",
            "val_loss",
            "best_alpha",
            "best_beta",
            "best_acc_presence",
            "best_acc_salience",
            "absent",
            "absent",
        ],
    );
    let mut source = RandomSource::reference(42);
    let (mut cells, mut largest) = (0, 0.0_f64);
    for model in Architecture::published() {
        for fold in 0..5 {
            let key = (model.to_string(), fold);
            let trained = train(&data, &model, fold, &mut source);
            let best = EpochRecord { presence_only: 0.0, salience_only: 0.0, ..trained.best };
            let expected = published_best[&key][0];
            assert_eq!(
                EpochRecord { train_loss: 0.0, val_loss: 0.0, ..best },
                EpochRecord { train_loss: 0.0, val_loss: 0.0, ..expected },
                "{key:?}"
            );
            assert_eq!(trained.epochs.len(), published_epochs[&key].len());
            for (ours, theirs) in trained.epochs.iter().zip(&published_epochs[&key]) {
                let difference = (ours.train_loss - theirs.train_loss).abs();
                let difference = difference.max((ours.val_loss - theirs.val_loss).abs());
                largest = largest.max(difference);
                assert!(difference < 1e-5, "{key:?}: {ours:?} against {theirs:?}");
            }
            cells += 1;
        }
    }
    assert_eq!(cells, 15);
    eprintln!("largest difference of a loss from the published run: {largest:e}");
}
