"""What an answer has to tell besides its content: errors, warnings and notes, as the protocol writes them. Pure."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]


def error(code: str, content: str, *, path: str = "", severity: str = "recoverable") -> Message:
    """Something that stands in the way; ``recoverable`` can be set right through the protocol."""
    return _with_path({"type": "error", "code": code, "content": content, "severity": severity}, path)


def warning(code: str, content: str, *, path: str = "") -> Message:
    """Something the buyer has to be told."""
    return _with_path({"type": "warning", "code": code, "content": content}, path)


def info(content: str, *, code: str = "", path: str = "") -> Message:
    """Something good to know."""
    return _with_path({"type": "info", "content": content} | ({"code": code} if code else {}), path)


def _with_path(message: Message, path: str) -> Message:
    return message | ({"path": path} if path else {})
