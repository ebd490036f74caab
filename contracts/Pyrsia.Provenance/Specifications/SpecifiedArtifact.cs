using System.Collections.Immutable;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Provenance.Specifications;

/// <summary>One artifact that a build makes, with exactly the files that count.</summary>
/// <param name="Coordinate">The name that it is to answer to.</param>
/// <param name="Outputs">Its files by path in the ecosystem's layout; the first is the main one, to which the coordinate resolves.</param>
public sealed record SpecifiedArtifact(string Coordinate, ImmutableArray<string> Outputs)
{
    /// <inheritdoc/>
    public bool Equals(SpecifiedArtifact? other) => other is not null && Coordinate == other.Coordinate && Outputs.SequenceEqual(other.Outputs);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Coordinate, Outputs.Length);

    internal CanonicalObject ToJson() => CanonicalObject.Of([
        ("coordinate", Coordinate), ("outputs", CanonicalArray.Of(Outputs.Select(o => (CanonicalValue)o)))]);

    internal static SpecifiedArtifact Read(FieldReader reader)
    {
        var coordinate = BuildRequest.ReadName(reader, "coordinate");
        if (Entries.Coordinate.OutputFolder(coordinate) is not { } folder)
            throw reader.Wrong("coordinate", $"a version that is built, such as {string.Join(" or ", PackageNames.All.Where(n => n.OutputFolder(n.Example) is not null).Select(n => $"{n.Type}:{n.Example}"))}");
        var outputs = reader.Strings("outputs", BuildSpecification.MaxOutputs, EntryLimits.MaxCoordinateLength);
        if (outputs.IsEmpty || outputs.Distinct(StringComparer.Ordinal).Count() != outputs.Length)
            throw reader.Wrong("outputs", "one file at least, each once");
        return outputs.All(o => ArtifactOutput.IsName(o) && o.StartsWith(folder, StringComparison.Ordinal))
            ? new SpecifiedArtifact(coordinate, outputs)
            : throw reader.Wrong("outputs", $"paths below {folder}");
    }
}
