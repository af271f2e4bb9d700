"""The kit that checks an iOS project on Linux: a Swift 6 compiler, stubs of Apple's frameworks, GNUstep.

`install` makes it once for each user. Targets use it through `app`, `bridge_calls` and `tools`. It needs no
Mac.
"""
