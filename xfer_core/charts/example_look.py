"""How example cards look: colours of the theme, and fonts that have the signs of each script."""

from __future__ import annotations

from string import Template

from xfer_core.charts import theme

# Per language: size in rem, as some scripts look smaller, and fonts of the usual systems.
_FONTS = {
    "ar": (1.15, '"Noto Naskh Arabic", "Noto Sans Arabic", "Geeza Pro", "Segoe UI", "DejaVu Sans"'),
    "hi": (1.05, '"Noto Sans Devanagari", "Kohinoor Devanagari", "Nirmala UI", "Lohit Devanagari"'),
    "zh": (1, '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei"'),
    "ja": (1, '"Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo"'),
}
_SHEET = Template("""<style>
:where(.xfer-card) [lang] {font-family: $font; font-size: 1rem;}
$languages
.xfer-card {border: 1px solid $grid; border-radius: 8px; overflow: hidden; margin: 0 0 0.8rem 0;
    color: $text; font-family: $font; line-height: 1.5;}
.xfer-head {display: flex; flex-wrap: wrap; gap: 0.2rem 0.6rem; align-items: baseline;
    padding: 0.3rem 0.9rem; background: $shade; border-bottom: 1px solid $grid; font-size: 0.9rem;}
.xfer-fact {border: 1px solid $line; border-radius: 4px; padding: 0 0.4rem; background: $paper;
    font-size: 0.85rem;}
.xfer-columns {display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr));}
.xfer-cell {display: grid; grid-template-rows: subgrid; row-gap: 0.35rem; align-content: start;
    padding: 0.5rem 0.9rem 0.7rem 0.9rem; box-shadow: -1px 0 $grid, 0 -1px $grid;
    text-align: start; min-width: 0; overflow-wrap: anywhere;}
.xfer-name {color: $muted; font-size: 0.85rem; font-weight: 600;}
.xfer-field {display: block; color: $muted; font-size: 0.8rem; line-height: 1.3;}
.xfer-option {display: grid; grid-template-columns: 1.4rem 1fr; border-radius: 4px;
    padding: 0 0.3rem; border: 1px solid transparent; align-items: baseline;}
.xfer-letter {color: $muted;}
.xfer-right {border-color: $accent; font-weight: 650;}
.xfer-check {color: $accent;}
.xfer-card mark {background: $mark; color: $text; font-weight: 650; padding: 0 0.15em;
    border-bottom: 2px solid $accent; border-radius: 2px;}
.xfer-words {line-height: 1.7;}
.xfer-word {display: inline-flex; flex-direction: column; align-items: center;
    margin: 0 0.12rem 0.3rem 0.12rem; line-height: 1.5;}
.xfer-chunks .xfer-word > :first-child {border-bottom: 2px solid $line;
    line-height: 1.35; margin-bottom: 0.15rem;}
.xfer-tag {font-size: 0.72rem; line-height: 1.35; padding: 0 0.25rem; border-radius: 3px;
    border: 1px solid $line; color: $text; background: $paper; white-space: nowrap;}
.xfer-tag.one {background: $one;} .xfer-tag.two {background: $two;}
.xfer-tag.three {background: $three;}
</style>""")
_GREEN = "#58A27F"


def style(colors: theme.Palette) -> str:
    """The style sheet of the cards in the colours of a theme."""
    paper = colors.background
    fonts = "\n".join(
        f':where(.xfer-card) [lang="{code}"] '
        f"{{font-family: {names}, sans-serif; font-size: {size}rem;}}"
        for code, (size, names) in _FONTS.items()
    )
    return _SHEET.substitute(
        languages=fonts,
        font=theme.FONT,
        paper=paper,
        text=colors.text,
        muted=colors.muted,
        grid=colors.grid,
        line=colors.line,
        accent=colors.accent,
        shade=theme.mix(paper, colors.grid, 0.4),
        mark=theme.mix(paper, colors.positive[1], 0.45),
        one=theme.mix(paper, colors.positive[1], 0.5),
        two=theme.mix(paper, colors.negative[0], 0.9),
        three=theme.mix(paper, _GREEN, 0.3),
    )
