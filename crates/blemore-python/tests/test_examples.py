"""The examples of the docstrings, of the README and of the notebook run."""

import doctest
import importlib
import pkgutil
import re
import runpy
from pathlib import Path

import blemore
import pytest

FOLDER = Path(__file__).resolve().parents[1]


MODULES = ["blemore", *(f"blemore.{module.name}" for module in pkgutil.iter_modules(blemore.__path__))]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.failed == 0


def test_classes_of_the_compiled_part():
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(blemore.Label, "Label", globs={"Label": blemore.Label}):
        runner.run(test)
    assert runner.tries > 0 and runner.failures == 0


def test_the_notebook(capsys):
    found = runpy.run_path(str(FOLDER / "notebooks" / "challenge.py"))
    assert 0.3 < found["score"].acc_presence < 1
    assert "ACC_presence" in capsys.readouterr().out


def test_the_lines_of_the_readmes_and_the_book_print_the_reference_accuracies(shared, capsys, tmp_path, monkeypatch):
    (tmp_path / "validation.csv").write_bytes(shared("parity/scoring/probabilities.csv").read_bytes())
    monkeypatch.chdir(tmp_path)
    root = FOLDER.parents[1]
    texts = []
    for page in (FOLDER / "README.md", root / "README.md", root / "docs" / "scoring.md"):
        (lines,) = re.findall(r"```python\n(import blemore\n.*?)```", page.read_text(), flags=re.DOTALL)
        assert len(lines.strip().splitlines()) == 8
        exec(compile(lines, str(page), "exec"), {})
        texts.append(capsys.readouterr().out)
    assert len(set(texts)) == 1
    assert "0.7925 0.4792626728110599" in texts[0]
