"""The kit that checks an iOS project on Linux: a Swift 6 compiler, stubs of Apple's frameworks, GNUstep.

`install` makes it once for each user; `targets.ios.runner` uses it. It needs no Mac.
"""
