"""Templates of somebody else's, rendered by copier: the only importer of copier.

Imports what `project` may.
"""
