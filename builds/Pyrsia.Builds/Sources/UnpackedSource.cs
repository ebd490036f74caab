using Pyrsia.Builds.Outputs;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Builds.Sources;

/// <summary>Turns a tar of somebody's source into a tree on this machine, within limits, and says as the source's failure what is not taken.</summary>
internal static class UnpackedSource
{
    /// <summary>Unpacks a tar.</summary>
    /// <exception cref="BuildFailureException">It is larger than allowed, or has what no builder unpacks.</exception>
    internal static async Task<OutputReading> ExtractAsync(Stream tar, string directory, SourceLimits limits, CancellationToken cancellationToken)
    {
        var rules = new OutputRules { MaxEntries = limits.TreeEntries, MaxBytes = limits.TreeBytes, InnerLinks = true };
        var reading = await OutputArchive.ExtractAsync(tar, directory, rules, cancellationToken).ConfigureAwait(false);
        return reading.Refusal switch
        {
            null => reading,
            OutputRefusal.TooManyBytes or OutputRefusal.TooManyEntries => throw new BuildFailureException(
                FailureReason.ResourceLimit, $"The source has more than {limits.TreeBytes} bytes or {limits.TreeEntries} files, which is what this builder takes."),
            { } refusal => throw new BuildFailureException(FailureReason.Denied, $"The source has an entry that no builder unpacks ({refusal}): {reading.Entry}"),
        };
    }

    /// <summary>The tree, when it has the folder that is built and a time that archives hold.</summary>
    /// <exception cref="BuildFailureException">It has not.</exception>
    internal static SourceTree Of(string tree, string subdirectory, long seconds)
    {
        if (seconds is < 0 or > int.MaxValue) throw new BuildFailureException(FailureReason.Denied, $"The source says that it was made at {seconds} seconds since 1970; archives hold times from 0 to {int.MaxValue}.");
        var built = Path.Combine(tree, subdirectory);
        return Directory.Exists(built) && !IsLink(built, tree) ? new SourceTree(tree, seconds) : throw new BuildFailureException(FailureReason.Denied, $"The source has no folder '{subdirectory}'.");
    }

    /// <summary>Whether a folder on the way is a link: the tree that was checked must be the tree that is built.</summary>
    private static bool IsLink(string path, string root)
    {
        for (var at = path; at.Length > root.Length; at = Path.GetDirectoryName(at)!)
            if (new DirectoryInfo(at).LinkTarget is not null) return true;
        return false;
    }
}
