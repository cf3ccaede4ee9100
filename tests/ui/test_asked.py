"""What the workload views ask, from a link and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

import calc
from ui import asked
from ui.state import VIEW_KEYS, PageState, restore, to_query


def test_defaults(library: calc.Library) -> None:
    train, serve = (asked.ask(PageState(), view, library) for view in ("train", "serve"))
    assert (train.model, train.number_format, train.chips, train.batch) == ("llama-3.1-405b", "bf16", None, 1024)
    assert (serve.model, serve.number_format, serve.doing, serve.limit) == ("deepseek-r1", "8bit", "decode", 0.05)


def test_every_name_is_one_that_a_link_keeps() -> None:
    assert set(asked.KEYS) <= set(VIEW_KEYS)


@pytest.mark.parametrize("view", ["train", "serve"])
@pytest.mark.parametrize("precision", ["bf16", "fp8", "fp64"])
@pytest.mark.parametrize("chosen", calc.workloads.FORMATS)
def test_a_number_format_stays_as_chosen(view: str, precision: str, chosen: str, library: calc.Library) -> None:
    state = asked.with_format(replace(PageState(), precision=precision), view, chosen)
    assert asked.ask(state, view, library).number_format == chosen
    back, lost = restore(to_query(state), library)
    assert lost == []
    assert asked.ask(back, view, library) == asked.ask(state, view, library)


def test_drafts_are_accepted_where_the_network_has_some(library: calc.Library) -> None:
    state = PageState().put(accept="0.7")
    assert asked.ask(state, "serve", library).acceptance == 0.7
    assert asked.ask(state.put(m="llama-3.1-70b"), "serve", library).acceptance == 0.0
    assert asked.ask(state.put(phase="prefill"), "serve", library).acceptance == 0.0


def test_words_of_a_mapping_are_those_that_training_knows() -> None:
    from calc.physics.training import RECOMPUTE, SHARDING
    from calc.studies.train import FIXED

    assert set(asked.WORDS["recompute"]) <= set(RECOMPUTE)
    assert set(asked.WORDS["sharding"]) <= set(SHARDING)
    assert {*asked.PARTS, *asked.WORDS} <= set(FIXED)
