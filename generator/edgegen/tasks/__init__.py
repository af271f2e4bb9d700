"""What a model's outputs mean: one package for each task, listed by the entry point `edgegen.tasks`.

May import `base`, `model` and `reference`.
"""
