"""A django-oscar shop as its documentation sets one up, on PostgreSQL; runs in an environment of its own."""
