"""Engines: pure calculations. `Problem` and `Params` in, `Result` out; no Django, clock, disk or network."""
