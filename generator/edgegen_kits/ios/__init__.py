"""The kit that checks an iOS project on Linux: a Swift 6 compiler, stubs of Apple's frameworks, GNUstep.

`install` makes it once for a user; `verify.ios` uses it. Without a Mac, without Xcode.
"""
