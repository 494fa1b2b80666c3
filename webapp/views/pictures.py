"""Charts as answers: drawn once for the same numbers, in the theme, size and language asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from flask import Response, request

from webapp.charts import canvas, shelf
from webapp.charts import style as styles
from webapp.charts.style import Style
from webapp.views import language

# A picture opened by itself may style itself; nothing else may happen in it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
FORMS = {"svg": "image/svg+xml", "png": "image/png"}


def answer(
    form: str,
    data: object,
    draw: canvas.Draw,
    *,
    svg: Callable[[Style], bytes] | None = None,
    height: int = styles.HEIGHT,
) -> Response:
    """`theme` and `size` come from the query; a browser that has the picture is told so.

    `data` is all that the picture shows: its hash is the picture's name.
    """
    asked = request.args
    look = styles.of(asked.get("theme", ""), asked.get("size", ""), str(language.locale()), height)
    key = shelf.digest(type(data).__name__, form, data, look)
    made = Response(mimetype=FORMS[form])
    made.set_etag(key)
    made.headers["Cache-Control"] = "private, no-cache"
    made.headers["Content-Security-Policy"] = POLICY
    if key not in request.if_none_match:
        drawn = {"svg": svg or partial(canvas.svg, draw), "png": partial(canvas.png, draw)}
        made.data = shelf.PICTURES.take(key, lambda: drawn[form](look))
    return cast("Response", made.make_conditional(request))
