"""Charts, funnels, sparklines and route maps as plain data, each with the table that says the same in words.

Pages build one of these from numbers they already have and hand it to the component of the same name;
``static/hansa/js`` draws. Owns no numbers and asks no database.
"""

from hansa.web.charts.figures import NUMBER, PERCENT, Format, money_in
from hansa.web.charts.funnels import Funnel, Stage, funnel
from hansa.web.charts.maps import Depot, RouteLine, RouteMap, Stop, route_map
from hansa.web.charts.plots import Chart, Series, bars, fan_chart, line
from hansa.web.charts.sparks import sparkline

__all__ = [
    "NUMBER",
    "PERCENT",
    "Chart",
    "Depot",
    "Format",
    "Funnel",
    "RouteLine",
    "RouteMap",
    "Series",
    "Stage",
    "Stop",
    "bars",
    "fan_chart",
    "funnel",
    "line",
    "money_in",
    "route_map",
    "sparkline",
]
