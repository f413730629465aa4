"""From arrays of frames to what a model takes."""

from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from . import _blemore, _inputs


def aggregate(
    frames: Any,
    *,
    clips: Iterable[object] | None = None,
    threads: int | None = None,
    filter: str | None = None,
    layer: str | int | None = None,
    frame_files: bool = False,
    non_finite: str = "refuse",
) -> Any:
    """The paper's seven statistics per dimension: mean, deviation, 10th, 25th, 50th, 75th and 90th percentiles.

    Of one array (T, D), 7 D values. Arrays of f16, f32 and f64 are read where they are, in any layout; other threads run
    meanwhile. f64 has f64 statistics, f16 and f32 have f32. Of a list of arrays, a row each; with `clips`, `Features`. Of
    a folder of arrays (or an .npz of them), `Features`, as `blemore aggregate` makes them: `filter`, `layer`, `frame_files`
    and `non_finite` ("refuse", "drop", "interpolate") are its options.

    >>> aggregate(np.array([[1.0, 10.0], [2.0, 10.0], [3.0, 10.0]])).tolist()[:2]
    [2.0, 10.0]
    """
    if _inputs.is_path(frames):
        if clips is not None:
            raise _blemore.BlemoreError("a folder has the clips' names itself: leave out clips=")
        text = None if layer is None else str(layer)
        return _blemore.aggregate_folder(frames, filter, text, frame_files, non_finite, threads)
    if (filter, layer, frame_files, non_finite) != (None, None, False, "refuse"):
        raise _blemore.BlemoreError("filter, layer, frame_files and non_finite are for a folder: leave them out")
    if isinstance(frames, (list, tuple)) and frames and np.ndim(frames[0]) > 1:
        rows = _blemore.aggregate_list([_inputs.frames(array) for array in frames], threads)
        return rows if clips is None else _blemore.Features(_inputs.names(clips), rows)
    if clips is not None:
        raise _blemore.BlemoreError("clips= are for a list of arrays: leave them out")
    return _blemore.aggregate(_inputs.frames(frames))


def fuse(*features: _blemore.Features, common: bool = False) -> _blemore.Features:
    """Early fusion: columns side by side, joined by clip name, clips in the order of the first.

    A clip that one of them lacks is refused; with `common`, it is left out, and the `notes` of the result name it.

    >>> video = _blemore.Features(["test_0001", "test_0002"], np.array([[1.0], [2.0]]))
    >>> audio = _blemore.Features(["test_0002", "test_0001"], np.array([[20.0], [10.0]]))
    >>> fuse(video, audio).to_numpy().tolist()
    [[1.0, 10.0], [2.0, 20.0]]
    """
    return _blemore.fuse(list(features), common)


def standardize(training: Any, *others: Any) -> Any:
    """Features less the mean of the training rows, divided by their deviation (`ddof = 0`), as f32.

    Means and deviations are those of `training` alone. Gives one array for one, else a list of arrays.

    >>> train, test = standardize(np.array([[1.0], [3.0]]), np.array([[10.0]]))
    >>> train.tolist(), test.tolist()
    ([[-1.0], [1.0]], [[8.0]])
    """
    arrays = [_array(given) for given in (training, *others)]
    standardized = _blemore.standardize(arrays[0], arrays[1:])
    return standardized if others else standardized[0]


def _array(given: Any) -> np.ndarray:
    values = given.to_numpy() if isinstance(given, _blemore.Features) else np.asarray(given)
    if values.ndim != 2:
        raise _blemore.BlemoreError(f"features have shape {values.shape}: give (rows, features)")
    return _inputs.frames(values)
