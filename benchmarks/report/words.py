"""Write figures as text, equally in every report."""

from benchmarks.figures import Figure, Results, Side

MULTIPLE = "x"
ELSEWHERE = "†"  # marks figures of another machine
BUSY_LOAD = 1.0  # load average before the run


def number(value: float, unit: str) -> str:
    """Write a number with two or three significant digits, and its unit."""
    if unit == MULTIPLE:
        return f"{value:.2f}x"
    if unit in ("ms", "s", "MB", "fps"):
        digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
        return f"{value:.{digits}f} {unit}"
    return f"{value:.0f}"


def median(figure: Figure) -> str:
    """Write the median."""
    return number(figure.spread.median, figure.unit)


def extremes(figure: Figure) -> str:
    """Write the lowest and the highest value, if they differ."""
    spread = figure.spread
    if spread.low == spread.high:
        return ""
    return f"{number(spread.low, figure.unit)} to {number(spread.high, figure.unit)}"


def target(figure: Figure) -> str:
    """Write the target with its unit."""
    if figure.target is None:
        return ""
    if figure.target.limit == 0:
        return "none"
    unit = {MULTIPLE: "x", "allocations": ""}.get(figure.unit, f" {figure.unit}")
    return f"{figure.target}{unit}"


def verdict(figure: Figure) -> str:
    """Write whether the target is met."""
    return {True: "met", False: "not met", None: ""}[figure.met]


def sides(figure: Figure) -> str:
    """Write the compared sides with their medians."""
    return ", ".join(_side(side) for side in figure.sides)


def _side(side: Side) -> str:
    return f"{side.name} {number(side.value, side.unit)}"


def title(figure: Figure, results: Results) -> str:
    """Write the title, with the photo if there are several."""
    several = len(results.settings["pictures"]) > 1 and figure.picture
    title = f"{figure.title} ({figure.picture})" if several else figure.title
    return f"{title} {ELSEWHERE}" if figure.processor else title


def machine(results: Results) -> list[str]:
    """Describe machine, versions, model and settings in a few lines."""
    computer, versions, settings = results.machine, results.versions, results.settings
    names = ("edgegen", "executorch", "torch", "ultralytics", "numpy", "opencv-python", "python")
    weights = results.model["weights"]
    if results.model["random"]:
        weights += " (random: the numbers of candidates and boxes mean little)"
    cores = f"{computer['cores']} cores ({computer['kind']}), {computer['memory_gb']:.0f} GB"
    load = f"load average {computer['load_before']:g} before and {computer['load_after']:g} after"
    if computer["load_before"] > BUSY_LOAD:
        load += " (not idle: measure again; PyTorch loses most)"
    size = f"{settings['input_size']} x {settings['input_size']}"
    rounds = f"{settings['rounds']} rounds of {settings['frames']} frames for each side"
    others = sorted({each.processor for each in results.figures if each.processor})
    return [
        *(f"{ELSEWHERE} earlier, on {each}; all other rows:" for each in others),
        f"{computer['processor']}, {cores}, {computer['system']}",
        f"{settings['threads']} threads on both sides; {load}",
        ", ".join(f"{name} {versions[name]}" for name in names) + f"; {versions['compiler']}",
        f"{weights}, {size}; {', '.join(settings['pictures'])}; {rounds}",
    ]
