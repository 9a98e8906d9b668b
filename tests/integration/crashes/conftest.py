"""The provider as a process, for the use case that begins with its webhook."""

from __future__ import annotations

from tests.integration.payments.conftest import provider as provider
from tests.integration.payments.conftest import provider_process as provider_process
