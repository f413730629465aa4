"""For scikit-learn: both accuracies as scorers, and folds that keep actors apart.

>>> from sklearn.dummy import DummyClassifier
>>> model = DummyClassifier(strategy="constant", constant="ang").fit([[0], [0]], ["ang", "sad"])
>>> presence_scorer(model, [[0], [0]], ["ang", "ang+sad 70/30"])
0.5
"""

from __future__ import annotations

from typing import Any, Iterable, Iterator

import numpy as np
from sklearn.metrics import make_scorer
from sklearn.model_selection import BaseCrossValidator

from . import _blemore, _inputs
from ._inputs import LabelLike


def acc_presence(truth: Iterable[LabelLike], predicted: Iterable[LabelLike]) -> float:
    """The share of clips whose set of emotions is right."""
    return _blemore.accuracies(truth, predicted)[0]


def acc_salience(truth: Iterable[LabelLike], predicted: Iterable[LabelLike]) -> float:
    """The share of blended clips whose emotions and saliences are right; 0 where there is no blend."""
    return _blemore.accuracies(truth, predicted)[1]


#: For `cross_val_score(..., scoring=...)`: of models that predict labels as texts (or as `Label`).
presence_scorer = make_scorer(acc_presence)
salience_scorer = make_scorer(acc_salience)


class ActorGroupKFold(BaseCrossValidator):
    """Folds in which no actor is in two; `groups` are the actor of each row.

    With `folds`, the fold of each row, such as the column `fold` of the metadata: these, checked, in ascending order.
    Without, `n_splits` new ones that are alike in clips, and in blends and classes where `y` has labels. The same rows and
    `seed` give the same folds on every machine.

    >>> folds = ActorGroupKFold(2)
    >>> [test.tolist() for _, test in folds.split([0] * 4, groups=["A1", "A2", "A1", "A2"])]
    [[1, 3], [0, 2]]
    """

    def __init__(self, n_splits: int = 5, *, folds: Iterable[int] | None = None, seed: int = 42) -> None:
        self.n_splits = n_splits
        self.folds = folds
        self.seed = seed

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        return self.n_splits if self.folds is None else len(np.unique(np.asarray(self.folds)))

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows to train on and the rows held out, fold by fold."""
        if groups is None:
            raise _blemore.BlemoreError("the actors are not known: give groups=, the actor of each row")
        given = None if self.folds is None else [int(fold) for fold in self.folds]
        numbers = np.array(
            _blemore.folds_of_actors(_inputs.names(groups), y, given, self.n_splits, self.seed), dtype=np.int64
        )
        for fold in np.unique(numbers):
            yield np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)
