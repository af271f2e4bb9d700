"""Writes App.xcodeproj for a rendered iOS project.

It names every file, or, with synchronized folders (Xcode 16), the folders whose files Xcode finds itself.
Nothing of the user's stands in it: names, ids, versions and flags are in Config/*.xcconfig. An object's id is
made of what the object is, so that the same files always give the same bytes.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgegen.artifacts.pte import read_pte
from edgegen.base import pins
from edgegen.project.openstep import Value, project_file
from edgegen.project.xcode_scheme import WORKSPACE, Buildable, scheme

NAME: Final = "App.xcodeproj"
APP: Final = "App"  # of the scheme, of the app's module and settings; its target has the app's own name
TESTS: Final = "AppTests"
FOLDERS: Final = ("App", "Bridge", "Core", "Tests", "Config", "Model")  # groups, in the navigator's order
# Folders that can be synchronized, each with its target. Config and Model keep file references: settings need
# them, and Xcode knows no file of the type .pte.
SYNCHRONIZED: Final = {"App": APP, "Bridge": APP, "Core": APP, "Tests": TESTS}
FOLDER_REFERENCES: Final = ("vectors",)  # copied into the app as folders: the index names its files
_MODELS: Final = "Model"  # a folder reference too where there are several: their files are called the same
TOP_FILES: Final = ("README.md", "Package.swift")  # only shown
CONFIGURATIONS: Final = ("Debug", "Release")
# Every app links these. backend_xnnpack brings the library threadpool, which is no product.
PRODUCTS: Final = ("executorch", "backend_xnnpack")
_KERNELS: Final = "kernels_optimized"  # the portable kernels too
_QUANTIZED_KERNELS: Final = "kernels_quantized"
_QUANTIZED: Final = "quantized_decomposed"  # the namespace of its operators
_IN_EXECUTORCH: Final = "executorch_prim"  # the namespace of those that the runtime itself has

SOURCES: Final = frozenset({".swift", ".cpp", ".mm", ".m"})
RESOURCES: Final = frozenset({".xcassets", ".xcstrings", ".xcprivacy", ".pte"})
# A resource too: a capture says by it how its numbers are read.
METADATA: Final = "Model/metadata.yaml"
TYPES: Final = {
    ".cpp": "sourcecode.cpp.cpp",
    ".h": "sourcecode.c.h",
    ".m": "sourcecode.c.objc",
    ".md": "net.daringfireball.markdown",
    ".mm": "sourcecode.cpp.objcpp",
    ".plist": "text.plist.xml",
    ".pte": "file",
    ".swift": "sourcecode.swift",
    ".xcassets": "folder.assetcatalog",
    ".xcconfig": "text.xcconfig",
    ".xcprivacy": "text.xml",
    ".xcstrings": "text.json.xcstrings",
    ".yaml": "text.yaml",
}
_OBJECT_VERSION: Final = "60"  # Xcode 15 and newer
_SYNCHRONIZED_VERSION: Final = "77"  # Xcode 16 and newer
_INFO: Final = "Info.plist"  # of App/: a setting names it, it is not copied
_LAST_UPGRADE: Final = "2600"  # the settings are what Xcode 26 recommends


@dataclass
class _Objects:
    """The objects of a project file by their ids, and what Xcode writes beside each id."""

    contents: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    def add(self, isa: str, what: str, comment: str, **content: Value) -> str:
        key = identifier(f"{isa} {what}")
        self.contents[key] = {"isa": isa, **content}
        self.comments[key] = comment
        return key


@dataclass
class _Phases:
    """The build files of one target, by phase."""

    sources: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    frameworks: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)  # synchronized: all their files belong to the target


def identifier(text: str) -> str:
    """Return an object's id: 24 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:24].upper()


def needed_products(programs: Iterable[Path]) -> tuple[str, ...]:
    """Return the products of ExecuTorch's package that an app with these `.pte` files links.

    Kernels are needed for the operators that no backend runs. Most models have none, and kernels are large.
    """
    methods = [method for path in programs for method in read_pte(path).methods]
    names = {operator.name.partition("::")[0] for method in methods for operator in method.operators}
    kernels = [_KERNELS] if names - {_IN_EXECUTORCH} else []
    return (*PRODUCTS, *kernels, *([_QUANTIZED_KERNELS] if _QUANTIZED in names else []))


def write(
    project: Path, app_name: str, products: Sequence[str] = PRODUCTS, *, synchronized: bool = False
) -> None:
    """Write App.xcodeproj into a project that has all of its other files.

    `app_name` is the app's identifier: what crash logs call it. The app links these products of ExecuTorch's.
    `synchronized`: name folders of sources instead of each file.
    """
    objects = _Objects()
    root = _add_project(project, app_name, products, objects, synchronized)
    version = _SYNCHRONIZED_VERSION if synchronized else _OBJECT_VERSION
    app, tests = (
        Buildable(identifier(f"PBXNativeTarget {role}"), name, f"{name}.{suffix}", NAME)
        for role, name, suffix in ((APP, app_name, "app"), (TESTS, TESTS, "xctest"))
    )
    for name, text in {
        "project.pbxproj": project_file(objects.contents, root, objects.comments, version),
        "project.xcworkspace/contents.xcworkspacedata": WORKSPACE,
        f"xcshareddata/xcschemes/{APP}.xcscheme": scheme(app, tests),
    }.items():
        path = project / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _add_project(
    project: Path, app_name: str, products: Sequence[str], objects: _Objects, synchronized: bool
) -> str:
    """Add everything, and return the id of the project object."""
    phases = {APP: _Phases(), TESTS: _Phases()}
    package, dependencies = _add_package(products, objects, phases[APP])
    several = any(path.is_dir() for path in (project / _MODELS).glob("*"))
    whole = (*((_MODELS,) if several else ()), *FOLDER_REFERENCES)
    folders = [folder for folder in FOLDERS if folder not in whole and (project / folder).is_dir()]
    shown = [
        _synchronized_folder(folder, objects, phases)
        if synchronized and folder in SYNCHRONIZED
        else _group(project, folder, objects, phases)
        for folder in folders
    ]
    top = [name for name in TOP_FILES if (project / name).exists()]
    shown += [_file(name, objects, phases) for name in (*whole, *top)]
    product_of = {
        APP: _product(APP, f"{app_name}.app", "wrapper.application", objects),
        TESTS: _product(TESTS, f"{TESTS}.xctest", "wrapper.cfbundle", objects),
    }
    products = objects.add(
        "PBXGroup",
        "Products",
        "Products",
        children=list(product_of.values()),
        name="Products",
        sourceTree="<group>",
    )
    main_group = objects.add("PBXGroup", "", "", children=[*shown, products], sourceTree="<group>")
    root = identifier(f"PBXProject {APP}")
    kind = "com.apple.product-type"
    app = _target(
        APP, app_name, f"{kind}.application", product_of[APP], phases[APP], objects, packages=dependencies
    )
    tests = _target(
        TESTS,
        TESTS,
        f"{kind}.bundle.unit-test",
        product_of[TESTS],
        phases[TESTS],
        objects,
        needs=[_dependency(root, app, app_name, objects)],
    )
    settings = {name: f"Config/{name}.xcconfig" for name in CONFIGURATIONS}
    return objects.add(
        "PBXProject",
        APP,
        "Project object",
        attributes={
            "BuildIndependentTargetsInParallel": "1",
            "LastUpgradeCheck": _LAST_UPGRADE,
            "TargetAttributes": {tests: {"TestTargetID": app}},
        },
        buildConfigurationList=_configurations("PBXProject", APP, settings, objects),
        **({} if synchronized else {"compatibilityVersion": "Xcode 15.0"}),
        developmentRegion="en",
        hasScannedForEncodings="0",
        knownRegions=["en", "Base"],
        mainGroup=main_group,
        packageReferences=[package],
        **({"preferredProjectObjectVersion": _SYNCHRONIZED_VERSION} if synchronized else {}),
        productRefGroup=products,
        projectDirPath="",
        projectRoot="",
        targets=[app, tests],
    )


def _add_package(names: Sequence[str], objects: _Objects, phases: _Phases) -> tuple[str, list[str]]:
    """Add ExecuTorch's Swift package, and return its id and those of the products that the app links.

    The tests link none of them: they run inside the app, and a second copy would register every kernel and
    backend twice.
    """
    package = objects.add(
        "XCRemoteSwiftPackageReference",
        "executorch",
        'XCRemoteSwiftPackageReference "executorch"',
        repositoryURL=pins.IOS["executorch_package"],
        requirement={"kind": "revision", "revision": pins.IOS["executorch_revision"]},
    )
    dependencies = []
    for name in names:
        product = objects.add(
            "XCSwiftPackageProductDependency", name, name, package=package, productName=name
        )
        build = objects.add("PBXBuildFile", f"product {name}", f"{name} in Frameworks", productRef=product)
        dependencies.append(product)
        phases.frameworks.append(build)
    return package, dependencies


def _synchronized_folder(name: str, objects: _Objects, phases: Mapping[str, _Phases]) -> str:
    """Add a folder whose files Xcode finds itself, and give it to its target."""
    role = SYNCHRONIZED[name]
    content: dict[str, Value] = {}
    if name == APP:
        exception = objects.add(
            "PBXFileSystemSynchronizedBuildFileExceptionSet",
            name,
            f'Exceptions for "{name}" folder in "{role}" target',
            membershipExceptions=[_INFO],
            target=identifier(f"PBXNativeTarget {role}"),
        )
        content["exceptions"] = [exception]
    folder = objects.add(
        "PBXFileSystemSynchronizedRootGroup", name, name, **content, path=name, sourceTree="<group>"
    )
    phases[role].folders.append(folder)
    return folder


def _group(project: Path, name: str, objects: _Objects, phases: Mapping[str, _Phases]) -> str:
    """Add a group for a folder: its folders, then its files, by name."""
    children = []
    for path in sorted((project / name).iterdir(), key=lambda path: (not _is_group(path), path.name)):
        if not path.name.startswith("."):
            inner = f"{name}/{path.name}"
            add = (
                _group(project, inner, objects, phases) if _is_group(path) else _file(inner, objects, phases)
            )
            children.append(add)
    short = name.rpartition("/")[2]
    return objects.add("PBXGroup", name, short, children=children, path=short, sourceTree="<group>")


def _is_group(path: Path) -> bool:
    return path.is_dir() and path.suffix not in RESOURCES


def _file(name: str, objects: _Objects, phases: Mapping[str, _Phases]) -> str:
    """Add a file, and build it where it belongs."""
    short = name.rpartition("/")[2]
    suffix = Path(name).suffix
    is_whole = name in (*FOLDER_REFERENCES, _MODELS)
    kind = "folder" if is_whole else TYPES.get(suffix, "text")
    file = objects.add(
        "PBXFileReference", name, short, lastKnownFileType=kind, path=short, sourceTree="<group>"
    )
    phase = ""
    if is_whole or name == METADATA or suffix in RESOURCES:
        phase = "Resources"
    elif suffix in SOURCES and name not in TOP_FILES:
        phase = "Sources"
    if phase:
        build = objects.add("PBXBuildFile", name, f"{short} in {phase}", fileRef=file)
        own = phases[TESTS if name.startswith("Tests/") else APP]
        (own.sources if phase == "Sources" else own.resources).append(build)
    return file


def _product(role: str, name: str, kind: str, objects: _Objects) -> str:
    return objects.add(
        "PBXFileReference",
        f"product of {role}",
        name,
        explicitFileType=kind,
        includeInIndex="0",
        path=name,
        sourceTree="BUILT_PRODUCTS_DIR",
    )


def _target(
    role: str,
    name: str,
    product_type: str,
    product: str,
    phases: _Phases,
    objects: _Objects,
    packages: Sequence[str] = (),
    needs: Sequence[str] = (),
) -> str:
    """Add a target, its phases and its configurations. Its flags are those of Config/<role>.xcconfig."""
    contents = (
        ("Sources", phases.sources),
        ("Frameworks", phases.frameworks),
        ("Resources", phases.resources),
    )
    build_phases = [
        objects.add(
            f"PBX{kind}BuildPhase",
            role,
            kind,
            buildActionMask="2147483647",
            files=files,
            runOnlyForDeploymentPostprocessing="0",
        )
        for kind, files in contents
    ]
    settings = dict.fromkeys(CONFIGURATIONS, f"Config/{role}.xcconfig")
    content: dict[str, Value] = {
        "buildConfigurationList": _configurations("PBXNativeTarget", role, settings, objects),
        "buildPhases": build_phases,
        "buildRules": [],
        "dependencies": list(needs),
        **({"fileSystemSynchronizedGroups": list(phases.folders)} if phases.folders else {}),
        "name": name,
        "productName": name,
        "productReference": product,
        "productType": product_type,
    }
    if packages:
        content["packageProductDependencies"] = list(packages)
    return objects.add("PBXNativeTarget", role, name, **content)


def _configurations(kind: str, owner: str, files: Mapping[str, str], objects: _Objects) -> str:
    """Add an owner's configurations, each with the .xcconfig file that all of its settings come from."""
    configurations = [
        objects.add(
            "XCBuildConfiguration",
            f"{kind} {owner} {name}",
            name,
            baseConfigurationReference=identifier(f"PBXFileReference {file}"),
            buildSettings={},
            name=name,
        )
        for name, file in files.items()
    ]
    return objects.add(
        "XCConfigurationList",
        f"{kind} {owner}",
        f'Build configuration list for {kind} "{owner}"',
        buildConfigurations=configurations,
        defaultConfigurationIsVisible="0",
        defaultConfigurationName="Release",
    )


def _dependency(root: str, app: str, app_name: str, objects: _Objects) -> str:
    proxy = objects.add(
        "PBXContainerItemProxy",
        APP,
        "PBXContainerItemProxy",
        containerPortal=root,
        proxyType="1",
        remoteGlobalIDString=app,
        remoteInfo=app_name,
    )
    return objects.add("PBXTargetDependency", APP, "PBXTargetDependency", target=app, targetProxy=proxy)
