"""Fake gradlew and adb: shell scripts that print and write what the real ones do."""

import os
from pathlib import Path

import pytest

from tests.helpers.mutating import copy_of
from tests.helpers.support import Answer, edgegen

GRADLE = """\
#!/bin/sh
echo "$@" > asked
[ {code} != 0 ] || echo "$ANDROID_SERIAL" > "$ANDROID_HOME/logged"
results=app/build/outputs/androidTest-results/connected
mkdir -p vision/build/test-results/test app/build/test-results/testDebugUnitTest $results
cat > vision/build/test-results/test/one.xml <<'X'
<testsuite>
  <testcase name="a" classname="vision.A"/><testcase name="b" classname="vision.A"><skipped/></testcase>
</testsuite>
X
cat > $results/two.xml <<'X'
<testsuite><testcase name="c" classname="app.C">{failure}</testcase></testsuite>
X
exit {code}
"""
FAILURE = '<failure message="boxes differ&#10;at line 1">stack</failure>'

ADB = """#!/bin/sh
case "$*" in
devices) printf 'List of devices attached\\n{devices}' ;;
"-s emulator-5554 logcat -c") rm -f "$ANDROID_HOME/logged" ;;
"-s emulator-5554 logcat -d -v raw -s SelfCheck") [ ! -e "$ANDROID_HOME/logged" ] || cat <<'X'
{log}
X
;;
*) exit 1 ;;
esac
"""


def with_device(
    project: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    gradle: str,
    devices: str,
    log: str = "",
    command: tuple[object, ...] = ("verify",),
) -> Answer:
    """Run `verify --device` with fake adb and Gradle scripts that print the given texts."""
    sdk = folder / "sdk"
    (sdk / "platform-tools").mkdir(parents=True)
    broken = copy_of(project, folder)
    for path, text in (
        (sdk / "platform-tools" / "adb", ADB.replace("{devices}", devices).replace("{log}", log)),
        (broken / "gradlew", gradle),
    ):
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("ANDROID_HOME", str(sdk))
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    name, *options = command
    return edgegen(name, broken, *options, "--device", "--json")
