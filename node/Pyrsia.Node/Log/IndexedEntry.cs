using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Node.Log;

/// <summary>What the index keeps of one entry.</summary>
/// <param name="Index">Where it stands in the log.</param>
/// <param name="Type">What it is.</param>
/// <param name="Coordinate">What it is about.</param>
/// <param name="Request">The request that it belongs to.</param>
/// <param name="Builder">Who signed it, where one builder did.</param>
/// <param name="Root">The digest that it names for the coordinate.</param>
/// <param name="TimeMs">Its verdict's time in milliseconds since 1970; null for other entries.</param>
/// <param name="Reason">Why, for failures.</param>
/// <param name="Support">The entries that a verdict rests on.</param>
/// <param name="Builders">The builders that agree, for a verdict.</param>
public sealed record IndexedEntry(
    long Index, EntryType Type, string Coordinate, RequestId Request, string? Builder, Digest? Root, long? TimeMs, FailureReason? Reason,
    IReadOnlyList<long> Support, IReadOnlyList<string> Builders);
