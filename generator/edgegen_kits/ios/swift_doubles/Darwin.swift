// What plain Swift may use of Apple's C library and Linux's lacks, for its tests on Linux.

/// Linux's fcntl does nothing with it: fsync is enough there.
public let F_FULLFSYNC: Int32 = 51
