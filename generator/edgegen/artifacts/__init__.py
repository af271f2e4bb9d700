"""An exported model on disk: metadata.yaml, the `.pte` and its own signature, checked against each other.

May import `base`, `model`, `reference` and `tasks`; never torch.
"""
