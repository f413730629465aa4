//! `blemore trivial`: the paper's two trivial baselines.

use blemore_data::Metadata;
use blemore_eval::MeanStd;
use blemore_run::{TrivialBaseline, TrivialBaselines, trivial_baselines};

use crate::Failure;
use crate::arguments::Trivial;
use crate::output::{Output, table};

pub(crate) fn run(output: Output, arguments: &Trivial) -> Result<(), Failure> {
    let train = Metadata::read(&arguments.train_metadata)?;
    let test = Metadata::read(&arguments.test_metadata)?;
    output.result(&trivial_baselines(&train, &test)?, text)
}

fn text(baselines: &TrivialBaselines) -> String {
    let row = |name: &str, baseline: &TrivialBaseline| {
        let spread = |spread: MeanStd| format!("{:.6} ± {:.6}", spread.mean, spread.std);
        vec![
            name.to_owned(),
            spread(baseline.validation.acc_presence),
            spread(baseline.validation.acc_salience),
            format!("{:.6}", baseline.test.acc_presence),
            format!("{:.6}", baseline.test.acc_salience),
        ]
    };
    table(
        &["baseline", "val ACC_presence", "val ACC_salience", "test ACC_presence", "test ACC_salience"],
        1,
        vec![row("single emotion", &baselines.single), row("blend", &baselines.blend)],
    )
}
