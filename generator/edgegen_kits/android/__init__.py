"""The kit that checks an Android project on plain Linux: compilers, AndroidX, frameworks to launch on.

`install` makes it once for each user; `targets.android.runner` uses it. It needs no SDK and no emulator.
"""
