import gzip
import io
import tarfile
from pathlib import Path

import pytest

from hansa.commerce.importing.errors import BadFile, FileTooLarge
from hansa.commerce.importing.tabular.problems import Problems, collecting
from hansa.commerce.importing.tabular.reading import Budget, Row, digest_of_file, rows_of


def _read(
    path: Path, *columns: str, problems: Problems | None = None, budget: Budget | None = None
) -> list[Row]:
    return list(rows_of(path, columns or ("a", "b"), problems or Problems(), budget=budget or Budget()))


def _file(tmp_path: Path, content: bytes, name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_rows_come_with_their_place_and_without_blanks(tmp_path: Path) -> None:
    path = _file(tmp_path, '\ufeffa,b\n1, x \n\n"2","y\nz"\n3,w\n'.encode())

    rows = _read(path)

    assert [(row.number, row.values) for row in rows] == [
        (2, {"a": "1", "b": "x"}),
        (4, {"a": "2", "b": "y\nz"}),
        (6, {"a": "3", "b": "w"}),
    ]


def test_a_row_that_is_no_utf8_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    problems = Problems()
    path = _file(tmp_path, b"a,b\n1,gr\xfcn\n2,ok\n")

    rows = _read(path, problems=problems)

    assert [row.values["a"] for row in rows] == ["2"]
    assert [(problem.row, problem.column, problem.reason) for problem in problems.first] == [
        (2, "b", "not UTF-8: it has the byte 0xFC")
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "1 fields where the header has 2"),
        (b"1,2,3", "3 fields where the header has 2"),
        (b"1,\x00", "it has a zero byte"),
        (b"1," + b"x" * 200_000, "no row of a CSV file: field larger than field limit (131072)"),
        (b"1," + b"x" * 2_000_000, "a line of more than 1024 KB"),
    ],
    ids=["too few", "too many", "zero byte", "long field", "long line"],
)
def test_a_broken_row_does_not_spoil_the_file(tmp_path: Path, line: bytes, reason: str) -> None:
    problems = Problems()
    path = _file(tmp_path, b"a,b\n0,before\n" + line + b"\n9,after\n")

    rows = _read(path, problems=problems)

    assert [row.values["a"] for row in rows] == ["0", "9"]
    assert [problem.reason for problem in problems.first] == [reason]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "f.csv is empty; its first line must name the columns a, b"),
        (b"\n", "f.csv is empty; its first line must name the columns a, b"),
        (b"a,c\n1,2\n", "f.csv lacks the column b; it has a, c"),
        (b"a,b,b\n", "f.csv has the column b twice"),
        ("a,b\n".encode("utf-16"), "f.csv is UTF-16; save it as UTF-8"),
    ],
    ids=["empty", "blank", "column missing", "column twice", "UTF-16"],
)
def test_a_file_that_cannot_be_right_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BadFile) as refusal:
        _read(_file(tmp_path, content))

    assert refusal.value.message == message


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no file"):
        _read(tmp_path / "nothing.csv")


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(3 * 1024 * 1024)  # a hole: takes no space

    with pytest.raises(FileTooLarge) as refusal:
        _read(path, budget=Budget(most_mb=2))

    assert (
        refusal.value.message == "huge.csv has more than 2 MB of text; split it, or allow more with --max-mb"
    )


def test_a_small_archive_of_much_text_is_refused_as_it_unfolds(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000))
    assert path.stat().st_size < 50_000

    with pytest.raises(FileTooLarge):
        _read(path, budget=Budget(most_mb=1))


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + bytes(range(48, 58)) * 5_000)

    with pytest.raises(BadFile, match=r"cut\.csv\.gz is damaged"):
        _read(_file(tmp_path, whole[:-40], "cut.csv.gz"))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"days.tar.xz is no readable archive"):
        _read(_file(tmp_path, b"nonsense" * 400, "days.tar.xz"))


def test_a_folder_an_archive_and_a_packed_file_hold_the_same_rows(tmp_path: Path) -> None:
    folder = tmp_path / "days"
    folder.mkdir()
    _file(folder, b"a,b\n1,x\n", "1.csv")
    (folder / "2.csv.gz").write_bytes(gzip.compress(b"a,b\n2,y\n"))
    (folder / "notes.txt").write_text("nothing")
    archive = tmp_path / "days.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        for name, content in (("by-day/1.csv", b"a,b\n1,x\n"), ("by-day/2.csv", b"a,b\n2,y\n")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))

    assert [row.values for row in _read(folder)] == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]
    assert [row.values for row in _read(archive)] == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    one = _file(tmp_path, b"a,b\n1,x\n", "one.csv")
    digest = digest_of_file(one)

    one.write_bytes(b"a,b\n1,y\n")

    assert digest_of_file(one) != digest


def test_every_rejected_row_is_written_to_the_file_of_errors(tmp_path: Path) -> None:
    path = _file(tmp_path, b"a,b\n1,gr\xfcn\n" + b"1\n" * 30)

    with collecting(tmp_path / "errors.csv") as problems:
        _read(path, problems=problems)

    written = (tmp_path / "errors.csv").read_text().splitlines()
    assert written[0] == "file,row,column,value,reason"
    assert written[1] == "f.csv,2,b,gr?n,not UTF-8: it has the byte 0xFC"
    assert len(written) == 32
    assert problems.rejected == 31
    assert len(problems.first) == 10


def test_a_file_of_errors_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be written"), collecting(tmp_path / "no" / "errors.csv"):
        pass
