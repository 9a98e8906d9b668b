"""Server settings for a small machine: half a GB of cache at most, few sessions, nothing on the network."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

_MB = 1024 * 1024
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, never written
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_mb() -> int:
    """Return the memory we may use: the machine's, or the container's if that is less."""
    limits = [psutil.virtual_memory().total]
    for path in _CGROUP_LIMITS:
        text = path.read_text().strip() if path.is_file() else ""
        limits += [int(text)] if text.isdigit() else []
    return min(limits) // _MB


def settings(
    socket: Path, *, memory: int, durable: bool, shared_memory: Path = _SHARED_MEMORY
) -> dict[str, str]:
    """Choose the settings for `memory` MB; `durable=False` is for data that may be lost."""
    chosen = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "max_connections": "60",
        "shared_buffers": f"{max(32, min(512, memory // 8))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": f"{max(4, min(16, memory // 256))}MB",
        "maintenance_work_mem": f"{max(32, min(128, memory // 16))}MB",
        # Nobody replicates from here: a table filled and an index built in one transaction need no log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "max_parallel_workers_per_gather": "1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
    }
    # Containers often give 64 MB of it, and a parallel query then fails: use files instead.
    if shared_memory.is_dir() and shutil.disk_usage(shared_memory).free < 256 * _MB:
        chosen["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return chosen
