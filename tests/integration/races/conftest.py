"""The provider as a process, for the races with its webhooks."""

from __future__ import annotations

from tests.integration.payments.conftest import provider as provider
from tests.integration.payments.conftest import provider_process as provider_process
