"""Asking the worker for a job, with the transaction that makes it needed; what the jobs do stands in apps' tasks."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def ask(name: str, *, lock: str = "", **arguments: Any) -> bool:
    """Ask for a job; False when one with the same lock (its name, unless said otherwise) is waiting already."""
    try:
        with transaction.atomic():  # the lock of the queue must not end the caller's transaction
            app.configure_task(name, queueing_lock=lock or name).defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
