using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Provenance.Packages;

/// <summary>Plain files made from source, for what has no ecosystem: <c>NAME:VERSION</c>, files below <c>generic/NAME/VERSION/</c>, which is their path at a node too.</summary>
public sealed class GenericNames : IPackageNames
{
    private const string SnapshotSuffix = "-SNAPSHOT";

    /// <inheritdoc/>
    public string Type => Coordinate.Generic;

    /// <inheritdoc/>
    public string Example => "words:1.0";

    /// <inheritdoc/>
    public bool HasUpstream => false;

    /// <inheritdoc/>
    public bool IsServedPlain => true;

    /// <inheritdoc/>
    public string? Parse(string text) => text.Split(':') is [var name, var version] && IsPart(name) && IsPart(version) ? text : null;

    /// <inheritdoc/>
    public bool IsImmutable(string name) => !name.EndsWith(SnapshotSuffix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public Digest? DigestIn(string name) => null;

    /// <inheritdoc/>
    public string OutputFolder(string name) => $"{Type}/{name.Replace(':', '/')}/";

    /// <inheritdoc/>
    public string MediaType(string output) => MediaTypes.OctetStream;

    /// <inheritdoc/>
    public string PathOf(PackageFile file) => "/" + file.Output;

    /// <inheritdoc/>
    public PackageFile? Locate(string path)
    {
        if (path.Split('/') is not ["", var type, var name, var version, _, ..] || type != Type || Parse($"{name}:{version}") is not { } full) return null;
        return ArtifactOutput.IsName(path[1..]) ? new PackageFile(full, path[1..]) : null;
    }

    private static bool IsPart(string text) => text.Trim('.').Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
