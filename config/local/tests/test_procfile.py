"""What a Procfile says."""

from pathlib import Path

import pytest

from config.local.procfile import RELEASE, read_procfile
from config.local.tests.conftest import CHECKOUT


class TestReadProcfile:
    def test_keeps_the_order_and_passes_over_comments(self, tmp_path: Path) -> None:
        path = tmp_path / "Procfile"
        path.write_text("# first\nweb: serve --bind 0.0.0.0:80\n\nwork-er_2:  do: it \n")
        assert list(read_procfile(path=path).items()) == [("web", "serve --bind 0.0.0.0:80"), ("work-er_2", "do: it")]

    def test_names_the_line_that_it_cannot_read(self, tmp_path: Path) -> None:
        path = tmp_path / "Procfile"
        path.write_text("web: serve\nno process\n")
        with pytest.raises(ValueError, match="Procfile, line 2"):
            read_procfile(path=path)

    def test_reads_our_own(self) -> None:
        commands = read_procfile(path=CHECKOUT / "Procfile")
        assert list(commands) == [RELEASE, "sandbox", "web", "worker", "beat"]
        for queue in ("webhooks", "money", "outbox", "mail", "beat"):
            assert queue in commands["worker"].split("-Q ")[1].split()[0].split(",")
