"""Run the Android kit's ktlint on the files that standard input names: `git ls-files | python ...`."""

import subprocess
import sys

from edgegen_kits.android.kit import Kit, locate_kit


def main(kit: Kit) -> int:
    """Return ktlint's exit code, or 0 and a message without the kit, which some systems cannot have."""
    if not kit.kotlin.is_dir():
        print("ktlint: nothing was checked, because the Android kit is missing", file=sys.stderr)
        return 0
    files = [line for line in sys.stdin.read().splitlines() if line]
    quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # its runs are short
    command = ["java", *quick, "-jar", str(kit.ktlint), "--relative", *sys.argv[1:], *files]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(locate_kit()))
