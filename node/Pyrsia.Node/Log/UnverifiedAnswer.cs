using System.Collections.Immutable;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>What a coordinate would answer with if it had to: of its newest verdict, which is not <c>verified</c>, the result that most organisations gave.</summary>
/// <param name="Coordinate">The name.</param>
/// <param name="Root">The digest that it would resolve to.</param>
/// <param name="Verdict">Log index of the verdict.</param>
/// <param name="Type">What the verdict says.</param>
/// <param name="Time">The verdict's time.</param>
/// <param name="Results">Log indices of the results that say the same, in order.</param>
/// <param name="Organisations">How many organisations gave that result.</param>
/// <param name="Outputs">Every file of it.</param>
public sealed record UnverifiedAnswer(
    string Coordinate, Digest Root, long Verdict, EntryType Type, DateTimeOffset Time, IReadOnlyList<long> Results, int Organisations, ImmutableArray<ArtifactOutput> Outputs)
{
    /// <summary>The verdict in words for a person.</summary>
    public string Finding => Type == EntryType.Nonreproducible
        ? $"the authorities got differing results for {Coordinate} (log entry {Verdict})"
        : $"the authorities could not verify {Coordinate}: {Type.ToWord()} (log entry {Verdict})";
}
