"""Scores, intervals, comparisons, confusions, submissions."""

from __future__ import annotations

import os
from typing import Any, Iterable, Mapping, Union

import numpy as np

from . import _blemore, _inputs
from ._record import Record
from ._inputs import LabelLike, PathLike

#: A file, a mapping from clip names to labels or lists of ``{"emotion": ..., "salience": ...}``, or labels with ``clips=``.
PredictionsLike = Union[str, "os.PathLike[str]", Mapping[str, Any], Iterable[LabelLike]]


def parse_clip_name(name: str) -> _blemore.ClipName:
    """What the name of a clip tells: actor, label, intensity or situation, version.

    A folder before the name and an extension of media and array files behind it are left out.

    >>> clip = parse_clip_name("clips/A411_mix_ang_hap_30_70_ver1.mov")
    >>> clip.actor, str(clip.label), clip.version
    ('A411', 'ang+hap 30/70', 1)
    >>> parse_clip_name("test_0001").label is None
    True
    """
    return _blemore.ClipName(name)


class Issue(Record):
    """One thing that is wrong with the predictions."""

    clip: str
    kind: str
    message: str

    def __repr__(self) -> str:
        return f"<Issue {self.clip}: {self.message}>"


class Estimate(Record):
    """A score with its intervals over actors, ``bca`` the one to report."""

    value: float
    percentile: tuple[float, float]
    bca: tuple[float, float]
    standard_error: float
    confidence: float
    actors: int
    caveat: str | None

    def _shown(self) -> list[tuple[str, str]]:
        low, high = self.bca
        shown = [("value", f"{self.value:.3f}"), (f"{100 * self.confidence:g} % interval", f"[{low:.3f}, {high:.3f}]")]
        shown.append(("actors", str(self.actors)))
        return shown + ([("caveat", self.caveat)] if self.caveat else [])


class Score(Record):
    """Both accuracies of predictions, with what is wrong with them."""

    acc_presence: float
    acc_salience: float
    #: Scored clips, blended ones among them, and clips of the truth without a prediction, which do not count.
    n_clips: int
    n_blends: int
    n_unpredicted: int

    def __init__(self, figures: Mapping[str, Any], report: _blemore.Report) -> None:
        super().__init__(figures)
        self._report = report

    @property
    def issues(self) -> list[Issue]:
        """Everything that is wrong with the predictions, in the order of the clips."""
        return [Issue(issue) for issue in self._figures["issues"]]

    @property
    def presence(self) -> Estimate | None:
        """ACC_presence with its intervals, where they were asked for."""
        return self._estimate("acc_presence")

    @property
    def salience(self) -> Estimate | None:
        """ACC_salience with its intervals, where they were asked for."""
        return self._estimate("acc_salience")

    def outcomes(self) -> list[dict[str, Any]]:
        """Clip, truth, predicted set of emotions and predicted label of each scored clip; a frame takes the list."""
        names = ("filename", "truth", "presence", "label")
        return [dict(zip(names, outcome)) for outcome in self._report.outcomes()]

    def _estimate(self, measure: str) -> Estimate | None:
        intervals = self._figures["intervals"]
        return None if intervals is None else Estimate(intervals[measure])

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a Score is not pickled: keep its to_dict()")

    def _shown(self) -> list[tuple[str, str]]:
        shown = []
        for name, estimate, count in (
            ("ACC_presence", self.presence, self._figures["counts"]["acc_presence"]),
            ("ACC_salience", self.salience, self._figures["counts"]["acc_salience"]),
        ):
            text = f"{self._figures[name.lower()]:.3f}"
            if estimate is not None:
                text += " [{:.3f}, {:.3f}]".format(*estimate.bca)
            shown.append((name, f"{text} ({count['correct']}/{count['total']} clips)"))
            if estimate is not None and estimate.caveat:
                shown.append(("caveat", estimate.caveat.replace("_", " ")))
        if self.n_unpredicted:
            shown.append(("without prediction", str(self.n_unpredicted)))
        return shown + ([("issues", str(len(self._figures["issues"])))] if self._figures["issues"] else [])


def score(
    predictions: PredictionsLike,
    truth: Any = None,
    *,
    clips: Iterable[object] | None = None,
    intervals: bool = True,
    strict: bool = False,
    replicates: int = 10_000,
    seed: int = 42,
) -> Score:
    """Both accuracies, as the published scorer computes them, with 95 % intervals over actors.

    `predictions` are a file (JSON, or the challenge's bundle), a mapping, or labels with the names of their `clips`. The
    `truth` comes from the clips' names, or is a mapping, a pandas or polars frame of metadata, or a metadata file. With
    `strict`, predictions that have any issue are refused.

    >>> score({"A1_ang_int1_ver1": "ang", "A2_mix_ang_hap_30_70_ver1": "ang+hap 50/50"}, intervals=False)
    <Score ACC_presence 1.000 (2/2 clips), ACC_salience 0.000 (0/1 clips)>
    >>> score(["ang"], {"test_0001": "sad"}, clips=["test_0001"], intervals=False).acc_presence
    0.0
    """
    report = _blemore.score(_inputs.predictions(predictions, clips), _inputs.truth(truth), strict)
    return Score(report.figures(intervals, replicates, seed), report)


class Difference(Record):
    """One measure of two systems, first minus second."""

    first: float
    second: float
    difference: float
    percentile: tuple[float, float]
    bca: tuple[float, float]
    p_value: float
    p_permutation: float
    actors: int
    caveat: str | None


class Comparison(Record):
    """Two systems on the same clips; actors are resampled together."""

    @property
    def presence(self) -> Difference:
        return Difference(self._figures["acc_presence"])

    @property
    def salience(self) -> Difference:
        return Difference(self._figures["acc_salience"])

    @property
    def composite(self) -> Difference:
        """The mean of both measures."""
        return Difference(self._figures["composite"])

    def _shown(self) -> list[tuple[str, str]]:
        shown = []
        for name, found in self._figures.items():
            low, high = found["bca"]
            text = f"{found['difference']:+.3f} [{low:+.3f}, {high:+.3f}], p {found['p_permutation']:.4f}"
            shown.append((name, text))
        return shown


def compare(
    first: Score | PredictionsLike,
    second: Score | PredictionsLike,
    truth: Any = None,
    *,
    presence_weight: float = _blemore.PRESENCE_WEIGHT,
    replicates: int = 10_000,
    seed: int = 42,
) -> Comparison:
    """Whether two systems differ: intervals of the differences by bootstrap, p values by permutation, over actors.

    >>> clips = ["A1_sad_int1_ver1", "A2_sad_int1_ver1", "A3_sad_int1_ver1"]
    >>> compare(dict.fromkeys(clips, "sad"), dict.fromkeys(clips, "ang")).presence.p_permutation
    0.25
    """
    reports = [_report(given, truth) for given in (first, second)]
    return Comparison(reports[0].compare(reports[1], presence_weight, replicates, seed))


def bootstrap(
    scored: Score | PredictionsLike,
    measure: str = "composite",
    truth: Any = None,
    *,
    presence_weight: float = _blemore.PRESENCE_WEIGHT,
    replicates: int = 10_000,
    confidence: float = 0.95,
    seed: int = 42,
) -> Estimate:
    """A measure ("presence", "salience" or "composite") with intervals over actors.

    >>> clips = ["A1_sad_int1_ver1", "A2_sad_int1_ver1", "A3_sad_int1_ver1"]
    >>> bootstrap(dict(zip(clips, ["sad", "ang", "sad"])), "presence", replicates=1000).percentile
    (0.0, 1.0)
    """
    report = _report(scored, truth)
    return Estimate(report.bootstrap(measure, presence_weight, replicates, confidence, seed))


def _report(given: Score | PredictionsLike, truth: Any) -> _blemore.Report:
    if isinstance(given, Score):
        if truth is not None:
            raise _blemore.BlemoreError("a Score was scored already: leave out truth=")
        return given._report
    return _blemore.score(_inputs.predictions(given, None), _inputs.truth(truth), False)


class ConfusionMatrix:
    """Counts of clips: a row per class of the truth, a column per predicted class."""

    #: The 36 labels or the 16 sets of emotions, as texts.
    classes: list[str]
    #: (classes, classes)
    counts: np.ndarray
    #: (classes,): predictions that are none of the classes.
    unclassified: np.ndarray

    def __init__(self, classes: list[str], counts: list[list[int]]) -> None:
        table = np.array(counts, dtype=np.int64)
        self.classes, self.counts, self.unclassified = classes, table[:, :-1], table[:, -1]

    def recalls(self) -> np.ndarray:
        """The share of right predictions of each class, NaN for a class that is not in the truth."""
        support = self.counts.sum(axis=1) + self.unclassified
        recalls: np.ndarray = np.divide(
            np.diag(self.counts), support, out=np.full(len(support), np.nan), where=support > 0
        )
        return recalls

    def to_pandas(self) -> Any:
        """The counts as a pandas frame; its last column is that of predictions that are none of the classes."""
        import pandas

        frame = pandas.DataFrame(self.counts, index=self.classes, columns=self.classes)
        return frame.assign(unclassified=self.unclassified)

    def __repr__(self) -> str:
        right, all = int(np.trace(self.counts)), int(self.counts.sum() + self.unclassified.sum())
        return f"<ConfusionMatrix of {len(self.classes)} classes, {right} of {all} clips on its diagonal>"


def confusion_matrix(
    truth: Score | Iterable[LabelLike], predicted: Iterable[LabelLike] | None = None, *, classes: str = "label"
) -> ConfusionMatrix:
    """The confusions of 36 labels, or of 16 sets of emotions (`classes="presence"`), of a `Score` or of two lists.

    >>> matrix = confusion_matrix(["ang", "ang"], ["ang", "ang+sad 70/30"], classes="presence")
    >>> int(matrix.counts[matrix.classes.index("ang"), matrix.classes.index("ang+sad")])
    1
    """
    if isinstance(truth, Score):
        if predicted is not None:
            raise _blemore.BlemoreError("a Score has its predictions: leave out the second list")
        counts = truth._report.confusion(classes)
    else:
        counts = _blemore.confusion(truth, () if predicted is None else predicted, classes)
    names = [str(label) for label in _blemore.Label.all()] if classes == "label" else _blemore.Label.presences()
    return ConfusionMatrix(names, counts)


def write_predictions(path: PathLike, predictions: PredictionsLike, *, clips: Iterable[object] | None = None) -> None:
    """Writes predictions as JSON, as the published baseline does. The file is there whole or not at all."""
    _inputs.predictions(predictions, clips).write(path)


def write_submission(
    path: PathLike,
    predictions: PredictionsLike,
    *,
    clips: Iterable[object] | None = None,
    expected: Iterable[object] | PathLike | None = None,
) -> int:
    """Checks predictions against the challenge's rules, writes its zip bundle, and gives the number of clips.

    `expected` are the clips that the challenge expects: names, or a frame with a column `filename`. With them, missing and
    further clips are refused too.

    >>> import tempfile, os.path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_submission(os.path.join(folder, "bundle.zip"), {"test_0001": "sad"}, expected=["test_0001.mov"])
    1
    """
    if expected is not None:
        table: Any = expected
        expected = _inputs.names(list(table["filename"]) if _inputs.is_frame(table) else table)
    return _inputs.predictions(predictions, clips).submit(path, expected)
