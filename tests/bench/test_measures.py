"""The figures of a result."""

from huikuan.bench.measures import Result, Stopwatch, medians_of, peak_memory_mb, percentile


def test_a_result_as_json() -> None:
    result = Result("x", 1000, seconds=2.0, limit_seconds=1.6, peak_mb=12.34, detail={"p50_ms": 0.12345})
    assert result.as_json() == {
        "name": "x",
        "size": 1000,
        "seconds": 2.0,
        "rate_per_s": 500.0,
        "limit_seconds": 1.6,
        "ratio": 1.25,
        "peak_mb": 12.3,
        "detail": {"p50_ms": 0.123},
    }


def test_medians_take_turns_after_a_warm_up() -> None:
    calls: list[str] = []
    assert len(medians_of(lambda: calls.append("a"), lambda: calls.append("b"), runs=2)) == 2
    assert calls == ["a", "b", "a", "b", "a", "b"]


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(1, 11)]
    assert (percentile(values, 50), percentile(values, 95), percentile([3.0], 50)) == (5.0, 10.0, 3.0)


def test_a_stopwatch_adds_up() -> None:
    watch = Stopwatch(server_process=0)
    with watch:
        sum(range(1000))
    once = watch.seconds
    with watch:
        sum(range(1000))
    assert 0 < once < watch.seconds
    assert watch.server_cpu == 0


def test_memory_is_that_of_this_process() -> None:
    before = peak_memory_mb()
    block = bytearray(64 * 1024 * 1024)
    block[::4096] = b"x" * len(block[::4096])
    assert peak_memory_mb() >= before
    assert peak_memory_mb() > 64
