"""Tables in HTML, for notebooks and the report."""

import html
from collections.abc import Iterable, Sequence


def html_table(rows: Iterable[Sequence[str]], heading: Sequence[str] = ()) -> str:
    """Return a table; the first cell of each row says what the others are."""
    columns = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in heading)
    head = f"<thead><tr>{columns}</tr></thead>" if heading else ""
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table>{head}<tbody>{body}</tbody></table>"
