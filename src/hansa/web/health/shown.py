"""How the chain is shown: figures, trends and evidence in the reader's words and number formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hansa.commerce.accounts.models import Platform
from hansa.commerce.health.domain.chain import BY_KEY, CHAINS, LINKS, LOOP, Link, Node, Unit, is_on_loop
from hansa.commerce.health.domain.evidence import AtLag, Evidence, Trend, Verdict
from hansa.commerce.health.selectors.board import Board, Judged, Reading
from hansa.kernel.money import digits_of
from hansa.web import charts
from hansa.web.charts import figures
from hansa.web.templatetags.words import platform_name

NEWS = 3
_VERDICTS = {
    Verdict.AGREES: (gettext_lazy("speaks for it"), "moss"),
    Verdict.CONTRADICTS: (gettext_lazy("speaks against it"), "alarm"),
    Verdict.CHANCE: (gettext_lazy("may be chance"), "amber"),
    Verdict.TOO_FEW: (gettext_lazy("too few weeks"), "neutral"),
    Verdict.FLAT: (gettext_lazy("does not change"), "neutral"),
}


@dataclass(frozen=True)
class Card:
    """One node in the picture. ``mood`` is good, bad or even; empty where there is no trend yet."""

    key: str
    name: str
    value: str
    behind: str
    change: str
    direction: int | None
    mood: str
    spark: list[float]
    url: str
    is_on_loop: bool


@dataclass(frozen=True)
class Strand:
    """A chain of nodes under its heading, each with whether the one before it moves it."""

    name: str
    steps: list[tuple[Card, bool]]


@dataclass(frozen=True)
class ShownLink:
    """A link with its evidence in words."""

    link: Link
    cause: str
    effect: str
    cause_url: str
    effect_url: str
    reason: str
    word: str
    tone: str
    rho: str
    sentence: str
    shares_records: bool
    is_on_loop: bool
    lags: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Detail:
    """Everything about one node."""

    card: Card
    node: Node
    definition: str
    formula: str
    for_alliance: str
    lever: str
    running: str
    running_behind: str
    recent: str
    earlier: str
    slope: str
    better: str
    chart: charts.Chart
    rows: list[tuple[str, str, str]]
    observations: str


def cards(board: Board, *, query: str) -> dict[str, Card]:
    """Every node's card by key."""
    return {key: _card(board, reading, query) for key, reading in board.readings.items()}


def strands(cards: Mapping[str, Card]) -> list[Strand]:
    """The cards in their chains, for readers of a narrow screen."""
    claimed = {(link.cause, link.effect) for link in LINKS}
    return [
        Strand(
            _(chain.name),
            [
                (cards[key], (before, key) in claimed)
                for before, key in zip(("", *chain.nodes), chain.nodes, strict=False)
            ],
        )
        for chain in CHAINS
    ]


def news(board: Board, cards: Mapping[str, Card], *, good: bool) -> list[Card]:
    """The nodes that became better (or worse) most, by relative change."""
    moved = [
        (abs(reading.trend.change), key)
        for key, reading in board.readings.items()
        if reading.trend.change is not None and cards[key].mood == ("good" if good else "bad")
    ]
    return [cards[key] for _change, key in sorted(moved, reverse=True)[:NEWS]]


def link(judged: Judged, *, query: str) -> ShownLink:
    """A link as a line of a table."""
    declared, evidence = judged.link, judged.evidence
    word, tone = _VERDICTS[evidence.verdict]
    return ShownLink(
        link=declared,
        cause=_(BY_KEY[declared.cause].name),
        effect=_(BY_KEY[declared.effect].name),
        cause_url=_url(declared.cause, query),
        effect_url=_url(declared.effect, query),
        reason=_(declared.reason),
        word=str(word),
        tone=tone,
        rho=rho_text(evidence.rho),
        sentence=_sentence(evidence),
        shares_records=declared.shares_records,
        is_on_loop=is_on_loop(declared),
        lags=[_lag(one) for one in evidence.tried],
    )


def evidence(links: Sequence[Judged]) -> list[tuple[str, str, int]]:
    """How many links each verdict was passed on: word, tone, count; verdicts passed on none are left out."""
    passed = Counter(judged.evidence.verdict for judged in links)
    return [
        (str(word), tone, passed[verdict]) for verdict, (word, tone) in _VERDICTS.items() if passed[verdict]
    ]


def detail(board: Board, reading: Reading) -> Detail:
    """One node's page."""
    node, trend = reading.node, reading.trend
    return Detail(
        card=_card(board, reading, ""),
        node=node,
        definition=_(node.definition),
        formula=capfirst(_(node.formula)),
        for_alliance=_(node.for_alliance) if node.for_alliance and board.platform is None else "",
        lever=_(node.lever),
        running=value_text(node, reading.running, board.currency),
        running_behind=_behind(node, reading.running_count),
        recent=value_text(node, trend.recent, board.currency),
        earlier=value_text(node, trend.earlier, board.currency),
        slope=step_text(node, trend.slope, board.currency),
        better=_("More is better.") if node.higher_is_better else _("Less is better."),
        chart=_chart(board, reading),
        rows=_rows(board, reading),
        observations=_(node.n),
    )


def members_chart(
    board: Board, node: Node, members: Sequence[tuple[Platform, Sequence[float | None]]]
) -> charts.Chart | None:
    """The platforms of the alliance beside one another; None where there is nothing to compare."""
    if not members or (node.unit is Unit.MONEY and not board.currency):
        return None
    series = [
        charts.Series(platform_name(platform), [_drawn(node, value, board.currency) for value in values])
        for platform, values in members
    ]
    return charts.line(
        _("The members beside one another"),
        [week_text(week) for week in board.weeks],
        series,
        format=_format(node, board.currency),
        from_zero=node.unit is not Unit.STARS,
    )


def last_day(board: Board) -> date:
    """The last day of the last full week."""
    return board.running_week - timedelta(days=1)


def value_text(node: Node, value: float | None, currency: str, *, short: bool = False) -> str:
    """Write a value in the node's unit; a dash where nothing is known. Short leaves the cents out of large amounts."""
    if value is None:
        return figures.MISSING
    if node.unit is Unit.SHARE:
        return figures.percent_text(value)
    if node.unit is Unit.MONEY:
        return _money_text(value, currency, short=short)
    if node.unit is Unit.STARS:
        return figures.Format(digits=2).text(value)
    return figures.quantity_text(round(value))


def change_text(node: Node, trend: Trend, currency: str) -> str:
    """Write the change of the last four weeks: points for shares, stars for stars, a percentage otherwise."""
    if trend.difference is None:
        return ""
    if trend.direction == 0:
        return _("steady")
    if node.unit in {Unit.SHARE, Unit.STARS}:
        return step_text(node, trend.difference, currency)
    return figures.percent_text(trend.change, signed=True) if trend.change is not None else _("new")


def step_text(node: Node, step: float | None, currency: str) -> str:
    """Write a difference with its sign; differences of shares are in percentage points."""
    if step is None:
        return figures.MISSING
    sign = "+" if step > 0 else ""
    if node.unit is Unit.SHARE:
        points = figures.Format(digits=1 if abs(step) >= 0.001 else 2).text(step * 100)
        return _("%(points)s points") % {"points": sign + points}
    if node.unit is Unit.COUNT:
        return sign + figures.quantity_text(round(step, 1))
    return sign + value_text(node, step, currency)


def rho_text(rho: float | None) -> str:
    """Write a correlation with its sign."""
    return "" if rho is None else f"{rho:+.2f}".replace("-", "−")


def week_text(week: date) -> str:
    return date_format(week, "SHORT_MONTH_DAY_FORMAT")


def _money_text(minor: float, currency: str, *, short: bool) -> str:
    if not currency:
        return figures.MISSING
    major = minor / 10 ** digits_of(currency)
    if short and abs(major) >= 1_000:
        return charts.money_in(currency, whole=True).text(major)
    return figures.money_text(round(minor), currency)


def _card(board: Board, reading: Reading, query: str) -> Card:
    node, trend = reading.node, reading.trend
    return Card(
        key=node.key,
        name=_(node.name),
        value=value_text(node, reading.latest, board.currency, short=True),
        behind=_behind(node, reading.latest_count) if reading.latest is not None else _("no data yet"),
        change=change_text(node, trend, board.currency),
        direction=trend.direction,
        mood=_mood(node, trend),
        spark=[value for value in reading.values if value is not None],
        url=_url(node.key, query),
        is_on_loop=node.key in LOOP,
    )


def _mood(node: Node, trend: Trend) -> str:
    if trend.direction is None:
        return ""
    if trend.direction == 0:
        return "even"
    return "good" if (trend.direction > 0) == node.higher_is_better else "bad"


def _behind(node: Node, n: int) -> str:
    return f"{figures.quantity_text(n)} {_(node.n)}"


def _url(key: str, query: str) -> str:
    return reverse("health:node", args=[key]) + query


def _sentence(evidence: Evidence) -> str:
    if evidence.rho is None or evidence.p is None:
        sentence = ngettext(
            "%(weeks)s week can be compared", "%(weeks)s weeks can be compared", evidence.weeks
        )
        return sentence % {"weeks": evidence.weeks}
    told = {"weeks": evidence.weeks, "lag": evidence.lag, "p": _p_text(evidence.p)}
    if evidence.lag == 0:
        return _("in the same week, %(weeks)s weeks, p %(p)s") % told
    later = ngettext(
        "%(lag)s week later, %(weeks)s weeks, p %(p)s",
        "%(lag)s weeks later, %(weeks)s weeks, p %(p)s",
        evidence.lag,
    )
    return later % told


def _p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _lag(one: AtLag) -> tuple[str, str, str]:
    later = ngettext("%(lag)s week later", "%(lag)s weeks later", one.lag) % {"lag": one.lag}
    name = _("the same week") if one.lag == 0 else later
    return name, rho_text(one.rho) or figures.MISSING, str(one.weeks)


def _rows(board: Board, reading: Reading) -> list[tuple[str, str, str]]:
    full = zip(board.weeks, reading.values, reading.counts, strict=True)
    rows = [
        (week_text(week), value_text(reading.node, value, board.currency), figures.quantity_text(n))
        for week, value, n in full
    ]
    so_far = _("%(week)s, so far") % {"week": week_text(board.running_week)}
    running = value_text(reading.node, reading.running, board.currency)
    return [(so_far, running, figures.quantity_text(reading.running_count)), *reversed(rows)]


def _chart(board: Board, reading: Reading) -> charts.Chart:
    node = reading.node
    values = [_drawn(node, value, board.currency) for value in reading.values]
    series = [charts.Series(_(node.name), [*values, None])]
    if reading.running is not None:
        gap: list[float | None] = [None] * len(values)
        series.append(
            charts.Series(_("the week so far"), [*gap, _drawn(node, reading.running, board.currency)])
        )
    return charts.line(
        _(node.name),
        [week_text(week) for week in (*board.weeks, board.running_week)],
        series,
        format=_format(node, board.currency),
        summary=capfirst(_(node.formula)),
        from_zero=node.unit is not Unit.STARS,
    )


def _drawn(node: Node, value: float | None, currency: str) -> float | None:
    """Charts take money in major units."""
    if value is None or node.unit is not Unit.MONEY:
        return value
    return value / 10 ** digits_of(currency) if currency else None


def _format(node: Node, currency: str) -> charts.Format:
    if node.unit is Unit.SHARE:
        return charts.PERCENT
    if node.unit is Unit.MONEY and currency:
        return charts.money_in(currency)
    return charts.Format(digits=2) if node.unit is Unit.STARS else charts.NUMBER
