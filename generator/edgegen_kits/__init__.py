"""Check phone projects on plain Linux, with toolchains that are fetched once: the distribution edgegen-kits.

May import everything up to `project`.
"""
