"""Starting the browser pages, from a checkout and from an installed package alike."""

from __future__ import annotations

import importlib.util
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from calc.errors import CalcError

__all__ = ["package", "serve"]


def package() -> ModuleType:
    """The package of the pages, under the name ``ui``: inside the installed package, or beside it in a checkout.

    Raises
    ------
    CalcError : where Streamlit, which they need, is not installed.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise CalcError("the browser pages need Streamlit; install it with: pip install 'podcalc[ui]'")
    here = Path(__file__).resolve().parent
    folder = next(path for path in (here / "ui", here.parent / "ui") if (path / "app.py").is_file())
    # Registered by hand, so that no folder has to go onto the path for everything else too.
    found = sys.modules.get("ui")
    if found is not None and Path(str(found.__file__)).parent == folder:
        return found
    spec = importlib.util.spec_from_file_location(
        "ui", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise CalcError(f"{folder} is no package of pages; install podcalc again")
    module = importlib.util.module_from_spec(spec)
    sys.modules["ui"] = module
    spec.loader.exec_module(module)
    return module


def serve(host: str = "127.0.0.1", port: int = 8501, *, browser: bool = True, hosts: Sequence[str] = ()) -> None:
    """Serve the browser pages until interrupted.

    Parameters
    ----------
    host, port : where to listen; the health address is ``/_stcore/health``.
    browser : whether to open one.
    hosts : further names that the server answers to.

    Raises
    ------
    CalcError : where Streamlit is missing, or nothing can listen there.
    """
    if not 1 <= port <= 65535:
        raise CalcError(f"--port {port} is no port; give one from 1 to 65535")
    package()
    _check_free(host, port)
    server = importlib.import_module("ui.server")
    server.serve(host, port, browser=browser, hosts=hosts)


def _check_free(host: str, port: int) -> None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CalcError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --port or --host"
        ) from None
