"""What the tests need: the numbers of the crates, and reference files where there are any."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def numbers_folder() -> Path:
    """What the example `python_numbers` of `blemore-testing` wrote; `cargo xtask python` runs it."""
    return Path(os.environ.get("BLEMORE_NUMBERS", ROOT / "target" / "python" / "numbers"))


@pytest.fixture(scope="session")
def numbers(numbers_folder: Path) -> dict:
    return json.loads((numbers_folder / "numbers.json").read_text())


@pytest.fixture
def shared(request: pytest.FixtureRequest):
    """The path of a reference file. Where there are none the test says so, as those in Rust do, and does not run."""

    def path(file: str) -> Path:
        given = os.environ.get("BLEMORE_SHARED")
        folder = Path(given) if given else ROOT.parent / "shared"
        if not given and not folder.is_dir():
            not_run = os.environ.get("BLEMORE_TESTS_NOT_RUN")
            if not_run:
                with open(not_run, "a") as file_of_tests:
                    file_of_tests.write(f"reference files\tblemore-python {request.node.name}\n")
            pytest.skip("needs reference files")
        assert (folder / file).exists(), f"{folder / file} is not there"
        return folder / file

    return path
