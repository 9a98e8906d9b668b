"""Typed readers of the environment that fail at the start with the name of the variable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

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


def json_file(name: str) -> dict[str, Any]:
    """Read the JSON object in the file that the variable names, empty without one; refuses anything else."""
    path = os.environ.get(name, "")
    if not path:
        return {}
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{name} must name a JSON file: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{name} must name a file with a JSON object")
    return found


def words(name: str, default: list[str]) -> list[str]:
    """Read a list separated by commas."""
    value = os.environ.get(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] if value else default
