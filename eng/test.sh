#!/usr/bin/env bash
# Installs what the tests need and is missing, builds once, runs every test.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when all passed and none was skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive

# Test assemblies that run at once: simulation and end-to-end tests each use all cores by themselves.
readonly PARALLEL_MODULES="${PYRSIA_TEST_MODULES:-1}"

# A test assembly that is not done by then hangs: it is ended, and the run is red.
readonly MODULE_TIMEOUT="${PYRSIA_TEST_TIMEOUT:-30m}"

fail() { # a step before the tests broke: still close with the line that is counted
    echo "test.sh: $1" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# command -> Debian package that brings it. Daemons live in sbin, which is not in everybody's PATH.
install_missing() {
    export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
    local missing=() pair
    for pair in dockerd:docker.io docker:docker.io containerd:containerd ctr:containerd docker-registry:docker-registry skopeo:skopeo \
        podman:podman fuse-overlayfs:fuse-overlayfs newuidmap:uidmap bwrap:bubblewrap debootstrap:debootstrap mmdebstrap:mmdebstrap diffoscope:diffoscope-minimal iptables:iptables miniupnpd:miniupnpd-iptables \
        buildah:buildah busybox:busybox-static ip:iproute2 nsenter:util-linux setpriv:util-linux xz:xz-utils curl:curl systemd-analyze:systemd docker-compose:docker-compose openssl:openssl redis-server:redis-server softhsm2-util:softhsm2 promtool:prometheus chromium-headless-shell:chromium-headless-shell npm:npm mvn:maven gradle:gradle javac:openjdk-17-jdk-headless; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
    done
    # The server's programs are in no PATH; the tests start servers of their own.
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    # Debian's Maven libraries stand for Maven Central: what a project's build asks of it -> package that brings it.
    for pair in maven/plugins/maven-compiler-plugin:libmaven-compiler-plugin-java maven/plugins/maven-jar-plugin:libmaven-jar-plugin-java \
        maven/plugins/maven-resources-plugin:libmaven-resources-plugin-java maven/plugins/maven-source-plugin:libmaven-source-plugin-java \
        maven/plugins/maven-install-plugin:libmaven-install-plugin-java maven/plugins/maven-deploy-plugin:libmaven-deploy-plugin-java \
        maven/plugins/maven-clean-plugin:libmaven-clean-plugin-java maven/plugins/maven-dependency-plugin:libmaven-dependency-plugin-java \
        maven/plugins/maven-surefire-plugin:libsurefire-java commons/commons-lang3:libcommons-lang3-java; do
        [ -e "/usr/share/maven-repo/org/apache/${pair%%:*}" ] || missing+=("${pair#*:}")
    done
    [ -e /usr/share/maven-repo/com/google/code/gson ] || missing+=(libgoogle-gson-java)
    [ -e /usr/share/maven-repo/junit/junit ] || missing+=(junit4)
    [ ${#missing[@]} -gt 0 ] || return 0
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
    command -v apt-get >/dev/null || { echo "missing and no apt-get to install them: ${missing[*]}" >&2; return 1; }
    echo "installing: ${missing[*]}"
    as_root apt-get update -qq </dev/null && as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

install_js_peers() {
    local stamp=tests/js/node_modules/.installed-lock
    cmp -s tests/js/package-lock.json "$stamp" && return 0
    echo "installing the JavaScript peers"
    (cd tests/js && npm ci --no-audit --no-fund --loglevel=error </dev/null) && cp tests/js/package-lock.json "$stamp"
}

install_missing || fail "a tool that the tests need could not be installed"
install_js_peers || fail "the JavaScript peers could not be installed"
dotnet restore Pyrsia.NET.sln --locked-mode -v q </dev/null || fail "restore"
dotnet build Pyrsia.NET.sln --no-restore -v q -clp:ErrorsOnly </dev/null || fail "build"

log="$(mktemp)"
PYRSIA_FIGURES="$(mktemp -d)"
export PYRSIA_FIGURES
trap 'rm -rf "$log" "$PYRSIA_FIGURES"' EXIT
set +e
dotnet test --solution Pyrsia.NET.sln --no-build --no-ansi --no-progress --max-parallel-test-modules "$PARALLEL_MODULES" --timeout "$MODULE_TIMEOUT" </dev/null 2>&1 | tee "$log"
rc=${PIPESTATUS[0]}
set -e

cat "$PYRSIA_FIGURES"/*.txt 2>/dev/null || true
count() { awk -v key="$1:" '$1 == key { sum += $2 } END { print sum + 0 }' "$log"; }
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
# A crashed test host reports no failed test, so the exit code has a say.
[ "$rc" = 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$rc" = 0 ] && [ "$failed" = 0 ] && [ "$skipped" = 0 ] && [ "$passed" -gt 0 ]
