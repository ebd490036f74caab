using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Node.Builds;

/// <summary>An artifact that the log has verified, to put an image together from.</summary>
/// <param name="Folder">What the paths of its files begin with.</param>
/// <param name="MainFile">The path of its main file.</param>
/// <param name="TimeSeconds">When the log took it in, in seconds since 1970: the time in what is made of it.</param>
internal sealed record LoggedArtifact(string Folder, string MainFile, long TimeSeconds)
{
    /// <summary>The SHA-256 of an artifact's main file, which is its revision; null when the address is no artifact's.</summary>
    /// <exception cref="BuildException">The log has not verified it.</exception>
    internal static string? RevisionOf(LogView log, string address) => BuildSource.IsArtifact(address) ? Verified(log, address).Root!.Value.Hex : null;

    /// <summary>The artifact that a source names.</summary>
    /// <exception cref="BuildException">The log has not verified it, or has another.</exception>
    internal static LoggedArtifact Find(LogView log, BuildSource source)
    {
        var verified = Verified(log, source.Url);
        var digest = verified.Root!.Value;
        if (digest.Hex != source.Revision) throw new BuildException(BuildRefusal.OtherSource, $"The log has {digest} for {source.Url}, and not sha256:{source.Revision}.");
        var folder = Coordinate.OutputFolder(source.Url)!;
        // The same bytes may have been logged first under another name.
        var main = log.Index.FindOutput(digest)?.Output.Name is { } name && name.StartsWith(folder, StringComparison.Ordinal) ? name
            : throw new BuildException(BuildRefusal.Invalid, $"The main file of {source.Url} is logged under another artifact's name too, so it must be said which file goes where.") { Advice = "Name it: --copy FILE=PATH" };
        return new LoggedArtifact(folder, main, verified.TimeMs!.Value / 1000);
    }

    private static IndexedEntry Verified(LogView log, string coordinate) => log.Index.Resolve(coordinate)
        ?? throw new BuildException(BuildRefusal.Invalid, $"The log has not verified {coordinate}, and an image is put together of verified files only.") { Advice = "Have it built or notarized first: pyrsia build maven --gav G:A:V" };
}
