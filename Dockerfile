# progressd in a container:
#
#   docker build -t progressd .
#   docker run -p 127.0.0.1:8765:8765 -v progressd:/var/lib/progressd --read-only --tmpfs /tmp \
#     -e PROGRESSD_TOKEN="$(openssl rand -hex 32)" progressd
#
# The log's first line is a link that logs a browser in. Records come in by `POST /records`, with the header
# `Authorization: Bearer TOKEN`, and from files that are mounted and named by PROGRESSD_WATCH.
#
# Any base will do that has Python 3.11 or newer as `python3`, and pip.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
WORKDIR /build
# Only what the lock names, with the hashes it names; the next step has nothing else to choose from.
COPY requirements.lock ./
RUN python3 -m pip download --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock -d wheels
COPY LICENSE README.md pyproject.toml ./
COPY client client
COPY server server
COPY web web
RUN python3 -m venv --without-pip /opt/progressd \
 && python3 -m pip --python /opt/progressd install --no-cache-dir --no-index --find-links wheels ./client . \
 && mkdir state

FROM ${BASE}
COPY --from=build /opt/progressd /opt/progressd
# A new volume takes its owner from here.
COPY --from=build --chown=10001:10001 /build/state /var/lib/progressd
# Every setting is a variable: `progressd --help` names them, --keep-days is PROGRESSD_KEEP_DAYS. The usual ones:
#   PROGRESSD_TOKEN       the secret that every request shows; without it the daemon refuses to start
#   PROGRESSD_WATCH       mounted files of records to tail, parted by colons
#   PROGRESSD_ALLOW_HOST  the only names under which browsers may reach it, parted by colons; unset: any
#   PROGRESSD_HOST, PROGRESSD_PORT  rather leave them, and map the port; the health check follows them
# or stands in a mounted /etc/progressd/config.toml. The UNIX socket lies in /tmp and is this user's alone, so it serves
# what runs beside the daemon (`docker exec`). To share it, mount a directory that belongs to 10001 in both containers and
# name it: -v SHARED:/run/progressd -e PROGRESSD_SOCKET=/run/progressd/progressd.sock.
ENV PATH=/opt/progressd/bin:$PATH \
    XDG_CONFIG_HOME=/etc \
    XDG_STATE_HOME=/var/lib \
    PROGRESSD_HOST=0.0.0.0 \
    PROGRESSD_PORT=8765
USER 10001:10001
VOLUME /var/lib/progressd
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/opt/progressd/bin/python", "-Ic", \
"import http.client, os, sys; \
daemon = http.client.HTTPConnection(os.environ['PROGRESSD_HOST'], int(os.environ['PROGRESSD_PORT']), timeout=4); \
daemon.request('GET', '/health'); \
sys.exit(daemon.getresponse().status != 200)"]
ENTRYPOINT ["progressd"]
