"""Fill `.venv` from a lock file, showing how far it is: called by the launcher, standard library only.

    python requirements/install.py core|all VENV

Safe to interrupt and to run twice at once. Which packages, from where: pip's own configuration decides.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Megabytes on the disk of `.venv`: what is installed, and what pip holds at once while it works.
NEEDED_MB = {"core": 2000, "all": 4600}

_GUARD = ".hansa-guard"  # locked while somebody installs; the lock ends with the process
_UNFINISHED = ".hansa-unfinished"
_MADE_BY_US = ".hansa-made"  # only such an environment is cleared away when it is not whole
_LOG = ".hansa-install.log"

_NO_NETWORK = re.compile(
    r"NameResolutionError|name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|Max retries"
    r"|ProxyError|Connection refused|Connection reset|Connection broken|Network is unreachable"
    r"|SSLError|CERTIFICATE_VERIFY_FAILED",
    re.IGNORECASE,
)
_NO_NETWORK_HELP = """\
the package index does not answer, so nothing could be installed. What may help:
  behind a proxy        export HTTPS_PROXY=http://PROXY:PORT
  an index of your own  export PIP_INDEX_URL=https://HOST/simple
  wheels in a folder    export PIP_NO_INDEX=1 PIP_FIND_LINKS=/path/to/wheels
Then run the same command again."""


class CannotInstallError(Exception):
    """Why not, and what to do about it."""


def main(lock_name: str, venv: Path) -> None:
    """Install a lock into `venv` unless somebody else has just done it."""
    lock = HERE / f"{lock_name}.txt"
    with alone_in(venv):
        if is_installed(lock, venv):
            return
        begin(venv, NEEDED_MB[lock_name])
        if not (venv / "bin" / "python").exists():
            make_environment(venv)
        dropped = names_dropped(lock, venv)
        forget(venv)
        if dropped:
            subprocess.run(pip(venv, "uninstall", "--yes", "--quiet", *dropped), check=False)
        install(lock, venv)
        finish(lock, venv)


@contextmanager
def alone_in(venv: Path) -> Iterator[None]:
    """Wait until nobody else installs into `venv`, and keep them out."""
    try:
        venv.mkdir(parents=True, exist_ok=True)
        guard = os.open(venv / _GUARD, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise CannotInstallError(
            f"cannot write to {venv}: {error.strerror}. Make it writable, copy the checkout to a place of "
            "your own, or put the environment elsewhere: export HANSA_VENV=/path HANSA_STATE_DIR=/other/path"
        ) from error
    try:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another ./hansa is installing into {venv}; waiting for it ...")
            fcntl.flock(guard, fcntl.LOCK_EX)
        os.set_inheritable(guard, True)  # should we be killed, a pip that goes on keeps others out
        yield
    finally:
        os.close(guard)


def is_installed(lock: Path, venv: Path) -> bool:
    """Whether this very lock was installed to its end."""
    mark = stamp(lock.stem, venv)
    return mark.exists() and mark.read_text() == lock.read_text() and not (venv / _UNFINISHED).exists()


def stamp(lock_name: str, venv: Path) -> Path:
    """Return the copy of the lock that the launcher compares."""
    return venv / f".hansa-{lock_name}.lock"


def begin(venv: Path, needed_mb: int) -> None:
    """Clear a half-made environment away and check the disk."""
    if not (venv / _UNFINISHED).exists() and runs(venv / "bin" / "python"):
        require_room(venv, needed_mb // 2)  # the other half is there already
        return
    if any(one.name != _GUARD for one in venv.iterdir()):
        if not (venv / _MADE_BY_US).exists():
            raise CannotInstallError(
                f"{venv} is there, but it is no virtual environment with a Python and pip that run. Move it away"
            )
        say(f"The environment in {venv} is not whole: making it anew.")
        clear(venv)
    require_room(venv, needed_mb)
    for mark in (_MADE_BY_US, _UNFINISHED):
        (venv / mark).touch()


def runs(python: Path) -> bool:
    """Whether the environment's Python and pip start; not so once the Python it was made from is gone."""
    try:
        return subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def clear(venv: Path) -> None:
    """Empty the folder, but for the guard that we hold."""
    for one in venv.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name != _GUARD:
            one.unlink()


def require_room(venv: Path, needed_mb: int) -> None:
    """Refuse to begin what the disk cannot hold."""
    free_mb = shutil.disk_usage(venv).free // 1_000_000
    if free_mb < needed_mb:
        raise CannotInstallError(
            f"not enough disk space: {needed_mb / 1000:.1f} GB are needed where {venv} is, "
            f"{free_mb / 1000:.1f} GB are free. Free some, or use another disk: export HANSA_VENV=/path"
        )


def make_environment(venv: Path) -> None:
    """Make the environment with the Python that runs this."""
    say(f"Making {venv} with Python {sys.version_info.major}.{sys.version_info.minor} ...")
    done = subprocess.run(
        [versioned_python(), "-m", "venv", str(venv)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr + done.stdout).strip().splitlines()
        raise CannotInstallError(f"cannot make {venv}: {reason[-1] if reason else 'no reason given'}")


def versioned_python() -> str:
    """Return the Python under its full name: a plain `python3` may become another version one day."""
    plain = Path(sys.executable)
    versioned = plain.with_name(f"python{sys.version_info.major}.{sys.version_info.minor}")
    return str(versioned if versioned.exists() and versioned.samefile(plain) else plain)


def names_dropped(lock: Path, venv: Path) -> list[str]:
    """Return what an earlier lock brought and this one no longer names."""
    stamps = [stamp(name, venv) for name in NEEDED_MB if stamp(name, venv).exists()]
    before = {name for one in stamps for name in names_in(one)}
    return sorted(before - {name for one in NEEDED_MB for name in names_in(lock.with_name(f"{one}.txt"))})


def forget(venv: Path) -> None:
    """From here until `finish`, nothing counts as installed."""
    for name in NEEDED_MB:
        stamp(name, venv).unlink(missing_ok=True)
    if (venv / _MADE_BY_US).exists():
        (venv / _UNFINISHED).touch()


def names_in(lock: Path) -> list[str]:
    """Return the packages of a lock file, in its order."""
    return [line.split("==")[0] for line in lock.read_text().splitlines() if "==" in line]


def pip(venv: Path, command: str, *arguments: str) -> list[str]:
    """Spell a pip command that asks nothing and advertises nothing."""
    quiet = ["--disable-pip-version-check", "--no-input", "--no-color"]
    return [str(venv / "bin" / "python"), "-m", "pip", command, *quiet, *arguments]


def install(lock: Path, venv: Path) -> None:
    """Let pip install the lock, telling how far it is; its whole output goes to a log."""
    total = len(names_in(lock))
    say(f"Installing {total} packages into {venv} (this takes some minutes, once) ...")
    # pip keeps all it has fetched until the end: on the disk that was checked, not in a small /tmp.
    temporary = venv / ".hansa-tmp"
    temporary.mkdir(exist_ok=True)
    argv = pip(
        venv, "install", "--no-deps", "--no-compile", "--progress-bar", "off", "--no-warn-script-location"
    )
    environ = {**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*argv, "--requirement", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environ,
        close_fds=False,
    ) as process:
        output = followed(process, total, venv)
    shutil.rmtree(temporary, ignore_errors=True)
    (venv / _LOG).write_text(output)
    if process.returncode != 0:
        raise CannotInstallError(explained(output, venv))
    compile_modules(venv)


def compile_modules(venv: Path) -> None:
    """Compile on all cores what pip would have compiled on one; the packages' own tests stay as they are."""
    say("  Compiling ...")
    argv = [str(venv / "bin" / "python"), "-m", "compileall", "-q", "-j", "0", "-x", "[/]tests?[/]"]
    # Templates that only look like modules do not compile; nothing imports them.
    subprocess.run([*argv, str(site_packages(venv))], capture_output=True, check=False)


def site_packages(venv: Path) -> Path:
    """Return where the environment's packages are."""
    return next(venv.glob("lib/python*/site-packages"))


def followed(process: subprocess.Popen[str], total: int, venv: Path) -> str:
    """Read pip's output to its end, drawing progress from it; return all of it."""
    fetched = 0
    lines: list[str] = []
    assert process.stdout is not None
    with Progress(total, venv) as progress:
        for line in process.stdout:
            lines.append(line)
            if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied: ")):
                fetched += 1
                progress.show("Fetching", fetched, name_in(line))
            elif "Building wheel for" in line:
                progress.show("Building", fetched, line.split()[3])
            elif line.startswith("Installing collected packages"):
                progress.show("Installing", 0, "")
            elif _NO_NETWORK.search(line):
                progress.note("The package index does not answer; trying again ...")
        if process.wait() == 0:
            progress.show("Installed", total, "")
    return "".join(lines)


def name_in(line: str) -> str:
    """Return the package a line of pip's output is about."""
    found = re.search(
        r"(?:Collecting|satisfied:) ([A-Za-z0-9._-]+?)(?:==|\s)|([A-Za-z0-9_.]+?)-\d[^/]*\.(?:whl|tar\.gz)",
        line,
    )
    return (found[1] or found[2]) if found else ""


class Progress:
    """A bar that keeps moving on a terminal; a line now and then elsewhere."""

    def __init__(self, total: int, venv: Path) -> None:
        self.total, self.venv = total, venv
        self.started = time.monotonic()
        self.on_terminal = sys.stderr.isatty()
        self.now = ("", 0, "")
        self.told = ("", 0, "", self.started)
        self.over = threading.Event()
        self.ticker = threading.Thread(target=self.tick)

    def __enter__(self) -> Progress:
        self.ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.ticker.join()
        self.draw()
        if self.on_terminal:
            print(file=sys.stderr)

    def show(self, what: str, done: int, name: str) -> None:
        """Say how many packages are done with the present step."""
        self.now = (what, min(done, self.total), name)
        self.draw()

    def note(self, text: str) -> None:
        """Say something, but not twice in a row."""
        if self.told[0] != text:
            say(f"{chr(10) if self.on_terminal else ''}  {text}")
            self.told = (text, self.now[1], self.now[2], time.monotonic())

    def tick(self) -> None:
        """Redraw, and count what is unpacked: pip is silent about that."""
        while not self.over.wait(0.5):
            if self.now[0] == "Installing":
                unpacked = sum(1 for _ in site_packages(self.venv).glob("*.dist-info"))
                self.now = ("Installing", min(unpacked, self.total), "")
            self.draw()

    def draw(self) -> None:
        """Put the present state where the person looks."""
        what, done, name = self.now
        if self.on_terminal and what:
            filled = 30 * done // self.total
            seconds = int(time.monotonic() - self.started)
            clock = f"{seconds // 60}:{seconds % 60:02}"
            bar = "#" * filled + "." * (30 - filled)
            text = f"  {what:<10} [{bar}] {done:>3}/{self.total}  {clock}  {name[:24]:<24}"
            print(f"\r{text}", end="", file=sys.stderr, flush=True)
        elif what and self.worth_a_line(what, done, name):
            say(f"  {what} {done}/{self.total} {name}".rstrip())
            self.told = (what, done, name, time.monotonic())

    def worth_a_line(self, what: str, done: int, name: str) -> bool:
        """Whether enough has happened, or half a minute has gone by, since the last line."""
        told_what, told_done, told_name, told_at = self.told
        other = what != told_what or (what == "Building" and name != told_name)
        return other or done - told_done >= 20 or time.monotonic() - told_at > 30


def explained(output: str, venv: Path) -> str:
    """Say why pip failed, from what it wrote."""
    if "No space left on device" in output:
        return f"the disk of {venv} is full. Free some space, or: export HANSA_VENV=/path/on/another/disk"
    # With PIP_RETRIES=0 pip keeps the reason to itself and only says that it found nothing at all.
    if _NO_NETWORK.search(output) or "from versions: none" in output:
        return _NO_NETWORK_HELP
    last = "\n".join(f"  {line}" for line in output.strip().splitlines()[-8:])
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"the package index has no {missing[1]} for Python {version} on this system:\n{last}\n"
            "Use another index (PIP_INDEX_URL, PIP_FIND_LINKS) or another Python (HANSA_PYTHON)"
        )
    return f"pip failed:\n{last}\nIts whole output: {venv / _LOG}"


def finish(lock: Path, venv: Path) -> None:
    """Let the environment find the package in src/, and remember what was installed."""
    packages = site_packages(venv)
    source = HERE.parent / "src"
    inside = HERE.parent in venv.parents  # then a relative path survives moving the checkout
    (packages / "hansa-checkout.pth").write_text(
        f"{os.path.relpath(source, packages) if inside else source}\n"
    )
    stamp(lock.stem, venv).write_text(lock.read_text())
    (venv / _UNFINISHED).unlink(missing_ok=True)


def say(text: str) -> None:
    """Tell the person who waits; standard output belongs to the command."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(os.path.abspath(sys.argv[2])))
    except CannotInstallError as reason:
        sys.exit(f"hansa: {reason}")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit(f"hansa: the disk is full ({error.filename}). Free some space, or: export HANSA_VENV=/path")
    except KeyboardInterrupt:
        say("\nhansa: interrupted. Run the same command again: the installation starts over.")
        sys.exit(130)
