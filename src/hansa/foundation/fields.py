"""Sparse fields: `?fields=id,price.amount` answers only what was asked for; of a page, of each of its items."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel

from hansa.kernel.errors import InvalidInput

Tree = dict[str, "Tree"]
LONGEST = 1_000
PAGE_PARTS = ("items", "next_cursor")


def chosen(text: str, model: type[BaseModel] | None) -> Tree:
    """Read what was asked for; refuses a name that the answer does not have, naming those that it has."""
    if len(text) > LONGEST:
        raise InvalidInput(f"fields has at most {LONGEST} characters")
    tree: Tree = {}
    for path in text.split(","):
        branch = tree
        for name in path.strip().split("."):
            branch = branch.setdefault(name, {})
    _check(tree, _item_of(model) if model else None)
    return tree


def pruned(data: Any, tree: Tree) -> Any:
    """What is left of an answer; a page keeps its frame."""
    if isinstance(data, dict) and all(part in data for part in PAGE_PARTS):
        return {**data, "items": _cut(data["items"], tree)}
    return _cut(data, tree)


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The schema inside an annotation: of a list, of what may be missing, or itself."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (list, typing.Union, types.UnionType):
        return next(filter(None, map(model_of, typing.get_args(annotation))), None)
    return None


def _item_of(model: type[BaseModel]) -> type[BaseModel]:
    if all(part in model.model_fields for part in PAGE_PARTS):
        return model_of(model.model_fields["items"].annotation) or model
    return model


def _check(tree: Tree, model: type[BaseModel] | None) -> None:
    known = model.model_fields if model else {}
    for name, below in tree.items():
        if name not in known:
            raise InvalidInput(f"fields: there is no {name!r} here; there are {', '.join(known) or 'none'}")
        if below:
            _check(below, model_of(known[name].annotation))


def _cut(data: Any, tree: Tree) -> Any:
    if isinstance(data, list):
        return [_cut(each, tree) for each in data]
    if isinstance(data, dict):
        return {
            name: _cut(data[name], below) if below else data[name]
            for name, below in tree.items()
            if name in data
        }
    return data
