using Pyrsia.Provenance.Entries;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>
/// Makes a source's folder what COPY and ADD take from: without what <c>.dockerignore</c> names, and with one time and plain modes everywhere, because programs that build keep those of what they
/// copy. It is done here, once, since not every such program reads <c>.dockerignore</c>, and each in its own way.
/// </summary>
internal static class BuildContext
{
    private const string IgnoreFile = ".dockerignore";
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Prepares a folder.</summary>
    /// <param name="directory">The folder, whose links stay inside.</param>
    /// <param name="keep">The Dockerfile, which stays whatever is ignored.</param>
    /// <param name="time">The one time.</param>
    /// <exception cref="BuildFailureException">What is to be ignored cannot be read.</exception>
    internal static void Prepare(string directory, string keep, DateTimeOffset time)
    {
        var ignore = new FileInfo(Path.Combine(directory, IgnoreFile));
        if (ignore.Exists)
        {
            if (ignore.LinkTarget is not null || ignore.Length > IgnoredPaths.MaxBytes) throw new BuildFailureException(FailureReason.Denied, $"{IgnoreFile} is a link, or longer than {IgnoredPaths.MaxBytes} bytes.");
            var ignored = IgnoredPaths.Parse(File.ReadAllText(ignore.FullName)) ?? throw new BuildFailureException(FailureReason.Denied, $"{IgnoreFile} has a pattern that is none, or more than {IgnoredPaths.MaxPatterns} of them.");
            ignore.Delete();
            Remove(new DirectoryInfo(directory), "", keep, ignored);
        }
        Settle(new DirectoryInfo(directory), time);
    }

    /// <summary>Removes what is ignored.</summary>
    /// <returns>Whether anything is left in the folder.</returns>
    private static bool Remove(DirectoryInfo directory, string prefix, string keep, IgnoredPaths ignored)
    {
        var left = false;
        foreach (var info in directory.EnumerateFileSystemInfos().ToArray())
        {
            var name = prefix + info.Name;
            var inner = info is DirectoryInfo { LinkTarget: null } folder && Remove(folder, name + "/", keep, ignored);
            if (inner || name == keep || !ignored.Contains(name)) left = true;
            else info.Delete();
        }
        return left;
    }

    private static void Settle(DirectoryInfo directory, DateTimeOffset time)
    {
        foreach (var info in directory.EnumerateFileSystemInfos())
        {
            if (info.LinkTarget is not null) continue;
            if (info is DirectoryInfo inner) Settle(inner, time);
            else
            {
                if (!OperatingSystem.IsWindows()) info.UnixFileMode = info.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? Executable : Plain;
                info.LastWriteTimeUtc = time.UtcDateTime;
            }
        }
        if (!OperatingSystem.IsWindows()) directory.UnixFileMode = Executable;
        directory.LastWriteTimeUtc = time.UtcDateTime;
    }
}
