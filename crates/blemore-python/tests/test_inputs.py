"""What is taken, what is refused, and how results look."""

from __future__ import annotations

import inspect
import json
import pickle
import zipfile

import blemore
import numpy as np
import pandas
import pytest

CLIPS = ["A1_ang_int1_ver1", "A2_mix_ang_hap_30_70_ver1", "A3_sad_int1_ver1"]
LABELS = ["ang", "ang+hap 50/50", "ang"]


def test_predictions_in_every_form_score_the_same(tmp_path):
    entries = {
        CLIPS[0]: [{"emotion": "ang", "salience": 1}],
        CLIPS[1]: [{"emotion": "hap", "salience": np.float32(50)}, {"emotion": "ang", "salience": np.int64(50)}],
        CLIPS[2]: "ang",
    }
    expected = blemore.score(entries)
    assert (expected.acc_presence, expected.acc_salience) == (2 / 3, 0.0)
    blemore.write_predictions(tmp_path / "predictions.json", entries)
    assert blemore.write_submission(tmp_path / "bundle.zip", LABELS, clips=CLIPS) == 3
    for given in (
        dict(zip(CLIPS, LABELS)),
        dict(zip(CLIPS, map(blemore.Label, LABELS))),
        tmp_path / "predictions.json",
        str(tmp_path / "bundle.zip"),
    ):
        assert blemore.score(given).to_dict() == expected.to_dict()
    for labels in (LABELS, np.array(LABELS), pandas.Series(LABELS), [blemore.Label(label) for label in LABELS]):
        assert blemore.score(labels, clips=np.array(CLIPS)).to_dict() == expected.to_dict()


def test_truth_in_every_form_scores_the_same(tmp_path):
    metadata = pandas.DataFrame(
        {
            "filename": ["test_1", "test_2"],
            "video_id": ["A1", "A2"],
            "mix": [0, 1],
            "emotion_1": ["ang", "ang"],
            "emotion_1_salience": [100.0, 30.0],
            "emotion_2": [None, "hap"],
            "emotion_2_salience": [None, 70.0],
            "version": [1, 1],
            "intensity_level": [1, None],
            "situation": [None, None],
        }
    )
    metadata.to_csv(tmp_path / "metadata.csv", index=False)
    predictions = {"test_1": "ang", "test_2": "ang+hap 30/70"}
    for truth in (metadata, tmp_path / "metadata.csv", dict(predictions)):
        score = blemore.score(predictions, truth)
        assert (score.acc_presence, score.acc_salience) == (1.0, 1.0)
        caveat = score.presence.caveat
        assert caveat == ("unknown_actors" if isinstance(truth, dict) else "no_variation")


def test_issues_are_listed_and_strict_refuses():
    predictions = {CLIPS[0]: [{"emotion": "joy", "salience": 100}], "test_1": "ang", CLIPS[2]: "sad"}
    score = blemore.score(predictions)
    assert [(issue.clip, issue.kind) for issue in score.issues] == [
        (CLIPS[0], "unknown_emotion"),
        ("test_1", "no_truth"),
    ]
    with pytest.raises(blemore.BlemoreError, match="2 faults in the predictions"):
        blemore.score(predictions, strict=True)
    with pytest.raises(ValueError, match="none has a known label"):
        blemore.score({"test_1": "ang"})


def test_names_that_are_no_clips_are_reported_as_in_a_file(tmp_path):
    (issue,) = blemore.score({**dict(zip(CLIPS, LABELS)), "nothing": "ang"}).issues
    assert (issue.clip, issue.kind) == ("nothing", "not_a_clip")
    for wrong in (
        lambda: blemore.write_submission(tmp_path / "bundle.zip", {"nothing": "ang", "test_1": "ang"}),
        lambda: blemore.score(["ang"], clips=["nothing"]),
        lambda: blemore.probabilities([[1, 0, 0, 0, 0, 0]], columns=blemore.EMOTIONS, clips=["nothing"]),
    ):
        with pytest.raises(blemore.BlemoreError, match="nothing"):
            wrong()


def test_arrays_without_names_are_learned_from_and_evaluated(numbers):
    part, known = numbers["validation"], {"actors": numbers["actors"], "folds": numbers["folds"]}
    arrays = [np.array(part["video"]), np.array(part["audio"])]
    named = {
        name: blemore.probabilities(rows, columns=blemore.EMOTIONS, clips=part["clips"])
        for name, rows in zip(("video", "audio"), arrays)
    }
    settings = {"columns": blemore.EMOTIONS, **known}
    decoders = [
        blemore.fit_decoder(arrays, numbers["labels"], **settings),
        blemore.fit_decoder(named, folds=numbers["folds"]),
    ]
    found = [blemore.decode(arrays, decoder, columns=blemore.EMOTIONS) for decoder in decoders]
    assert found[0] == found[1]
    evaluated = blemore.evaluate(arrays, numbers["labels"], replicates=100, **settings)
    expected = blemore.evaluate(named, folds=numbers["folds"], replicates=100)
    assert [row["folds"] for row in evaluated.rows] == [row["folds"] for row in expected.rows]
    with pytest.raises(blemore.BlemoreError, match="some systems have clip names and some have none"):
        blemore.late_fuse([blemore.probabilities(arrays[0], columns=blemore.EMOTIONS), named["video"]])


def test_a_score_reads_well():
    score = blemore.score(dict(zip(CLIPS, LABELS)), replicates=100)
    assert repr(score).startswith("<Score ACC_presence 0.667 [")
    assert "(2/3 clips)" in repr(score) and "0/1 clips" in score._repr_html_()
    json.dumps(score.to_dict())
    frame = pandas.DataFrame(score.outcomes())
    assert list(frame["filename"]) == CLIPS and frame["label"][0] == blemore.Label("ang")
    assert "acc_presence" in dir(score)
    with pytest.raises(AttributeError, match="Score has no accuracy: it has acc_presence"):
        score.accuracy


def test_labels_are_values():
    label = blemore.Label("sad+ang 70/30")
    assert str(label) == "ang+sad 30/70" and repr(label) == "Label('ang+sad 30/70')"
    assert {label, blemore.Label("ang+sad 30/70")} == {label}
    assert pickle.loads(pickle.dumps(label)) == label and blemore.Label("ang") < label
    assert label.vector().tolist() == np.float32([0.3, 0, 0, 0, 0.7, 0]).tolist()
    assert [label.index for label in blemore.Label.all()] == list(range(36))
    assert pickle.loads(pickle.dumps(blemore.parse_clip_name(CLIPS[0]))).actor == "A1"


def test_errors_are_one_class_with_the_message_of_the_crates(tmp_path):
    for wrong, message in [
        (lambda: blemore.Label("joy"), 'unknown emotion "joy": use one of ang, disg, fea, hap, sad, neu'),
        (lambda: blemore.parse_clip_name("A1_ang"), '"A1_ang" is not a clip name'),
        (lambda: blemore.score(tmp_path / "none.json"), "none.json"),
        (lambda: blemore.score([1], clips=CLIPS[:1]), "1 is not a label"),
        (lambda: blemore.score(LABELS, clips=CLIPS[:2]), "there are 2 clip names but 3 labels"),
        (lambda: blemore.Decoder.read(__file__), "a decoder is written by"),
        (lambda: blemore.read_run(tmp_path), str(tmp_path)),
    ]:
        with pytest.raises(blemore.BlemoreError) as error:
            wrong()
        assert message in str(error.value)


def test_the_order_of_columns_is_named_or_refused():
    rows = np.array([[0.1, 0.2, 0.3, 0.4, 0.0, 0.0]])
    by_name = ["neu", "sad", "hap", "fea", "disg", "ang"]
    named = blemore.probabilities(rows, columns=by_name)
    assert named.to_numpy().tolist() == rows[:, ::-1].tolist()
    frame = pandas.DataFrame(rows, columns=by_name)
    assert blemore.probabilities(frame).to_numpy().tolist() == rows[:, ::-1].tolist()
    for wrong, message in [
        (lambda: blemore.probabilities(rows), "which column is which emotion?"),
        (lambda: blemore.find_thresholds(rows, ["ang"]), "which column is which emotion?"),
        (lambda: blemore.probabilities(rows, columns=by_name[:5]), "5 columns are named"),
        (lambda: blemore.probabilities(rows, columns=["ang"] * 6), "name ang more than once"),
        (lambda: blemore.probabilities(rows[:, :5], columns=by_name), "the array has 5 columns"),
        (lambda: blemore.probabilities(frame, columns=by_name), "by name: leave out columns="),
        (lambda: blemore.probabilities(frame.drop(columns="neu")), "no column neu"),
        (lambda: blemore.probabilities(2 * rows, columns=by_name), "the values sum to 1.99"),
    ]:
        with pytest.raises(blemore.BlemoreError, match=message.replace("?", r"\?")):
            wrong()


def test_tables_of_probabilities_keep_their_bits(tmp_path):
    rows = np.array([[0.1, 0.2, 0.3, 0.4, 0.0, 0.0]])
    table = blemore.probabilities(rows, columns=blemore.EMOTIONS, clips=["test_1"])
    table.write(tmp_path / "table.csv")
    read = blemore.read_probabilities(tmp_path / "table.csv")
    assert read.to_numpy().tolist() == rows.tolist() and read.clips == ["test_1"]
    logits = pandas.DataFrame(np.log(rows + 1e-9), columns=blemore.EMOTIONS).assign(filename="test_1")
    logits.to_csv(tmp_path / "logits.csv", index=False)
    assert np.allclose(blemore.read_probabilities(tmp_path / "logits.csv", logits=True).to_numpy(), rows)


def test_confusions():
    score = blemore.score({**dict(zip(CLIPS, LABELS)), "A4_ang_int1_ver1": [{"emotion": "joy", "salience": 100}]})
    for classes, count in (("label", 36), ("presence", 16)):
        matrix = blemore.confusion_matrix(score, classes=classes)
        assert matrix.counts.shape == (count, count) and matrix.counts.sum() == 3
        assert matrix.unclassified[matrix.classes.index("ang")] == 1
    frame = matrix.to_pandas()
    assert frame.loc["sad", "ang"] == 1 and frame.loc["ang", "unclassified"] == 1
    assert matrix.recalls()[matrix.classes.index("ang+hap")] == 1.0
    with pytest.raises(blemore.BlemoreError, match='give "label"'):
        blemore.confusion_matrix(score, classes="labels")


def test_submissions_are_held_against_the_rules(tmp_path):
    path = tmp_path / "bundle.zip"
    with pytest.raises(blemore.BlemoreError, match="neutral"):
        blemore.write_submission(path, {"test_1": [{"emotion": e, "salience": 50} for e in ("neu", "sad")]})
    expected = pandas.DataFrame({"filename": ["test_1.mov", "test_2.mov"]})
    with pytest.raises(blemore.BlemoreError, match="test_2: there is no prediction"):
        blemore.write_submission(path, {"test_1": "sad"}, expected=expected)
    assert not path.exists()
    assert blemore.write_submission(path, {"test_1": "sad", "test_2": "ang"}, expected=expected) == 2
    assert blemore.score(path, {"test_1": "sad", "test_2": "ang"}, strict=True).acc_presence == 1.0
    # Another reader of zip archives, which checks every checksum.
    with zipfile.ZipFile(path) as bundle:
        assert bundle.testzip() is None
        names = bundle.namelist()
        assert names == ["submission_template.json"]
        predictions = json.loads(bundle.read(names[0]))
    assert predictions["predictions"] == {
        "test_1": [{"emotion": "sad", "salience": 100.0}],
        "test_2": [{"emotion": "ang", "salience": 100.0}],
    }


def test_every_name_is_documented_and_typed():
    for name in blemore.__all__:
        value = getattr(blemore, name)
        if inspect.isfunction(value):
            assert value.__doc__ and inspect.signature(value).return_annotation is not inspect.Signature.empty
        elif inspect.isclass(value):
            assert value.__doc__
