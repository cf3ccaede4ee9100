"""The charts of the workload views, ready to be placed on the page or written to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import calc
from ui import asked, cached, workload_charts
from ui.pictures import Drawing
from ui.results import Results, gather
from ui.state import PageState
from ui.text import translator

__all__ = ["draw", "figures", "group_words", "memory", "points", "rates", "step"]


def group_words(language: str) -> Mapping[str, str]:
    """What the groups of a bar are called."""
    _ = translator(language)
    return {
        "products": _("matrix products"),
        "attention": _("attention"),
        "experts": _("experts"),
        "recompute": _("recomputation"),
        "exchange": _("exchange between chips"),
        "other": _("element-wise, host"),
        "idle": _("waiting in the pipeline"),
        "weights": _("weights"),
        "state": _("gradients, optimiser"),
        "cache": _("KV cache"),
        "activations": _("activations"),
        "reserved": _("buffers, reserved"),
    }


def _kept(
    name: str,
    shown: Results,
    state: PageState,
    library: calc.Library,
    language: str,
    theme: str,
    build: Callable[[], Drawing],
) -> Drawing:
    assumptions = (state.slots, state.prefer, state.settings)
    return cached.keep((name, library.digest, assumptions, shown.asked, language, theme), build)


def points(shown: Results, library: calc.Library) -> Sequence[calc.workloads.Published]:
    """Published results that stand beside the predictions."""
    if shown.asked.doing == "train":
        return ()
    systems = [calc.load(system, library=library) for system in shown.found]
    found = calc.workloads.published(shown.asked.model, shown.asked.doing, systems)
    return [one for one in found if one.user or shown.asked.doing == "prefill"]


def rates(shown: Results, state: PageState, library: calc.Library, language: str, theme: str) -> Drawing:
    """Token rates: of decoding against the speed of each user."""

    def curves() -> Drawing:
        drawn = [
            calc.workloads.curve(found, calc.load(system, library=library)) for system, found in shown.found.items()
        ]
        published = points(shown, library)
        spec = workload_charts.frontier(drawn, published, shown.asked.limit, state, language, theme)
        return Drawing(spec, calc.narrate_workloads.curves_in_words(drawn, language))

    def spans() -> Drawing:
        spec = workload_charts.spans(shown.rates, points(shown, library), state, language, theme)
        return Drawing(spec, calc.narrate_workloads.spans_in_words(shown.rates, language))

    return _kept("rates", shown, state, library, language, theme, curves if shown.asked.doing == "decode" else spans)


def _bars(name: str, shown: Results, state: PageState, library: calc.Library, language: str, theme: str) -> Drawing:
    def drawing() -> Drawing:
        called = group_words(language)
        build = calc.workload_bars.memory_bars if name == "memory" else calc.workload_bars.step_bars
        drawn = build(list(shown.found.values()))
        spec = workload_charts.bars(drawn, shown.titles, called, language, theme)
        return Drawing(spec, calc.narrate_workloads.bars_in_words(drawn, shown.titles, called, language))

    return _kept(name, shown, state, library, language, theme, drawing)


def step(shown: Results, state: PageState, library: calc.Library, language: str, theme: str) -> Drawing:
    """The time of a step by part."""
    return _bars("step", shown, state, library, language, theme)


def memory(shown: Results, state: PageState, library: calc.Library, language: str, theme: str) -> Drawing:
    """Memory by part against its limit."""
    return _bars("memory", shown, state, library, language, theme)


_FIGURES: Mapping[str, Callable[[Results, PageState, calc.Library, str, str], Drawing]] = {
    "rates": rates,
    "step": step,
    "memory": memory,
}


def figures(language: str) -> Mapping[str, str]:
    """The charts of these views that can be kept as files, by name, and what they are called."""
    _ = translator(language)
    return {"rates": _("Token rates"), "step": _("Step by part"), "memory": _("Memory by part")}


def draw(name: str, view: str, state: PageState, library: calc.Library, language: str) -> Drawing | None:
    """A chart of a view, for a file; None where no system can do what is asked.

    Parameters
    ----------
    name : one of `figures`.
    view : train or serve.
    state, library, language : of the page.
    """
    shown = gather(state, library, asked.ask(state, view, library))
    return _FIGURES[name](shown, state, library, language, "light") if shown.found else None
