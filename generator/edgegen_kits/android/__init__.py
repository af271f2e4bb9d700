"""The kit that checks an Android project on plain Linux: compilers, AndroidX, frameworks to launch on.

`install` makes it once for each user. Targets use it through `app` and `tools`. It needs no SDK and no
emulator.
"""
