"""Results folders as frames."""

import blemore
import pytest


def test_cells_epochs_and_clips(numbers, numbers_folder):
    run = numbers_folder / "run"
    cells, epochs, clips = (blemore.read_run(run, table) for table in ("cells", "epochs", "clips"))
    assert list(cells.columns) == list(epochs.columns)
    assert len(cells) == 4 and len(epochs) == 8 and list(cells["epoch"]) == [2] * 4
    assert cells["train_loss"].tolist() == [0.5] * 4
    assert sorted(clips["filename"]) == sorted(numbers["validation"]["clips"])
    # What the clips' columns say is what the cells' accuracies say.
    right = clips.assign(right=clips["predicted"] == clips["label"])
    blends = right[right["label"].str.contains("+", regex=False)]
    assert blends.groupby("fold")["right"].mean().tolist() == cells["acc_salience"].tolist()
    found = blemore.find_thresholds(clips[clips["fold"] == 0])
    assert found.presence_only == pytest.approx(cells["presence_only"][0])


def test_a_damaged_cell_is_named(numbers_folder, tmp_path):
    import shutil

    run = tmp_path / "run"
    shutil.copytree(numbers_folder / "run", run)
    table = run / "cells" / "fold2" / "probabilities.csv"
    table.write_text(table.read_text().replace("ver1,", "ver99,", 1))
    with pytest.raises(blemore.BlemoreError, match="fold2"):
        blemore.read_run(run)
