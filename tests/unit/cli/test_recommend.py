from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest
import typer

from hansa.cli.output import failing_loudly
from hansa.cli.recommend import app

Captured = pytest.CaptureFixture[str]
FIGURES = ("NDCG@10", "HR@10", "MRR@20", "P@20")

# Whoever takes tea and cup takes sugar next; whoever takes nut and bolt takes the key.
# The last two of each line are held out of the fit, so each camp is shown in full by its elders.
CAMPS = """\
alia tea cup sugar honey lemon
bo tea cup sugar honey lemon
cy nut bolt key oil rag
di nut bolt key oil rag
eve tea cup sugar
fay nut bolt key
"""


def call(*arguments: object) -> int:
    """Run the group as the launcher does, and tell the exit code."""
    command = typer.main.get_command(app)
    with pytest.raises(SystemExit) as ended, failing_loudly():
        command.main(args=[str(argument) for argument in arguments], prog_name="hansa recommend")
    return int(ended.value.code or 0)


def evaluate(train: Path, *arguments: object, protocol: str = "leave-one-out") -> int:
    return call("evaluate", "--train", train, "--protocol", protocol, *arguments)


def told(capsys: Captured) -> str:
    return " ".join(capsys.readouterr().err.split())


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def train(tmp_path: Path) -> Path:
    return written(tmp_path, CAMPS)


def written(folder: Path, text: str, name: str = "train.txt") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_last_item_is_asked_for_and_ranked_among_all(
    train: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "recs.csv"

    code = evaluate(train, "--k", 2, "--out", out, "--json")

    figures = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (figures["queries"], figures["skipped"], figures["seed"]) == (6, 0, 0)
    assert all(0 <= figures[name] <= 1 for name in FIGURES)
    assert figures["CPU seconds"] > 0
    lines = rows(out)
    assert [line["rank"] for line in lines] == ["1", "2"] * 6
    assert [line["user"] for line in lines[::2]] == ["alia", "bo", "cy", "di", "eve", "fay"]
    first = {line["user"]: line["item"] for line in lines if line["rank"] == "1"}
    assert (first["eve"], first["fay"]) == ("sugar", "key")


def test_neither_the_last_item_nor_the_one_before_it_is_learnt(tmp_path: Path, capsys: Captured) -> None:
    # the histories to learn from are "a" of 1 to 3 and "a c" of 4 and 5; with what is held out, b would win
    train = written(tmp_path, "1 a b q\n2 a b q\n3 a b q\n4 a c z z\n5 a c z z\n9 a t\n")
    out = tmp_path / "recs.csv"

    code = evaluate(train, "--out", out, "--k", 1)

    assert code == 0
    assert {line["user"]: line["item"] for line in rows(out)}["9"] == "c"


def test_seen_items_are_masked_in_leave_one_out_only(train: Path, tmp_path: Path) -> None:
    masked, kept = tmp_path / "masked.csv", tmp_path / "kept.csv"

    evaluate(train, "--out", masked)
    evaluate(train, "--out", kept, "--keep-seen")

    def shown_to_eve(file: Path) -> set[str]:
        return {line["item"] for line in rows(file) if line["user"] == "eve"}

    assert not {"tea", "cup"} & shown_to_eve(masked)
    assert {"tea", "cup"} <= shown_to_eve(kept)


def test_sessions_with_a_test_file_learn_from_all_of_train(tmp_path: Path, capsys: Captured) -> None:
    train = tmp_path / "train.txt.gz"
    train.write_bytes(gzip.compress(b"a b\na b\nc d\nc d\n"))
    test = tmp_path / "test.txt.gz"
    test.write_bytes(gzip.compress(b"a\tb\nc\td\nd c\tc\n"))
    out = tmp_path / "recs.csv"

    code = evaluate(train, "--test", test, "--out", out, "--k", 1, "--json", protocol="sessions")

    assert code == 0
    assert [(line["user"], line["rank"]) for line in rows(out)] == [("1", "1"), ("2", "1"), ("3", "1")]
    assert json.loads(capsys.readouterr().out)["P@20"] == 1.0


def test_prefixes_and_targets_may_stand_in_two_files_without_users(tmp_path: Path, capsys: Captured) -> None:
    train = written(tmp_path, "a b c\na b c\nd e f\n")
    test = written(tmp_path, "a b\nd e\n", "prefixes.txt")
    targets = written(tmp_path, "c\nf\n", "targets.txt")

    code = evaluate(train, "--no-user-column", "--test", test, "--targets", targets, "--json")

    assert code == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["queries"], figures["NDCG@10"]) == (2, 1.0)


def test_a_test_line_with_only_a_user_asks_with_the_history_of_train(
    tmp_path: Path, capsys: Captured
) -> None:
    train = written(tmp_path, "alia tea cup sugar\nbo tea cup sugar\neve tea cup\ncy nut bolt\n")
    test = written(tmp_path, "eve\tsugar\n", "test.txt")

    code = evaluate(train, "--test", test, "--json")

    assert code == 0
    assert json.loads(capsys.readouterr().out)["MRR@20"] == 1.0


BASKETS = """\
user,item,time
ann,milk,2026-01-01
ann,milk,2026-01-08
ann,bread,2026-01-08
bo,tea,2026-01-02
ann,milk,2026-01-16T09:30:00
ann,jam,2026-01-16T09:30:00
ann,tea,2026-01-20
bo,milk,2026-01-21
cy,milk,2026-01-22
"""


def test_the_basket_after_the_cut_is_asked_for_by_what_came_before(tmp_path: Path, capsys: Captured) -> None:
    train, out = written(tmp_path, BASKETS, "baskets.csv"), tmp_path / "recs.csv"

    code = evaluate(train, "--cut", "2026-01-16", "--out", out, "--k", 2, "--json", protocol="baskets")

    assert code == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["queries"], figures["skipped"]) == (2, 1)  # nobody knew cy before
    found = [(line["user"], line["item"]) for line in rows(out)]
    assert {item for user, item in found if user == "ann"} == {"milk", "bread"}
    assert ("bo", "tea") in found  # all that bo ever took
    assert "jam" not in {line["item"] for line in rows(out)}  # which came only after the cut


def test_only_what_is_new_to_a_user_counts_where_seen_items_are_left_out(
    tmp_path: Path, capsys: Captured
) -> None:
    train, out = written(tmp_path, BASKETS, "baskets.csv"), tmp_path / "recs.csv"

    code = evaluate(
        train, "--cut", "2026-01-16", "--exclude-seen", "--out", out, "--json", protocol="baskets"
    )

    assert code == 0
    assert json.loads(capsys.readouterr().out)["queries"] == 2
    found = {
        line["user"]: {row["item"] for row in rows(out) if row["user"] == line["user"]} for line in rows(out)
    }
    assert found == {"ann": {"tea"}, "bo": {"milk", "bread"}}


@pytest.mark.parametrize(
    ("content", "cut", "message"),
    [
        ("user,thing,time\na,b,2026-01-01\n", "2026-01-02", "baskets.csv: has no column 'item'"),
        ("user,item,time\na,b,soon\n", "2026-01-02", "baskets.csv, line 2: `user,item,time`"),
        ("user,item,time\na,b,2026-01-01\n,b,2026-01-01\n", "2026-01-02", "baskets.csv, line 3: `user"),
        (
            "user,item,time,weight\na,b,2026-01-01,heavy\n",
            "2026-01-02",
            "baskets.csv, line 2: `user,item,time` or with a weight",
        ),
        (BASKETS, "yesterday", "--cut yesterday: is no day or moment"),
        (BASKETS, "2030-01-01", "nothing to evaluate: no user of"),
        ("", "2026-01-01", "baskets.csv: cannot be read"),
    ],
)
def test_baskets_that_cannot_be_read_are_refused_by_line(
    content: str, cut: str, message: str, tmp_path: Path, capsys: Captured
) -> None:
    train = written(tmp_path, content, "baskets.csv")

    assert evaluate(train, "--cut", cut, protocol="baskets") == 1

    assert message in told(capsys)


def test_the_engine_beats_its_baseline_and_repeats_itself(
    train: Path, tmp_path: Path, capsys: Captured
) -> None:
    figures = {}
    for name in ("blend", "popular"):
        evaluate(train, "--model", name, "--json")
        figures[name] = json.loads(capsys.readouterr().out)["NDCG@10"]
    once, again = tmp_path / "once.csv", tmp_path / "again.csv"

    evaluate(train, "--out", once, "--seed", 7)
    evaluate(train, "--out", again, "--seed", 7)

    assert figures["blend"] > figures["popular"]
    assert once.read_bytes() == again.read_bytes()


def test_figures_are_printed_as_lines_without_json(train: Path, capsys: Captured) -> None:
    assert evaluate(train) == 0

    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert printed[:4] == list(FIGURES)


def test_histories_of_one_item_are_skipped_and_counted(tmp_path: Path, capsys: Captured) -> None:
    train = written(tmp_path, CAMPS + "gil tea\n")

    assert evaluate(train, "--json") == 0

    figures = json.loads(capsys.readouterr().out)
    assert (figures["queries"], figures["skipped"]) == (6, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "train.txt: the file is empty"),
        (b"alia tea cup\n\nbo tea\n", "train.txt, line 2: is empty"),
        (b"alia tea cup\nbo\n", "train.txt, line 2: no item found"),
        (b"alia,tea,cup\n", "train.txt, line 1: no item found"),
        (b"alia tea cup\nbo tea\nalia nut\n", "train.txt, line 3: user alia had a line before"),
        (b"alia tea cup\nbo \xff\xfe\n", "train.txt, line 2: is not UTF-8 text"),
        (b"alia t\0ea cup\n", "train.txt, line 1: holds a NUL character"),
        (b"alia tea\nbo cup\n", "nothing to evaluate: no history holds two items"),
    ],
)
def test_a_malformed_file_is_refused_naming_the_line(
    content: bytes, message: str, tmp_path: Path, capsys: Captured
) -> None:
    train, out = tmp_path / "train.txt", tmp_path / "recs.csv"
    train.write_bytes(content)

    code = evaluate(train, "--out", out)

    assert code == 1
    assert message in told(capsys)
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("tea cup sugar\n", "test.txt, line 1: no tab"),
        ("eve tea\tcup sugar\n", "test.txt, line 1: one target expected, 2 found"),
        ("eve tea\tcup\neve tea\t\n", "test.txt, line 2: one target expected, 0 found"),
        ("\tcup\n", "test.txt, line 1: no user before the tab"),
    ],
)
def test_a_malformed_test_file_is_refused_naming_the_line(
    content: str, message: str, train: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert evaluate(train, "--test", written(tmp_path, content, "test.txt")) == 1

    assert message in told(capsys)


def test_files_that_are_not_there_or_not_what_they_say_are_refused(
    train: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert evaluate(tmp_path / "nowhere.txt") == 1
    assert "nowhere.txt: there is no such file" in told(capsys)

    assert evaluate(tmp_path) == 1
    assert "cannot be read" in told(capsys)

    assert evaluate(written(tmp_path, CAMPS, "plain.gz")) == 1
    assert "plain.gz: cannot be read: Not a gzipped file" in told(capsys)

    assert evaluate(train, "--out", tmp_path / "no" / "folder" / "recs.csv") == 1
    assert "its folder does not exist" in told(capsys)

    assert evaluate(train, "--test", train, "--targets", written(tmp_path, "a\n", "targets.txt")) == 1
    assert "has 1 targets, but" in told(capsys)


@pytest.mark.parametrize(
    "misuse",
    [
        ["--k", "0"],
        ["--k", "many"],
        ["--protocol", "guess"],
        ["--targets", "targets.txt"],
        ["--cut", "2026-01-01"],
        ["--protocol", "baskets"],
        ["--no-such-option"],
    ],
)
def test_misuse_exits_with_two(misuse: list[str], train: Path) -> None:
    assert evaluate(train, *misuse) == 2


def test_help_shows_an_example_and_the_protocol(capsys: Captured) -> None:
    assert call("evaluate", "--help") == 0

    shown = " ".join(capsys.readouterr().out.split())
    assert "Example: hansa recommend evaluate --train Beauty.txt" in shown
    assert "fitted on neither" in shown


def test_similar_items_come_with_their_reason(train: Path, capsys: Captured) -> None:
    assert call("similar", "--train", train, "--item", "nut", "--k", 2, "--json") == 0

    answer = json.loads(capsys.readouterr().out)
    assert answer["similar"][0]["item"] == "bolt"
    assert answer["similar"][0]["reason"] == "co-visited with nut"
    assert answer["notes"] == []


def test_an_item_never_seen_is_answered_with_what_is_popular_and_said_so(
    train: Path, capsys: Captured
) -> None:
    assert call("similar", "--train", train, "--item", "kite", "--k", 1) == 0

    shown = capsys.readouterr().out
    assert "popular" in shown
    assert "1 item of the history never seen before: 'kite'" in shown


def test_an_answer_that_cannot_be_written_to_its_end_leaves_no_file(
    train: Path, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "recs.csv.part").mkdir()

    assert evaluate(train, "--out", tmp_path / "recs.csv") == 1

    assert "recs.csv: cannot be written: Is a directory" in told(capsys)
    assert not (tmp_path / "recs.csv").exists()
