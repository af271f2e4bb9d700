"""Classifiers of timm (PyTorch Image Models). Only this package imports timm."""
