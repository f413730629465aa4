//! `blemore trivial`: the paper's two trivial baselines.

use blemore_data::Folds;
use blemore_eval::MeanStd;
use blemore_run::{TrivialBaseline, TrivialBaselines, trivial_baselines};

use crate::arguments::Trivial;
use crate::output::{Output, table};
use crate::{Failure, read};

pub(crate) fn run(output: Output, arguments: &Trivial) -> Result<(), Failure> {
    let train = read::metadata(output, &arguments.train_metadata)?;
    let test = read::metadata(output, &arguments.test_metadata)?;
    let baselines = trivial_baselines(&train, &test)?;
    output.notes(train.table(), Folds::new(&train)?.notes());
    read::note_without_blends(output, test.table(), &test.labels()?);
    output.result(&baselines, text)
}

fn text(baselines: &TrivialBaselines) -> String {
    let row = |name: &str, baseline: &TrivialBaseline| {
        let spread = |spread: MeanStd| format!("{:.6} ± {:.6}", spread.mean, spread.std);
        vec![
            name.to_owned(),
            spread(baseline.validation.presence),
            spread(baseline.validation.salience),
            format!("{:.6}", baseline.test.presence),
            format!("{:.6}", baseline.test.salience),
        ]
    };
    table(
        &["baseline", "val ACC_presence", "val ACC_salience", "test ACC_presence", "test ACC_salience"],
        1,
        vec![row("single emotion", &baselines.single), row("blend", &baselines.blend)],
    )
}
