"""Where the bytes of pictures lie: a port that a bucket may stand behind, and a folder of the state directory."""

from __future__ import annotations

import os
import re
import tempfile
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings

from hansa.foundation.state import state_dir
from hansa.kernel.errors import InvalidInput

_KEY = re.compile(r"[0-9a-f]{64}/[a-z]{1,10}\.(webp|jpg)")


class Store(Protocol):
    """Keeps bytes under keys that name their content, so that a key is written once and never changes."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes, all of them or none; the same key again changes nothing."""
        ...

    def find(self, key: str) -> bytes | None:
        """The bytes; None where there are none."""
        ...


class Folder:
    """Keeps each file under the first letters of its key: no folder grows without end."""

    def put(self, key: str, data: bytes) -> None:
        """Write beside and rename, so that nobody reads half a file."""
        path = self._path(key)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise

    def find(self, key: str) -> bytes | None:
        """The bytes of the file; None where there is none."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise InvalidInput(f"{key!r} is no key of a picture")
        return state_dir() / "media" / key[:2] / key


FOLDER = Folder()


@lru_cache(maxsize=1)
def store() -> Store:
    """The store that the setting ``MEDIA_STORE`` names as ``module:attribute``."""
    module, _, name = str(settings.MEDIA_STORE).partition(":")
    return cast("Store", getattr(import_module(module), name))
