"""Write App.xcodeproj for a rendered iOS project.

It names folders, and Xcode 16 finds their files itself. Names, ids, versions and flags are in
Config/*.xcconfig. An object's id is a digest of its description: the same project gives the same bytes.
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
APP: Final = "App"  # the scheme, the app's module and settings; the target has the app's own name
TESTS: Final = "AppTests"
# Synchronized folders, each with its target, in the navigator's order.
SYNCHRONIZED: Final = {"App": APP, "Bridge": APP, "Core": APP, "Tests": TESTS}
_MODELS: Final = "Model"  # with several models a folder reference: their files have the same names
# Groups with file references: settings need them, and Xcode does not know the type .pte.
_GROUPS: Final = ("Config", _MODELS)
FOLDER_REFERENCES: Final = ("vectors",)  # copied into the app as folders: the index names its files
TOP_FILES: Final = ("README.md", "Package.swift")  # only shown
CONFIGURATIONS: Final = ("Debug", "Release")
# Every app links these. backend_xnnpack brings the library threadpool, which is no product.
PRODUCTS: Final = ("executorch", "backend_xnnpack")
_KERNELS: Final = "kernels_optimized"  # with the portable kernels
_QUANTIZED_KERNELS: Final = "kernels_quantized"
_QUANTIZED: Final = "quantized_decomposed"  # the namespace of its operators
_IN_EXECUTORCH: Final = "executorch_prim"  # the namespace of the runtime's own operators

SOURCES: Final = frozenset({".swift", ".cpp", ".mm", ".m"})
RESOURCES: Final = frozenset({".xcassets", ".xcstrings", ".xcprivacy", ".pte"})
METADATA: Final = "Model/metadata.yaml"  # copied into the app too: captures contain it
TYPES: Final = {
    ".md": "net.daringfireball.markdown",
    ".pte": "file",
    ".swift": "sourcecode.swift",
    ".xcconfig": "text.xcconfig",
    ".yaml": "text.yaml",
}
_OBJECT_VERSION: Final = "77"  # Xcode 16 and newer
_INFO: Final = "Info.plist"  # in App/; a build setting names it, it is not copied
_LAST_UPGRADE: Final = "2600"  # the settings are what Xcode 26 recommends


@dataclass
class _Objects:
    """The objects of a project file by id, and the comment that Xcode writes next to each id."""

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

    resources: list[str] = field(default_factory=list)
    frameworks: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)  # synchronized


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


def write(project: Path, app_name: str, products: Sequence[str] = PRODUCTS) -> None:
    """Write App.xcodeproj into a project that has all of its other files.

    `app_name` is the app's identifier in crash logs. The app links these products of ExecuTorch's package.
    """
    objects = _Objects()
    root = _add_project(project, app_name, products, objects)
    app, tests = (
        Buildable(identifier(f"PBXNativeTarget {role}"), name, f"{name}.{suffix}", NAME)
        for role, name, suffix in ((APP, app_name, "app"), (TESTS, TESTS, "xctest"))
    )
    for name, text in {
        "project.pbxproj": project_file(objects.contents, root, objects.comments, _OBJECT_VERSION),
        "project.xcworkspace/contents.xcworkspacedata": WORKSPACE,
        f"xcshareddata/xcschemes/{APP}.xcscheme": scheme(app, tests),
    }.items():
        path = project / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _add_project(project: Path, app_name: str, products: Sequence[str], objects: _Objects) -> str:
    """Add everything, and return the id of the project object."""
    phases = {APP: _Phases(), TESTS: _Phases()}
    package, dependencies = _add_package(products, objects, phases[APP])
    several = any(path.is_dir() for path in (project / _MODELS).glob("*"))
    whole = (*((_MODELS,) if several else ()), *FOLDER_REFERENCES)
    shown = [_synchronized_folder(name, objects, phases) for name in SYNCHRONIZED]
    shown += [_group(project, name, objects, phases) for name in _GROUPS if name not in whole]
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
        developmentRegion="en",
        hasScannedForEncodings="0",
        knownRegions=["en", "Base"],
        mainGroup=main_group,
        packageReferences=[package],
        preferredProjectObjectVersion=_OBJECT_VERSION,
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
    """Add a folder whose files Xcode finds itself to its target."""
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
    """Add a group for a folder of files."""
    names = sorted(path.name for path in (project / name).iterdir() if not path.name.startswith("."))
    children = [_file(f"{name}/{each}", objects, phases) for each in names]
    return objects.add("PBXGroup", name, name, children=children, path=name, sourceTree="<group>")


def _file(name: str, objects: _Objects, phases: Mapping[str, _Phases]) -> str:
    """Add a file or a folder reference, and copy it into the app if it is a resource."""
    short = name.rpartition("/")[2]
    suffix = Path(name).suffix
    is_folder = name in (*FOLDER_REFERENCES, _MODELS)
    kind = "folder" if is_folder else TYPES.get(suffix, "text")
    file = objects.add(
        "PBXFileReference", name, short, lastKnownFileType=kind, path=short, sourceTree="<group>"
    )
    if is_folder or name == METADATA or suffix in RESOURCES:
        build = objects.add("PBXBuildFile", name, f"{short} in Resources", fileRef=file)
        phases[APP].resources.append(build)
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
    """Add a target, its phases and its configurations. Its flags are in Config/<role>.xcconfig."""
    contents = (
        ("Sources", ()),
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
        "fileSystemSynchronizedGroups": list(phases.folders),
        "name": name,
        "productName": name,
        "productReference": product,
        "productType": product_type,
    }
    if packages:
        content["packageProductDependencies"] = list(packages)
    return objects.add("PBXNativeTarget", role, name, **content)


def _configurations(kind: str, owner: str, files: Mapping[str, str], objects: _Objects) -> str:
    """Add an owner's configurations, each with the .xcconfig file that has all of its settings."""
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
