# The image of Real Streaming: the program, the libraries it needs, certificates, and nothing else; no shell.
#
#   docker build -t real-streaming .
#   docker run -p 8080:8080 -v real-streaming:/var/lib/real-streaming real-streaming
#
# deploy/try-image runs the result where there is no container engine.

# Changes only with ./dev (Debian packages) and the lock file (npm parts): worth a layer cache.
FROM debian:bookworm-slim AS parts
WORKDIR /src
ENV NPM_CONFIG_OMIT=dev
COPY dev package.json package-lock.json ./
RUN ./dev prepare && rm -rf /var/lib/apt/lists/* /root/.npm

FROM parts AS build
ARG COMMIT_SHA=unknown
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache RS_COMMIT=$COMMIT_SHA ./dev image-root /image

FROM scratch
COPY --from=build /image/root/ /
# The only folder the program writes to. On Cloud Run it is memory; elsewhere a volume keeps what a 200 promised.
COPY --from=build --chown=65532:65532 /image/state/ /var/lib/
USER 65532:65532
WORKDIR /var/lib/real-streaming
# PORT and not RUN__PORT: Cloud Run sets PORT, and RUN__PORT would win over it.
ENV ENVIRONMENT=production PORT=8080 WRITERS__DATA_DIR=/var/lib/real-streaming
EXPOSE 8080
VOLUME /var/lib/real-streaming
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=4s --start-period=5s CMD ["/usr/bin/real-streaming", "healthcheck"]
ENTRYPOINT ["/usr/bin/real-streaming"]
CMD ["serve"]
