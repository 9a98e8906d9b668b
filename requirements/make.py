"""Make the lock files from pyproject.toml: `core.txt` to run Hansa, `all.txt` for the demo and the tests too.

Run it with the oldest supported Python after changing a dependency: .venv/bin/python requirements/make.py
Versions that this Python has installed are kept, for they are the tested ones; `--upgrade` lets all move.
Everything is resolved once, so that both files agree, and then checked for the other supported Pythons and
systems: whatever a locked package wants there must be locked as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text())

# What `all.txt` adds to `core.txt`. PyTorch (extra `deep`) is in neither: it is large, and wants a choice.
EXTRAS = ("alipay", "demo", "spark", "stripe", "wechat")
GROUPS = ("test",)

PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"))


def main() -> None:
    """Resolve, check, write."""
    core, elsewhere = parted(PROJECT["project"]["dependencies"])
    more = [line for extra in EXTRAS for line in PROJECT["project"]["optional-dependencies"][extra]]
    more += [line for group in GROUPS for line in PROJECT["dependency-groups"][group]]
    packages = resolved(core + more, kept=[] if "--upgrade" in sys.argv else installed())
    missing = missing_elsewhere(packages)
    if missing:
        sys.exit("Not locked, but wanted elsewhere:\n" + "\n".join(missing))
    write("all.txt", "the demo and the tests", packages, set(packages), elsewhere)
    write("core.txt", "running Hansa", packages, closure(core, packages), elsewhere)


def parted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part what is wanted on this system from what only another one wants, which cannot be resolved here."""
    elsewhere = [line for line in lines if (marker := Requirement(line).marker) and not marker.evaluate()]
    for line in elsewhere:
        if not str(Requirement(line).specifier).startswith("=="):
            sys.exit(f"Only another system wants it, so it must be pinned with ==: {line}")
    return [line for line in lines if line not in elsewhere], elsewhere


def installed() -> list[str]:
    """Return the versions of the running environment, Hansa itself left out."""
    return [f"{one.name}=={one.version}" for one in distributions() if one.name != PROJECT["project"]["name"]]


def resolved(requirements: list[str], *, kept: list[str]) -> dict[str, Any]:
    """Let pip choose versions for all of it in an empty environment; name -> metadata."""
    with tempfile.TemporaryDirectory() as folder:
        report, constraints = Path(folder, "report.json"), Path(folder, "constraints.txt")
        constraints.write_text("\n".join(kept))
        argv = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        argv += ["--report", str(report), "--constraint", str(constraints)]
        subprocess.run([*argv, *requirements], check=True)
        chosen = json.loads(report.read_text())["install"]
    return {canonicalize_name(one["metadata"]["name"]): one["metadata"] for one in chosen}


def wanted_by(lines: list[str], environment: dict[str, str], extras: set[str]) -> list[Requirement]:
    """Return those of a package's requirements that hold in an environment."""
    found = []
    for line in lines:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**environment, "extra": one}) for one in extras | {""}):
            found.append(requirement)
    return found


def closure(
    requirements: list[str], packages: dict[str, Any], environment: dict[str, str] | None = None
) -> set[str]:
    """Return the names of the requirements and of all that they need in turn."""
    here = environment or {}
    seen: dict[str, set[str]] = {}
    waiting = wanted_by(requirements, here, set())
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen and requirement.extras <= seen[name]:
            continue
        seen[name] = seen.get(name, set()) | requirement.extras
        if name in packages:
            waiting += wanted_by(packages[name].get("requires_dist", []), here, seen[name])
    return set(seen)


def missing_elsewhere(packages: dict[str, Any]) -> list[str]:
    """Return a line for each package that another Python or system needs and the lock lacks."""
    found = []
    names = [f"{name}=={metadata['version']}" for name, metadata in packages.items()]
    for python in PYTHONS:
        for platform, system, machine in SYSTEMS:
            there = {
                "python_version": python,
                "python_full_version": f"{python}.0",
                "sys_platform": platform,
                "platform_system": system,
                "platform_machine": machine,
            }
            lacking = closure(names, packages, there) - set(packages)
            found += [f"  {name} (Python {python}, {system} {machine})" for name in sorted(lacking)]
    return found


def write(file: str, purpose: str, packages: dict[str, Any], names: set[str], elsewhere: list[str]) -> None:
    """Write one lock file, sorted by name; what only some systems want carries its condition."""
    wanted = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    conditions = {canonicalize_name(each.name): f"; {each.marker}" for each in wanted if each.marker}
    lines = [f"{name}=={packages[name]['version']}{conditions.get(name, '')}" for name in names]
    lines += [str(Requirement(line)) for line in elsewhere]
    title = f"# Exact versions for {purpose}. Made by requirements/make.py: do not edit."
    (HERE / file).write_text(
        "\n".join([title, *sorted(lines, key=lambda line: line.partition("==")[0])]) + "\n"
    )
    print(f"{file}: {len(lines)} packages")


if __name__ == "__main__":
    main()
