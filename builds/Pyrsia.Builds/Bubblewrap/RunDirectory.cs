using System.Globalization;

namespace Pyrsia.Builds.Bubblewrap;

/// <summary>
/// What one run leaves on disk while it lasts, so that a later program can end it when this one died: <c>run-OWNER-START-UNIQUE/</c> with the identity of the program
/// in its name, <c>process</c> (what /proc said of the sandbox's first process) and <c>groups</c> (its control groups, one a line).
/// </summary>
internal sealed class RunDirectory
{
    private const string Prefix = "run-";

    private RunDirectory(string path) => Path = path;

    /// <summary>Where it is.</summary>
    internal string Path { get; }

    /// <summary>Its name, unique on this machine.</summary>
    internal string Name => System.IO.Path.GetFileName(Path);

    /// <summary>A file in it.</summary>
    internal string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Makes one, for this program and nobody else to read.</summary>
    internal static RunDirectory Create(string state)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Bubblewrap needs Linux.");
        var owner = ProcessIdentity.Self;
        var path = System.IO.Path.Combine(state, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{owner.Id}-{owner.StartTicks}-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new RunDirectory(path);
    }

    /// <summary>Ends and removes what programs that are gone have left.</summary>
    internal static async Task SweepAsync(string state, TimeProvider time, CancellationToken cancellationToken)
    {
        foreach (var path in Directory.EnumerateDirectories(state, Prefix + "*"))
        {
            if (Owner(System.IO.Path.GetFileName(path)) is not { IsAlive: false }) continue;
            await new RunDirectory(path).RemoveAsync(time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what still runs of it and removes it.</summary>
    /// <exception cref="IOException">A process of it does not go.</exception>
    internal async Task RemoveAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (File.Exists(this["process"]) && ProcessIdentity.Parse(await File.ReadAllTextAsync(this["process"], cancellationToken).ConfigureAwait(false)) is { IsAlive: true } process)
            ProcessIdentity.KillGroup(process.Id);
        string[] groups = File.Exists(this["groups"]) ? await File.ReadAllLinesAsync(this["groups"], cancellationToken).ConfigureAwait(false) : [];
        if (!await ControlGroup.RemoveAsync(groups, time, cancellationToken).ConfigureAwait(false)) throw new IOException($"A process of {Name} does not end.");
        Directory.Delete(Path, recursive: true);
    }

    private static ProcessIdentity? Owner(string name)
    {
        var parts = name[Prefix.Length..].Split('-');
        return parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? new ProcessIdentity(id, start) : null;
    }
}
