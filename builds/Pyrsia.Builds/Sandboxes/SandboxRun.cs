using System.Text.RegularExpressions;
using Pyrsia.Builds.Images;

namespace Pyrsia.Builds.Sandboxes;

/// <summary>One command, and what it gets.</summary>
public sealed partial record SandboxRun
{
    /// <summary>Longest command line in bytes, and longest environment: well below what the kernel takes.</summary>
    private const int MaxArgumentBytes = 64 * 1024;

    /// <summary>The image that it runs on.</summary>
    public required BuilderImage Image { get; init; }

    /// <summary>Program and arguments. No shell reads them.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>File that takes the standard output, made new.</summary>
    public required string OutputPath { get; init; }

    /// <summary>File that takes the standard error, made new; it can be read while it grows. Null: the log is only passed to <see cref="OnLog"/>.</summary>
    public string? LogPath { get; init; }

    /// <summary>Called with each piece of the log as it comes, one at a time. It should return soon: the command waits for it.</summary>
    public Action<ReadOnlyMemory<byte>>? OnLog { get; init; }

    /// <summary>The standard input, read to its end; not disposed.</summary>
    public Stream Input { get; init; } = Stream.Null;

    /// <summary>Variables beside or instead of the fixed ones (HOME, LC_ALL, PATH, TZ). Nothing of this process's environment is passed on.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Directories that it may read.</summary>
    public IReadOnlyList<SandboxMount> Mounts { get; init; } = [];

    /// <summary>
    /// Absolute path of a unix socket that is its only way out: inside, connections to 127.0.0.1:<see cref="SandboxLayout.Port"/> go to it (by <c>socat</c>, which the image has to have).
    /// Null: there is none. Everybody must be able to write to the socket, as the command is another user; a private directory around it keeps others of this machine away.
    /// </summary>
    public string? Socket { get; init; }

    /// <summary>User and group id of the command. Never 0.</summary>
    public int UserId { get; init; } = 1000;

    /// <summary>File mode creation mask, 022 in octal where nothing is said.</summary>
    public int Umask { get; init; } = Convert.ToInt32("022", 8);

    /// <summary>What it may use.</summary>
    public SandboxLimits Limits { get; init; } = new();

    /// <summary>The whole environment, ordered by name.</summary>
    internal IEnumerable<KeyValuePair<string, string>> FullEnvironment =>
        SandboxLayout.Environment.Where(v => !Environment.ContainsKey(v.Key)).Concat(Environment).OrderBy(v => v.Key, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Something of it is malformed; the message says what.</exception>
    internal void Check()
    {
        Limits.Check();
        if (Command.Count == 0 || Command[0].Length == 0 || Command[0].Contains('=', StringComparison.Ordinal)) throw new ArgumentException("A run needs a program, whose name has no '='.");
        if (UserId is <= 0 or > 65533) throw new ArgumentException($"A command runs as a user between 1 and 65533, not {UserId}.");
        if (Umask is < 0 or > 511) throw new ArgumentException($"A file mode creation mask has nine bits; {Umask} has more.");
        foreach (var (name, _) in Environment)
            if (!VariableName().IsMatch(name)) throw new ArgumentException($"'{name}' is no name of an environment variable.");
        var texts = Command.Concat(FullEnvironment.SelectMany(v => new[] { v.Key, v.Value })).ToArray();
        if (texts.Any(t => t.Contains('\0', StringComparison.Ordinal))) throw new ArgumentException("An argument or variable holds a null character.");
        if (texts.Sum(t => System.Text.Encoding.UTF8.GetByteCount(t)) > MaxArgumentBytes) throw new ArgumentException($"Arguments and environment together are longer than {MaxArgumentBytes} bytes.");
        if (Mounts.Select(m => m.Name).Distinct(StringComparer.Ordinal).Count() != Mounts.Count) throw new ArgumentException("Two mounts have one name.");
        foreach (var mount in Mounts)
        {
            if (!MountName().IsMatch(mount.Name)) throw new ArgumentException($"'{mount.Name}' is no name of a mount: one segment of letters, digits, '.', '_' and '-', not starting with a dot.");
            if (!Path.IsPathFullyQualified(mount.Directory) || !Directory.Exists(mount.Directory)) throw new ArgumentException($"The directory '{mount.Directory}' to mount is not there.");
        }
        if (Socket is not null) CheckSocket(Socket);
    }

    private static void CheckSocket(string socket)
    {
        if (!Path.IsPathFullyQualified(socket) || !File.Exists(socket)) throw new ArgumentException($"The socket '{socket}' is not there.");
        if (!OperatingSystem.IsWindows() && !File.GetUnixFileMode(socket).HasFlag(UnixFileMode.OtherWrite))
            throw new ArgumentException($"The command could not use the socket '{socket}': give it mode 0666, in a private directory.");
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex MountName();
}
