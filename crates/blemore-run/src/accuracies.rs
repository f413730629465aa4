//! Accuracies as the paper's tables give them.

use blemore_eval::{MeanStd, Scores};
use serde::{Deserialize, Serialize};

/// Both accuracies of one set of clips, each 0 to 1.
///
/// ```
/// use blemore_run::Accuracies;
/// use blemore_eval::Scores;
/// let truth = ["ang".parse()?, "ang+sad 50/50".parse()?];
/// let accuracies = Accuracies::from(Scores::of_labels(&truth, &truth));
/// assert_eq!(accuracies.acc_salience, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracies {
    /// ACC_presence.
    pub acc_presence: f64,
    /// ACC_salience.
    pub acc_salience: f64,
}

impl Accuracies {
    /// `presence_weight * ACC_presence + (1 - presence_weight) * ACC_salience`.
    ///
    /// ```
    /// let accuracies = blemore_run::Accuracies { acc_presence: 0.4, acc_salience: 0.2 };
    /// assert_eq!(accuracies.composite(0.5), 0.30000000000000004);
    /// ```
    pub fn composite(self, presence_weight: f64) -> f64 {
        presence_weight * self.acc_presence + (1.0 - presence_weight) * self.acc_salience
    }
}

impl From<Scores> for Accuracies {
    fn from(scores: Scores) -> Self {
        Accuracies { acc_presence: scores.acc_presence(), acc_salience: scores.acc_salience() }
    }
}

/// Mean and sample standard deviation (ddof = 1) of both accuracies over folds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AccuracySpread {
    /// ACC_presence.
    pub acc_presence: MeanStd,
    /// ACC_salience.
    pub acc_salience: MeanStd,
}

impl AccuracySpread {
    /// The spread over several folds.
    ///
    /// ```
    /// use blemore_run::{Accuracies, AccuracySpread};
    /// let fold = |acc_presence| Accuracies { acc_presence, acc_salience: 0.1 };
    /// let spread = AccuracySpread::over([fold(0.25), fold(0.75)]);
    /// assert_eq!(spread.acc_presence.mean, 0.5);
    /// ```
    pub fn over(folds: impl IntoIterator<Item = Accuracies>) -> Self {
        let (presence, salience): (Vec<f64>, Vec<f64>) =
            folds.into_iter().map(|fold| (fold.acc_presence, fold.acc_salience)).unzip();
        AccuracySpread { acc_presence: MeanStd::sample(&presence), acc_salience: MeanStd::sample(&salience) }
    }

    /// The means alone.
    pub fn mean(self) -> Accuracies {
        Accuracies { acc_presence: self.acc_presence.mean, acc_salience: self.acc_salience.mean }
    }
}
