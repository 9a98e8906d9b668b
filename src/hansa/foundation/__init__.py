"""Django helpers without business words: tenancy walls, outbox, idempotency, doors' manners."""
