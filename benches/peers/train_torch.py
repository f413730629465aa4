"""Five-fold cross-validation as an ordinary PyTorch program, written from the paper: what `training` is
measured against, and what makes the committed reference run.
`crates/blemore-models/tests/fixtures/make_reference_run.py` does that, and holds this program against the
published run where the files of that are.

    python3 train_torch.py FOLDER

FOLDER holds `features.npy` (N x D, f32), `targets.npy` (N x 6, f32), `folds.npy` (N, integers) and
`settings.json` (`models`: list of lists of hidden widths, `epochs`, `folds`: list, `batch_size`,
`learning_rate`, `weight_decay`, `seed`, `threads`, `validate`: whether to choose thresholds after each
epoch). Writes one JSON document to stdout: the versions, and for each fold of each model its losses,
thresholds and accuracies, and the seconds of training, validation and threshold search of each epoch. The
seed is set once; models and folds draw in turn.
"""

import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMOTIONS = ["ang", "disg", "fea", "hap", "sad", "neu"]
GRID = np.linspace(0.05, 0.95, 20)


def decode(probabilities, alpha, beta):
    """One clip's probabilities to a dictionary from emotion to salience."""
    first, second = np.argsort(-probabilities, kind="stable")[:2]
    kept = {int(i): probabilities[i] for i in (first, second) if probabilities[i] >= alpha}
    if len(kept) < 2:
        return {EMOTIONS[first]: 100}
    i, j = sorted(kept)
    if EMOTIONS[j] == "neu":
        return {EMOTIONS[i if kept[i] >= kept[j] else j]: 100}
    if abs(kept[i] - kept[j]) <= beta:
        saliences = (50, 50)
    elif kept[i] > kept[j]:
        saliences = (70, 30)
    else:
        saliences = (30, 70)
    return {EMOTIONS[i]: saliences[0], EMOTIONS[j]: saliences[1]}


def accuracies(predictions, truths):
    presence = sum(set(predicted) == set(true) for predicted, true in zip(predictions, truths))
    blends = [(predicted, true) for predicted, true in zip(predictions, truths) if len(true) == 2]
    salience = sum(predicted == true for predicted, true in blends)
    return presence / len(truths), salience / len(blends) if blends else 0.0


def search(probabilities, truths):
    """The first thresholds of the grid with the highest mean of both accuracies, and the highest of each."""
    best, presence_only, salience_only = None, 0.0, 0.0
    for alpha in GRID:
        for beta in GRID:
            predictions = [decode(row, alpha, beta) for row in probabilities]
            presence, salience = accuracies(predictions, truths)
            composite = 0.5 * presence + 0.5 * salience
            presence_only, salience_only = max(presence_only, presence), max(salience_only, salience)
            if best is None or composite > best["composite"]:
                best = {
                    "composite": composite,
                    "alpha": float(alpha),
                    "beta": float(beta),
                    "acc_presence": presence,
                    "acc_salience": salience,
                }
    return best | {"presence_only": presence_only, "salience_only": salience_only}


def build(width, hidden):
    layers = []
    for outputs in hidden:
        layers += [nn.Linear(width, outputs), nn.ReLU()]
        width = outputs
    return nn.Sequential(*layers, nn.Linear(width, len(EMOTIONS)))


def objective(logits, targets):
    log_probabilities = torch.clamp(torch.softmax(logits, dim=1), min=1e-8).log()
    return nn.functional.kl_div(log_probabilities, targets, reduction="batchmean")


def truth_of(target):
    return {emotion: round(100 * float(share)) for emotion, share in zip(EMOTIONS, target) if share > 0}


def standardizer(features, train):
    """Standardises parts of the features by those of the training part."""
    mean = features[train].mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = features[train].std(axis=0, dtype=np.float64).astype(np.float32)
    deviation[deviation == 0] = 1
    return lambda part: torch.from_numpy((features[part] - mean) / deviation)


def fit(features, targets, folds, fold, hidden, settings):
    train, validation = folds != fold, folds == fold
    standardized = standardizer(features, train)

    def loader(part, shuffle):
        dataset = TensorDataset(standardized(part), torch.from_numpy(targets[part]))
        return DataLoader(dataset, batch_size=settings["batch_size"], shuffle=shuffle)

    loaders = loader(train, True), loader(validation, False)
    truths = [truth_of(target) for target in targets[validation]]
    model = build(features.shape[1], hidden)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"]
    )
    epochs = []
    for epoch in range(1, settings["epochs"] + 1):
        start = time.perf_counter()
        model.train()
        losses = []
        for inputs, labels in loaders[0]:
            optimizer.zero_grad()
            loss = objective(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        record = {"epoch": epoch, "train_loss": float(np.mean(losses)), "train_seconds": time.perf_counter() - start}
        if settings["validate"]:
            start = time.perf_counter()
            model.eval()
            losses, outputs = [], []
            with torch.no_grad():
                for inputs, labels in loaders[1]:
                    logits = model(inputs)
                    losses.append(objective(logits, labels).item())
                    outputs.append(torch.softmax(logits, dim=1).numpy())
            record |= {"val_loss": float(np.mean(losses)), "validation_seconds": time.perf_counter() - start}
            start = time.perf_counter()
            record |= search(np.concatenate(outputs), truths)
            record["search_seconds"] = time.perf_counter() - start
        epochs.append(record)
    return epochs


def cross_validate(features, targets, folds, settings):
    """The epochs of each fold of each model."""
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(settings["seed"])
    return [
        [fit(features, targets, folds, fold, hidden, settings) for fold in settings["folds"]]
        for hidden in settings["models"]
    ]


def resident(line):
    """A line of the system's report on this process, in bytes, where there is one."""
    report = pathlib.Path("/proc/self/status")
    if not report.exists():
        return None
    return 1024 * next(int(found.split()[1]) for found in report.read_text().splitlines() if found.startswith(line))


def main(cross_validate=cross_validate):
    folder = pathlib.Path(sys.argv[1])
    settings = json.loads((folder / "settings.json").read_text())
    before = resident("VmRSS:")
    features, targets, folds = (np.load(folder / f"{name}.npy") for name in ("features", "targets", "folds"))
    start = time.perf_counter()
    models = cross_validate(features, targets, folds, settings)
    seconds = time.perf_counter() - start
    versions = {"torch": torch.__version__, "numpy": np.__version__, "threads": torch.get_num_threads()}
    held = before and resident("VmHWM:") - before
    json.dump({"versions": versions, "seconds": seconds, "bytes": held, "models": models}, sys.stdout)


if __name__ == "__main__":
    main()
