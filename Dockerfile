# Build and run stages on the same release, so that libraries match.
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make all && make install DESTDIR=/out prefix=/usr

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 libhttp-parser2.9 libmsgpack-c2 libseccomp2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 postern \
    && useradd --system --uid 10001 --gid postern --home-dir /data --shell /usr/sbin/nologin postern \
    && install -d -o postern -g postern -m 700 /data
COPY --from=build /out/usr/bin/postern /usr/bin/postern
COPY --from=build /out/usr/libexec/postern /usr/libexec/postern
COPY --from=build /out/usr/share/doc/postern /usr/share/doc/postern
USER postern
WORKDIR /data
ENV HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:////data/app.db
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["postern"]
