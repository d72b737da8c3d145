# Two images from one recipe: `--target device` and `--target gateway`, for amd64 and arm64.
# Its steps are the scripts that `npm start` uses, so that an image holds what a bare machine would.

FROM node:22-bookworm-slim AS packages
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ ca-certificates \
  libpcsclite-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY setup ./setup
# The packages and the add-ons that are built by name.
RUN node setup/install.mjs
COPY LICENSE ./
COPY contract ./contract
COPY runtime ./runtime
COPY firmware-config ./firmware-config
COPY gateway ./gateway
COPY cli ./cli

# Each target is pruned before it is copied, because what a later layer removes still takes its space.
FROM packages AS gateway-files
# A gateway holds no networks: it could not look at a face even by mistake. Its pages are built here, so
# that it starts without the packages that build them.
RUN node setup/install.mjs pages && node setup/prune.mjs gateway

FROM packages AS device-files
COPY models ./models
COPY device ./device
# The networks are converted here, so that a box starts without the packages they come from.
RUN node setup/tebura.mjs models prepare && node setup/prune.mjs device

FROM node:22-bookworm-slim AS base
ENV NODE_ENV=production TEBURA_DATA=/data
WORKDIR /app
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tebura \
  && install -d -o tebura -g tebura /data
VOLUME /data
STOPSIGNAL SIGTERM

FROM base AS gateway
COPY --from=gateway-files /app ./
USER tebura
EXPOSE 8080 8443 8883
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(a=>process.exit(a.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "setup/tebura.mjs", "gateway", "--host", "0.0.0.0"]

FROM base AS device
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg libpcsclite1 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=device-files /app ./
USER tebura
# The kiosk's page listens on the loopback interface only: run with `--network host` to use it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/').then(a=>process.exit(a.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "setup/tebura.mjs", "device", "run"]
