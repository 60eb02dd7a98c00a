"""The words beside a number that speak for or against its being progress."""

import re


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


AGAINST = word_set("""
    acc accuracy val_acc precision recall f1 auc score cpu cpus mem memory ram swap disk used usage idle load full
    coverage cover covered hit hits hitrate hitratio miss misses cached compressed compression deflated ratio saved
    smaller battery humidity confidence probability similarity identity identical error errors loss lost unchanged
    mapped dropped retry retries attempt attempts packet opacity gpu util utilization utilisation volume brightness
    quality discount tax growth increase decrease faster slower reduction passed failed kept contiguous fragmented
    overhead capacity iowait margin dropout threshold sparsity duplicate duplicates gc invalid valid variance cotton
    percentile fold cv success
""")
"""Such numbers rise and fall: what they count is not how much is done."""
FOR = word_set("""
    progress progressing complete completed done finished processed processing process download downloaded
    downloading upload uploaded uploading fetch fetched fetching transfer transferred transferring copy copied
    copying receive received receiving send sent sending read reading write writing written build building built
    compile compiling compiled extract extracting extracted unpack unpacking install installing installed loading
    loaded saving scan scanning scanned index indexing indexed verify verifying verified check checking checked
    convert converting encode encoding encoded decode decoding render rendering rendered train training trained test
    testing resolve resolving resolved import importing imported export exporting exported backup restore restoring
    restored migrate migrating migrated generate generating generated update updating updated upgrade upgrading
    analyze analyzing analyse sync syncing synced pull pulling push pushing clone cloning count counting compress
    compressing delete deleting remove removing removed cleaned clean cleaning optimize optimizing simulate
    simulating running executing calculating computing flashing erasing formatting crawl crawling crawled parse
    parsing parsed recovery resync reshape rebuild rebuilding reindexing preparing initializing listing searching
    evaluating sampling iteration fortschritt fertig fertiggestellt terminé completado 进度 完成 進捗 map reduce
    enumerating collecting linking handled submitted inserted merging merged sorting sorted replayed scraped tested
    solving waiting rollout
""")
"""Such words say what is being done, or that it is about being done."""
WORKED_ON = word_set("""
    step epoch stage part phase pass round tree layer chapter chunk batch iteration iter task job item page image frame
    file test trial run scene section volume disc track block generation cycle schritt étape paso package game level
""")
"""`step 3 of 7` works on the third, unless a zero is ever seen."""
SMALL_WORDS = word_set("""
    at of is the a to in by was are now about only
""")
"""Words that stand between a number and what it is a number of."""

WORD = re.compile(r"[^\W\d][\w]*+")
STAMP = re.compile(
    r"\s*+(?:#\d{1,3} (?=\[)"
    r"|\[?\(?(?:(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4}|[A-Z][a-z]{2} {1,2}\d{1,2})[T ,]{1,2})?"
    r"\d\d:\d\d:\d\d(?:[.,]\d++)?(?:Z|[+-]\d\d:?\d\d)?\)?\]?[ :,|-]*+|\d{4}-\d\d-\d\d[ ,]++"
    r"|[\w.-]{1,40}+ {1,8}\| (?=[A-Za-z(\[])|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR)\b\]?[ :|-]*+)"
)
"""What loggers and `docker compose` write before a line."""


def without_stamp(text: str) -> int:
    """Return where a line begins after timestamps, levels and prefixes."""
    begin = 0
    for _ in range(4):
        match = STAMP.match(text, begin)
        if match is None or match.end() == begin:
            break
        begin = match.end()
    return begin


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case."""
    return [word.lower() for word in WORD.findall(text)]
