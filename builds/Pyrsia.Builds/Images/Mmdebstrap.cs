using System.Globalization;

namespace Pyrsia.Builds.Images;

/// <summary>The words for <c>mmdebstrap</c>, and what has to be mended in a root file system before two of them are equal.</summary>
/// <seealso href="https://manpages.debian.org/bookworm/mmdebstrap/mmdebstrap.1.en.html"/>
internal static class Mmdebstrap
{
    /// <summary>Run in this order when all packages are installed; <c>$1</c> is the root.</summary>
    internal static readonly string[] Hooks =
    [
        // What a sandbox relies on (SandboxLayout).
        """mkdir -p "$1/build" "$1/mnt" "$1/run" "$1/tmp" """,
        """echo 'builder:x:1000:1000:builder:/build:/bin/sh' >>"$1/etc/passwd"; echo 'builder:x:1000:' >>"$1/etc/group" """,
        """printf '127.0.0.1 localhost builder\n::1 localhost\n' >"$1/etc/hosts"; echo builder >"$1/etc/hostname"; : >"$1/etc/resolv.conf" """,
        // Java's key store holds the time of its making. A build has no way to a TLS server, so nothing misses it.
        """rm -f "$1/etc/ssl/certs/java/cacerts" """,
        // Names of mirrors, logs, caches and numbers of machines differ from one making to the next.
        """rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/etc/apt/apt.conf.d/*proxy* "$1"/var/log/* "$1"/var/cache/* "$1"/var/lib/apt/lists/* "$1"/var/lib/dbus/machine-id "$1"/tmp/* "$1"/run/* """,
        """: >"$1/etc/machine-id" """,
    ];

    // Directories that openjdk's post-installation script writes to, which the excluded manual pages would have brought.
    private const string BeforePackages = """mkdir -p "$1/usr/share/man/man1" """;

    /// <summary>The arguments.</summary>
    /// <param name="recipe">What is made.</param>
    /// <param name="sources">Lines of a sources.list.</param>
    /// <param name="tar">Where the image goes.</param>
    internal static IReadOnlyList<string> Arguments(BuilderImageRecipe recipe, IEnumerable<string> sources, string tar) =>
    [
        "--mode=auto", "--variant=apt", "--format=tar", "--quiet", "--skip=output/dev", "--aptopt=APT::Install-Recommends \"false\"",
        "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
        $"--essential-hook={BeforePackages.Trim()}", .. Hooks.Select(h => $"--customize-hook={h.Trim()}"),
        $"--include={string.Join(',', recipe.Ordered)}", recipe.Suite, tar, .. sources,
    ];

    /// <summary>The environment: the time, and nothing that could lead to another result.</summary>
    internal static IReadOnlyDictionary<string, string> Environment(BuilderImageRecipe recipe) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SOURCE_DATE_EPOCH"] = recipe.Epoch.ToString(CultureInfo.InvariantCulture),
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C.UTF-8",
        ["TZ"] = "UTC",
        ["DEBIAN_FRONTEND"] = "noninteractive",
    };
}
