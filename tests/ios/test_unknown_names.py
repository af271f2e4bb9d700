"""Tests of names of Apple's that the kit's stubs lack: they are notes, and mistakes stay errors."""

from pathlib import Path

import pytest

from edgegen_kits.ios import swift, unknown_names
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.swift_text import without_previews
from edgegen_kits.ios.unknown_names import Unknown
from tests.helpers.mutating import copy_of
from tests.ios.conftest import StarterOf

VIEW = "import SwiftUI\nstruct Dial: View { let value = 1 }\nfinal class Keeper { func store() {} }\n"
PLAIN = "import Foundation\nstruct Keeping {}\n"
BRIDGE = "final public class Detector {\n"
WHERE = "App/Dial.swift:2: "


def unknown(tmp_path: Path, *problems: str) -> list[str]:
    """Return the names that are taken for Apple's, in a project of two files."""
    files = {"App/Dial.swift": VIEW, "App/Logic/Plain.swift": PLAIN}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = unknown_names.find(problems, tmp_path, [tmp_path / name for name in files], BRIDGE)
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("problem", "name"),
    [
        ("cannot find 'Gauge' in scope", "Gauge"),
        ("cannot find type 'PreviewModifier' in scope", "PreviewModifier"),
        ("cannot find 'withTransaction' in scope", "withTransaction"),
        ("unknown attribute 'FocusedValue'", "FocusedValue"),
        ("value of type 'Text' has no member 'fontWidth'", "fontWidth"),
        ("value of type 'some View' has no member 'gaugeStyle'", "gaugeStyle"),
        ("value of type 'Dial' has no member 'sensoryFeedback'", "sensoryFeedback"),
        ("type 'Color?' has no member 'mint'", "mint"),
    ],
)
def test_unknown_name_of_apple_is_found(tmp_path: Path, problem: str, name: str) -> None:
    assert unknown(tmp_path, WHERE + problem) == [name]


@pytest.mark.parametrize(
    "problem",
    [
        WHERE + "cannot find 'frobnicate' in scope",
        WHERE + "cannot find 'Keeprr' in scope",
        WHERE + "cannot find type 'Detectro' in scope",
        WHERE + "cannot find 'Keeper' in scope",
        WHERE + "value of type 'Keeper' has no member 'stoer'",
        WHERE + "value of type 'Detector' has no member 'detectAll'",
        WHERE + "value of type 'Text' has no member 'paddding'",
        WHERE + "value of type 'Text' has no member 'onScrollGeometryChange'",
        WHERE + "missing argument for parameter 'value' in call",
        "App/Logic/Plain.swift:2: cannot find 'Gauge' in scope",
        "App: the compiler did not finish within 240 seconds of CPU time",
    ],
)
def test_mistake_is_no_unknown_name(tmp_path: Path, problem: str) -> None:
    assert unknown(tmp_path, problem) == []
    assert unknown(tmp_path, f"{WHERE}cannot find 'Gauge' in scope", problem) == []


def test_consequence_counts_only_near_an_unknown_name(tmp_path: Path) -> None:
    what = "cannot infer contextual base in reference to member 'circular'"
    gauge = f"{WHERE}cannot find 'Gauge' in scope"
    assert unknown(tmp_path, gauge, f"App/Dial.swift:9: {what}") == ["Gauge"]
    assert unknown(tmp_path, gauge, f"App/Dial.swift:90: {what}") == []
    assert unknown(tmp_path, gauge, f"App/Other.swift:2: {what}") == []


def test_previews_are_blanked_and_lines_keep_their_numbers() -> None:
    text = """import SwiftUI
@available(iOS 17.0, *)
#Preview("a (b) {", traits: .fixedLayout(width: 1, height: 2)) {
    @Previewable @State var x = "}"
    Text("{ \\(x)")
}
let after = "#Preview { }"
#Preview { Spacer() }
struct Preview {}  // #Preview {
"""
    kept = without_previews(text)
    assert kept.count("\n") == text.count("\n")
    assert [line.strip() for line in kept.splitlines() if line.strip()] == [
        "import SwiftUI",
        'let after = "#Preview { }"',
        "struct Preview {}  // #Preview {",
    ]
    assert without_previews(kept) == kept


def test_bodies_with_unknown_names_are_emptied_and_the_rest_stays() -> None:
    text = """struct Dial: View {
    @State private var list = Array { 1 }
    var body: some View {
        VStack { Gauge(value: 1) { Text("}") } }
            .padding()
    }
    func go(_ a: Int = 1) -> Int { if a > 0 { return Gauge.x }; return 2 }
    let other = 3
}
@Namespace var outside
"""
    names = [Unknown("a", 4, "Gauge"), Unknown("a", 7, "Gauge"), Unknown("a", 10, "Namespace")]
    emptied = unknown_names.without_bodies(text, names)
    assert emptied.count("\n") == text.count("\n")
    assert [line.strip() for line in emptied.splitlines() if line.strip()] == [
        "struct Dial: View {",
        "@State private var list = Array { 1 }",
        "var body: some View { EmptyView()",
        "}",
        "func go(_ a: Int = 1) -> Int { fatalError() }",
        "let other = 3",
        "}",
        "@Namespace var outside",
    ]


@pytest.mark.full
def test_swift_check_notes_unknown_names_and_passes(
    ios_kit: Kit, starter_of: StarterOf, tmp_path: Path
) -> None:
    """`Gauge` is SwiftUI's, and no stub has it. The preview is left out.

    The project has two Swift files. `starter/test_starter.py` has the same note on a whole app.
    """
    project = copy_of(starter_of("detect"), tmp_path)
    for folder in ("App", "Tests"):
        for path in (project / folder).rglob("*.swift"):
            path.unlink()
    (project / "App" / "Overlay.swift").write_text("import SwiftUI\n", encoding="utf-8")
    (project / "App" / "SettingsSheet.swift").write_text(
        "import SwiftUI\nstruct Dial: View {\n    var body: some View {\n"
        '        Gauge(value: 0.5) { Text("done") }.gaugeStyle(.accessoryCircular)\n    }\n'
        '    var wide: some View { Text("done").fontWidth(.condensed) }\n}\n\n#Preview { Dial() }\n',
        encoding="utf-8",
    )
    checked = swift.check(ios_kit, project, tmp_path / "out")
    assert checked.problems == []
    assert len(checked.notes) == 3
    assert "All other Swift was checked" in checked.notes[2]
    assert checked.notes[0].startswith("App/SettingsSheet.swift:4: not checked: Gauge is not in")
    assert "fontWidth" in checked.notes[1]
    with (project / "App" / "Overlay.swift").open("a", encoding="utf-8") as file:
        file.write("func wrong(_ a: Bool) -> Int { if a { return 1 } }\n")
    (found,) = swift.check(ios_kit, project, tmp_path / "out").problems
    assert found.startswith("App/Overlay.swift:")
    assert "missing return" in found
