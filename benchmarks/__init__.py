"""Benchmarks: each module has `run(*, seed) -> dict`; `hansa bench NAME` runs it and prints JSON."""
