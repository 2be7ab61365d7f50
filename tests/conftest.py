"""What several files of tests share. Hypothesis tries the same examples on every machine."""

import errno
import os
from contextlib import contextmanager

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture
def full_disk(monkeypatch):
    """Return a context in which the disk is full after six writes that were made safe."""

    @contextmanager
    def filling():
        sync, writes = os.fsync, []

        def fsync(descriptor):
            writes.append(descriptor)
            if len(writes) > 6:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            sync(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            yield

    return filling


@pytest.fixture(scope="module")
def kit():
    """Return the path of a small workshop kit."""
    from tests.browser import small_kit

    return small_kit()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """Return a browser without a screen."""
    from tests.browser import opened

    with opened(tmp_path_factory.mktemp("downloads")) as browser:
        yield browser
