import re
import shutil
import subprocess

import pytest

from scenarios.brief.commands import save
from scenarios.words.labels import LANGUAGES
from tests.brief import brief

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = re.compile(rb"/Type\s*/Page\b")
A4 = re.compile(rb"/MediaBox\s*\[\s*0 0 59[45](?:\.\d+)? 84[12](?:\.\d+)?\s*\]")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_brief_of_three_prints_to_four_pages_of_a4(language, tmp_path):
    of = brief("training-only", "sedaya-package", "cash-transfer", language=language)
    save(of, tmp_path)
    made = tmp_path / "brief.pdf"
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    page = (tmp_path / f"brief-{language}.html").as_uri()
    command = [
        CHROMIUM,
        *options,
        f"--user-data-dir={tmp_path}/own",
        f"--print-to-pdf={made}",
        page,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    data = made.read_bytes()
    assert len(PAGE.findall(data)) == 4
    assert A4.search(data)
