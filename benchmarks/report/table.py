"""Print the results as tables in a terminal."""

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Results
from benchmarks.report import words

STYLES = {"met": "green", "not met": "bold red", "": ""}


def show(results: Results, console: Console) -> None:
    """Print the machine, the figures with targets, and the others."""
    for line in words.machine(results):
        console.print(line, style="dim", highlight=False)
    for caption, with_target in (("Targets", True), ("For information", False)):
        figures = [figure for figure in results.figures if (figure.target is not None) == with_target]
        if not figures:
            continue
        table = Table(title=caption, title_justify="left", title_style="bold", expand=False)
        table.add_column("what")
        table.add_column("median", justify="right", no_wrap=True)
        table.add_column("lowest to highest", justify="right")
        table.add_column("of", justify="right")
        if with_target:
            table.add_column("target", justify="right", no_wrap=True)
            table.add_column("", no_wrap=True)
        table.add_column("medians of each side")
        for figure in figures:
            verdict = words.verdict(figure)
            checks = [words.target(figure), f"[{STYLES[verdict]}]{verdict}[/]"] if with_target else []
            table.add_row(
                words.title(figure, results),
                words.median(figure),
                words.extremes(figure),
                str(figure.spread.count),
                *checks,
                words.sides(figure) or figure.note,
            )
        console.print(table)
