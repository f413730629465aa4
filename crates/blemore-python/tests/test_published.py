"""The numbers are those of the published scorer and search, on the reference files."""

import json

import blemore
import pandas
import pytest


@pytest.fixture
def expected(shared):
    return json.loads(shared("parity/scoring/expected.json").read_text())


@pytest.mark.parametrize("weight", ["0.5", "0.2", "0.8"])
def test_the_grid_search(shared, expected, weight):
    table = blemore.read_probabilities(shared("parity/scoring/probabilities.csv"))
    found = blemore.find_thresholds(table, presence_weight=float(weight)).to_dict()
    for name, value in expected["grid_search"][weight].items():
        assert found[name] == value, name


def test_a_frame_gives_what_its_file_gives(shared):
    path = shared("parity/scoring/probabilities.csv")
    table = blemore.read_probabilities(path)
    frame = pandas.DataFrame(table.to_numpy(), columns=blemore.EMOTIONS).assign(filename=table.clips)
    assert blemore.find_thresholds(frame) == blemore.find_thresholds(path)
    # By name: another order of columns changes nothing.
    assert blemore.find_thresholds(frame[frame.columns[::-1]]) == blemore.find_thresholds(path)


@pytest.mark.parametrize("file, name", [("predictions", "score_predictions"), ("perturbed_predictions", "score_perturbed")])
def test_the_scorer(shared, expected, file, name):
    path = shared(f"parity/scoring/{file}.json")
    for given in (path, str(path), json.loads(path.read_text())):
        score = blemore.score(given, intervals=False)
        assert score.acc_presence == expected[name]["acc_presence"]
        assert score.acc_salience == expected[name]["acc_salience"]
    assert bool(score.issues) == (file == "perturbed_predictions")


def test_metadata_as_truth(shared):
    predictions = json.loads(shared("parity/scoring/predictions.json").read_text())
    from_names = blemore.score(predictions, intervals=False)
    tables = [pandas.read_csv(shared(f"blemore/{part}_metadata.csv")) for part in ("train", "test")]
    score = blemore.score(predictions, pandas.concat(tables), intervals=False)
    assert (score.acc_presence, score.acc_salience) == (from_names.acc_presence, from_names.acc_salience)
    part = blemore.score(predictions, shared("blemore/train_metadata.csv"), intervals=False)
    assert part.to_dict() == blemore.score(predictions, tables[0], intervals=False).to_dict()
    assert part.n_clips + sum(issue.kind == "no_truth" for issue in part.issues) == from_names.n_clips
