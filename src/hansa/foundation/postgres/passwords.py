"""The generated passwords of a cluster's roles, in a libpq password file that only its maker can read."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from hansa.kernel.errors import Unavailable


def write_passwords(path: Path, roles: tuple[str, ...]) -> None:
    """Make a password for each role and write them down (mode 0600), all of them or none."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix="password-", delete=False) as file:
        file.writelines(f"*:*:*:{role}:{secrets.token_urlsafe(24)}\n" for role in roles)
    Path(file.name).rename(path)


def read_passwords(path: Path) -> dict[str, str]:
    """Return role -> password; refuses with Unavailable what we may not read."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        message = f"Cannot read the database passwords in {path}: {error.strerror}"
        raise Unavailable(f"{message}. Run Hansa as the account that made them") from error
    return {line.split(":")[3]: line.split(":", 4)[4] for line in lines}
