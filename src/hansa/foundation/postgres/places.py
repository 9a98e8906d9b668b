"""Where a cluster's data, socket, log and passwords stand, so that the account running it can get there.

As root in a private home nothing is opened up: the cluster then stands in a system folder of its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hansa.foundation.postgres.accounts import Account, account_for
from hansa.kernel.errors import Unavailable

LONGEST_SOCKET_PATH = 107  # bytes: what `sockaddr_un` holds on Linux; 103 on macOS
_SOCKET_NAME = ".s.PGSQL.5432"
_PLAIN = re.compile(
    r"[A-Za-z0-9/._-]+"
)  # libpq splits hosts at commas, PostgreSQL folders at commas and quotes


@dataclass(frozen=True)
class Places:
    """The folders and files of one cluster."""

    home: Path
    socket: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "postgres.log"

    @property
    def passwords(self) -> Path:
        """The roles' passwords, ours alone."""
        return self.home / "passwords"

    @property
    def lock(self) -> Path:
        """Held while starting or stopping."""
        return self.home / "lock"


def system_folder() -> Path:
    """Return where root keeps what another account must reach: `$HANSA_SYSTEM_DIR` or /var/lib/hansa."""
    return Path(os.environ.get("HANSA_SYSTEM_DIR") or "/var/lib/hansa")


def places_for(state_dir: Path) -> Places:
    """Choose the places of a checkout's cluster; existing data decides, else the first that can be reached.

    Refuses with Unavailable when the data are there but belong to, or cannot be reached by, somebody else.
    """
    state_dir = state_dir.resolve()
    here = state_dir / "postgres"
    system = system_folder() / _digest(state_dir)
    try:
        for home in (here, system):
            if (home / "data").exists():
                return _checked(_at(home))
    except PermissionError as error:
        message = f"Cannot look into {error.filename}: {error.strerror}"
        raise Unavailable(
            f"{message}. Run Hansa as the account that made it, or set HANSA_STATE_DIR"
        ) from error
    reachable = not state_dir.exists() or account_for(here / "data").reaches(state_dir)
    return _at(here if reachable else system)


def prepare(places: Places) -> None:
    """Make the folders, private; ours stay ours, the account gets only what it needs.

    Refuses with Unavailable when that is not possible there.
    """
    try:
        if places.home.parent == system_folder():
            make_system_folder()
        places.home.mkdir(mode=0o711, exist_ok=True)
        places.home.chmod(0o700 if places.account.is_ours else 0o711)
        _make_private(places.socket, places.account)
    except OSError as error:
        message = f"Cannot make the database folder {error.filename}: {error.strerror}"
        way_out = "Free or open it, or set HANSA_STATE_DIR to a folder you may write"
        raise Unavailable(f"{message}. {way_out}") from error
    if not places.account.reaches(places.home):
        raise Unavailable(_unreachable(places))


def make_system_folder() -> Path:
    """Make root's folder if it is not there, open to be passed through whatever the umask; return it."""
    folder = system_folder()
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    return folder


def socket_folder(home: Path, account: Account) -> Path:
    """Place the socket beside the data, or in a short folder of the account's when that path would not do."""
    beside = home / "socket"
    if _fits(beside):
        return beside
    # Made 0700 and its owner checked by `_make_private`.
    return Path("/tmp") / f"hansa-{account.uid}-{_digest(home)}"  # noqa: S108


def _fits(folder: Path) -> bool:
    path = str(folder / _SOCKET_NAME)
    longest = LONGEST_SOCKET_PATH if os.uname().sysname == "Linux" else 103
    return len(os.fsencode(path)) <= longest and _PLAIN.fullmatch(path) is not None


def _at(home: Path) -> Places:
    account = account_for(home / "data")
    return Places(home=home, socket=socket_folder(home, account), account=account)


def _checked(places: Places) -> Places:
    owner = places.data.stat().st_uid
    if os.geteuid() not in (0, owner):
        name = Account(owner, owner).name
        message = f"The database in {places.home} belongs to {name}"
        raise Unavailable(
            f"{message}. Run Hansa as {name} or root, or set HANSA_STATE_DIR to a folder of yours"
        )
    if not places.account.reaches(places.home):
        raise Unavailable(_unreachable(places))
    return places


def _unreachable(places: Places) -> str:
    message = f"PostgreSQL runs as {places.account.name}, which cannot enter {places.home}"
    return f"{message}. Open the way (chmod o+x on its parents), or set HANSA_STATE_DIR to a public folder"


def _make_private(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account.uid):
        raise PermissionError(1, "it belongs to somebody else", str(folder))
    folder.chmod(0o700)
    account.take(folder)


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]


def temporary_folder(account: Account) -> Path:
    """Make a folder for a throwaway cluster where `account` can reach it; the caller deletes it."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - mkdtemp
        if parent.is_dir() and account.reaches(parent) and os.access(parent, os.W_OK):
            folder = Path(tempfile.mkdtemp(prefix="hansa-test-", dir=parent))
            folder.chmod(0o700 if account.is_ours else 0o711)
            return folder
    raise Unavailable(
        f"No temporary folder that {account.name} can reach; set TMPDIR to one, /tmp for example"
    )
