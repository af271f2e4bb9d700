"""Run a command and print its peak memory: python -I -S peak_memory.py COMMAND...

This is a small process of its own, because a child's peak begins with the memory of its parent.
"""

import os
import resource
import sys


def main() -> None:
    """Print the bytes. The command's own output is discarded."""
    quiet = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[quiet])
    _, status, _ = os.wait4(process, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
