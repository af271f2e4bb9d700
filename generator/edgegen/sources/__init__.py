"""What the MODEL argument is; one package for each kind, the only importer of its library.

May import `base`, `model`, `reference`, `tasks` and `artifacts`.
"""
