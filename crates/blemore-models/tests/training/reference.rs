//! The published code's own run: Linear, MLP-256 and MLP-512 over five folds, one stream of random numbers.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use blemore_models::{
    Architecture, Arithmetic, EpochRecord, Examples, RandomOrder, RandomSource, TrainConfig, Trained, Trainer,
};

use crate::shared::{self, Dataset};

/// The settings that the published run was made with.
fn published_settings(arithmetic: Arithmetic) -> TrainConfig {
    TrainConfig {
        epochs: 8,
        learning_rate: 5e-4,
        random_order: RandomOrder::Reference,
        arithmetic,
        ..TrainConfig::default()
    }
}

fn train(
    data: &Dataset,
    (model, fold): (&Architecture, usize),
    arithmetic: Arithmetic,
    source: &mut RandomSource,
) -> Trained {
    let trainer = Trainer::new(published_settings(arithmetic), model.clone()).unwrap();
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

/// The run as the published code recorded it.
struct Published {
    epochs: Rows,
    best: Rows,
}

impl Published {
    fn read(folder: &Path) -> Self {
        let run = folder.join("parity/cross_validation");
        let accuracies = ["acc_presence", "acc_salience", "presence_only", "salience_only"];
        let columns = |[alpha, beta]: [&'static str; 2], [presence, salience, p, s]: [&'static str; 4]| {
            ["epoch", "train_loss", "val_loss", alpha, beta, presence, salience, p, s]
        };
        let of_best = ["best_acc_presence", "best_acc_salience", "absent", "absent"];
        Self {
            epochs: read_records(&run.join("reference_epochs.csv"), columns(["alpha", "beta"], accuracies)),
            best: read_records(
                &run.join("reference_validation_summary.csv"),
                columns(["best_alpha", "best_beta"], of_best),
            ),
        }
    }
}

/// Whether this machine runs the very matrix products that the published run was made with: libtorch chooses them by
/// the processor's instructions, and each choice sums in its own order.
fn has_the_published_products() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    return is_x86_feature_detected!("avx512f");
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    return false;
}

fn losses_of(record: &EpochRecord) -> [f64; 2] {
    [record.train_loss, record.val_loss]
}

/// The record with its losses put aside: thresholds and accuracies.
fn chosen(record: &EpochRecord) -> EpochRecord {
    EpochRecord { train_loss: 0.0, val_loss: 0.0, ..*record }
}

/// Trains all 15 cells from one stream and checks everything but the losses; gives every loss beside the published one.
fn losses_of_all_cells(folder: &Path, arithmetic: Arithmetic) -> Vec<(f64, f64)> {
    let (data, published) = (Dataset::read(folder), Published::read(folder));
    let mut source = RandomSource::reference(42);
    let mut losses = Vec::new();
    for model in Architecture::published() {
        for fold in 0..5 {
            let key = (model.to_string(), fold);
            let trained = train(&data, (&model, fold), arithmetic, &mut source);
            let best = EpochRecord { presence_only: 0.0, salience_only: 0.0, ..chosen(&trained.best) };
            assert_eq!(best, chosen(&published.best[&key][0]), "{key:?}");
            assert_eq!(trained.epochs.len(), published.epochs[&key].len(), "{key:?}");
            for (ours, theirs) in trained.epochs.iter().zip(&published.epochs[&key]) {
                assert_eq!(chosen(ours), chosen(theirs), "{key:?}");
                losses.extend(losses_of(ours).into_iter().zip(losses_of(theirs)));
            }
        }
    }
    assert_eq!(losses.len(), 15 * 8 * 2);
    losses
}

#[test]
fn losses_are_the_published_ones_to_the_last_bit() {
    let Some(folder) = shared::folder() else { return };
    for arithmetic in [Arithmetic::Fast, Arithmetic::Published] {
        for (ours, theirs) in losses_of_all_cells(&folder, arithmetic) {
            if has_the_published_products() {
                assert_eq!(ours, theirs, "{arithmetic:?}");
            } else {
                approx::assert_relative_eq!(ours, theirs, max_relative = 1e-5);
            }
        }
    }
}
