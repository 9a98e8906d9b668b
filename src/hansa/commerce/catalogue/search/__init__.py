"""The search: the port (`port`), its PostgreSQL engine (`postgres`), and the pure parts: spelling, synonyms."""
