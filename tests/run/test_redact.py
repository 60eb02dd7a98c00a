"""Command lines are shown without what looks like a secret."""

import pytest

from progressd.run.redact import redact

KEPT = [
    "make -j8 all",
    "python train.py --lr 0.1 --epochs 3",
    "sh -c 'a && b || c; d > /tmp/e'",
    "curl -o x https://example.org/a?b=c&d=e",
    "rsync -a user@host:dir/ .",
    "docker run -p 80:80 image@sha256:0123456789abcdef",
    "git log --author=me --format=%h:%s",
    "sk-learn --tokens-per-line 12 passes=3 monkey=1",
    "docker run -p 80:80 mysql -p",
    "mkdir -p a/b",
    "deploy --with=token now",
    "mysql -P 3306 -p db",
    "ffmpeg -i in.mp4 -filter:v scale=640:360 out.mp4",
]
HIDDEN = [
    ("deploy --password=canary", "deploy --password=…"),
    ("deploy --db-password canary --force", "deploy --db-password … --force"),
    ("deploy --api-key=canary", "deploy --api-key=…"),
    ("env PGPASSWORD=canary GITHUB_TOKEN=canary psql", "env PGPASSWORD=… GITHUB_TOKEN=… psql"),
    ("pg_dump postgres://me:canary@db/x", "pg_dump postgres://me:…@db/x"),
    ("git clone https://ghp_canary0123456789@github.com/a/b", "git clone https://…@github.com/a/b"),
    ("curl -u me:canary host", "curl -u me:… host"),
    ("curl https://h/?token=canary&x=1", "curl https://h/?token=…&x=1"),
    ("tool ghp_0123456789abcdefcanary", "tool …"),
    ("aws configure AKIACANARY01234567", "aws configure …"),
    ("run x.secret:canary", "run x.secret:…"),
    ("curl --header=Authorization:canary", "curl --header=Authorization:…"),
    ("sshpass -p canary ssh -p 22 host", "sshpass -p … ssh -p 22 host"),
    ("sshpass -pcanary ssh -p22 host", "sshpass -p… ssh -p22 host"),
    ("docker login -u me -p canary", "docker login -u me -p …"),
    ("sudo /usr/bin/mysql -pcanary db", "sudo /usr/bin/mysql -p… db"),
]


@pytest.mark.parametrize("line", KEPT)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert redact(line.split(" ")) == line


@pytest.mark.parametrize(("line", "shown"), HIDDEN)
def test_what_looks_like_a_secret_is_not_shown(line: str, shown: str) -> None:
    assert redact(line.split(" ")) == shown


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("Authorization: Bearer canary", "Authorization: Bearer …"),
        ("Authorization: Token canary", "Authorization: Token …"),
        ("authorization: bearer canary", "authorization: bearer …"),
        ("curl -H 'Authorization: DIGEST canary' host", "curl -H 'Authorization: DIGEST …' host"),
        ("--header=Authorization: canary", "--header=Authorization: …"),
        ("-HAuthorization: Bearer canary", "-HAuthorization: Bearer …"),
        ("mysql -pcanary db", "mysql -p… db"),
        ("curl -u me:canary host", "curl -u me:… host"),
        ("X-Api-Key: canary", "X-Api-Key: …"),
        ("export TOKEN=canary; ./deploy", "export TOKEN=… ./deploy"),
        ("mysql --password 'canary' db", "mysql --password '…' db"),
        ("a\nb  c", "a b c"),
    ],
)
def test_headers_and_scripts_are_looked_through(word: str, shown: str) -> None:
    assert redact(["sh", "-c", word]) == f"sh -c {shown}"


def test_it_is_one_line_of_bounded_length() -> None:
    assert len(redact(["echo", *["x" * 100] * 1000])) == 2000
