"""Words of experiments for templates."""

from __future__ import annotations

from django import template

from hansa.web.operator.shown_experiments import metric_word

register = template.Library()
register.filter("metric", metric_word)
