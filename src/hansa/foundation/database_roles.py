"""The two ways into the database: as the owner, who migrates and checks, and as the application."""

APP_ROLE = "hansa_app"
OWNER = "owner"  # the alias in DATABASES
