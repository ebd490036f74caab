using System.Globalization;

namespace Pyrsia.Builds.Sandboxes;

/// <summary>The first words that are run inside every sandbox: they set what only a process can set for itself, then become the command.</summary>
internal static class SandboxPrelude
{
    // The port is looked for in /proc/net/tcp (state 0A, listening) rather than tried, so that the other end sees no connection that nobody wanted.
    private static readonly string Script =
        $$"""
        umask "$1"
        if [ "$2" = way-out ]; then
            command -v socat >/dev/null || { echo "the builder image has no socat, which leads the way out" >&2; exit 125; }
            socat -t 30 TCP-LISTEN:{{SandboxLayout.Port}},bind=127.0.0.1,reuseaddr,fork UNIX-CONNECT:{{SandboxLayout.Socket}} </dev/null >/dev/null 2>&1 &
            until grep -q ':{{SandboxLayout.Port:X4}} 00000000:0000 0A ' /proc/net/tcp; do kill -0 $! || exit 125; sleep 0.01; done
        fi
        shift 2
        exec "$@"
        """;

    /// <summary>The command line of the prelude.</summary>
    /// <param name="run">What it leads to.</param>
    /// <param name="wrapper">A program with arguments that the command is run by, such as one that sets limits.</param>
    internal static IEnumerable<string> Wrap(SandboxRun run, IEnumerable<string> wrapper)
    {
        // env -i: the variables that an engine or a shell adds by itself are not the same everywhere.
        string[] head = [SandboxLayout.Shell, "-c", Script, "prelude", Convert.ToString(run.Umask, 8).PadLeft(4, '0'), run.Socket is null ? "closed" : "way-out"];
        return [.. head, .. wrapper, "env", "-i", .. run.FullEnvironment.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}={v.Value}")), .. run.Command];
    }
}
