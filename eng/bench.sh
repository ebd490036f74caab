#!/usr/bin/env bash
# The benchmarks, each beside its peer in the same run: eng/bench.sh [NAME ...]. Figures go to artifacts/bench/*.json and to a table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
for pair in docker-registry:docker-registry skopeo:skopeo npm:npm dockerd:docker.io bwrap:bubblewrap mmdebstrap:mmdebstrap git:git mvn:maven nginx:nginx-light javac:openjdk-17-jdk-headless; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

# The lock file that was installed last lies beside what it installed, as eng/test.sh leaves it.
installed=tests/js/node_modules/.installed-lock
cmp -s tests/js/package-lock.json "$installed" ||
  { (cd tests/js && npm ci --no-audit --no-fund --loglevel=error </dev/null) && cp tests/js/package-lock.json "$installed"; }

dotnet build tests/Pyrsia.Benchmarks -c Release -v q --nologo
exec artifacts/bin/Pyrsia.Benchmarks/release/Pyrsia.Benchmarks "$@"
