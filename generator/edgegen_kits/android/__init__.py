"""The kit that checks an Android project on plain Linux: compilers, AndroidX, frameworks to launch on.

`install` makes it once for a user; `verify.android` uses it. Without Google's SDK, without an emulator.
"""
