"""Probabilities with the names of their columns and clips."""

from __future__ import annotations

from typing import Any, Iterable, Sequence

from . import _blemore, _inputs
from ._inputs import PathLike


def probabilities(
    values: Any, *, columns: Sequence[str] | None = None, clips: Iterable[object] | None = None
) -> _blemore.Probabilities:
    """Checked probabilities of N clips, (N, 6).

    The `columns` of an array must be named, `blemore.EMOTIONS` or in your own order: another order passes every other check
    and scores wrongly. A pandas or polars frame has a column for each emotion, and `filename` for the clips. Differences of
    f32 are taken in f32, as the published code takes them.

    >>> rows = [[0.9, 0.1, 0.0, 0.0, 0.0, 0.0]]
    >>> probabilities(rows, columns=["neu", "ang", "disg", "fea", "hap", "sad"]).to_numpy().tolist()
    [[0.1, 0.0, 0.0, 0.0, 0.0, 0.9]]
    >>> probabilities(rows)
    Traceback (most recent call last):
    ...
    blemore.BlemoreError: which column is which emotion? Say columns=blemore.EMOTIONS for ang, disg, fea, hap, sad, neu, \
or name your own order
    """
    return _inputs.probabilities(values, columns, clips)


def read_probabilities(path: PathLike, *, logits: bool = False) -> _blemore.Probabilities:
    """Reads a table `filename,ang,disg,fea,hap,sad,neu`, columns by name; of logits the softmax is taken."""
    return _blemore.Probabilities.read(path, logits)
