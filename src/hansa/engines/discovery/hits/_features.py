"""What is known of a good at an age: attributes, its own early acts, and the past of its seller and category.

Every feature looks at time strictly before the moment of judgement: nothing later can leak in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hansa.engines.discovery.hits._params import Params
from hansa.engines.discovery.hits._problem import Acts, Floats, Indices, Problem
from hansa.engines.discovery.hits._timeline import Timeline

FIRST_DAYS = 30.0  # a good's first month tells how newcomers of its kind fare
PRICE = "price"


@dataclass(frozen=True, eq=False)
class Past:
    """A problem laid out for questions about time: one for all ages."""

    problem: Problem
    acts: dict[str, Acts]
    own: dict[str, Timeline]

    @classmethod
    def of(cls, problem: Problem) -> Past:
        acts = {name: problem.acts(name) for name in sorted(problem.streams)}
        own = {name: Timeline(each.good, each.time, each.amount) for name, each in acts.items()}
        return cls(problem, acts, own)

    def amounts(self, start: Floats, end: Floats) -> Floats:
        """What each good had of the target from a start up to an end."""
        return self.own[self.problem.target].between(np.arange(len(self.problem.goods)), start, end)

    def features(self, age: float, params: Params) -> tuple[list[str], NDArray[np.float32]]:
        """Names and values (goods x features) at an age; the past of a group is told by the same horizon."""
        problem, moment = self.problem, self.problem.listed + age
        columns: dict[str, Floats] = {
            name: np.asarray(values, dtype=np.float64) for name, values in sorted(problem.attributes.items())
        }
        for kind, group in self._groups().items():
            columns |= self._of_group(kind, group, moment, age + params.gap, params.horizon)
        if age > 0:
            for name in self.acts:
                columns |= self._early(name, moment, age)
        matrix = np.column_stack(list(columns.values())).astype(np.float32)
        return list(columns), matrix

    def _groups(self) -> dict[str, Indices]:
        seller, category = self.problem.sellers, self.problem.categories
        both = seller * (int(category.max(initial=0)) + 1) + category
        return {"seller": seller, "category": category, "seller in category": both}

    def _of_group(
        self, kind: str, group: Indices, moment: Floats, first_day: float, horizon: float
    ) -> dict[str, Floats]:
        """How the group did before the moment, without the good itself."""
        listed, target = self.problem.listed, self.acts[self.problem.target]
        sales = Timeline(group[target.good], target.time, target.amount)
        goods = Timeline(group, listed)
        itself = self.amounts(np.full_like(moment, -np.inf), moment)
        count = goods.before(group, moment)
        whole = sales.before(group, moment) - itself
        month = sales.between(group, moment - 30, moment) - self.amounts(moment - 30, moment)
        columns = {
            "sold": whole,
            "sold in 30 days": month,
            "sold in 90 days": sales.between(group, moment - 90, moment) - self.amounts(moment - 90, moment),
            "goods": count,
            "new goods in 30 days": goods.between(group, moment - 30, moment),
            "listed together": goods.between(group, listed - 1, np.nextafter(listed, np.inf)),
            "sold for each good": whole / np.maximum(count, 1),
            "sold in 30 days for each good": month / np.maximum(count, 1),
            "days known": goods.since_first(group, moment),
            "days since sold": sales.since_last(group, listed),
            "first month of earlier goods": self._mean_of_earlier(group, 0.0, FIRST_DAYS, moment),
            "first fortnight of new goods": self._mean_of_earlier(group, 0.0, 14.0, moment, since=60.0),
            "horizon of earlier goods": self._mean_of_earlier(group, first_day, first_day + horizon, moment),
        }
        if PRICE in self.problem.attributes:
            columns["price against earlier goods"] = self._price_against(group)
        return {f"{kind}: {name}": values for name, values in columns.items()}

    def _mean_of_earlier(
        self, group: Indices, start: float, end: float, moment: Floats, since: float = np.inf
    ) -> Floats:
        """Mean amount that goods of the group had from one age to another, of those that had reached it."""
        listed = self.problem.listed
        reached, amount = listed + end, self.amounts(listed + start, listed + end)
        total = Timeline(group, reached, amount).between(group, moment - since, moment)
        count = Timeline(group, reached).between(group, moment - since, moment)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def _price_against(self, group: Indices) -> Floats:
        """Logarithm of the price against the mean of what the group had listed before."""
        listed = self.problem.listed
        price = np.log1p(np.maximum(np.asarray(self.problem.attributes[PRICE], dtype=np.float64), 0))
        known = ~np.isnan(price)
        total = Timeline(group[known], listed[known], price[known]).before(group, listed)
        count = Timeline(group[known], listed[known]).before(group, listed)
        against = price - np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return np.round(against, 6)  # what is left of rounding must not look like a price

    def _early(self, name: str, moment: Floats, age: float) -> dict[str, Floats]:
        """The good's own acts of one kind since it was listed."""
        acts, own, listed = self.acts[name], self.own[name], self.problem.listed
        goods = np.arange(len(listed))
        so_far = own.before(goods, moment)
        count = Timeline(acts.good, acts.time).before(goods, moment)
        columns = {
            "so far": so_far,
            "in 7 days": own.between(goods, moment - 7, moment),
            "in 3 days": own.between(goods, moment - 3, moment),
            "in the first 3 days": own.between(goods, listed, listed + 3),
            "days since the last": own.since_last(goods, moment),
            "days with one": _distinct(acts.good, np.floor(acts.time)).before(goods, moment),
            "moments with one": _distinct(acts.good, acts.time).before(goods, moment),
        }
        for kind, group in list(self._groups().items())[:2]:
            whole = Timeline(group[acts.good], acts.time, acts.amount).between(group, moment - age, moment)
            columns[f"share of its {kind}"] = so_far / np.maximum(whole, 1)
        for key, values in acts.values.items():
            columns[f"mean {key}"] = Timeline(acts.good, acts.time, values).before(
                goods, moment
            ) / np.maximum(count, 1)
        return {f"{name}: {key}": values for key, values in columns.items()}


def _distinct(good: Indices, time: Floats) -> Timeline:
    """Each moment of a good counted once."""
    order = np.lexsort((time, good))
    first = np.ones(len(good), dtype=bool)
    first[1:] = (np.diff(good[order]) != 0) | (np.diff(time[order]) != 0)
    kept = order[first]
    return Timeline(good[kept], time[kept])
