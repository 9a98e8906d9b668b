"""The sandbox provider: another company's program with its own book, its own database role and its own moods.

It runs as a process of its own and knows nothing of Hansa: no Django, no table of ours. We reach it as we
reach any provider, over HTTP (``gateways/sandbox_service.py``), and it reaches us by signed webhooks.
"""
