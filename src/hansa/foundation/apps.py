from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FoundationConfig(AppConfig):
    name = "hansa.foundation"
    label = "foundation"

    def ready(self) -> None:
        """Import every app's events, so that the outbox knows each kind even where nobody listens to it."""
        autodiscover_modules("events")
