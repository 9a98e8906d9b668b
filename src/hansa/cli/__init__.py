"""The command line: one module per command group, each thin; `main` finds them by name."""
