"""Five ends within a minute are forgiven, the sixth is not."""

from config.local.restarts import ALLOWED, WINDOW_S, Restarts


class TestPauseAfter:
    def test_grows_and_then_gives_up(self) -> None:
        restarts = Restarts()
        pauses = [restarts.pause_after(now_s=100.0 + second) for second in range(ALLOWED + 1)]
        assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, None]

    def test_forgets_what_is_long_ago(self) -> None:
        restarts = Restarts()
        for second in range(ALLOWED):
            restarts.pause_after(now_s=float(second))
        assert restarts.pause_after(now_s=ALLOWED + WINDOW_S) == 0.5
