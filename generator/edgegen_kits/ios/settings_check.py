"""Check the settings of an iOS project: Config/*.xcconfig, for the app and its tests."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from edgegen.project import xcconfig
from edgegen.project.xcconfig import Settings
from edgegen_kits.ios.project_files import project_files

_CONFIG: Final = "Config"
APP: Final = "App"  # the app's settings and folder
TESTS: Final = "AppTests"
CONFIGURATIONS: Final = ("Debug", "Release")
# Xcode's settings that such a project may use, to find misspelled names.
_KNOWN_TEXT: Final = """
    ALWAYS_EMBED_SWIFT_STANDARD_LIBRARIES ALWAYS_SEARCH_USER_PATHS ARCHS ASSETCATALOG_COMPILER_APPICON_NAME
    ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME BUILD_LIBRARY_FOR_DISTRIBUTION BUNDLE_LOADER
    CLANG_ANALYZER_NONNULL CLANG_CXX_LANGUAGE_STANDARD CLANG_CXX_LIBRARY CLANG_ENABLE_MODULES
    CLANG_ENABLE_OBJC_ARC CLANG_ENABLE_OBJC_WEAK CLANG_WARN_BOOL_CONVERSION CLANG_WARN_COMMA
    CLANG_WARN_CONSTANT_CONVERSION CLANG_WARN_DIRECT_OBJC_ISA_USAGE CLANG_WARN_DOCUMENTATION_COMMENTS
    CLANG_WARN_EMPTY_BODY CLANG_WARN_ENUM_CONVERSION CLANG_WARN_INFINITE_RECURSION CLANG_WARN_INT_CONVERSION
    CLANG_WARN_OBJC_ROOT_CLASS CLANG_WARN_QUOTED_INCLUDE_IN_FRAMEWORK_HEADER CLANG_WARN_RANGE_LOOP_ANALYSIS
    CLANG_WARN_STRICT_PROTOTYPES CLANG_WARN_SUSPICIOUS_MOVE CLANG_WARN_UNREACHABLE_CODE CODE_SIGN_ENTITLEMENTS
    CODE_SIGN_IDENTITY CODE_SIGN_STYLE COPY_PHASE_STRIP CURRENT_PROJECT_VERSION DEAD_CODE_STRIPPING
    DEBUG_INFORMATION_FORMAT DEVELOPMENT_LANGUAGE DEVELOPMENT_TEAM ENABLE_BITCODE ENABLE_DEBUG_DYLIB
    ENABLE_NS_ASSERTIONS ENABLE_PREVIEWS ENABLE_STRICT_OBJC_MSGSEND ENABLE_TESTABILITY
    ENABLE_USER_SCRIPT_SANDBOXING EXCLUDED_ARCHS FRAMEWORK_SEARCH_PATHS GCC_C_LANGUAGE_STANDARD
    GCC_ENABLE_CPP_EXCEPTIONS GCC_ENABLE_CPP_RTTI GCC_NO_COMMON_BLOCKS GCC_OPTIMIZATION_LEVEL
    GCC_PREPROCESSOR_DEFINITIONS GCC_SYMBOLS_PRIVATE_EXTERN GCC_TREAT_WARNINGS_AS_ERRORS
    GCC_WARN_64_TO_32_BIT_CONVERSION GCC_WARN_ABOUT_RETURN_TYPE GCC_WARN_SHADOW GCC_WARN_UNDECLARED_SELECTOR
    GCC_WARN_UNINITIALIZED_AUTOS GCC_WARN_UNUSED_FUNCTION GCC_WARN_UNUSED_VARIABLE GENERATE_INFOPLIST_FILE
    HEADER_SEARCH_PATHS INFOPLIST_FILE IPHONEOS_DEPLOYMENT_TARGET LD_RUNPATH_SEARCH_PATHS LIBRARY_SEARCH_PATHS
    LOCALIZATION_PREFERS_STRING_CATALOGS MARKETING_VERSION MTL_ENABLE_DEBUG_INFO ONLY_ACTIVE_ARCH OTHER_CFLAGS
    OTHER_CPLUSPLUSFLAGS OTHER_LDFLAGS OTHER_SWIFT_FLAGS PRODUCT_BUNDLE_IDENTIFIER PRODUCT_MODULE_NAME
    PRODUCT_NAME PROVISIONING_PROFILE_SPECIFIER SDKROOT SKIP_INSTALL STRING_CATALOG_GENERATE_SYMBOLS
    STRIP_INSTALLED_PRODUCT SUPPORTED_PLATFORMS SWIFT_ACTIVE_COMPILATION_CONDITIONS
    SWIFT_APPROACHABLE_CONCURRENCY SWIFT_COMPILATION_MODE SWIFT_DEFAULT_ACTOR_ISOLATION SWIFT_EMIT_LOC_STRINGS
    SWIFT_OBJC_BRIDGING_HEADER SWIFT_OBJC_INTERFACE_HEADER_NAME SWIFT_OPTIMIZATION_LEVEL
    SWIFT_STRICT_CONCURRENCY SWIFT_TREAT_WARNINGS_AS_ERRORS SWIFT_UPCOMING_FEATURE_MEMBER_IMPORT_VISIBILITY
    SWIFT_VERSION SYMROOT TARGETED_DEVICE_FAMILY TEST_HOST USE_HEADERMAP VALIDATE_PRODUCT VERSIONING_SYSTEM
    WARNING_CFLAGS
"""
_KNOWN: Final = frozenset(_KNOWN_TEXT.split())
# Set by the build itself.
BUILT_IN: Final = frozenset(
    {
        "BUILT_PRODUCTS_DIR", "BUNDLE_EXECUTABLE_FOLDER_PATH", "CONFIGURATION", "DEVELOPMENT_LANGUAGE",
        "EXECUTABLE_NAME", "PRODUCT_BUNDLE_PACKAGE_TYPE", "PROJECT_DIR", "SRCROOT", "TARGET_NAME",
        "inherited",
    }
)  # fmt: skip
_LISTS: Final = (
    "FRAMEWORK_SEARCH_PATHS", "GCC_PREPROCESSOR_DEFINITIONS", "HEADER_SEARCH_PATHS",
    "LD_RUNPATH_SEARCH_PATHS", "LIBRARY_SEARCH_PATHS", "OTHER_CFLAGS", "OTHER_CPLUSPLUSFLAGS",
    "OTHER_LDFLAGS", "OTHER_SWIFT_FLAGS",
)  # fmt: skip
_FILES: Final = ("INFOPLIST_FILE", "SWIFT_OBJC_BRIDGING_HEADER", "CODE_SIGN_ENTITLEMENTS")
_ALIKE: Final = 0.93  # similarity of a misspelled name to the right one


def values(project: Path, target: str = APP, configuration: str = "Release") -> Mapping[str, str]:
    """Return the settings of a target with inherited values; references are not replaced.

    Settings for one SDK or architecture are left out.
    """
    found: dict[str, str] = {"SRCROOT": ".", "TARGET_NAME": target, "DEVELOPMENT_LANGUAGE": "en"}
    for name in (configuration, target):
        for each in _read(project, name).assignments:
            if not each.conditions:
                inherited = found.get(each.name, "")
                found[each.name] = each.value.replace("$(inherited)", inherited).strip()
    return found


def check_settings(project: Path) -> Iterator[str]:
    """Yield the faults of the settings: grammar, misspelled names, broken references."""
    read = {name: _read(project, name) for name in (*CONFIGURATIONS, APP, TESTS)}
    for settings in read.values():
        yield from settings.problems
    assigned = set().union(*(settings.names() for settings in read.values()))
    texts = [each.value for settings in read.values() for each in settings.assignments]
    plists = project_files(project, APP, {".plist"})
    texts += [path.read_text(encoding="utf-8", errors="replace") for path in plists]
    referred = {name for text in texts for name in xcconfig.references(text)}
    for settings in read.values():
        for each in settings.assignments:
            if each.name not in _KNOWN and (alike := _alike(each.name)):
                yield f"{each.where}: Xcode knows no {each.name}, but it knows {alike}"
            for name in sorted(xcconfig.references(each.value) - assigned - BUILT_IN):
                yield f"{each.where}: {each.name} refers to {name}, which is set nowhere"
            if each.name in _LISTS:
                yield from _check_list(each.where, each.name, each.value)
    user = {name for name in assigned if name not in _KNOWN and not name.startswith("INFOPLIST_KEY_")}
    for name in sorted(user - referred):
        yield f"{name} is set and used nowhere"
    unread = set(project_files(project, _CONFIG, {".xcconfig"})) - {
        file for each in read.values() for file in each.files
    }
    for path in sorted(unread):
        yield f"no settings file includes {path.relative_to(project).as_posix()}"
    for target in (APP, TESTS):
        yield from _check_files(project, target)


def _read(project: Path, name: str) -> Settings:
    return xcconfig.read(project / _CONFIG / f"{name}.xcconfig", project)


def _alike(name: str) -> str:
    near = difflib.get_close_matches(name, _KNOWN, n=1, cutoff=_ALIKE)
    return near[0] if near else ""


def _check_list(where: str, name: str, value: str) -> Iterator[str]:
    try:
        xcconfig.words(value)
    except ValueError as error:
        yield f"{where}: {name}: {error}"


def _check_files(project: Path, target: str) -> Iterator[str]:
    found = values(project, target)
    for name in _FILES:
        path = xcconfig.evaluate(found.get(name, ""), found)
        if path and not (project / path).is_file():
            yield f"{target}: {name} is {path}, and there is no such file"
    try:
        folders = xcconfig.words(found.get("HEADER_SEARCH_PATHS", ""))
    except ValueError:
        return  # reported above
    for folder in folders:
        path = xcconfig.evaluate(folder, found)
        if path and not (project / path).is_dir():
            yield f"{target}: HEADER_SEARCH_PATHS names {path}, and there is no such folder"
