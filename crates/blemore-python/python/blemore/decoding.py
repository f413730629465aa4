"""Thresholds, decoders, late fusion, and what each way of decoding scores."""

from __future__ import annotations

from typing import Any, Iterable, Sequence, Union

from . import _blemore, _inputs
from ._inputs import LabelLike
from ._record import Record


class Thresholds(Record):
    """Alpha and beta, and what they score on the clips that they were found on."""

    alpha: float
    beta: float
    acc_presence: float
    acc_salience: float
    #: The weighted mean of both accuracies, which is the largest there is.
    objective: float
    #: The best of each accuracy at any thresholds, whatever the other.
    presence_only: float
    salience_only: float
    #: Of an exact search: all of `alpha_above < alpha <= alpha_to`, `beta_from <= beta < beta_below` reach the objective.
    region: dict[str, float] | None


def _is_exact(method: str) -> bool:
    if method not in ("grid", "exact"):
        raise _blemore.BlemoreError(f'method is {method!r}: give "grid" or "exact"')
    return method == "exact"


def find_thresholds(
    probabilities: Any,
    labels: Iterable[LabelLike] | None = None,
    *,
    columns: Sequence[str] | None = None,
    clips: Iterable[object] | None = None,
    method: str = "grid",
    presence_weight: float = _blemore.PRESENCE_WEIGHT,
    grid: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Thresholds:
    """The thresholds that score best on labelled clips.

    `probabilities` are what `blemore.probabilities` takes or gives; the `labels` are those of the clips' names unless they
    are given. `method="grid"` is the published search of 20 x 20 thresholds (or of the values of alpha and of beta in
    `grid`), `"exact"` finds the optimum of all real numbers.

    >>> rows = [[0.45, 0.05, 0.05, 0.40, 0.05, 0.0], [0.05, 0.10, 0.70, 0.05, 0.05, 0.05]]
    >>> found = find_thresholds(rows, ["ang+hap 50/50", "fea"], columns=_blemore.EMOTIONS)
    >>> found.alpha, found.acc_presence
    (0.14473684210526316, 1.0)
    """
    exact = _is_exact(method)
    if exact and grid is not None:
        raise _blemore.BlemoreError("an exact search has no grid: leave out grid=")
    values = None if grid is None else ([float(value) for value in grid[0]], [float(value) for value in grid[1]])
    table = _inputs.probabilities(probabilities, columns, clips)
    return Thresholds(_blemore.find_thresholds(table, labels, exact, presence_weight, values))


class NestedThresholds(Record):
    """Each fold with thresholds of the other folds (`nested`), and with its own, as the paper has it (`look_ahead`)."""

    #: Per fold: `fold`, and thresholds and accuracies both ways.
    folds: list[dict[str, Any]]
    #: Mean and sample deviation over the folds, and the counts of all clips together.
    nested: dict[str, Any]
    look_ahead: dict[str, Any]

    def _shown(self) -> list[tuple[str, str]]:
        shown = []
        for name in ("nested", "look_ahead"):
            for measure, found in self._figures[name]["folds"].items():
                shown.append((f"{name} {measure}", f"{found['mean']:.3f} ± {found['std']:.3f}"))
        return shown


def nested_thresholds(
    probabilities: Any,
    labels: Iterable[LabelLike] | None = None,
    *,
    folds: Iterable[int],
    columns: Sequence[str] | None = None,
    clips: Iterable[object] | None = None,
    method: str = "grid",
    presence_weight: float = _blemore.PRESENCE_WEIGHT,
) -> NestedThresholds:
    """Thresholds without look-ahead: each fold is scored with those that the other folds chose.

    >>> rows = [[0.5, 0.4, 0.1, 0, 0, 0], [0, 0.9, 0.1, 0, 0, 0], [0, 0, 0.5, 0.5, 0, 0], [0, 0, 0.3, 0, 0.7, 0]]
    >>> labels = ["ang+disg 50/50", "disg", "fea+hap 50/50", "sad"]
    >>> found = nested_thresholds(rows, labels, folds=[0, 0, 1, 1], columns=_blemore.EMOTIONS)
    >>> found.look_ahead["folds"]["acc_presence"]["mean"], found.nested["folds"]["acc_presence"]["mean"]
    (1.0, 0.75)
    """
    table = _inputs.probabilities(probabilities, columns, clips)
    numbers = [int(fold) for fold in folds]
    return NestedThresholds(
        _blemore.nested_thresholds(table, labels, numbers, _is_exact(method), presence_weight)
    )


def fit_decoder(
    probabilities: Any,
    labels: Iterable[LabelLike] | None = None,
    *,
    decoder: str = "learned",
    columns: Sequence[str] | None = None,
    clips: Iterable[object] | None = None,
    actors: Iterable[object] | None = None,
    folds: Iterable[int] | None = None,
    weights: str = "mean",
    calibrate: bool = False,
    centre_by_actor: bool = False,
    balance_by_actor: bool = False,
) -> _blemore.Decoder:
    """Learns a decoder from outputs on labelled clips that the systems were not trained on.

    `probabilities` are one system, a list of systems, or systems by name. `decoder` is one of "grid", "exact", "argmax",
    "expected_score", "learned", "learned_apart". `weights` of several systems ("mean", "likelihood", "score") and
    `calibrate` are for the first four; the two ways by actor are for the last two, and see all clips of an actor together.
    Actors are those of the clips' names unless they are given; without `folds`, five are made that keep actors apart.
    """
    return _blemore.Decoder.fit(
        _inputs.systems(probabilities, columns, clips),
        _known(labels, actors, folds),
        {
            "decoder": decoder,
            "weights": weights,
            "calibrate": calibrate,
            "centre_by_actor": centre_by_actor,
            "balance_by_actor": balance_by_actor,
        },
    )


def _known(
    labels: Iterable[LabelLike] | None, actors: Iterable[object] | None, folds: Iterable[int] | None
) -> dict[str, Any]:
    return {
        "labels": labels,
        "actors": None if actors is None else _inputs.names(actors),
        "folds": None if folds is None else [int(fold) for fold in folds],
    }


def decode(
    probabilities: Any,
    decoder: Union[_blemore.Decoder, Thresholds, tuple[float, float]],
    *,
    columns: Sequence[str] | None = None,
    clips: Iterable[object] | None = None,
    actors: Iterable[object] | None = None,
) -> list[_blemore.Label]:
    """The label of each clip, by thresholds (those found, or alpha and beta) or by a decoder of `fit_decoder`.

    >>> [str(label) for label in decode([[0.6, 0.05, 0.05, 0.3, 0.0, 0.0]], (0.1, 0.15), columns=_blemore.EMOTIONS)]
    ['ang+hap 70/30']
    """
    if isinstance(decoder, _blemore.Decoder):
        known = None if actors is None else _inputs.names(actors)
        return decoder.labels(_inputs.systems(probabilities, columns, clips), known)
    if actors is not None:
        raise _blemore.BlemoreError("thresholds see one clip at a time: leave out actors=")
    alpha, beta = (decoder.alpha, decoder.beta) if isinstance(decoder, Thresholds) else decoder
    return _blemore.decode(_inputs.probabilities(probabilities, columns, clips), alpha, beta)


def late_fuse(
    probabilities: Any,
    *,
    weights: str | Sequence[float] = "mean",
    columns: Sequence[str] | None = None,
    clips: Iterable[object] | None = None,
    fit: Any = None,
    labels: Iterable[LabelLike] | None = None,
    actors: Iterable[object] | None = None,
) -> _blemore.Probabilities:
    """One table of probabilities from those of several systems, joined by clip name.

    `weights` are "mean", numbers, or learned ("likelihood", "score") from the same systems' outputs on other clips, `fit`,
    with their `labels` and `actors` where the names do not tell them.

    >>> video, audio = [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]], [[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]]
    >>> late_fuse([video, audio], weights=[3, 1], columns=_blemore.EMOTIONS).to_numpy().tolist()
    [[0.75, 0.25, 0.0, 0.0, 0.0, 0.0]]
    """
    given: Any = weights if isinstance(weights, str) else [float(weight) for weight in weights]
    learned = None if fit is None else (_inputs.systems(fit, columns), _known(labels, actors, None))
    fused, _ = _blemore.late_fuse(_inputs.systems(probabilities, columns, clips), given, learned)
    return fused


class Evaluation(Record):
    """What each way of decoding scores on clips that it has not seen."""

    #: A row per system and way of decoding: accuracies over the folds, on all clips together and on the test.
    rows: list[dict[str, Any]]
    #: The row that the others are compared with.
    reference: int
    #: All pairs of systems, with corrected p values.
    pairs: list[dict[str, Any]]

    def to_records(self) -> list[dict[str, Any]]:
        """One flat record per row; a frame takes the list."""
        return [_flat(row) for row in self.rows]

    def _shown(self) -> list[tuple[str, str]]:
        shown = []
        for row in self.rows:
            means = [f"{row['folds'][measure]['mean']:.3f}" for measure in ("acc_presence", "acc_salience")]
            shown.append((f"{' + '.join(row['systems'])}, {row['method']}", ", ".join(means)))
        return shown


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"systems": " + ".join(row["systems"]), "method": row["method"]}
    for measure, found in row["folds"].items():
        record[f"folds_{measure}"], record[f"folds_{measure}_std"] = found["mean"], found["std"]
    for part in ("pooled", "test"):
        for measure in ("presence", "salience", "composite") if row[part] else ():
            found = row[part][measure]
            record[f"{part}_{measure}"] = found["value"]
            record[f"{part}_{measure}_low"], record[f"{part}_{measure}_high"] = found["bca"]
    difference = row["against_reference"]
    record["p_corrected"] = None if difference is None else difference["p_corrected"]
    return record


def evaluate(
    probabilities: Any,
    labels: Iterable[LabelLike] | None = None,
    *,
    folds: Iterable[int],
    columns: Sequence[str] | None = None,
    clips: Iterable[object] | None = None,
    actors: Iterable[object] | None = None,
    test: Any = None,
    test_labels: Iterable[LabelLike] | None = None,
    test_clips: Iterable[object] | None = None,
    test_actors: Iterable[object] | None = None,
    centre_by_actor: bool = False,
    balance_by_actor: bool = False,
    replicates: int = 10_000,
    seed: int = 42,
) -> Evaluation:
    """What each way of decoding scores: every fold by what the other folds taught, the test by all folds.

    `probabilities` are one system, a list, or systems by name, each from models that were not trained on the clip's fold.
    """
    known = _known(labels, actors, folds)
    held_out = None
    if test is not None:
        held_out = (_inputs.systems(test, columns, test_clips), _known(test_labels, test_actors, None))
    return Evaluation(
        _blemore.evaluate(
            _inputs.systems(probabilities, columns, clips),
            known,
            held_out,
            (centre_by_actor, balance_by_actor),
            replicates,
            seed,
        )
    )
