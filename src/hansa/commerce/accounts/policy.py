"""Who may do what: one table, and everything that is not in it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hansa.kernel.errors import Forbidden


class Role(StrEnum):
    """What a person can be, beside being a shopper."""

    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    MERCHANT = "merchant"  # owns a merchant's desk
    CLERK = "clerk"  # works at it
    STEWARD = "steward"


AT_A_MERCHANT = frozenset({Role.MERCHANT, Role.CLERK})


class Permission(StrEnum):
    """What a door may ask for."""

    SEE_MERCHANT = "see_merchant"
    RUN_MERCHANT = "run_merchant"
    SEE_PLATFORM = "see_platform"
    RUN_PLATFORM = "run_platform"
    PLAN_ROUTES = "plan_routes"
    SEE_ALLIANCE = "see_alliance"
    RUN_ALLIANCE = "run_alliance"
    GIVE_PLATFORM_ROLES = "give_platform_roles"
    GIVE_MERCHANT_ROLES = "give_merchant_roles"
    GIVE_ALLIANCE_ROLES = "give_alliance_roles"


# The only place where rights are given. A role counts within its own platform or merchant.
GRANTED: dict[Permission, frozenset[Role]] = {
    Permission.SEE_MERCHANT: AT_A_MERCHANT,
    Permission.RUN_MERCHANT: AT_A_MERCHANT,
    Permission.SEE_PLATFORM: frozenset({Role.OPERATOR}),
    Permission.RUN_PLATFORM: frozenset({Role.OPERATOR}),
    Permission.PLAN_ROUTES: frozenset({Role.DISPATCHER, Role.OPERATOR}),
    Permission.SEE_ALLIANCE: frozenset({Role.STEWARD}),
    Permission.RUN_ALLIANCE: frozenset({Role.STEWARD}),
    Permission.GIVE_PLATFORM_ROLES: frozenset({Role.OPERATOR}),
    Permission.GIVE_MERCHANT_ROLES: frozenset({Role.MERCHANT, Role.OPERATOR}),
    Permission.GIVE_ALLIANCE_ROLES: frozenset({Role.STEWARD}),
}


@dataclass(frozen=True)
class Held:
    """A role and where it counts."""

    role: Role
    platform_id: int | None
    merchant_id: int | None


@dataclass(frozen=True)
class Actor:
    """Who is acting: a signed-in person, a visitor without a name, or the system itself."""

    name: str
    visitor: str
    user_id: int | None = None
    roles: frozenset[Held] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None  # what the key at hand is narrowed to; None is not narrowed

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    def may(
        self, permission: Permission, *, platform_id: int | None = None, merchant_id: int | None = None
    ) -> bool:
        """Say whether a held role grants the permission at this platform or for this merchant."""
        return any(
            held.role in GRANTED[permission]
            and (
                held.role is Role.STEWARD
                or (
                    held.role in AT_A_MERCHANT and merchant_id is not None and held.merchant_id == merchant_id
                )
                or (
                    held.role in {Role.OPERATOR, Role.DISPATCHER}
                    and platform_id is not None
                    and held.platform_id == platform_id
                )
            )
            for held in self.roles
        )

    def require(
        self, permission: Permission, *, platform_id: int | None = None, merchant_id: int | None = None
    ) -> None:
        """Refuse with Forbidden unless `may` says yes."""
        if not self.may(permission, platform_id=platform_id, merchant_id=merchant_id):
            raise Forbidden(f"{self.name} may not {permission.value.replace('_', ' ')} here")

    def holds(self, permission: Permission) -> bool:
        """Say whether a held role grants the permission anywhere."""
        return any(held.role in GRANTED[permission] for held in self.roles)

    def merchant_ids(self) -> list[int]:
        """The merchants this actor works for."""
        return sorted({held.merchant_id for held in self.roles if held.merchant_id is not None})

    def platform_ids(self, role: Role) -> list[int]:
        """The platforms where this actor has the role."""
        return sorted(
            {held.platform_id for held in self.roles if held.role is role and held.platform_id is not None}
        )

    def has(self, role: Role) -> bool:
        return any(held.role is role for held in self.roles)


SYSTEM = Actor(name="system", visitor="system")
