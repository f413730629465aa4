//! `blemore score`: the two accuracies of predictions, with intervals over actors, and the comparison of two systems.

use std::num::NonZeroUsize;
use std::path::Path;

use blemore_base::list::counted;
use blemore_data::Metadata;
use blemore_eval::{
    Bootstrap, Caveat, Count, Estimate, Interval, Issue, PairedScores, PerMeasure, PermutationTest,
    Predictions, ScoreReport, Scorer, Strictness,
};
use blemore_run::Breakdown;
use serde::Serialize;

use crate::arguments::Score;
use crate::failure::Failure;
use crate::output::{Format, Output, accuracy, breakdown_table, table};
use crate::read;

/// How many issues are shown on a terminal; the JSON document has all.
const LISTED_ISSUES: usize = 20;

pub(crate) fn run(output: Output, arguments: &Score) -> Result<(), Failure> {
    let metadata = arguments.metadata.as_deref().map(|path| read::metadata(output, path)).transpose()?;
    let scorer = match &metadata {
        Some(metadata) => Scorer::with_truth(blemore_run::truth([metadata])?),
        None => Scorer::from_names(),
    };
    let strictness = if arguments.strict { Strictness::Strict } else { Strictness::Published };
    let scorer = scorer.strictness(strictness);
    let report = score(output, &scorer, &arguments.predictions, arguments)?;
    tell_issues(output, &arguments.predictions, &report.issues);
    let comparison = match &arguments.compare {
        Some(other) => Some(compare(output, &scorer, &report, other, arguments)?),
        None => None,
    };
    let by = breakdowns(&report, metadata, arguments)?;
    output.result(&Document::new(report, comparison, by, &bootstrap(arguments))?, text)
}

/// The accuracies by the columns that were asked for; without metadata the clips' names tell columns.
fn breakdowns(
    report: &ScoreReport,
    metadata: Option<Metadata>,
    arguments: &Score,
) -> Result<Vec<Breakdown>, Failure> {
    if arguments.by.is_empty() {
        return Ok(Vec::new());
    }
    let metadata = match metadata {
        Some(metadata) => metadata,
        None => Metadata::of_names(report.outcomes.iter().map(|outcome| outcome.clip.clone()))?,
    };
    let by = |column: &String| Breakdown::new(&report.outcomes, &metadata, column, &bootstrap(arguments));
    Ok(arguments.by.iter().map(by).collect::<Result<_, _>>()?)
}

fn score(output: Output, scorer: &Scorer, path: &Path, arguments: &Score) -> Result<ScoreReport, Failure> {
    let predictions = read::predictions(output, path)?;
    let report = scorer.score(&predictions).map_err(|error| Failure::from(error).within(path))?;
    if report.outcomes.is_empty() {
        return Err(Failure::input(unscored(&predictions, arguments)).within(path));
    }
    Ok(report)
}

/// Why none of the predictions counts.
fn unscored(predictions: &Predictions, arguments: &Score) -> String {
    let Some((first, _)) = predictions.iter().next() else {
        return "there are no predictions in it: write one for each clip, under the clip's name".to_owned();
    };
    let count = counted(predictions.len(), "prediction");
    match &arguments.metadata {
        Some(metadata) => format!(
            "of its {count} none is of a clip in {}, the first is of {first}: give the metadata of these \
             clips",
            metadata.display()
        ),
        None => format!(
            "of its {count} none has a label in the clip's name, the first is of {first}: give --metadata \
             with the truth of these clips"
        ),
    }
}

fn compare(
    output: Output,
    scorer: &Scorer,
    first: &ScoreReport,
    other: &Path,
    arguments: &Score,
) -> Result<Comparison, Failure> {
    let second = score(output, scorer, other, arguments)?;
    tell_issues(output, other, &second.issues);
    let pairs = PairedScores::new(first, &second)?;
    let permutation =
        PermutationTest::default().permutations(arguments.replicates as usize).seed(arguments.seed);
    let difference = |measure| -> Result<Difference, Failure> {
        let bootstrapped = bootstrap(arguments).compare(&pairs, measure)?;
        Ok(Difference {
            first: bootstrapped.first,
            second: bootstrapped.second,
            difference: bootstrapped.difference,
            ci: bootstrapped.bca,
            p_bootstrap: bootstrapped.p_value,
            p_permutation: permutation.test(&pairs, measure)?.p_value,
            caveat: bootstrapped.caveat,
        })
    };
    Ok(Comparison { measures: PerMeasure::try_of(difference)?, issues: second.issues })
}

fn bootstrap(arguments: &Score) -> Bootstrap {
    let bootstrap = Bootstrap::default().replicates(arguments.replicates as usize).seed(arguments.seed);
    match std::thread::available_parallelism() {
        Ok(threads) => bootstrap.threads(threads),
        Err(_) => bootstrap.threads(NonZeroUsize::MIN),
    }
}

fn tell_issues(output: Output, path: &Path, issues: &[Issue]) {
    if issues.is_empty() {
        return;
    }
    output.note(format_args!("{}: {}", path.display(), counted(issues.len(), "issue")));
    // The document on stdout has them.
    if output.format == Format::Text {
        for issue in issues.iter().take(LISTED_ISSUES) {
            output.note(format_args!("  {issue}"));
        }
        if let Some(more) = issues.len().checked_sub(LISTED_ISSUES).filter(|more| *more > 0) {
            output.note(format_args!("  and {more} more: --json lists all"));
        }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    accuracies: PerMeasure<f64>,
    n_clips: u64,
    n_blends: u64,
    acc_presence_ci: Interval,
    acc_salience_ci: Interval,
    n_actors: usize,
    /// Why the intervals say less than they seem to, if they do.
    caveats: PerMeasure<Option<Caveat>>,
    /// Clips of the truth without a prediction, which do not count.
    n_unpredicted: usize,
    issues: Vec<Issue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<Breakdown>,
    #[serde(skip)]
    estimates: PerMeasure<Estimate>,
    #[serde(skip)]
    counts: PerMeasure<Count>,
}

/// The second system, and how far the first lies from it.
#[derive(Serialize)]
struct Comparison {
    #[serde(flatten)]
    measures: PerMeasure<Difference>,
    issues: Vec<Issue>,
}

#[derive(Clone, Copy, Serialize)]
struct Difference {
    first: f64,
    second: f64,
    difference: f64,
    ci: Interval,
    p_bootstrap: f64,
    p_permutation: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    caveat: Option<Caveat>,
}

impl Document {
    fn new(
        report: ScoreReport,
        comparison: Option<Comparison>,
        by: Vec<Breakdown>,
        bootstrap: &Bootstrap,
    ) -> Result<Self, Failure> {
        let estimates = PerMeasure::try_of(|measure| bootstrap.estimate(&report.actors, measure))?;
        Ok(Document {
            accuracies: report.scores.accuracies(),
            n_clips: report.scores.presence.total,
            n_blends: report.scores.salience.total,
            acc_presence_ci: estimates.presence.bca,
            acc_salience_ci: estimates.salience.bca,
            n_actors: estimates.presence.actors,
            caveats: estimates.map(|estimate| estimate.caveat),
            n_unpredicted: report.n_unpredicted(),
            comparison,
            by,
            estimates,
            counts: PerMeasure { presence: report.scores.presence, salience: report.scores.salience },
            issues: report.issues,
        })
    }
}

fn text(document: &Document) -> String {
    let rows = document.estimates.named().into_iter().zip(document.counts.named());
    let cells = rows.map(|((measure, estimate), (_, count))| {
        vec![
            measure.to_owned(),
            accuracy(estimate.value),
            estimate.bca.to_string(),
            count.to_string(),
            estimate.actors.to_string(),
        ]
    });
    let header = ["measure", "accuracy", "95 % interval", "clips", "actors"];
    let mut text = table(&header, 1, cells.collect());
    for (measure, estimate) in document.estimates.named() {
        text.extend(estimate.caveat.map(|caveat| format!("\n{measure}: {caveat}")));
    }
    if document.n_unpredicted > 0 {
        let all = document.n_clips as usize + document.n_unpredicted;
        text.push_str(&format!("\n{} of {all} clips have predictions", document.n_clips));
    }
    let further = document.by.iter().map(breakdown_table);
    for table in further.chain(document.comparison.as_ref().map(comparison_text)) {
        text.push_str("\n\n");
        text.push_str(&table);
    }
    text
}

fn comparison_text(comparison: &Comparison) -> String {
    let cells = |(measure, difference): (&str, Difference)| {
        vec![
            measure.to_owned(),
            accuracy(difference.first),
            accuracy(difference.second),
            format!("{:+.3}", difference.difference),
            difference.ci.to_string(),
            format!("{:.4}", difference.p_bootstrap),
            format!("{:.4}", difference.p_permutation),
        ]
    };
    let differences = comparison.measures.named();
    let mut text = table(
        &["measure", "first", "second", "difference", "95 % interval", "p, bootstrap", "p, permutation"],
        1,
        differences.into_iter().map(cells).collect(),
    );
    for (measure, difference) in differences {
        text.extend(difference.caveat.map(|caveat| format!("\n{measure}, difference: {caveat}")));
    }
    text
}
