# Two images from one recipe: `--target device` and `--target gateway`, for amd64 and arm64.
# Its steps are the scripts that `npm start` uses, so that an image holds what a bare machine would.

FROM node:22-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY setup ./setup
# The packages and the one add-on that is built by name.
RUN node setup/install.mjs
COPY contract ./contract
COPY runtime ./runtime
COPY models ./models
COPY firmware-config ./firmware-config
COPY device ./device
COPY gateway ./gateway
COPY cli ./cli
# The networks are converted here, so that a box starts without the packages they come from.
RUN node setup/tebura.mjs models prepare && node setup/prune.mjs

FROM node:22-bookworm-slim AS base
ENV NODE_ENV=production TEBURA_DATA=/data
WORKDIR /app
COPY --from=build /app ./
RUN useradd --system --uid 10001 --home-dir /data tebura && install -d -o tebura -g tebura /data
VOLUME /data
STOPSIGNAL SIGTERM

FROM base AS gateway
# A gateway holds no networks: it could not look at a face even by mistake.
RUN rm -rf models/networks .tebura/models node_modules/onnxruntime-node device
USER tebura
EXPOSE 8080 1883
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(a=>process.exit(a.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "setup/tebura.mjs", "gateway", "--host", "0.0.0.0"]

FROM base AS device
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
USER tebura
EXPOSE 8081
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/').then(a=>process.exit(a.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "setup/tebura.mjs", "device", "run"]
