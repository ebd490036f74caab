# Images of node, authority and command line. The build context is what eng/publish.sh leaves:
#   eng/publish.sh out && docker build --target authority --tag pyrsia-authority --file Dockerfile out
# BASE is any Debian-like image with the ASP.NET runtime 10 as `dotnet` under /usr/share/dotnet or DOTNET_ROOT.
ARG BASE=mcr.microsoft.com/dotnet/aspnet:10.0

FROM ${BASE} AS base
# No file of the image is written to: it runs with --read-only. Everything that is kept is below /var/lib/pyrsia.
ENV DOTNET_EnableDiagnostics=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_gcServer=0 PYRSIA_DATA_DIR=/var/lib/pyrsia/data
RUN install -d -m 0700 -o 1654 -g 1654 /var/lib/pyrsia
COPY . /opt/pyrsia/
WORKDIR /var/lib/pyrsia
VOLUME /var/lib/pyrsia
USER 1654:1654

FROM base AS node
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/opt/pyrsia/pyrsia-node", "health"]
ENTRYPOINT ["/opt/pyrsia/pyrsia-node"]

FROM base AS authority
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/opt/pyrsia/pyrsia-authority", "health"]
ENTRYPOINT ["/opt/pyrsia/pyrsia-authority"]

FROM base AS cli
ENTRYPOINT ["/opt/pyrsia/pyrsia"]
