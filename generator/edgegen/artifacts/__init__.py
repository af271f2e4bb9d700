"""Exported models on disk: metadata.yaml and the signature of the `.pte`, checked against each other.

May import `base`, `model`, `reference` and `tasks`; never torch.
"""
