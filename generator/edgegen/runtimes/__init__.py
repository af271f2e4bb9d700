"""What runs a model on a device: lowering a graph to it, and running the result here.

May import what lies below: `base`, `model`, `reference`, `tasks`, `artifacts`, `sources`.
"""
