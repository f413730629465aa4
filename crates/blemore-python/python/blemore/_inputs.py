"""What Python's libraries give, as the compiled part takes it. No library but numpy is imported here: frames are known by
their methods."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Iterable, Sequence, Union

import numpy as np

from . import _blemore

#: A label, or its text: ``"hap"``, ``"ang+hap 30/70"``.
LabelLike = Union[_blemore.Label, str]
PathLike = Union[str, "os.PathLike[str]"]


def is_path(given: object) -> bool:
    return isinstance(given, (str, os.PathLike))


def is_frame(given: object) -> bool:
    """Whether it is a frame of pandas or polars."""
    return hasattr(given, "columns") and (hasattr(given, "write_csv") or hasattr(given, "to_csv"))


def csv_of(frame: Any) -> str:
    """The text of a frame as a CSV file."""
    text = frame.write_csv() if hasattr(frame, "write_csv") else frame.to_csv(index=False)
    return str(text)


def names(clips: Iterable[object]) -> list[str]:
    """Clip names as texts."""
    return [str(clip) for clip in clips]


def number(value: Any) -> float:
    """For numbers that ``json`` does not know, such as those of numpy."""
    return float(value)


def predictions(given: Any, clips: Iterable[object] | None) -> _blemore.Predictions:
    """Predictions from a path, a mapping, or labels with the names of their clips."""
    if isinstance(given, _blemore.Predictions):
        return given
    if clips is not None:
        if isinstance(given, Mapping) or is_path(given):
            raise _blemore.BlemoreError("clips= is for labels in a list: a mapping or a file has the clips' names itself")
        return _blemore.Predictions.of_labels(names(clips), given)
    if is_path(given):
        return _blemore.Predictions.read(given)
    if isinstance(given, Mapping):
        entries = {str(clip): _entries(answer) for clip, answer in given.items()}
        return _blemore.Predictions.parse(json.dumps(entries, default=number).encode())
    raise _blemore.BlemoreError(
        f"predictions are a {type(given).__name__}: give a file, a mapping from clip names to labels, or labels with clips="
    )


def _entries(answer: object) -> object:
    """A label as the list that a file has; anything else as it is."""
    if isinstance(answer, str):
        answer = _blemore.Label(answer)
    if isinstance(answer, _blemore.Label):
        return [{"emotion": emotion, "salience": percent} for emotion, percent in answer.saliences.items()]
    return answer


def truth(given: Any) -> _blemore.Truth | None:
    """Truth from a mapping, from a frame or file of metadata; nothing where the clips' names tell it."""
    if given is None:
        return None
    if is_path(given):
        return _blemore.Truth.of_metadata(given, None)
    if is_frame(given):
        return _blemore.Truth.of_metadata(None, csv_of(given))
    if isinstance(given, Mapping):
        return _blemore.Truth.of_labels(names(given), list(given.values()))
    raise _blemore.BlemoreError(
        f"the truth is a {type(given).__name__}: give a mapping from clip names to labels, or metadata as a frame or a file"
    )


def probabilities(
    given: Any, columns: Sequence[str] | None = None, clips: Iterable[object] | None = None
) -> _blemore.Probabilities:
    """Probabilities from an array whose columns are named, a frame with a column for each emotion, or a file."""
    if isinstance(given, _blemore.Probabilities):
        if columns is not None or clips is not None:
            raise _blemore.BlemoreError("Probabilities have their columns and clips: leave out columns= and clips=")
        return given
    if is_path(given):
        if columns is not None or clips is not None:
            raise _blemore.BlemoreError("a file has its columns and clips: leave out columns= and clips=")
        return _blemore.Probabilities.read(given, False)
    if is_frame(given):
        if columns is not None:
            raise _blemore.BlemoreError("a frame has its columns by name: leave out columns=")
        missing = [emotion for emotion in _blemore.EMOTIONS if emotion not in list(given.columns)]
        if missing:
            raise _blemore.BlemoreError(f"the frame has no column {', '.join(missing)}: name one for each emotion")
        if clips is None and "filename" in list(given.columns):
            clips = list(given["filename"])
        columns = _blemore.EMOTIONS
        given = given[list(columns)].to_numpy()
    elif columns is None:
        raise _blemore.BlemoreError(
            "which column is which emotion? Say columns=blemore.EMOTIONS for ang, disg, fea, hap, sad, neu, or name "
            "your own order"
        )
    array = np.asarray(given)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    if array.ndim != 2:
        raise _blemore.BlemoreError(f"probabilities have shape {array.shape}: give (clips, 6)")
    return _blemore.Probabilities(usable(array), list(columns), None if clips is None else names(clips))


def systems(
    given: Any, columns: Sequence[str] | None = None, clips: Iterable[object] | None = None
) -> list[tuple[str, _blemore.Probabilities]]:
    """One system, several in a list, or several by name."""
    clips = None if clips is None else list(clips)
    if isinstance(given, Mapping):
        return [(str(name), probabilities(table, columns, clips)) for name, table in given.items()]
    if isinstance(given, (list, tuple)):
        tables = [probabilities(table, columns, clips) for table in given]
        return [(f"system {place}", table) for place, table in enumerate(tables, 1)]
    return [("system 1", probabilities(given, columns, clips))]


def usable(array: np.ndarray) -> np.ndarray:
    """The same array, or a copy where the processor cannot read it in place: misaligned, or in the other byte order."""
    if array.flags.aligned and array.dtype.isnative:
        return array
    return np.array(array, dtype=array.dtype.newbyteorder("="))


def frames(given: Any) -> np.ndarray:
    """The (T, D) frames of a clip where they are: f16, f32 and f64 are not copied, whatever their layout."""
    array = np.asarray(given)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise _blemore.BlemoreError(f"an array of {array.dtype} is no clip: give float16, float32, float64 or integers")
    if array.ndim > 2:
        array = array.squeeze()
    if array.ndim == 1:
        array = array[np.newaxis, :]
    if array.ndim != 2 or array.shape[1] == 0:
        raise _blemore.BlemoreError(f"an array of shape {np.shape(given)} is no clip: give (frames, dimensions)")
    return usable(array)
