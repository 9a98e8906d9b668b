"""Preference classes: goods that the same people like, with names in words, the same from night to night.

Spherical k-means (Dhillon and Modha 2001) on item vectors, the number of classes by silhouette. Cutting titles into
words is left to the caller, and so is keeping yesterday's answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

UNCLASSED = -1


@dataclass(frozen=True, eq=False)
class Problem:
    """Goods (axis *items*) with a vector each, and the words of their titles by language.

    A vector of zeros says that nothing is known: such an item gets no class. ``yesterday`` gives items the
    class they had. Refuses with InvalidInput, naming the first culprit.
    """

    items: Sequence[str]
    vectors: ArrayLike
    words: Mapping[str, Sequence[Sequence[str]]]
    yesterday: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vectors = np.asarray(self.vectors, dtype=np.float64)
        if vectors.ndim != 2 or len(vectors) != len(self.items):
            raise InvalidInput(
                f"vectors have shape {vectors.shape}; give one row for each of {len(self.items)} items"
            )
        wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(wrong):
            raise InvalidInput(f"item {self.items[wrong[0]]!r} has a vector that is not finite")
        if len(set(self.items)) < len(self.items):
            raise InvalidInput("an item comes twice")
        for language, words in self.words.items():
            if len(words) != len(self.items):
                raise InvalidInput(f"{len(words)} titles in {language!r} for {len(self.items)} items")


@dataclass(frozen=True)
class Params:
    """How finely to class.

    fewest, most: classes tried, 1 to 1,000; step: every how many. sample: items on which silhouettes are taken, 10
    or more. restarts: beginnings tried for each number of classes. rounds: of moving centres. name_words: words of
    a name. least_overlap: share (Jaccard) of goods in common with a class of yesterday, above which its number
    and place are kept, 0 to 1.
    """

    fewest: int = 4
    most: int = 24
    step: int = 4
    sample: int = 1_000
    restarts: int = 3
    rounds: int = 30
    name_words: int = 3
    least_overlap: float = 0.1

    def __post_init__(self) -> None:
        for name, low, high in (
            ("fewest", 1, 1_000),
            ("most", self.fewest, 1_000),
            ("step", 1, 1_000),
            ("sample", 10, 1_000_000),
            ("restarts", 1, 100),
            ("rounds", 1, 1_000),
            ("name_words", 1, 20),
            ("least_overlap", 0, 1),
        ):
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(f"{name} must lie between {low} and {high}, not {getattr(self, name)!r}")


@dataclass(frozen=True)
class Named:
    """One class: its number, its name in each language (the words that set it apart), and how many goods."""

    number: int
    names: Mapping[str, tuple[str, ...]]
    size: int
    is_new: bool


@dataclass(frozen=True, eq=False)
class Result:
    """``of_item``: number of the class of each item, -1 for none; ``classes`` by falling size.

    ``nearness``: cosine of each item with the centre of its class. ``silhouettes``: by number of classes tried;
    the best was taken. ``moved``: share of items known yesterday that changed class. ``notes`` say what could not
    be done.
    """

    items: tuple[str, ...]
    of_item: Labels
    nearness: Floats
    classes: tuple[Named, ...]
    silhouettes: Mapping[int, float]
    moved: float
    notes: tuple[str, ...]


def classify(problem: Problem, params: Params | None = None, *, seed: int = 0) -> Result:
    """Put every item with a vector into a class, and name the classes."""
    params = Params() if params is None else params
    given = np.asarray(problem.vectors, dtype=np.float64)
    length = np.linalg.norm(given, axis=1)
    known = np.flatnonzero(length > 0)
    vectors = given[known] / length[known, None]
    label, centres, silhouettes = _best(vectors, params, np.random.default_rng(seed))
    numbers = _numbers(label, [problem.yesterday.get(problem.items[int(one)]) for one in known], params)
    of_item = np.full(len(problem.items), UNCLASSED)
    of_item[known] = numbers[label]
    nearness = np.zeros(len(problem.items))
    nearness[known] = np.einsum("id,id->i", vectors, centres[label])
    notes = []
    if len(known) < len(problem.items):
        notes.append(f"{len(problem.items) - len(known)} items have no vector yet, so no class")
    if len(numbers) < params.fewest:
        notes.append(f"{len(known)} items are too few to be parted into {params.fewest} classes")
    return Result(
        items=tuple(problem.items),
        of_item=of_item,
        nearness=nearness,
        classes=_named(problem, of_item, params),
        silhouettes=silhouettes,
        moved=_moved(problem, of_item),
        notes=tuple(notes),
    )


def by_category(problem: Problem, category: Sequence[int]) -> float:
    """The naive baseline's silhouette: classes that are the shop's own categories."""
    given = np.asarray(problem.vectors, dtype=np.float64)
    length = np.linalg.norm(given, axis=1)
    known = np.flatnonzero(length > 0)
    _, label = np.unique(np.asarray(category)[known], return_inverse=True)
    return silhouette(given[known] / length[known, None], label)


def silhouette(vectors: Floats, label: Labels) -> float:
    """Mean silhouette by cosine distance to the centres of the item's own and its nearest other class.

    The simplified silhouette (Hruschka 2006): -1 to 1, and 0 when there is one class only.
    """
    count = int(label.max(initial=-1)) + 1
    if count < 2:
        return 0.0
    distance = 1.0 - vectors @ _centres(vectors, label, count).T
    rows = np.arange(len(label))
    own = distance[rows, label]
    distance[rows, label] = np.inf
    other = distance.min(axis=1)
    return float(((other - own) / np.maximum(np.maximum(other, own), 1e-12)).mean())


def _best(
    vectors: Floats, params: Params, random: np.random.Generator
) -> tuple[Labels, Floats, dict[int, float]]:
    """Cluster a sample with each number of classes, keep the best, and move it through all items."""
    n = len(vectors)
    if n < 2 * params.fewest:
        label = np.zeros(n, dtype=np.int64)
        return label, _centres(vectors, label, 1), {}
    sample = vectors[np.sort(random.permutation(n)[: params.sample])]
    tried: dict[int, tuple[float, Floats]] = {}
    for count in range(params.fewest, min(params.most, len(sample) // 2) + 1, params.step):
        tried[count] = max(
            (_clustered(sample, count, params.rounds, random) for _ in range(params.restarts)),
            key=lambda found: found[0],
        )
    best = max(tried, key=lambda count: tried[count][0])
    label, centres = _moved_to_rest(vectors, tried[best][1], params.rounds)
    return label, centres, {count: round(found[0], 4) for count, found in tried.items()}


def _clustered(vectors: Floats, count: int, rounds: int, random: np.random.Generator) -> tuple[float, Floats]:
    label, centres = _moved_to_rest(vectors, _seeds(vectors, count, random), rounds)
    return silhouette(vectors, label), centres


def _seeds(vectors: Floats, count: int, random: np.random.Generator) -> Floats:
    """Centres far apart, drawn by squared distance (k-means++)."""
    chosen = [int(random.integers(len(vectors)))]
    distance = 1.0 - vectors @ vectors[chosen[0]]
    for _ in range(count - 1):
        weight = np.maximum(distance, 0.0)
        total = float(weight.sum())
        pick = random.choice(len(vectors), p=weight / total) if total > 0 else random.integers(len(vectors))
        chosen.append(int(pick))
        distance = np.minimum(distance, 1.0 - vectors @ vectors[chosen[-1]])
    return np.asarray(vectors[chosen])


def _moved_to_rest(vectors: Floats, centres: Floats, rounds: int) -> tuple[Labels, Floats]:
    label = np.full(len(vectors), UNCLASSED)
    for _ in range(rounds):
        nearest = np.asarray((vectors @ centres.T).argmax(axis=1), dtype=np.int64)
        if (nearest == label).all():
            break
        label = nearest
        centres = _centres(vectors, label, len(centres))
    _, label = np.unique(label, return_inverse=True)  # classes that lost all their items are dropped
    return label, _centres(vectors, label, int(label.max()) + 1)


def _centres(vectors: Floats, label: Labels, count: int) -> Floats:
    total = np.zeros((count, vectors.shape[1]))
    np.add.at(total, label, vectors)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def _numbers(label: Labels, before: Sequence[int | None], params: Params) -> Labels:
    """Numbers of today's classes: yesterday's where most goods are the same (Hungarian method), else new ones."""
    count = int(label.max(initial=-1)) + 1
    old = sorted({one for one in before if one is not None and one != UNCLASSED})
    place = {number: row for row, number in enumerate(old)}
    common = np.zeros((count, len(old)))
    for today, one in zip(label, before, strict=True):
        if one in place:
            common[today, place[one]] += 1
    sizes, was = np.bincount(label, minlength=count), common.sum(axis=0)
    overlap = common / np.maximum(sizes[:, None] + was[None, :] - common, 1)
    fresh = max(old, default=-1) + 1
    numbers = np.full(count, UNCLASSED)
    for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
        if overlap[row, column] > params.least_overlap:
            numbers[row] = old[column]
    for row in np.argsort(-sizes, kind="stable"):
        if numbers[row] == UNCLASSED:
            numbers[row], fresh = fresh, fresh + 1
    return numbers


def _named(problem: Problem, of_item: Labels, params: Params) -> tuple[Named, ...]:
    old = set(problem.yesterday.values())
    numbers, sizes = np.unique(of_item[of_item != UNCLASSED], return_counts=True)
    names = {language: _names(words, of_item, params) for language, words in problem.words.items()}
    return tuple(
        Named(
            number=int(numbers[place]),
            names={language: found[int(numbers[place])] for language, found in names.items()},
            size=int(sizes[place]),
            is_new=int(numbers[place]) not in old,
        )
        for place in np.argsort(-sizes, kind="stable")
    )


def _names(words: Sequence[Sequence[str]], of_item: Labels, params: Params) -> dict[int, tuple[str, ...]]:
    """The words that are frequent in a class and rare outside it.

    Share of the class's titles that hold the word, times the logarithm of how much larger that share is than
    elsewhere; no word names two classes.
    """
    counts: dict[int, dict[str, int]] = {
        int(number): {} for number in np.unique(of_item) if number != UNCLASSED
    }
    everywhere: dict[str, int] = {}
    for title, number in zip(words, of_item, strict=True):
        for word in set(title):
            everywhere[word] = everywhere.get(word, 0) + 1
            if number != UNCLASSED:
                counts[int(number)][word] = counts[int(number)].get(word, 0) + 1
    sizes = {number: max(int((of_item == number).sum()), 1) for number in counts}
    scored = sorted(
        (-_apart(found, sizes[number], everywhere[word], len(of_item)), word, number)
        for number, of_class in counts.items()
        for word, found in of_class.items()
    )
    names: dict[int, list[str]] = {number: [] for number in counts}
    used: set[str] = set()
    for score, word, number in scored:
        if score < 0 and word not in used and len(names[number]) < params.name_words:
            names[number].append(word)
            used.add(word)
    return {number: tuple(found) for number, found in names.items()}


def _apart(found: int, size: int, everywhere: int, items: int) -> float:
    inside, outside = (found + 0.5) / (size + 1.0), (everywhere - found + 0.5) / (items - size + 1.0)
    return float(inside * np.log(inside / outside))


def _moved(problem: Problem, of_item: Labels) -> float:
    pairs = [
        (problem.yesterday[item], int(number))
        for item, number in zip(problem.items, of_item, strict=True)
        if item in problem.yesterday
    ]
    return sum(before != now for before, now in pairs) / len(pairs) if pairs else 0.0
