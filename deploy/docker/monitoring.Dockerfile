# The target that profile monitoring builds: a part of deploy/docker/Dockerfile.
FROM slim AS monitoring
RUN --mount=type=bind,source=deploy/docker/install,target=/install \
    /install prometheus prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter prometheus-blackbox-exporter ca-certificates
RUN useradd --uid 10009 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin turnkey-monitoring && \
    mkdir -m 0700 /data && chown 10009 /data
COPY deploy/docker/bin/healthy /usr/lib/turnkey/bin/
COPY deploy/prometheus /etc/turnkey/prometheus
USER turnkey-monitoring
