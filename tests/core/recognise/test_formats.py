"""Formats of tools of which there is no recording: each a few lines as the tool prints them."""

import pytest

from progressd.core.recognise import Finding, Recogniser

Format = tuple[str, list[str], float, str]
"""What ends each line, the lines, the fraction in the end, and a part of the label."""

FORMATS: dict[str, Format] = {
    "docker pull": ("\x1b[K\r", [
        "a3ed95caeb02: Downloading [=====>        ]  1.2MB/3MB",
        "a3ed95caeb02: Downloading [==========>   ]  2.4MB/3MB",
    ], 0.8, "Downloading"),
    "kubectl rollout": ("\n", [
        'Waiting for deployment "web" rollout to finish: 1 out of 5 new replicas have been updated...',
        'Waiting for deployment "web" rollout to finish: 2 out of 5 new replicas have been updated...',
        'Waiting for deployment "web" rollout to finish: 4 out of 5 new replicas have been updated...',
    ], 0.8, "web"),
    "gradle": ("\x1b[K\r", [
        "<-------------> 0% INITIALIZING [1s]",
        "<===----------> 23% EXECUTING [3s]",
        "<======-------> 48% EXECUTING [7s]",
    ], 0.48, ""),
    "maven reactor": ("\n", [
        "[INFO] Building core 1.0                                         [1/4]",
        "[INFO] Building api 1.0                                          [2/4]",
        "[INFO] Building web 1.0                                          [3/4]",
    ], 0.5, "Building"),
    "maven download": ("\r", [
        "Progress (1): 12/100 kB",
        "Progress (1): 52/100 kB",
        "Progress (1): 96/100 kB",
    ], 0.96, "Progress"),
    "bazel": ("\x1b[K\r", [
        "[12 / 340] Compiling a.cc; 1s linux-sandbox", "[120 / 340] Compiling b.cc; 1s", "[300 / 352] Linking x; 2s",
    ], 300 / 352, ""),
    "webpack": ("\x1b[K\r", ["10% building", "32% building", "65% building", "92% sealing"], 0.92, ""),
    "hashcat": ("\n", [
        "Progress.........: 1234567/14344384 (8.61%)", "Recovered........: 0/1 (0.00%) Digests",
        "Progress.........: 5234567/14344384 (36.49%)", "Recovered........: 0/1 (0.00%) Digests",
    ], 0.3649, "Progress"),
    "blender": ("\n", [
        "Fra:1 Mem:12.00M (Peak 13M) | Time:00:01.20 | Remaining:00:12.30 | Scene | Rendered 4/64 Tiles",
        "Fra:1 Mem:12.00M (Peak 13M) | Time:00:02.20 | Remaining:00:10.30 | Scene | Rendered 14/64 Tiles",
        "Fra:1 Mem:12.00M (Peak 13M) | Time:00:04.20 | Remaining:00:05.30 | Scene | Rendered 44/64 Tiles",
    ], 44 / 64, "Rendered"),
    "gromacs": ("\r", [
        "nsteps                  = 50000\n", "step 100, remaining wall clock time:   123 s",
        "step 40000, remaining wall clock time:    20 s",
    ], 0.8, "step"),
    "OpenFOAM": ("\n", ["endTime         2;", "Time = 0.5", "ExecutionTime = 1 s", "Time = 1.5"], 0.75, "Time"),
    "logfmt": ("\n", ["step=7 total_steps=30 loss=0.3", "step=9 total_steps=30 loss=0.2"], 0.3, ""),
    "mongodump": ("\n", [
        "2024-01-02T03:04:05.000+0000\t[####....................]  db.coll  1200/9000  (13.3%)",
        "2024-01-02T03:04:08.000+0000\t[############............]  db.coll  4600/9000  (51.1%)",
    ], 4600 / 9000, "db.coll"),
    "robocopy": ("\r", ["  0%", " 10%", " 34%", " 80%"], 0.8, ""),
    "pacman": ("\r", [
        " linux-6.1    80.0 MiB  10.2 MiB/s 00:07 [###-----------]  21%",
        " linux-6.1    80.0 MiB  10.2 MiB/s 00:02 [##########----]  71%",
    ], 0.71, "linux"),
    "zypper": ("\n", [
        "(1/4) Installing: foo-1.2.x86_64 ..........[done]", "(2/4) Installing: bar-1.2.x86_64 ..........[done]",
    ], 0.25, ""),
    "dnf": ("\n", [
        "  Installing       : foo-1.2-3.x86_64                      1/6 ",
        "  Installing       : bar-1.2-3.x86_64                      2/6 ",
        "  Installing       : baz-1.2-3.x86_64                      3/6 ",
    ], 2 / 6, ""),
    "conda": ("\r", [
        "numpy-1.26   | 6.5 MB    | ###6       |  36% ",
        "numpy-1.26   | 6.5 MB    | ########   |  80% ",
    ], 0.8, "numpy"),
    "brew": ("\r", [
        "######                 10.2%",
        "#############          45.2%",
        "##################     75.2%",
    ], 0.752, ""),
    "wget2": ("\r", [
        "a.iso          20% [===>                ]   11.57M  11.5MB/s",
        "a.iso          52% [=========>          ]   30.13M  11.4MB/s",
    ], 0.52, "a.iso"),
    "mdadm": ("\n", [
        "      [=>...................]  recovery =  8.5% (83014/976640) finish=1.2min speed=12K/sec",
        "      [====>................]  recovery = 22.5% (219744/976640) finish=1.0min speed=12K/sec",
    ], 0.225, "recovery"),
    "btrfs balance": ("\n", [
        "123 out of about 900 chunks balanced (124 considered),  86% left",
        "423 out of about 900 chunks balanced (424 considered),  53% left",
        "823 out of about 900 chunks balanced (824 considered),   9% left",
    ], 823 / 900, ""),
    "llama.cpp": ("\n", [
        f"prompt processing progress, n_past = {n}, n_tokens = 512, progress = 0.{n}"
        for n in (25, 51, 76, 98)
    ], 0.98, ""),
    "vLLM": ("\n", [
        "Loading safetensors checkpoint shards:   0% Completed | 0/4 [00:00<?, ?it/s]",
        "Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:01<00:03,  1.2s/it]",
    ], 0.25, "Loading"),
    "Stan": ("\n", [
        "Chain 1 Iteration:    1 / 2000 [  0%]  (Warmup)", "Chain 1 Iteration:  200 / 2000 [ 10%]  (Warmup)",
        "Chain 1 Iteration: 1200 / 2000 [ 60%]  (Sampling)",
    ], 0.6, "Chain 1"),
    "k6": ("\x1b[K\r", [
        "default   [   0% ] 10 VUs  00.0s/30s",
        "default   [  50% ] 10 VUs  15.0s/30s",
    ], 0.5, "default"),
    "JMH": ("\n", [
        "# Run progress: 12.50% complete, ETA 00:05:12",
        "# Run progress: 25.00% complete, ETA 00:04:12",
    ], 0.25, "progress"),
    "composer": ("\r", [
        " 3/12 [=======>--------------------]  25%",
        " 9/12 [=====================>------]  75%",
    ], 0.75, ""),
    "spark": ("\r", [
        "[Stage 3:>      (1 + 2) / 100]",
        "[Stage 3:==>    (51 + 2) / 100]",
        "[Stage 3:=====> (80 + 1) / 100]",
    ], 0.8, "Stage 3"),
    "German": ("\n", ["Fortschritt: 0,5 %", "Fortschritt: 25,0 %", "Fortschritt: 37,5 %"], 0.375, "Fortschritt"),
    "Chinese": ("\n", ["进度: 2 %", "进度: 25 %", "进度: 37 %"], 0.37, "进度"),
    "docker compose": ("\n", [
        "web-1  | Processed 1 of 40 files",
        "web-1  | Processed 20 of 40 files",
        "web-1  | Processed 30 of 40 files",
    ], 0.75, "Processed"),
    "restic, JSON": ("\n", [
        '{"message_type":"status","percent_done":0.2,"total_bytes":500,"bytes_done":100,"seconds_remaining":9}',
        '{"message_type":"status","percent_done":0.8,"total_bytes":500,"bytes_done":400,"seconds_remaining":2}',
    ], 0.8, ""),
    "BuildKit, JSON": ("\n", [
        '{"statuses":[{"id":"sha256:8a1e","name":"extract","current":30,"total":40}]}',
    ], 0.75, "extract"),
    "TAP": ("\n", ["1..4", "ok 1 - a", "not ok 2 - b", "ok 3 - c"], 0.75, "tests"),
    "TeamCity": ("\n", [
        "##teamcity[testCount count='4']", "##teamcity[testFinished name='a']", "##teamcity[testFinished name='b']",
    ], 0.5, "tests"),
    "Azure": ("\n", ["##vso[task.setprogress value=75;]Upload"], 0.75, "Upload"),
    "curl -Z": ("\r", [
        "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\n",
        "30  --   5120k     0     2     2 0:00:20 0:00:05 0:00:15 1024k",
    ], 0.3, ""),
}  # fmt: skip

NONE: dict[str, list[str]] = {
    "df, filling up": [f"/dev/sda1  100G  {n}G  {100 - n}G  {n}% /" for n in (45, 46, 47, 48)],
    "memory": [f"memory usage at {n}%" for n in (20, 40, 60, 80)],
    "cpu": [f"cpu: {n}%" for n in (0, 10, 20, 30)],
    "loss": [f"packet loss {n}%" for n in (0, 1, 2, 3)],
    "accuracy": [f"Accuracy: {n}00/10000 ({n}%)" for n in (10, 50, 70, 90)],
    "shards": [f"worker took shard {n}/8" for n in (1, 2, 5, 3, 7)],
    "folds": [f"[CV {n}/4] END C=1; score=0.9" for n in (1, 2, 3, 4)],
    "retries": [f"attempt {n}/5 failed" for n in (1, 2, 3)],
    "zip": [f"  adding: a/{n}.txt (deflated {n}%)" for n in (54, 64, 74)],
    "zstd": [f"a{n}.txt : 40% ( 10 MiB => 4 MiB)  => {n}.96%" for n in (5, 6, 7)],
    "coverage": ["a.py  5  0  40%", "b.py  6  0  60%", "c.py  6  0  80%", "TOTAL  17  0  100%"],
    "a count": [str(n) for n in range(1, 30)],
    "dates": [f"11/{n}/2026 10/{n}" for n in (1, 2, 3, 4)],
    "paths": [f"GET /api/{n}/100 200 {n}ms" for n in (1, 2, 3, 4)],
    "versions": [f"upgrading a from 1.{n}/2 to 1.{n + 1}" for n in (1, 2, 3)],
    "a quoted bar": [
        "  For example:",
        "    76%|████████████▌     | 7568/10000 [00:33<00:10, 229.00it/s]",
        "  and so on",
    ],
    "addresses": [f"10.0.{n}.0/24 via 10.0.0.{n}" for n in (1, 2, 3, 4)],
    "probabilities": [f"token {n}: probability {n}0%, similarity {n}5%" for n in (1, 2, 3, 4)],
}


def told(end: str, lines: list[str]) -> list[Finding]:
    recogniser = Recogniser(80, 24)
    for number, line in enumerate(lines):
        recogniser.feed((line + end).encode(), float(number))
    return [finding for finding in recogniser.tasks() if finding.kind == "determinate"]


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_recognised(name: str) -> None:
    end, lines, fraction, label = FORMATS[name]

    (finding,) = told(end, lines)

    assert finding.fraction == pytest.approx(fraction, abs=0.006)
    assert label in finding.label
    assert finding.confidence >= 0.5


@pytest.mark.parametrize("name", NONE)
def test_what_only_looks_like_progress_is_none(name: str) -> None:
    assert told("\n", NONE[name]) == []


def test_a_row_of_percents_alone_is_progress_if_it_takes_its_time() -> None:
    lines = [str(n) for n in (8, 16, 25, 33, 58)]

    (finding,) = told("\n", lines)

    assert finding.fraction == 0.58
    at_once = Recogniser(80, 24)
    assert at_once.feed("\n".join(lines).encode() + b"\n", 0.0).tasks == []
