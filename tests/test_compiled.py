import importlib.util
import os
import subprocess
import sys
import tempfile

import numba
import numpy as np
import pytest

from simulation.compiled import cache_directory
from simulation.population import strangers
from tests.households import anyone, fingerprint, live_months
from tests.sources import ROOT, everything, imported


def python(program, *, folder=ROOT, **environment):
    """Run a program in an interpreter of its own, warnings being errors; return what it says."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_compiled_rules_equal_plain_python_to_the_bit():
    program = "import sys, tests.households as t; sys.stdout.write(t.fingerprint(200, 12))"
    assert python(program, NUMBA_DISABLE_JIT="1") == fingerprint(200, 12)


def test_compiled_and_plain_python_agree_on_what_a_byte_holds_at_most():
    program = (
        "import sys, tests.households as t; p = t.anyone(60); p.households.arisan = 255; "
        "p.households.serial = 2**32 - 1; p.households.members = 1; p.households.workers = 6; "
        "t.live_months(p, 1); sys.stdout.write(str(p.households.arisan.tolist()))"
    )
    population = anyone(60)
    h = population.households
    h.arisan, h.serial, h.members, h.workers = 255, 2**32 - 1, 1, 6
    live_months(population, 1)
    assert h.arisan.tolist() == 60 * [255]
    assert python(program, NUMBA_DISABLE_JIT="1") == str(60 * [255])


def test_the_number_of_threads_changes_no_bit():
    alone, together = anyone(2000), anyone(2000)
    for each in (alone, together):
        rows = range(0, 2000, 100)
        h = each.households
        each.blocks = np.array([(i, i + 100, h.district[i], h.frame[i]) for i in rows])
        h.neighbourhood = np.arange(2000) // 20
        each.nearby = strangers(h)
        each.nearby.owing = np.linspace(0.0, 0.5, 100)
    sums = live_months(alone, 3, threads=1)
    assert live_months(together, 3, threads=3).tobytes() == sums.tobytes()
    assert together.households.tobytes() == alone.households.tobytes()
    assert together.enterprises.tobytes() == alone.enterprises.tobytes()
    assert together.nearby.tobytes() == alone.nearby.tobytes()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a small copy of the package, with a rule in one file and a loop in another."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "simulation"
    folder.mkdir()
    source = ROOT / "simulation" / "compiled.py"
    (folder / "compiled.py").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "__init__.py").touch()
    (folder / "rules.py").write_text(
        "from simulation.compiled import rule\n\n@rule\ndef pay(x):\n    return 2.0 * x\n"
    )
    (folder / "loops.py").write_text(
        "from simulation.compiled import loop\nfrom simulation.rules import pay\n\n"
        "@loop\ndef total(n):\n    return pay(1.0 * n)\n"
    )
    return folder


def directory_of(package):
    """Return the directory that a package's own copy of `compiled` chooses."""
    spec = importlib.util.spec_from_file_location("copy_of_compiled", package / "compiled.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.cache_directory()


def test_the_cache_directory_changes_with_any_source(package):
    first = directory_of(package)
    assert directory_of(package) == first
    (package / "agents").mkdir()
    (package / "agents" / "rules.py").write_text("CONSTANT = 1\n")
    second = directory_of(package)
    (package / "agents" / "rules.py").write_text("CONSTANT = 2\n")
    assert len({first, second, directory_of(package)}) == 3


def test_a_rule_changed_in_another_file_is_compiled_anew(package):
    program = "import sys; from simulation.loops import total; sys.stdout.write(str(total(3)))"
    assert python(program, folder=package.parent) == "6.0"
    rules = package / "rules.py"
    rules.write_text(rules.read_text().replace("2.0", "5.0"))
    assert python(program, folder=package.parent) == "15.0"


def test_the_cache_goes_where_it_is_allowed_to(package, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    directory = directory_of(package)
    assert directory.is_dir()
    assert directory.is_relative_to(tmp_path / "temporary")


def test_numba_gets_its_own_cache_directory_back():
    assert str(cache_directory()) != numba.config.CACHE_DIR


def test_only_one_file_knows_numba():
    def knows(tree):
        return any(module.split(".")[0] in ("numba", "llvmlite") for module in imported(tree))

    assert [name for name, tree in everything().items() if knows(tree)] == ["simulation.compiled"]
