"""Runs the Android kit's ktlint on the files that standard input names: `git ls-files | python ...`."""

import subprocess
import sys

from edgegen_kits.android.kit import Kit, locate_kit


def main(kit: Kit) -> int:
    """Return ktlint's exit code; without a kit, which not every machine can have, say so and return 0."""
    if not kit.kotlin.is_dir():
        print("ktlint: there is no Android kit here; nothing was checked", file=sys.stderr)
        return 0
    files = [line for line in sys.stdin.read().splitlines() if line]
    quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # its runs are short
    command = ["java", *quick, "-jar", str(kit.ktlint), "--relative", *sys.argv[1:], *files]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(locate_kit()))
