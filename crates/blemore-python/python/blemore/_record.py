"""The base of results: fields by name, a readable text, a dictionary."""

from __future__ import annotations

from typing import Any, Mapping


class Record:
    """A result. Its fields are those of its annotations; ``to_dict()`` gives all, plain."""

    _figures: Mapping[str, Any]

    def __init__(self, figures: Mapping[str, Any]) -> None:
        self._figures = figures

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._figures:
            return self._figures[name]
        raise AttributeError(f"{type(self).__name__} has no {name}: it has {', '.join(self._figures)}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._figures})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(self) is type(other) and self._figures == other._figures

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        return {"_figures": dict(self._figures)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def to_dict(self) -> dict[str, Any]:
        """All figures, in plain dictionaries, lists and numbers."""
        return dict(self._figures)

    def _shown(self) -> list[tuple[str, str]]:
        """The rows of the text and of the table."""
        return [(name, _text(value)) for name, value in self._figures.items() if not isinstance(value, (dict, list))]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} " + ", ".join(f"{name} {text}" for name, text in self._shown()) + ">"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{_escape(name)}</th><td>{_escape(text)}</td></tr>" for name, text in self._shown())
        return f"<table>{rows}</table>"


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
