"""Typed readers of the environment that fail at the start with the name of the variable."""

from __future__ import annotations

import os

from hansa.kernel.errors import InvalidInput


def text(name: str, default: str) -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Read yes or no; refuses anything else."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "1", "0", "true", "false", "yes", "no"}:
        return default if value == "" else value in {"1", "true", "yes"}
    raise InvalidInput(f"{name} must be 1 or 0, not {value!r}")


def number(name: str, default: int) -> int:
    """Read a whole number; refuses anything else."""
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError:
        raise InvalidInput(f"{name} must be a whole number, not {value!r}") from None


def words(name: str, default: list[str]) -> list[str]:
    """Read a list separated by commas."""
    value = os.environ.get(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] if value else default
