"""What the kits have in common that check projects for phones: how they are fetched, made and used.

A kit is a folder of compilers and libraries in edgegen's home: `kits.android` and `kits.ios` say of what.
"""
