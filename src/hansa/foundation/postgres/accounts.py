"""Which operating system account PostgreSQL runs as: ours, or an unprivileged one when we are root.

PostgreSQL refuses to run as root. We use an account that exists, and never make one nor open a folder for it.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

NOBODY = 65534


class Identity(TypedDict, total=False):
    """The arguments by which `subprocess` drops to another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user of the operating system, by its numbers."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether it is the account we run as."""
        return self.uid == os.geteuid()

    @property
    def name(self) -> str:
        """The account's name, or its number where it has none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return f"uid {self.uid}"

    def identity(self) -> Identity:
        """Say how a child becomes this account; nothing when it is us already."""
        return {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Make a file or folder this account's own."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this account may enter (or run) `path`: asked of the system itself, so ACLs count too."""
        if self.is_ours:
            return os.access(path, os.X_OK)
        probe = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
        return subprocess.run(probe, check=False, cwd="/", env={}, **self.identity()).returncode == 0


def account_for(data: Path) -> Account:
    """Choose who runs the server of this data folder.

    Its owner if it exists (PostgreSQL insists), else ourselves; as root `postgres` if it exists, else nobody.
    """
    if data.exists() and os.geteuid() == 0 and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        return Account(NOBODY, NOBODY)
    return Account(entry.pw_uid, entry.pw_gid)
