"""Pictures as SVG, with Python's own library alone."""

INK, QUIET, ACCENT = "#223", "#8a90a5", ["#3949ab", "#d9822b", "#2e8b57", "#a0418d"]


def save(path, width, height, parts):
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )
    path.write_text(text, encoding="utf-8")
    print(path)


def words(x, y, text, anchor="start", colour=INK):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def line(x1, y1, x2, y2, colour=QUIET, dash=""):
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{colour}" stroke-dasharray="{dash}"/>'
