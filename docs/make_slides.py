"""Look at the slides: ``python docs/make_slides.py FOLDER`` writes those of the sample in both languages.

With LibreOffice on the machine (``apt-get install libreoffice-impress-nogui``) each becomes a PDF beside it, to be
looked at page by page; without it the .pptx files are there to open by hand. Run by hand, not in CI.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from funnel.definition.definition import load_templates  # noqa: E402
from funnel.exports.overview import content  # noqa: E402
from funnel.exports.picture.drawing import funnel_picture  # noqa: E402
from funnel.exports.picture.retrospective import retrospective_picture  # noqa: E402
from funnel.exports.slides.overview import overview_slides  # noqa: E402
from funnel.exports.slides.retrospective import retrospective_slides  # noqa: E402
from funnel.filters import Filters  # noqa: E402
from funnel.i18n.translator import Translator  # noqa: E402
from funnel.reports.overview import overview_report  # noqa: E402
from funnel.reports.retrospective.report import retrospective_report  # noqa: E402
from tests.claims.loading import batch_of, workspace  # noqa: E402

FILES = {"en": "leads_en.csv", "zh_Hans": "leads_zh.csv"}


def write(into: Path, template: bytes | None) -> list[Path]:
    """Overview and retrospective of the sample as slides and as pictures."""
    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    written = []
    for language, file in FILES.items():
        t = Translator(language, "CNY")
        data = workspace([batch_of(ROOT / "data" / "sample" / file, definition)], definition)
        overview = overview_report(data, Filters())
        caption = content.caption(overview.filters, overview.as_of, overview.basis, overview.n_leads, 0, t)
        retrospective = retrospective_report(data, Filters())
        decks = {
            "overview": overview_slides(overview, data.as_of, caption, t, "Sample", template),
            "retrospective": retrospective_slides(retrospective, t, "Sample", None, template),
        }
        for name, deck in decks.items():
            written.append(into / f"{name}-{language}.pptx")
            written[-1].write_bytes(deck)
        said, limits = content.headline(overview, t), content.limits(overview, t)
        bars = content.bars(overview, t)
        picture = funnel_picture(t.term("page_overview_q"), said, bars, limits, caption, "Sample")
        (into / f"overview-{language}.png").write_bytes(picture)
        (into / f"retrospective-{language}.png").write_bytes(retrospective_picture(retrospective, t, "Sample", None))
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("into", type=Path)
    parser.add_argument("--template", type=Path, help="a company's own .pptx or .potx")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    written = write(asked.into, asked.template.read_bytes() if asked.template else None)
    office = shutil.which("soffice")
    if office is None:
        sys.exit("The slides are written. For PDF pages: apt-get install libreoffice-impress-nogui")
    command = [office, "--headless", "--convert-to", "pdf", "--outdir", str(asked.into), *map(str, written)]
    subprocess.run(command, check=True, timeout=300)


if __name__ == "__main__":
    main()
