namespace Pyrsia.Builds.Sandboxes;

/// <summary>A directory of this machine that the command can read at <c>/mnt/NAME</c> and can't change.</summary>
/// <param name="Name">One path segment of letters, digits, dots and dashes.</param>
/// <param name="Directory">Absolute path on this machine. Everybody must be able to read what is in it: the command is another user.</param>
public sealed record SandboxMount(string Name, string Directory)
{
    /// <summary>Where the command finds it.</summary>
    public string Path => $"{SandboxLayout.Mounts}/{Name}";
}
