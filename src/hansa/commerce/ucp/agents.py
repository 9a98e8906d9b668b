"""Who calls: an agent is known by the address of its profile, which is read from there and kept for a while.

Profiles that the setting `HANSA_UCP_PROFILES` holds are known beforehand and never fetched.
A profile that cannot be read is not asked for again for a minute; one that could be read once is still believed
for a day while its address does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import http_sf
from django.conf import settings

from hansa.commerce.ucp import calling, domain, signing
from hansa.commerce.ucp.errors import (
    InvalidProfileUrl,
    KeyNotFound,
    ProfileMalformed,
    ProfileUnreachable,
    SignatureMissing,
    VersionUnsupported,
)
from hansa.commerce.ucp.models import Agent
from hansa.foundation.rate_limits import Limit
from hansa.kernel.errors import InvalidInput, Unavailable

FRESH_FOR = timedelta(minutes=5)
FRESHEST, LONGEST = timedelta(minutes=1), timedelta(hours=24)
FETCHES = Limit("ucp-profiles", burst=60, per_minute=60)
_MAX_AGE = re.compile(r"max-age=(\d{1,9})")


@dataclass(frozen=True)
class Caller:
    """An agent as one request knows it; ``is_proved`` when its signature held."""

    url: str
    common: frozenset[str]
    webhook_url: str
    is_proved: bool


def introduced(request: signing.Request, *, address: str, now: datetime) -> Caller:
    """Who makes this request, from its `UCP-Agent` header, its profile and its signature.

    An agent that publishes keys has to sign whatever it asks. Refuses a header without an https address, a
    profile that cannot be read or understood, another version of the protocol, and a signature that does not hold.
    """
    url = _profile_url(request.headers.get("ucp-agent", ""))
    agent = _known(url, address, now)
    if agent.problem == ProfileUnreachable.code:
        raise ProfileUnreachable(f"the profile at {url} cannot be fetched")
    if agent.problem:
        raise ProfileMalformed(f"the profile at {url} is not a profile as the specification has it")
    said = _ucp_of(agent.document)
    if said.get("version") != domain.VERSION:
        raise VersionUnsupported(f"version {said.get('version')} is not spoken here, {domain.VERSION} is")
    is_proved = _is_proved(request, agent, address, now)
    common = domain.in_common(said.get("capabilities") or {})
    return Caller(url, common, _webhook_url(said), is_proved)


def forget_strangers(*, now: datetime) -> int:
    """Forget profiles that nobody has asked for since a week."""
    return Agent.objects.filter(fetched_at__lt=now - timedelta(days=7)).delete()[0]


def _profile_url(header: str) -> str:
    """The address in a header such as ``profile="https://agent.example/profile"``."""
    try:
        found: Any = http_sf.parse(header.encode(), tltype="dictionary")
        url, parameters = found["profile"]
    except (ValueError, TypeError, KeyError):
        raise InvalidProfileUrl('UCP-Agent must say profile="https://…"') from None
    version = str(found["version"][0] if "version" in found else parameters.get("version", domain.VERSION))
    if version != domain.VERSION:
        raise VersionUnsupported(f"version {version[:20]} is not spoken here, {domain.VERSION} is")
    try:
        calling.target_of(str(url))
    except InvalidInput as error:
        raise InvalidProfileUrl(f"UCP-Agent: {error.message}") from error
    return str(url)


def _known(url: str, address: str, now: datetime) -> Agent:
    if url in settings.UCP_PROFILES:
        document = settings.UCP_PROFILES[url]
        problem = "" if _is_profile(document) else ProfileMalformed.code
        return Agent(url=url, document=document, problem=problem, fetched_at=now)
    agent = Agent.objects.filter(url=url).first()
    if agent is not None and agent.fresh_until > now:
        return agent
    return _fetched(url, agent, address, now)


def _fetched(url: str, before: Agent | None, address: str, now: datetime) -> Agent:
    """Read the profile again; what was read before stands in for an address that does not answer."""
    if FETCHES.take(address).is_refused:
        raise ProfileUnreachable("too many new profiles in a minute from this address; try again later")
    document, problem, fresh_for = _read(url)
    if problem and before is not None and not before.problem and before.fetched_at > now - LONGEST:
        Agent.objects.filter(pk=before.pk).update(fresh_until=now + FRESHEST)
        return before
    kept = {
        "document": document,
        "problem": problem,
        "fetched_at": now,
        "fresh_until": now + fresh_for,
    }
    return Agent.objects.update_or_create(url=url, defaults=kept)[0]


def _read(url: str) -> tuple[dict[str, Any], str, timedelta]:
    try:
        heard = calling.call("GET", url, headers={"Accept": "application/json"})
    except Unavailable:
        return {}, ProfileUnreachable.code, FRESHEST
    if not 200 <= heard.status < 300:  # a redirect is not followed
        return {}, ProfileUnreachable.code, FRESHEST
    try:
        document = calling.json_of(heard.body)
    except ValueError:
        document = None
    if not _is_profile(document):
        return {}, ProfileMalformed.code, FRESHEST
    headers = {name.lower(): value for name, value in heard.headers.items()}
    age = _MAX_AGE.search(headers.get("cache-control", ""))
    asked = timedelta(seconds=int(age.group(1))) if age else FRESH_FOR
    return document, "", min(max(asked, FRESHEST), LONGEST)


def _is_profile(document: Any) -> bool:
    said = _ucp_of(document) if isinstance(document, dict) else None
    return (
        isinstance(said, dict)
        and isinstance(said.get("version"), str)
        and isinstance(said.get("capabilities") or {}, dict)
        and all(isinstance(each, list) for each in (said.get("capabilities") or {}).values())
        and isinstance(document.get("signing_keys") or [], list)
        and all(isinstance(each, dict) for each in document.get("signing_keys") or [])
    )


def _ucp_of(document: Mapping[str, Any]) -> Any:
    return document.get("ucp", document)


def _webhook_url(said: Mapping[str, Any]) -> str:
    """Where the agent wants to hear of orders, if it may be called there."""
    for entry in (said.get("capabilities") or {}).get(domain.ORDER) or []:
        config = entry.get("config") if isinstance(entry, dict) else None
        url = config.get("webhook_url") if isinstance(config, dict) else None
        if isinstance(url, str):
            try:
                calling.target_of(url)
            except InvalidInput:
                return ""
            return url
    return ""


def _is_proved(request: signing.Request, agent: Agent, address: str, now: datetime) -> bool:
    published = agent.document.get("signing_keys") or []
    if not published and not signing.is_signed(request.headers):
        return False
    if not signing.is_signed(request.headers):
        raise SignatureMissing(f"{agent.url} publishes keys: its requests must be signed")
    try:
        signing.verify(request, published=published, now=now)
    except KeyNotFound:
        if agent.fetched_at > now - FRESHEST:
            raise
        fresh = _fetched(agent.url, agent, address, now)  # the key may be new; at most once a minute
        signing.verify(request, published=fresh.document.get("signing_keys") or [], now=now)
    return True
