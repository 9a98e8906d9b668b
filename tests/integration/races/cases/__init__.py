"""The 25 races of a marketplace, each with what must hold however it ends."""

from tests.integration.races.cases import alliance, checkout, goods, limits, money

BESIDE = [*limits.BESIDE, *money.BESIDE]  # not in the list; found by reading who locks what first
AT_THE_PROVIDER = money.AT_THE_PROVIDER
IN_PROCESS = [*goods.RACES, *limits.RACES, *checkout.RACES, *money.RACES, *alliance.RACES]
