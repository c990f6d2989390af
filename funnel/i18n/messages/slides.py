"""Sentences of slides and pictures."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "slides.template": N_(
        "This file is no PowerPoint template: a .pptx or .potx with at least one layout is needed. Save your company's "
        "template in PowerPoint once more and give it again, or download the slides without a template."
    ),
    "picture.no_font": N_(
        "No font with these letters was found on the computer that runs this app, so the picture cannot be drawn. "
        "Install one that has Chinese letters (Noto Sans CJK, for example) and try again, or take the slides."
    ),
}
