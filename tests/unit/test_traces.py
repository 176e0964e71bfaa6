"""A trace is read however it was written; what is odd is said, and what is no trace is refused in plain words."""

import gzip
from pathlib import Path

import pytest

from benchmarks.traces import BEGINNING, read, read_trace
from tests.unit.domain.usage_samples import MINUTE

PLAIN = "pod,seconds,gpu_percent\na,0,0\na,60,50\nb,0,7\n"
READ = {"a": [(0, 0.0), (1, 50.0)], "b": [(0, 7.0)]}


def _found(path: Path) -> dict[str, list[tuple[float, float | None]]]:
    return {
        pod.name: [((sample.at - BEGINNING) / MINUTE, sample.percent) for sample in pod.samples] for pod in read(path)
    }


def _file(folder: Path, content: str | bytes, name: str = "trace.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "gpu_percent,pod,seconds\n0,a,0\n50,a,60\n7,b,0\n",
        '"pod","seconds","gpu_percent"\n"a","0","0"\n"a","60","50"\n"b","0","7"\n',
        "\ufeff Pod , seconds,GPU_percent\n\na, 0 ,0\n\n  ,  ,  \na,60,50\nb,0,7\n\n",
        "pod,seconds,gpu_percent,note\nb,0,7,x\na,60,50,\na,0,0,y\n",
        PLAIN.rstrip("\n"),
    ],
    ids=[
        "plain",
        "CRLF",
        "other order",
        "quoted",
        "blank lines and a mark",
        "unsorted, one more column",
        "no last end",
    ],
)
def test_the_same_readings_are_read_however_they_are_written(tmp_path: Path, text: str) -> None:
    """The content decides, packed or not, whatever the file is called."""
    assert _found(_file(tmp_path, text)) == READ
    assert _found(_file(tmp_path, gzip.compress(text.encode()), name="packed.csv")) == READ
    assert _found(_file(tmp_path, text, name="unpacked.csv.gz")) == READ


def test_what_is_no_number_is_missing_and_said(tmp_path: Path) -> None:
    """Nothing, NaN, N/A and a negative number are no readings; they are never taken for zero."""
    lines = "".join(f"a,{60 * number},{text}\n" for number, text in enumerate(["", "NaN", "N/A", "-1", "400", "3"]))

    trace = read_trace(_file(tmp_path, f"pod,seconds,gpu_percent\n{lines}"))

    assert [sample.percent for sample in trace.pods[0].samples] == [None, None, None, None, 100.0, 3.0]
    assert trace.oddities == (
        "3 readings without a number: taken as missing.",
        "1 readings below 0: taken as missing.",
        "1 readings above 100: taken as 100.",
    )


def test_of_two_readings_of_one_second_the_higher_counts_once(tmp_path: Path) -> None:
    """Otherwise lines that were written twice would pass for better coverage."""
    trace = read_trace(_file(tmp_path, PLAIN + "a,60,9\na,60,80\na,0,\n"))

    assert [sample.percent for sample in trace.pods[0].samples] == [0.0, 80.0]
    assert trace.oddities[-1] == "3 readings of the same pod and second as another: the higher one was kept."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", r"trace\.csv has no columns pod, seconds and gpu_percent"),
        ("pod,seconds\na,0\n", r"trace\.csv has no columns"),
        ("pod,seconds,gpu_percent\n", r"trace\.csv holds no readings"),
        ("pod,seconds,gpu_percent\na,soon,3\n", r"Line 2 of trace\.csv is no sample"),
        ("pod,seconds,gpu_percent\na,0,3\na,,3\n", r"Line 3 of trace\.csv is no sample: nothing is no number of"),
        ("pod,seconds,gpu_percent\na,inf,3\n", r"Line 2 .* inf is no number of seconds"),
        ("pod,seconds,gpu_percent\na,1e300,3\n", r"Line 2 of trace\.csv"),
        ("pod,seconds,gpu_percent\na,0,much\n", r"Line 2 of trace\.csv"),
        ("pod,seconds,gpu_percent\n,0,3\n", r"Line 2 of trace\.csv is no sample: it names no pod"),
        ("pod,seconds,gpu_percent\na\n", r"Line 2 of trace\.csv"),
        ("pod,seconds,gpu_percent\na,0,3\na,90000000,3\n", r"1,041 days of a; are these seconds\?"),
        (b"pod,seconds,gpu_percent\n\xff\xfe,0,1\n", r"trace\.csv is no text in UTF-8"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:20], r"trace\.csv cannot be read"),
        (b"\x1f\x8bnonsense", r"trace\.csv cannot be read"),
    ],
)
def test_what_is_no_trace_is_refused_in_plain_words(tmp_path: Path, content: str | bytes, words: str) -> None:
    """A wrong file ends with a sentence that names it, not with half a table."""
    path = _file(tmp_path, content)

    with pytest.raises(ValueError, match=words):
        read(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """The sentence names it."""
    with pytest.raises(ValueError, match=r"none\.csv cannot be read: there is no such file"):
        read(tmp_path / "none.csv")
