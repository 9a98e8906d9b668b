"""A cluster for tests: its own, fast, and gone afterwards even when the tests are killed."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hansa.foundation.postgres.accounts import account_for
from hansa.foundation.postgres.cluster import Cluster
from hansa.foundation.postgres.places import Places, prepare, socket_folder, temporary_folder
from hansa.foundation.postgres.service import bring_up
from hansa.foundation.postgres.url import DatabaseUrl
from hansa.foundation.processes.watch import Watch

_NOWHERE = Path("/nonexistent")


@contextmanager
def throwaway() -> Iterator[DatabaseUrl]:
    """Yield the address of a fresh cluster with fsync off; stop and delete it at the end, come what may.

    Refuses with Unavailable as `ensure_running` does.
    """
    account = account_for(_NOWHERE)
    home = temporary_folder(account)
    cluster = Cluster(Places(home, socket_folder(home, account), account), durable=False)
    with ExitStack() as ending:
        watch = ending.enter_context(Watch())
        for folder in (home, cluster.places.socket):
            watch.remove(folder)
            ending.callback(shutil.rmtree, folder, ignore_errors=True)
        prepare(cluster.places)
        ending.callback(cluster.stop_at_once)
        bring_up(cluster)
        pid = cluster.pid()
        assert pid is not None, "it has just answered"
        watch.end(pid, by=signal.SIGQUIT, grace_seconds=5)
        yield cluster.url()
