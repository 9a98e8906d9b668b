"""The shell half of the launcher, run against Pythons that only pretend."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
SHELLS = [shell for shell in ("dash", "sh", "bash") if shutil.which(shell)]


class Checkout:
    """A copy of the launcher in a folder of its own, on a machine with the Pythons we put there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my hansa"
        self.bin = folder / "bin"
        self.root.mkdir()
        self.bin.mkdir()
        shutil.copy(CHECKOUT / "hansa", self.root)
        (self.root / "requirements").mkdir()
        (self.root / "requirements" / "core.txt").write_text("tea==1\n")
        (self.root / "requirements" / "all.txt").write_text("tea==1\nspark==4\n")
        for tool in ("cat", "dirname", "readlink", "sh"):
            (self.bin / tool).symlink_to(str(shutil.which(tool)))

    def put_python(self, name: str, answer: str) -> None:
        """Answer the probe as told; as installer, report the call and make an environment."""
        self.put_program(
            self.bin / name,
            f'case $1 in -c) echo "{answer}" ;; *) echo "{name} installs $3 into $4" >&2; exit 7 ;; esac',
        )

    def put_environment(self, *locks: str) -> None:
        venv = self.root / ".venv"
        self.put_program(venv / "bin" / "python", 'echo "runs $*"')
        for lock in locks:
            shutil.copy(self.root / "requirements" / f"{lock}.txt", venv / f".hansa-{lock}.lock")

    def put_program(self, path: Path, body: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run(self, *words: str, shell: str = SHELLS[0], **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(shutil.which(shell)), str(self.root / "hansa"), *words],
            env={"PATH": str(self.bin), **environ},
            cwd=self.bin,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_installed_runs_at_once_without_looking_for_a_python(checkout: Checkout, shell: str) -> None:
    checkout.put_environment("core")

    done = checkout.run("route", "check", "a file.vrp", shell=shell)

    assert done.stdout == "runs -P -m hansa.cli.main route check a file.vrp\n"
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_machine_without_python_is_told_where_to_get_one(checkout: Checkout, shell: str) -> None:
    done = checkout.run("check", shell=shell)

    assert done.returncode == 1
    assert "no Python that fits. Hansa needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert "none under the names python3.11 python3.12 python3.13 python3 python" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


def test_a_python_that_is_too_old_is_named_with_its_version(checkout: Checkout) -> None:
    checkout.put_python("python3", "old 3.9")

    done = checkout.run("check")

    assert done.returncode == 1
    assert f"{checkout.bin}/python3 is Python 3.9, too old" in done.stderr
    assert "HANSA_PYTHON=/path/to/python3.11" in done.stderr


def test_a_python_without_venv_is_told_the_package_that_brings_it(checkout: Checkout) -> None:
    checkout.put_python("python3", "bare 3.11")

    done = checkout.run("check")

    assert done.returncode == 1
    assert f"{checkout.bin}/python3 is Python 3.11, but it lacks the modules" in done.stderr
    assert "apt-get install python3.11-venv" in done.stderr


def test_the_first_python_that_fits_installs_though_others_do_not(checkout: Checkout) -> None:
    checkout.put_python("python3.11", "bare 3.11")
    checkout.put_python("python3", "fits 3.13")

    done = checkout.run("check")

    assert done.stderr == f"python3 installs core into {checkout.root}/.venv\n"


def test_a_named_python_is_the_only_one_asked(checkout: Checkout) -> None:
    checkout.put_python("python3.11", "fits 3.11")
    checkout.put_python("mine", "old 3.8")

    done = checkout.run("check", HANSA_PYTHON=str(checkout.bin / "mine"))

    assert done.returncode == 1
    assert f"{checkout.bin}/mine is Python 3.8, too old" in done.stderr


def test_a_failed_installation_ends_the_launch_with_its_exit_code(checkout: Checkout) -> None:
    checkout.put_python("python3.11", "fits 3.11")

    done = checkout.run("check")

    assert (done.returncode, done.stdout) == (7, "")


@pytest.mark.parametrize(
    ("installed", "command", "installs"),
    [
        ("core", "check", None),
        ("core", "demo", "all"),
        ("core", "test", "all"),
        ("all", "check", None),
        ("all", "demo", None),
    ],
)
def test_the_demo_and_the_tests_need_more_than_the_rest(
    checkout: Checkout, installed: str, command: str, installs: str | None
) -> None:
    checkout.put_environment(installed)
    checkout.put_python("python3.11", "fits 3.11")

    done = checkout.run(command)

    wanted = f"python3.11 installs {installs} into {checkout.root}/.venv\n" if installs else ""
    assert done.stderr == wanted


def test_a_changed_lock_is_installed_again(checkout: Checkout) -> None:
    checkout.put_environment("core")
    checkout.put_python("python3.11", "fits 3.11")
    (checkout.root / "requirements" / "core.txt").write_text("tea==2\n")

    done = checkout.run("check")

    assert done.stderr == f"python3.11 installs core into {checkout.root}/.venv\n"


def test_an_environment_whose_python_is_gone_is_installed_again(checkout: Checkout) -> None:
    checkout.put_environment("core")
    (checkout.root / ".venv" / "bin" / "python").unlink()
    (checkout.root / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.11")
    checkout.put_python("python3.11", "fits 3.11")

    done = checkout.run("check")

    assert done.stderr == f"python3.11 installs core into {checkout.root}/.venv\n"


def test_a_link_to_the_launcher_works_from_anywhere(checkout: Checkout) -> None:
    checkout.put_environment("core")
    link = checkout.bin / "hansa"
    link.symlink_to(Path("..") / "my hansa" / "hansa")

    done = subprocess.run([link, "check"], env={}, cwd="/", capture_output=True, text=True, check=False)

    assert done.stdout == "runs -P -m hansa.cli.main check\n"


def test_another_place_for_the_environment_can_be_named(checkout: Checkout) -> None:
    checkout.put_python("python3.11", "fits 3.11")

    done = checkout.run("check", HANSA_VENV="/else where/venv")

    assert done.stderr == "python3.11 installs core into /else where/venv\n"
