"""Results folders as frames."""

from __future__ import annotations

from typing import Any

from . import _blemore
from ._inputs import PathLike


def read_run(folder: PathLike, table: str = "cells") -> Any:
    """Results of `blemore cross-validate` as a pandas frame; every cell is checked before it is read.

    `table` is "cells" (a row per finished cell: its best epoch), "epochs" (all epochs), or "clips" (a row per clip and
    model: probabilities, predicted and true label).
    """
    import pandas

    return pandas.DataFrame(_blemore.read_run(folder, table))
