"""The Python half of the launcher: what it refuses, and a real installation from a folder of small wheels."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", CHECKOUT / "requirements" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_network_is_told_apart_and_comes_with_three_ways_out(install: ModuleType) -> None:
    output = "WARNING: Retrying: NewConnectionError\nERROR: No matching distribution found for tea==1\n"

    told = install.explained(output, Path("/venv"))

    assert "the package index does not answer" in told
    assert "HTTPS_PROXY" in told
    assert "PIP_INDEX_URL" in told
    assert "PIP_FIND_LINKS" in told


def test_a_package_the_index_lacks_is_named(install: ModuleType) -> None:
    told = install.explained("ERROR: No matching distribution found for tea==1\n", Path("/venv"))

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"the package index has no tea==1 for Python {version} on this system" in told


def test_a_full_disk_is_told_apart(install: ModuleType) -> None:
    told = install.explained("ERROR: [Errno 28] No space left on device\n", Path("/venv"))

    assert told == "the disk of /venv is full. Free some space, or: export HANSA_VENV=/path/on/another/disk"


def test_too_little_disk_is_refused_before_anything_is_made(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 1_500_000_000))

    with pytest.raises(install.CannotInstallError, match=r"4\.6 GB are needed .* 1\.5 GB are free"):
        install.begin(tmp_path, 4600)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_elses_is_left_alone(install: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")

    with pytest.raises(install.CannotInstallError, match=r"no virtual environment .* Move it away"):
        install.begin(tmp_path, 0)

    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_what_cannot_be_written_names_the_other_places(install: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(install.CannotInstallError, match=r"cannot write to .*HANSA_VENV=/path"),
        install.alone_in(tmp_path / "file" / ".venv"),
    ):
        pass


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting scipy==1.17.1 (from -r all.txt (line 90))\n", "scipy"),
        ("Processing /wheels/annotated_types-0.8.0-py3-none-any.whl\n", "annotated_types"),
        ("Requirement already satisfied: rich==15.0.0 in ./lib\n", "rich"),
    ],
)
def test_progress_names_the_package_at_hand(install: ModuleType, line: str, name: str) -> None:
    assert install.name_in(line) == name


class Small(NamedTuple):
    """A checkout whose lock has two tiny packages, and a folder with their wheels."""

    root: Path
    environ: dict[str, str]

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def lock(self, *lines: str) -> None:
        for name in ("core", "all"):
            (self.root / "requirements" / f"{name}.txt").write_text("\n".join(lines) + "\n")

    def command(self) -> list[str]:
        return [sys.executable, "-I", str(self.root / "requirements" / "install.py"), "core", str(self.venv)]

    def install(self, **environ: str) -> subprocess.CompletedProcess[str]:
        everything = {**self.environ, **environ}
        return subprocess.run(self.command(), env=everything, capture_output=True, text=True, check=False)

    def imports(self, statement: str) -> int:
        python = str(self.venv / "bin" / "python")
        return subprocess.run([python, "-c", statement], capture_output=True, check=False).returncode


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    root = tmp_path_factory.mktemp("my hansa")
    wheels = root / "wheels"
    wheels.mkdir()
    for name, version in (("tea", "1"), ("tea", "2"), ("cup", "1")):
        _write_wheel(wheels, name, version)
    (root / "requirements").mkdir()
    shutil.copy(CHECKOUT / "requirements" / "install.py", root / "requirements")
    (root / "src" / "hansa").mkdir(parents=True)
    (root / "src" / "hansa" / "__init__.py").touch()
    environ = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    checkout = Small(root, {**environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri()})
    checkout.lock("tea==1", "cup==1")
    done = checkout.install()
    assert done.returncode == 0, done.stderr
    return checkout


def _write_wheel(folder: Path, name: str, version: str) -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version}\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.mark.slow
def test_what_was_installed_is_there_with_the_package_of_the_checkout(small: Small) -> None:
    assert small.imports("import tea, cup, hansa; assert tea.version == 1") == 0


@pytest.mark.slow
def test_a_second_call_finds_nothing_to_do(small: Small) -> None:
    started = time.monotonic()

    done = small.install()

    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - started < 10  # an installation takes longer, even of nothing


@pytest.mark.slow
def test_a_changed_lock_replaces_and_removes(small: Small) -> None:
    small.lock("tea==2")

    done = small.install()

    assert done.returncode == 0, done.stderr
    assert small.imports("import tea; assert tea.version == 2") == 0
    assert small.imports("import cup") == 1
    small.lock("tea==1", "cup==1")


@pytest.mark.slow
def test_a_half_made_environment_is_made_anew(small: Small) -> None:
    (small.venv / ".hansa-unfinished").touch()
    shutil.rmtree(next(small.venv.glob("lib/python*/site-packages/pip")))

    done = small.install()

    assert done.returncode == 0, done.stderr
    assert "is not whole: making it anew" in done.stderr
    assert not (small.venv / ".hansa-unfinished").exists()
    assert small.imports("import tea, cup, pip") == 0


@pytest.mark.slow
def test_an_environment_of_somebody_elses_is_filled_but_never_cleared(small: Small) -> None:
    (small.venv / ".hansa-made").unlink()
    (small.venv / ".hansa-core.lock").unlink()
    (small.venv / "precious").touch()
    small.lock("milk==1")

    failed = small.install()
    small.lock("tea==1", "cup==1")
    done = small.install()

    assert (failed.returncode, done.returncode) == (1, 0)
    assert "the package index does not answer" in failed.stderr
    assert (small.venv / "precious").exists()
    (small.venv / ".hansa-made").touch()


@pytest.mark.slow
def test_a_second_installer_waits_for_the_first(small: Small) -> None:
    with (small.venv / ".hansa-guard").open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        process = subprocess.Popen(small.command(), env=small.environ, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        first_words = process.stderr.readline()
        waited = process.poll() is None

    _, rest = process.communicate(timeout=60)

    assert first_words.startswith("Another ./hansa is installing into")
    assert waited
    assert (process.returncode, rest) == (0, "")


@pytest.mark.slow
def test_an_index_that_does_not_answer_leaves_no_half_truth(small: Small, tmp_path: Path) -> None:
    alone = Small(tmp_path / "alone", small.environ)
    shutil.copytree(small.root / "requirements", alone.root / "requirements")
    (alone.root / "src").mkdir()

    done = alone.install(
        PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0"
    )

    assert done.returncode == 1
    assert "hansa: the package index does not answer, so nothing could be installed" in done.stderr
    assert not (alone.venv / ".hansa-core.lock").exists()
