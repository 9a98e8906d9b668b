"""Other shops that do the same job, stood up from their published packages to be measured beside ours."""
