namespace Pyrsia.Builds.Sandboxes;

/// <summary>What a command finds in every sandbox. A builder image brings the directories; the rest is made for each run.</summary>
public static class SandboxLayout
{
    /// <summary>Working directory and home, empty and writable, in memory.</summary>
    public const string Work = "/build";

    /// <summary>Scratch directory, empty and writable, in memory.</summary>
    public const string Temporary = "/tmp";

    /// <summary>Below it stand the read-only mounts.</summary>
    public const string Mounts = "/mnt";

    /// <summary>Port on the sandbox's own 127.0.0.1 that leads to <see cref="SandboxRun.Socket"/>, and nowhere when that is not set.</summary>
    public const int Port = 8080;

    /// <summary>Name of the machine.</summary>
    public const string HostName = "builder";

    internal const string SocketDirectory = "/run";

    internal const string Socket = "/run/fetch.sock";

    internal const string Shell = "/bin/sh";

    /// <summary>Directories that an image must have, because its root can't be written to.</summary>
    internal static readonly string[] Directories = [Work, Temporary, Mounts, SocketDirectory, "/proc", "/dev"];

    /// <summary>The environment where a run doesn't say otherwise.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["HOME"] = Work,
        ["LC_ALL"] = "C.UTF-8",
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        ["TZ"] = "UTC",
    };
}
