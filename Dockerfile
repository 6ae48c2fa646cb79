FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
# With npm, the image contains what the pages of /docs load.
RUN apt-get update && apt-get install -y --no-install-recommends npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY .ci .ci
COPY Makefile .
RUN make build-packages
COPY . .
RUN make install DESTDIR=/installed prefix=/usr && deploy/image-root /installed /image /volume

FROM build AS build-postgres
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN rm -rf /image && deploy/image-root /installed /image /volume postgres

# What both images have in common. Only the programs and their libraries: no shell, no package manager.
FROM scratch AS common
LABEL org.opencontainers.image.title="Postern" \
      org.opencontainers.image.description="The users and posts API of FastAPI tutorials as a server in C" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# Another API: mount its file and name it, as compose.yaml shows.
ENV HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:////data/app.db
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/bin/postern", "--healthcheck"]
ENTRYPOINT ["/usr/bin/postern"]

# With PostgreSQL: docker build --target postgres
FROM common AS postgres
COPY --from=build-postgres /image /
COPY --from=build-postgres --chown=10001:10001 /volume /
USER 10001:10001
WORKDIR /data

# The default.
FROM common
COPY --from=build /image /
COPY --from=build --chown=10001:10001 /volume /
USER 10001:10001
WORKDIR /data
VOLUME /data
