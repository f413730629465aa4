"""Frames of polars are taken as those of pandas."""

import blemore
import pandas
import polars


def test_probabilities_and_metadata():
    rows = {emotion: [0.9 if emotion == "sad" else 0.02] for emotion in reversed(blemore.EMOTIONS)}
    table = {"filename": ["A1_sad_int1_ver1"], **rows}
    of_polars, of_pandas = (blemore.probabilities(kind(table)) for kind in (polars.DataFrame, pandas.DataFrame))
    assert of_polars.clips == ["A1_sad_int1_ver1"]
    assert of_polars.to_numpy().tolist() == of_pandas.to_numpy().tolist()
    metadata = polars.DataFrame({"filename": ["A1_sad_int1_ver1"], "gender": ["f"], "fold": [0]})
    score = blemore.score({"A1_sad_int1_ver1": "sad"}, metadata, intervals=False)
    assert score.acc_presence == 1.0
    labels = polars.Series(["sad"])
    assert blemore.score(labels, clips=polars.Series(["A1_sad_int1_ver1"]), intervals=False).acc_presence == 1.0
