"""Check asset catalogs: every Contents.json against its files, and the sizes of pictures."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from edgegen_kits.ios import plist_check, settings_check

_ICONS: Final = ".appiconset"
_IMAGES: Final = ".imageset"
_COLORS: Final = ".colorset"
_IDIOMS: Final = frozenset({"universal", "iphone", "ipad", "ios-marketing"})
_APPEARANCES: Final[Mapping[str, frozenset[str]]] = {
    "luminosity": frozenset({"light", "dark", "tinted"}),
    "contrast": frozenset({"high"}),
}
_COLOR_SPACES: Final = frozenset({"srgb", "display-p3", "extended-srgb", "gray-gamma-22"})
_COMPONENTS: Final = frozenset({"red", "green", "blue", "alpha"})
_APP_STORE_PIXELS: Final = 1024


def check_assets(project: Path) -> Iterator[str]:
    """Yield faults of the asset catalogs, and used names that they lack."""
    names: dict[str, set[str]] = {_ICONS: set(), _IMAGES: set(), _COLORS: set()}
    for catalog in sorted(project.glob("App/**/*.xcassets")):
        for folder in [catalog, *sorted(path for path in catalog.rglob("*") if path.is_dir())]:
            where = folder.relative_to(project).as_posix()
            if folder.suffix in names:
                names[folder.suffix].add(folder.stem)
            yield from (f"{where}: {problem}" for problem in _check_folder(folder))
    settings = settings_check.values(project)
    wanted = [
        (_ICONS, settings.get("ASSETCATALOG_COMPILER_APPICON_NAME", "")),
        (_COLORS, settings.get("ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME", "")),
        *_of_launch_screen(project),
    ]
    for kind, name in wanted:
        if name and name not in names[kind]:
            yield f"{name}{kind} is used, but is in no asset catalog"


def _of_launch_screen(project: Path) -> Iterator[tuple[str, str]]:
    try:
        screen = plist_check.read(project / plist_check.INFO).get("UILaunchScreen", {})
    except ValueError:
        return  # plist_check reports it
    if isinstance(screen, dict):
        yield _COLORS, str(screen.get("UIColorName", ""))
        yield _IMAGES, str(screen.get("UIImageName", ""))


def _check_folder(folder: Path) -> Iterator[str]:
    try:
        content = json.loads((folder / "Contents.json").read_bytes())
    except (OSError, ValueError) as error:
        yield f"Contents.json cannot be read: {error}"
        return
    info = content.get("info") if isinstance(content, dict) else None
    if not isinstance(info, dict) or info.get("version") != 1 or not info.get("author"):
        yield "Contents.json has no info of an author and version 1"
        return
    if folder.suffix in (_ICONS, _IMAGES):
        yield from _check_images(folder, _entries(content, "images"))
    elif folder.suffix == _COLORS:
        yield from _check_colors(_entries(content, "colors"))


def _entries(content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    entries = content.get(key)
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _check_images(folder: Path, images: list[Mapping[str, Any]]) -> Iterator[str]:
    if not images:
        yield "it has no pictures"
    named = [str(image["filename"]) for image in images if image.get("filename")]
    files = (path.name for path in folder.iterdir() if path.is_file())
    on_disk = {name for name in files if not name.startswith(".")} - {"Contents.json"}
    for name in sorted(on_disk - set(named)):
        yield f"{name} is on disk, and not in Contents.json"
    for image in images:
        name = str(image.get("filename", ""))
        yield from _check_slot(image)
        if name in on_disk:
            yield from _check_picture(folder, name, image)
        elif name or folder.suffix == _ICONS:
            yield f"{name or 'a picture'} is in Contents.json, and not on disk"
    yield from _check_repeated(images)


def _check_slot(entry: Mapping[str, Any]) -> Iterator[str]:
    if str(entry.get("idiom")) not in _IDIOMS:
        yield f"{entry.get('idiom')!r} is no idiom of iOS"
    for each in _entries(entry, "appearances"):
        if str(each.get("value")) not in _APPEARANCES.get(str(each.get("appearance")), ()):
            yield f"{each.get('appearance')} {each.get('value')} is no appearance"


def _check_repeated(entries: list[Mapping[str, Any]]) -> Iterator[str]:
    slots = Counter(
        json.dumps(
            {key: value for key, value in entry.items() if key not in ("filename", "color")}, sort_keys=True
        )
        for entry in entries
    )
    for slot, count in slots.items():
        if count > 1:
            yield f"there are {count} entries for {slot}"


def _check_picture(folder: Path, name: str, image: Mapping[str, Any]) -> Iterator[str]:
    from PIL.PngImagePlugin import PngImageFile

    try:
        # Not Image.open: imported libraries add further readers to it.
        with PngImageFile(folder / name) as picture:
            size, mode = picture.size, picture.mode
    except (OSError, SyntaxError) as error:
        yield f"{name} is no PNG picture: {error}"
        return
    expected = _pixels(image)
    if expected and size != expected:
        yield f"{name} is {size[0]} x {size[1]} pixels, and should be {expected[0]} x {expected[1]}"
    is_plain = folder.suffix == _ICONS and not image.get("appearances")
    if is_plain and mode in ("RGBA", "LA", "PA"):
        yield f"{name} has an alpha channel, which the App Store rejects in an icon"
    if is_plain and image.get("platform") == "ios" and size != (_APP_STORE_PIXELS,) * 2:
        yield f"{name} is the only size of the icon, so it needs {_APP_STORE_PIXELS} pixels per side"


def _pixels(image: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the required size of a picture: points times scale."""
    try:
        width, height = (float(side) for side in str(image["size"]).split("x"))
        scale = float(str(image.get("scale", "1x")).removesuffix("x"))
    except (KeyError, ValueError):
        return None
    return round(width * scale), round(height * scale)


def _check_colors(colors: list[Mapping[str, Any]]) -> Iterator[str]:
    if not any(not color.get("appearances") for color in colors):
        yield "it has no colour for any appearance"
    for entry in colors:
        yield from _check_slot(entry)
        color = entry.get("color")
        if not isinstance(color, dict) or str(color.get("color-space")) not in _COLOR_SPACES:
            yield f"{color!r} is no colour of a known colour space"
            continue
        components = color.get("components")
        values = components if isinstance(components, dict) else {}
        for name in sorted(_COMPONENTS - values.keys()):
            yield f"a colour has no {name}"
        for name, value in values.items():
            if not _is_component(str(value)):
                yield f"{name} is {value!r}, and should be 0.0 to 1.0, 0 to 255 or 0x00 to 0xFF"
    yield from _check_repeated(colors)


def _is_component(value: str) -> bool:
    try:
        if value.startswith("0x"):
            return 0 <= int(value, 16) <= 255
        return 0 <= float(value) <= (1 if "." in value else 255)
    except ValueError:
        return False
