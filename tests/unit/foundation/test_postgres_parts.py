"""The parts of the database starter that need no database."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from hansa.foundation.postgres import parameters_of, without_password
from hansa.foundation.postgres.accounts import Account
from hansa.foundation.postgres.passwords import read_passwords, write_passwords
from hansa.foundation.postgres.places import Places, socket_folder
from hansa.foundation.postgres.refusals import StillHeldError, last_reason, not_starting, require_room
from hansa.foundation.postgres.tuning import settings
from hansa.foundation.postgres.url import checked, socket_url
from hansa.kernel.errors import InvalidInput, Unavailable

NOBODY = Account(65534, 65534)
PLACES = Places(Path("/srv/hansa"), Path("/srv/hansa/socket"), NOBODY)


def test_the_address_of_a_socket_survives_odd_passwords_and_folders() -> None:
    url = socket_url(role="hansa", password="a/b@c:d%", folder=Path("/srv/my hansa"), database="shop")

    assert url == "postgresql://hansa:a%2Fb%40c%3Ad%25@/shop?host=%2Fsrv%2Fmy%20hansa"
    assert parameters_of(url) == {
        "user": "hansa",
        "password": "a/b@c:d%",
        "host": "/srv/my hansa",
        "dbname": "shop",
    }


@pytest.mark.parametrize(
    ("url", "described"),
    [
        ("postgresql://me:secret@db.example:5433/shop", "database shop at db.example:5433 as me"),
        ("postgresql://me:secret@/shop?host=%2Frun%2Fpg", "database shop at /run/pg as me"),
        ("host=db.example user=me password=secret dbname=shop", "database shop at db.example:5432 as me"),
    ],
)
def test_an_address_is_described_without_its_password(url: str, described: str) -> None:
    assert without_password(url) == described


@pytest.mark.parametrize("url", ["mysql://me:secret@db/shop", "shop", "postgresql://[db/shop"])
def test_what_is_no_postgresql_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parameters_of(url)

    assert "postgresql://USER:PASSWORD@HOST:5432/NAME" in str(refusal.value)
    assert url not in str(refusal.value)


class FakeConnection:
    """A connection to a server of some version."""

    def __init__(self, version: int) -> None:
        self.info = SimpleNamespace(server_version=version)

    def __enter__(self) -> "FakeConnection":
        return self

    def __exit__(self, *_: object) -> None: ...


def test_a_server_of_version_14_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: FakeConnection(140_005))

    with pytest.raises(Unavailable) as refusal:
        checked("postgresql://me:secret@db:5432/shop")

    assert str(refusal.value) == (
        "DATABASE_URL (database shop at db:5432 as me) is PostgreSQL 14.5; Hansa needs 15 or newer. "
        "Unset DATABASE_URL to let Hansa start its own"
    )


def test_a_server_of_version_15_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: FakeConnection(150_000))

    assert checked("postgresql://me@db/shop") == "postgresql://me@db/shop"


@pytest.mark.parametrize(
    ("memory", "buffers", "cache", "work"),
    [(512, "64MB", "256MB", "4MB"), (2048, "256MB", "1024MB", "8MB"), (24_000, "512MB", "12000MB", "16MB")],
)
def test_memory_is_shared_out_by_what_the_machine_has(
    memory: int, buffers: str, cache: str, work: str
) -> None:
    chosen = settings(Path("/s"), memory=memory, durable=True)

    assert (chosen["shared_buffers"], chosen["effective_cache_size"], chosen["work_mem"]) == (
        buffers,
        cache,
        work,
    )


def test_only_what_may_be_lost_goes_without_fsync() -> None:
    assert "fsync" not in settings(Path("/s"), memory=1024, durable=True)
    assert settings(Path("/s"), memory=1024, durable=False)["fsync"] == "off"


@pytest.mark.parametrize(("free", "kind"), [(64 * 1024 * 1024, "mmap"), (2**30, None)])
def test_a_small_shared_memory_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, kind: str | None
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    chosen = settings(Path("/s"), memory=1024, durable=True, shared_memory=tmp_path)

    assert chosen.get("dynamic_shared_memory_type") == kind


def test_a_socket_stands_beside_its_data_while_the_path_is_short_and_plain() -> None:
    home = Path("/srv/hansa/.state/postgres")

    assert socket_folder(home, NOBODY) == home / "socket"


# 107 bytes hold: the folder, "/socket" (7) and "/.s.PGSQL.5432" (14).
@pytest.mark.parametrize(("length", "beside"), [(86, True), (87, False)])
def test_the_socket_moves_out_when_its_path_exceeds_107_bytes(length: int, beside: bool) -> None:
    home = Path("/" + "x" * (length - 1))

    assert (socket_folder(home, NOBODY) == home / "socket") is beside


@pytest.mark.parametrize("name", ["a b", "a,b", "a'b", "中"])
def test_the_socket_moves_out_of_an_odd_path(name: str) -> None:
    assert str(socket_folder(Path("/srv") / name, NOBODY)).startswith("/tmp/hansa-65534-")


def test_passwords_are_private_different_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "passwords"

    write_passwords(path, ("postgres", "hansa"))

    passwords = read_passwords(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(passwords) == ["postgres", "hansa"]
    assert len(passwords["hansa"]) == 32
    assert passwords["hansa"] != passwords["postgres"]


LOG = """2026-11-22 17:00:00 UTC [7] LOG:  starting PostgreSQL 18.6
2026-11-22 17:00:00 UTC [7] FATAL:  {reason}
2026-11-22 17:00:00 UTC [7] LOG:  database system is shut down
"""


def test_the_reason_is_the_fatal_line_not_the_last() -> None:
    assert last_reason(LOG.format(reason="out of luck")) == "out of luck"


def test_the_reason_is_neither_an_early_visitor_nor_what_followed_a_full_disk() -> None:
    log = """17:00 PANIC:  could not write to file: No space left on device
17:00 FATAL:  the database system is starting up
17:00 FATAL:  checkpoint request failed
"""

    assert last_reason(log) == "could not write to file: No space left on device"


@pytest.mark.parametrize(
    ("reason", "way_out"),
    [
        (
            'could not write lock file "postmaster.pid": No space left on device',
            "Free disk space under /srv/hansa",
        ),
        (
            'data directory "/srv/hansa/data" has invalid permissions',
            "must own /srv/hansa/data with mode 0700",
        ),
        ("out of luck", "The whole story is in /srv/hansa/postgres.log"),
    ],
)
def test_a_server_that_does_not_start_says_why_and_what_to_do(reason: str, way_out: str) -> None:
    refusal = not_starting(LOG.format(reason=reason), PLACES)

    assert isinstance(refusal, Unavailable)
    assert f"PostgreSQL does not start: {reason}. " in str(refusal)
    assert way_out in str(refusal)


@pytest.mark.parametrize(
    "reason",
    ['lock file "postmaster.pid" already exists', "pre-existing shared memory block is still in use"],
)
def test_what_a_killed_server_still_holds_is_worth_another_try(reason: str) -> None:
    assert isinstance(not_starting(LOG.format(reason=reason), PLACES), StillHeldError)


def test_a_full_disk_is_refused_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=120_000_000))

    with pytest.raises(Unavailable, match="120 MB free in /srv/hansa, 300 MB needed"):
        require_room(PLACES)
