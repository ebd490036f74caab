using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>Body of <c>POST /build/differences</c>.</summary>
/// <param name="BuildId">From <see cref="BuildStarted"/>.</param>
public sealed record BuildDifferencesRequest([property: JsonPropertyName("build_id")] string? BuildId);

/// <summary>Answer of <c>POST /build/differences</c>: in what the two results of a build differ that have most support.</summary>
/// <param name="BuildId">The build.</param>
/// <param name="Coordinate">What was asked for.</param>
/// <param name="Verdict">What the replicas derived, such as <c>nonreproducible</c>.</param>
/// <param name="EntryIndex">Log index of the verdict.</param>
/// <param name="First">The result with most support.</param>
/// <param name="Second">The next one.</param>
/// <param name="Outputs">The files that differ.</param>
public sealed record BuildDifferences(
    [property: JsonPropertyName("build_id")] string BuildId,
    [property: JsonPropertyName("coordinate")] string Coordinate,
    [property: JsonPropertyName("verdict")] string Verdict,
    [property: JsonPropertyName("entry_index")] long EntryIndex,
    [property: JsonPropertyName("first")] DifferingResult First,
    [property: JsonPropertyName("second")] DifferingResult Second,
    [property: JsonPropertyName("outputs")] IReadOnlyList<OutputDifference> Outputs);

/// <summary>A result that some builders share.</summary>
/// <param name="Builders">Their names.</param>
/// <param name="Entries">Log indices of their results.</param>
public sealed record DifferingResult(
    [property: JsonPropertyName("builders")] IReadOnlyList<string> Builders,
    [property: JsonPropertyName("entries")] IReadOnlyList<long> Entries);

/// <summary>A file that the two results do not have alike.</summary>
/// <param name="Name">Its name; of a part of an image its media type.</param>
/// <param name="First">Its digest in the first result; null when that has no such file.</param>
/// <param name="FirstSize">Its bytes there.</param>
/// <param name="Second">Its digest in the second result; null when that has no such file.</param>
/// <param name="SecondSize">Its bytes there.</param>
/// <param name="Entries">In what parts the two differ; null when that was not looked into.</param>
/// <param name="Note">Why it was not, for a person.</param>
/// <param name="Diffoscope">What diffoscope says, as text; null where the node has none, or it was not shown these files.</param>
public sealed record OutputDifference(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("first")] string? First,
    [property: JsonPropertyName("first_size")] long? FirstSize,
    [property: JsonPropertyName("second")] string? Second,
    [property: JsonPropertyName("second_size")] long? SecondSize,
    [property: JsonPropertyName("entries")] IReadOnlyList<DifferingPart>? Entries,
    [property: JsonPropertyName("note")] string? Note,
    [property: JsonPropertyName("diffoscope")] string? Diffoscope = null);

/// <summary>A part of a file that differs: an entry of an archive, or a line of a text.</summary>
/// <param name="Name">The entry's name, or <c>line</c> and its number.</param>
/// <param name="Kind"><c>content</c>, <c>time</c>, <c>attributes</c>, <c>order</c>, <c>onlyinfirst</c> or <c>onlyinsecond</c>.</param>
/// <param name="Detail">What the one and the other have.</param>
public sealed record DifferingPart(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("detail")] string Detail);
