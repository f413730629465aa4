# %% [markdown]
# # From a model's probabilities to a submission
# Cells of a notebook as a script: editors show them as cells, and `python challenge.py` runs them. The clips are made up.

# %%
import tempfile
from pathlib import Path

import blemore
import numpy as np

random = np.random.default_rng(42)
folder = Path(tempfile.mkdtemp())


def made_up(labels, skill):
    """Probabilities of a model that knows something of the labels: softmax of noise and of what is shown."""
    logits = random.standard_normal((len(labels), 6)) + skill * np.array([label.vector() for label in labels])
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def clip_name(actor, version, label):
    shown = label.saliences
    if label.is_blend:
        (first, p), (second, q) = shown.items()
        return f"A{actor}_mix_{first}_{second}_{p}_{q}_ver{version}"
    (emotion,) = shown
    return f"A{actor}_{emotion}_{'sit' if emotion == 'neu' else 'int'}1_ver{version}"


# %% [markdown]
# Two systems, on validation clips of 15 actors that they were not trained on, and on the test.

# %%
labels = [blemore.Label.all()[number] for number in random.integers(36, size=300)]
actors = [f"A{100 + number // 20}" for number in range(300)]
clips = [clip_name(actor[1:], number, label) for number, (actor, label) in enumerate(zip(actors, labels), 1)]
hidden = [blemore.Label.all()[number] for number in random.integers(36, size=100)]
test_clips = [f"test_{number:04}" for number in range(100)]


def systems(labels, clips):
    tables = {"video": made_up(labels, 3.0), "audio": made_up(labels, 2.0)}
    return {name: blemore.probabilities(table, columns=blemore.EMOTIONS, clips=clips) for name, table in tables.items()}


validation, test = systems(labels, clips), systems(hidden, test_clips)

# %% [markdown]
# Alpha and beta, with and without look-ahead. The labels are in the clips' names.

# %%
fused = blemore.late_fuse(validation)
folds = [int(actor[1:]) % 5 for actor in actors]
print(blemore.find_thresholds(fused))
print(blemore.nested_thresholds(fused, folds=folds))

# %% [markdown]
# What each way of decoding scores on clips that it has not seen.

# %%
evaluation = blemore.evaluate(validation, folds=folds, replicates=500)
for row in evaluation.to_records():
    print(f"{row['systems']:<14} {row['method']:<28} {row['pooled_presence']:.3f} {row['pooled_salience']:.3f}")

# %% [markdown]
# The learned decoder for the test, its predictions, and the challenge's bundle.

# %%
decoder = blemore.fit_decoder(validation, folds=folds)
predicted = blemore.decode(test, decoder)
blemore.write_submission(folder / "submission.zip", predicted, clips=test_clips, expected=test_clips)

# %% [markdown]
# With the truth: both accuracies, against thresholds alone, and what is taken for what.

# %%
truth = dict(zip(test_clips, hidden))
score = blemore.score(folder / "submission.zip", truth, replicates=500)
by_thresholds = blemore.decode(blemore.late_fuse(test), blemore.find_thresholds(fused))
print(score)
print(blemore.compare(score, blemore.score(by_thresholds, truth, clips=test_clips), replicates=500))
print(blemore.confusion_matrix(score, classes="presence"))
