"""A Chromium for the browser tests: the machine's, else Debian's package as root, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from hansa.kernel.errors import Unavailable

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MACS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
_APT_SECONDS = 600
_WAY_OUT = "Install Chromium (Debian: apt-get install chromium fonts-noto-cjk), or name one in HANSA_CHROMIUM"


def find_or_install_chromium(tell: Callable[[str], None] = print) -> Path:
    """Return a Chromium that runs, installing one if the machine has none; `HANSA_CHROMIUM` names one.

    Refuses with Unavailable: what was tried, why it failed, what to do.
    """
    found = find_chromium()
    if found is not None:
        return found
    tried: list[str] = []
    for install in (_install_from_debian, _install_from_playwright):
        try:
            return install(tell)
        except _NotThisWayError as error:
            tried.append(str(error))
    raise Unavailable(f"No Chromium for the browser tests: {'; '.join(tried)}. {_WAY_OUT}")


def find_chromium() -> Path | None:
    """Return a Chromium that is installed and runs; None if there is none.

    Refuses with Unavailable when HANSA_CHROMIUM names one that does not run.
    """
    chosen = os.environ.get("HANSA_CHROMIUM")
    if chosen:
        if not _runs(Path(chosen)):
            raise Unavailable(f"HANSA_CHROMIUM={chosen} does not run. {_WAY_OUT}")
        return Path(chosen)
    on_path = [Path(path) for path in map(shutil.which, _NAMES) if path]
    candidates = [*on_path, *_MACS, _playwrights_chromium()]
    return next((path for path in candidates if path is not None and _runs(path)), None)


def chromium_arguments() -> list[str]:
    """Return the arguments for a browser that calls nobody but the page's own server."""
    quiet = ["background-networking", "component-update", "sync", "quic", "default-apps", "gpu"]
    arguments = [f"--disable-{part}" for part in quiet] + ["--no-first-run", "--no-default-browser-check"]
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return arguments + as_root


class _NotThisWayError(Exception):
    """This way to a browser is closed; the message says why."""


def _runs(browser: Path) -> bool:
    """Whether it tells its version: Ubuntu's `chromium-browser` is only a hint to install a snap."""
    try:
        done = subprocess.run([browser, "--version"], check=False, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _install_from_debian(tell: Callable[[str], None]) -> Path:
    if os.geteuid() != 0:
        raise _NotThisWayError("apt-get needs root")
    if shutil.which("apt-get") is None:
        raise _NotThisWayError("there is no apt-get")
    packages = ["chromium", *([] if _has_chinese_font() else ["fonts-noto-cjk"])]
    tell(f"Installing {' and '.join(packages)} with apt-get for the browser tests (about 200 MB) ...")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for argv in (install, ["apt-get", "update", "-q"], install):
        done = _run(argv, {"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode == 0 and argv is install:
            break
    found = find_chromium()
    if found is None:
        raise _NotThisWayError(f"apt-get: {_last_line(done)}")
    return found


def _install_from_playwright(tell: Callable[[str], None]) -> Path:
    tell("Downloading Chromium with Playwright for the browser tests (about 170 MB) ...")
    done = _run([sys.executable, "-m", "playwright", "install", "chromium"], {})
    found = _playwrights_chromium()
    if found is None:
        raise _NotThisWayError(f"Playwright's download: {_last_line(done)}")
    if not _runs(found):
        raise _NotThisWayError("Playwright's Chromium does not run here: libraries are missing")
    return found


def _playwrights_chromium() -> Path | None:
    """Return the newest Chromium that Playwright has downloaded, if any."""
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    homes = [Path(chosen)] if chosen and chosen != "0" else []
    home = Path.home()
    homes += [home / ".cache" / "ms-playwright", home / "Library" / "Caches" / "ms-playwright"]
    patterns = (
        "chromium-*/chrome-linux*/chrome",
        "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    )
    found = [path for folder in homes for pattern in patterns for path in folder.glob(pattern)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    done = subprocess.run(["fc-list", ":lang=zh"], check=False, capture_output=True, timeout=60)
    return bool(done.stdout.strip())


def _run(argv: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **environ},
            timeout=_APT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, 1, "", f"no end after {_APT_SECONDS} s")


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the line that says why: apt marks it with `E:`, Playwright with `Error:`."""
    lines = [line.strip() for line in (done.stdout + "\n" + done.stderr).splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith("E:") or "Error:" in line]
    return (telling or lines or [f"exit {done.returncode}"])[-1]
