"""`hansa experiment`: tells from files which way is better, and what logs know of a way never tried."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from hansa.cli.demand_files import check_writable, names_in, numbers_in, read_table, require, write_table
from hansa.cli.output import AsJson, Seed, show
from hansa.engines import experiments as engine
from hansa.kernel.errors import InvalidInput, Refused

app = typer.Typer(no_args_is_help=True, help="Evaluate experiments and logs of policies from files.")

Alpha = Annotated[float, typer.Option(help="Chance of being wrong: 0.05 gives intervals of 95 %.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet.")]


@app.callback()
def group() -> None:
    """Evaluate experiments and logs of policies from files."""


@app.command(epilog="Example: hansa experiment evaluate visitors.csv --control old --out looks.csv")
def evaluate(
    file: File,
    control: Annotated[str, typer.Option(help="The arm that the others are compared with.")] = "control",
    shares: Annotated[
        str | None, typer.Option(help="Planned shares of the arms, such as old=3,new=1; else equal.")
    ] = None,
    alpha: Alpha = 0.05,
    sharpest_at: Annotated[
        int, typer.Option(help="Units at which the interval is tightest: about as many as you expect.")
    ] = 10_000,
    least_units: Annotated[int, typer.Option(help="Units of each arm before anything is said.")] = 100,
    looks: Annotated[int, typer.Option(help="How often the difference is told on the way.")] = 30,
    out: Annotated[
        Path | None, typer.Option(help="CSV to write: the difference with its interval at every look.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Compare the arms of an A/B test; one may look after every unit and stop at any.

    A row is one unit: `unit`, `arm`, `outcome`. Optional: `denominator` (the metric is then a ratio of
    sums), `covariate` (a figure from before the experiment; empty where unknown), `entered` (when the
    unit came in: a number or a moment), `cluster` (where whole clusters were assigned). Exits 1 with the
    reasons when units are too few or the arms did not get their shares. Nothing here is random: the seed
    is taken so that all commands can be called alike.
    """
    del seed
    if out is not None:
        check_writable(out, file)
    table = read_table(file)
    params = engine.Params(alpha=alpha, sharpest_at=sharpest_at, least_units=least_units, looks=looks)
    result = engine.compare(_problem(table, file, control, shares), params)
    said = _machine(result) if as_json else _told(result)
    if out is not None and result.comparisons:
        write_table(_looks(result), out)
        said["out"] = str(out)
    show(said, as_json=as_json)
    if result.is_refused:
        raise Refused("; ".join(result.refusals))


@app.command("off-policy", epilog="Example: hansa experiment off-policy logs.csv --action item --clip 50")
def off_policy(
    file: File,
    reward: Annotated[str, typer.Option(help="Column: what came of it.")] = "reward",
    propensity: Annotated[
        str, typer.Option(help="Column: chance with which the old policy did just this.")
    ] = "propensity",
    target: Annotated[
        str, typer.Option(help="Column: chance with which the new policy would do just this.")
    ] = "target",
    even: Annotated[
        int | None, typer.Option(min=1, help="The new policy picks evenly among so many; no column then.")
    ] = None,
    action: Annotated[
        str | None,
        typer.Option(help="Column: what was done. With it doubly robust estimates, by means of actions."),
    ] = None,
    clip: Annotated[float | None, typer.Option(help="Cut weights above this; what is lost is told.")] = None,
    bootstrap: Annotated[
        int, typer.Option(help="Draws of a bootstrap for the intervals; 0 for normal theory.")
    ] = 0,
    reward_range: Annotated[
        str | None, typer.Option(help="Lowest and highest possible reward, such as 0,5.")
    ] = None,
    alpha: Alpha = 0.05,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Estimate from one policy's logs what another would have earned; exits 1 where they cannot tell.

    A row is one logged act. Columns `expected_logged` and `expected_target`, where the file has them, are
    a model's expectations for doubly robust estimates. Refused below an effective sample of 100 rows or
    1 % of the rows.
    """
    params = engine.OffPolicyParams(
        alpha=alpha, clip=clip, bootstrap_draws=bootstrap, reward_range=_range(reward_range)
    )
    table = read_table(file)
    result = engine.off_policy(
        _logs(table, file, (reward, propensity, target), even, action, seed), params, seed=seed
    )
    show(asdict(result) if as_json else _estimates(result), as_json=as_json)
    if result.is_refused:
        raise Refused("; ".join(result.refusals))


def _problem(table: pl.DataFrame, file: Path, control: str, shares: str | None) -> engine.Problem:
    require(table, ("unit", "arm", "outcome"), file)
    units = names_in(table, "unit", file)
    there = table.columns
    problem = engine.Problem.of_rows(
        units,
        names_in(table, "arm", file),
        numbers_in(table, "outcome", file),
        control=control,
        weights=None if shares is None else _shares(shares),
        denominator=numbers_in(table, "denominator", file) if "denominator" in there else None,
        covariate=numbers_in(table, "covariate", file) if "covariate" in there else None,
        entered=_moments(table, file) if "entered" in there else None,
    )
    if "cluster" not in there:
        return problem
    return problem.clustered(dict(zip(units, names_in(table, "cluster", file), strict=True)))


def _shares(given: str) -> dict[str, float]:
    shares = {}
    for part in given.split(","):
        name, _, share = part.partition("=")
        try:
            shares[name.strip()] = float(share)
        except ValueError:
            raise typer.BadParameter(f"{part!r} is not NAME=SHARE", param_hint="--shares") from None
    return shares


def _range(given: str | None) -> tuple[float, float] | None:
    if given is None:
        return None
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError:
        raise typer.BadParameter(f"{given!r} is not LOW,HIGH", param_hint="--reward-range") from None
    return low, high


def _moments(table: pl.DataFrame, file: Path) -> np.ndarray:
    """Read when units came in: numbers as they are, moments as seconds."""
    given = table["entered"].cast(pl.String).str.strip_chars()
    if given.cast(pl.Float64, strict=False).is_not_null().all():
        return numbers_in(table, "entered", file)
    return np.array([_seconds(said, line, file) for line, said in enumerate(given, 2)])


def _seconds(said: str | None, line: int, file: Path) -> float:
    try:
        moment = datetime.fromisoformat(said or "")
    except ValueError:
        raise InvalidInput(
            f"{file}: line {line}: entered {said!r} is neither a number nor a moment"
        ) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _logs(
    table: pl.DataFrame,
    file: Path,
    columns: tuple[str, str, str],
    even: int | None,
    action: str | None,
    seed: int,
) -> engine.Logs:
    reward, propensity, target = columns
    require(
        table, [reward, propensity, *([target] if even is None else []), *([action] if action else [])], file
    )
    models = ["expected_logged", "expected_target"]
    expected = {name: numbers_in(table, name, file) for name in models if name in table.columns}
    logs = engine.Logs(
        numbers_in(table, reward, file),
        numbers_in(table, propensity, file),
        numbers_in(table, target, file) if even is None else np.full(table.height, 1 / even),
        **expected,
    )
    return (
        logs if action is None else engine.with_action_means(logs, names_in(table, action, file), seed=seed)
    )


def _machine(result: engine.Result) -> dict[str, object]:
    """The whole answer for a machine, without the looks: those go into a file of their own."""
    comparisons = [
        {name: value for name, value in asdict(each).items() if name != "looks"} | {"lift": each.lift}
        for each in result.comparisons
    ]
    return {**asdict(result), "comparisons": comparisons}


def _told(result: engine.Result) -> dict[str, object]:
    ratio = result.sample_ratio
    said: dict[str, object] = {
        f"units of {arm}": f"{count}, planned {expected:.0f}"
        for arm, count, expected in zip(result.arms, ratio.counts, ratio.expected, strict=True)
    }
    said["sample ratio, p"] = f"{ratio.p_value:.4g}, by chi-square {ratio.naive_p_value:.4g}"
    for each in result.comparisons:
        lift = "" if each.lift is None else f", {each.lift:+.1%}"
        since = "" if each.decided_at is None else f" since {each.decided_at} units"
        said |= {
            each.treatment: f"{each.treatment_value:.6g}, control {each.control_value:.6g}{lift}",
            f"{each.treatment}, difference": _with_interval(each.difference, each.low, each.high),
            f"{each.treatment}, p at any look": f"{each.p_value:.4g}",
            f"{each.treatment}, verdict": f"{each.verdict}{since}",
            f"{each.treatment}, variance cut": f"{each.variance_cut:.1%}",
            f"{each.treatment}, naive difference": _with_interval(
                each.naive.difference, each.naive.low, each.naive.high
            ),
            f"{each.treatment}, naive p": f"{each.naive.p_value:.4g}",
        }
    return said


def _estimates(result: engine.OffPolicyResult) -> dict[str, object]:
    estimates = {"IPS": result.ips, "SNIPS": result.snips, "doubly robust": result.doubly_robust}
    return {
        "rows": result.rows,
        "logged policy, naive": f"{result.logged:.6g}",
        **{
            name: "-" if found is None else _with_interval(found.value, *found.interval)
            for name, found in estimates.items()
        },
        "effective sample": f"{result.effective_sample:.1f}",
        "mean weight": f"{result.mean_weight:.4f}",
        "heaviest row's share": f"{result.heaviest_share:.4f}",
        "clipped": f"{result.clipped_rows} rows, {result.clipped_share:.1%} of the weight",
        "seed": result.seed,
    }


def _with_interval(value: float, low: float, high: float) -> str:
    return f"{value:.6g} [{low:.6g}, {high:.6g}]"


def _looks(result: engine.Result) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"treatment": each.treatment, **{name: getattr(look, name) for name in look.__dataclass_fields__}}
            for each in result.comparisons
            for look in each.looks
        ]
    )
