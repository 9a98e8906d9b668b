"""Addresses of our pages, each found once: a shelf names dozens, and Django looks through its patterns for every one."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=20_000)
def address(name: str, *arguments: str | int, **named: str | int) -> str:
    """The path of a page. Raises NoReverseMatch where there is none."""
    return reverse(name, args=arguments, kwargs=named)
