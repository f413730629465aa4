"""The numbers are those of the Rust crates, to the last bit."""

from __future__ import annotations

import math

import blemore
import numpy as np
import pytest
from blemore.sklearn import ActorGroupKFold


def same(found, expected, path=""):
    """Compares trees of figures. JSON has no infinity, and lists for tuples."""
    if isinstance(expected, dict):
        assert isinstance(found, dict) and set(found) == set(expected), path
        for name in expected:
            same(found[name], expected[name], f"{path}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), path
        for place, (one, other) in enumerate(zip(found, expected)):
            same(one, other, f"{path}[{place}]")
    elif expected is None:
        assert found is None or math.isinf(found), path
    else:
        assert found == expected, path


def system(part, name, dtype=np.float64):
    return blemore.probabilities(np.array(part[name], dtype=dtype), columns=blemore.EMOTIONS, clips=part["clips"])


def systems(part):
    return {name: system(part, name) for name in ("video", "audio")}


def test_comparison_of_trees_sees_one_bit():
    with pytest.raises(AssertionError):
        same({"a": [1.0, np.nextafter(1.0, 2.0)]}, {"a": [1.0, 1.0]})


def test_thresholds_of_f32_and_f64(numbers):
    expected, part = numbers["scores"], numbers["validation"]
    found = blemore.find_thresholds(system(part, "video", np.float32), presence_weight=0.8)
    same({"alpha": found.alpha, "beta": found.beta}, expected["grid"]["thresholds"])
    same({name: found.to_dict()[name] for name in ("acc_presence", "acc_salience")}, expected["grid"]["accuracies"])
    assert found.objective == expected["grid"]["objective"] and found.region is None
    decoded = blemore.decode(system(part, "video", np.float32), found)
    assert [str(label) for label in decoded] == expected["decoded_grid"]

    exact = blemore.find_thresholds(np.array(part["video"]), numbers["labels"], columns=blemore.EMOTIONS, method="exact")
    same({"alpha": exact.alpha, "beta": exact.beta}, expected["exact"]["thresholds"])
    same(exact.region, expected["exact"]["region"])
    decoded = blemore.decode(system(part, "video"), (exact.alpha, exact.beta))
    assert [str(label) for label in decoded] == expected["decoded_exact"]


def test_nested_thresholds(numbers):
    expected = numbers["scores"]
    found = blemore.nested_thresholds(system(numbers["validation"], "video"), folds=numbers["folds"], method="exact")
    same(found.nested["folds"], expected["nested"])
    chosen = [{name: fold["nested"][name] for name in ("alpha", "beta")} for fold in found.folds]
    same(chosen, expected["nested_thresholds"])


def test_scores_intervals_and_comparisons(numbers):
    expected, clips = numbers["scores"], numbers["validation"]["clips"]
    settings = {"replicates": numbers["replicates"], "seed": numbers["seed"]}
    first = blemore.score(expected["decoded_grid"], clips=clips, **settings)
    same(first.presence.to_dict(), expected["presence"])
    same(first.salience.to_dict(), expected["salience"])
    assert blemore.bootstrap(first, "presence", **settings) == first.presence
    second = blemore.score(dict(zip(clips, expected["decoded_exact"])), intervals=False)
    difference = blemore.compare(first, second, **settings).presence.to_dict()
    assert difference.pop("p_permutation") == expected["p_permutation"]
    same(difference, expected["difference"])


@pytest.mark.parametrize(
    "decoder, options",
    [
        ("grid", {}),
        ("exact", {"weights": "likelihood"}),
        ("argmax", {"weights": "score"}),
        ("expected_score", {"calibrate": True}),
        ("learned", {"centre_by_actor": True, "balance_by_actor": True}),
        ("learned_apart", {}),
    ],
)
def test_every_decoder(numbers, tmp_path, decoder, options):
    fitted = blemore.fit_decoder(systems(numbers["validation"]), decoder=decoder, folds=numbers["folds"], **options)
    assert fitted.systems == ["video", "audio"]
    expected = numbers["decoders"]["decoded"][decoder]
    assert [str(label) for label in blemore.decode(systems(numbers["test"]), fitted)] == expected
    fitted.write(tmp_path / "decoder.json")
    read = blemore.Decoder.read(tmp_path / "decoder.json")
    assert [str(label) for label in blemore.decode(systems(numbers["test"]), read)] == expected


def test_late_fusion_by_likelihood(numbers):
    fused = blemore.late_fuse(systems(numbers["test"]), weights="likelihood", fit=systems(numbers["validation"]))
    assert fused.to_numpy().tolist() == numbers["decoders"]["fused"]
    assert fused.clips == numbers["test"]["clips"]


def test_evaluation(numbers):
    found = blemore.evaluate(
        systems(numbers["validation"]),
        folds=numbers["folds"],
        test=systems(numbers["test"]),
        replicates=numbers["replicates"],
        seed=numbers["seed"],
    )
    same(found.to_dict(), numbers["decoders"]["evaluated"])
    records = found.to_records()
    assert records[0]["method"] == "published" and len(records) == len(found.rows)


def test_aggregation_in_every_precision_and_layout(numbers):
    features = numbers["features"]
    frames = np.array(features["frames"]).reshape(features["shape"])
    for dtype in (np.float16, np.float32, np.float64):
        name = f"aggregated_f{8 * np.dtype(dtype).itemsize}"
        if dtype == np.float64:
            expected = np.array(features[name])
        else:
            expected = np.array(features[name], dtype=np.uint32).view(np.float32)
        array = frames.astype(dtype)
        backwards = np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1]
        wide = np.repeat(array, 2, axis=1)[:, ::2]
        for layout in (array, np.asfortranarray(array), backwards, wide):
            found = blemore.aggregate(layout)
            assert found.dtype == expected.dtype
            assert np.array_equal(found, expected)
        rows = blemore.aggregate([array, np.asfortranarray(array), array], threads=2)
        assert np.array_equal(rows, [expected] * 3)


def test_standardisation(numbers):
    features = numbers["features"]
    frames = np.array(features["frames"]).reshape(features["shape"])
    for dtype, name in ((np.float32, "standardized_f32"), (np.float64, "standardized_f64")):
        expected = np.array(features[name], dtype=np.uint32).view(np.float32).reshape(features["shape"])
        assert np.array_equal(blemore.standardize(frames.astype(dtype)), expected)


def test_names_tell_actors_labels_and_intensities(numbers):
    clips = [blemore.parse_clip_name(name) for name in numbers["validation"]["clips"]]
    assert [clip.actor for clip in clips] == numbers["actors"]
    assert [str(clip.label) for clip in clips] == numbers["labels"]
    assert [clip.intensity for clip in clips] == numbers["intensities"]


def test_balanced_folds(numbers):
    splitter = ActorGroupKFold(4, seed=numbers["seed"])
    folds = np.zeros(len(numbers["actors"]), dtype=int)
    for fold, (train, test) in enumerate(splitter.split(folds, numbers["labels"], numbers["actors"])):
        folds[test] = fold
        assert not set(np.array(numbers["actors"])[train]) & set(np.array(numbers["actors"])[test])
    assert folds.tolist() == numbers["balanced_folds"]
