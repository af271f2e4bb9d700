"""Shared by both kits: fetching, making and using them.

A kit is a folder of compilers and libraries in edgegen's home, made by `android.recipe` or `ios.recipe`.
"""
