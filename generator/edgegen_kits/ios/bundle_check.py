"""Checks what goes into an app beside its code: settings, property lists, asset and string catalogs."""

from pathlib import Path

from edgegen_kits.ios.asset_check import check_assets
from edgegen_kits.ios.plist_check import check_plists
from edgegen_kits.ios.settings_check import check_settings
from edgegen_kits.ios.strings_check import check_strings


def check_bundle(project: Path) -> list[str]:
    """Return what is wrong with the resources and settings of an iOS project, in words."""
    checks = (check_settings, check_plists, check_assets, check_strings)
    return list(dict.fromkeys(problem for check in checks for problem in check(project)))
