"""Scoring, thresholds, decoders and aggregation for blended emotion recognition (the BLEMORE dataset and challenge).

The numbers are those of the Rust crates of the same name, to the last bit; no other process starts.

>>> import blemore
>>> predictions = {
...     "A102_ang_int1_ver1": "ang",
...     "A411_mix_ang_hap_30_70_ver1": [{"emotion": "hap", "salience": 50}, {"emotion": "ang", "salience": 50}],
... }
>>> score = blemore.score(predictions, intervals=False)
>>> score.acc_presence, score.acc_salience
(1.0, 0.0)
"""

from ._blemore import (
    EMOTIONS,
    PRESENCE_WEIGHT,
    BlemoreError,
    ClipName,
    Decoder,
    Features,
    Label,
    Probabilities,
    __version__,
)
from .decoding import (
    Evaluation,
    NestedThresholds,
    Thresholds,
    decode,
    evaluate,
    find_thresholds,
    fit_decoder,
    late_fuse,
    nested_thresholds,
)
from .features import aggregate, fuse, standardize
from .probabilities import probabilities, read_probabilities
from .results import read_run
from .scoring import (
    Comparison,
    ConfusionMatrix,
    Estimate,
    Issue,
    Score,
    bootstrap,
    compare,
    confusion_matrix,
    parse_clip_name,
    score,
    write_predictions,
    write_submission,
)

__all__ = [
    "EMOTIONS",
    "PRESENCE_WEIGHT",
    "BlemoreError",
    "ClipName",
    "Comparison",
    "ConfusionMatrix",
    "Decoder",
    "Estimate",
    "Evaluation",
    "Features",
    "Issue",
    "Label",
    "NestedThresholds",
    "Probabilities",
    "Score",
    "Thresholds",
    "__version__",
    "aggregate",
    "bootstrap",
    "compare",
    "confusion_matrix",
    "decode",
    "evaluate",
    "find_thresholds",
    "fit_decoder",
    "fuse",
    "late_fuse",
    "nested_thresholds",
    "parse_clip_name",
    "probabilities",
    "read_probabilities",
    "read_run",
    "score",
    "standardize",
    "write_predictions",
    "write_submission",
]
