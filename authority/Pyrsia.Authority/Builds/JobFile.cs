using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// What this builder has signed for a request. Written before anything is sent, so that a restart sends the same bytes again:
/// a second signature would be a second statement.
/// </summary>
/// <param name="Commitment">The leaf of the commitment; null for a failure.</param>
/// <param name="Result">The leaf of the result; null for a failure.</param>
/// <param name="Failure">The leaf of the failure; null for a result.</param>
/// <param name="Plan">The leaf of the plan; null for what is notarized.</param>
internal sealed record JobFile(
    [property: JsonPropertyName("commitment")] byte[]? Commitment,
    [property: JsonPropertyName("result")] byte[]? Result,
    [property: JsonPropertyName("failure")] byte[]? Failure = null,
    [property: JsonPropertyName("plan")] byte[]? Plan = null)
{
    /// <summary>Nothing was signed yet.</summary>
    internal static JobFile Nothing { get; } = new(null, null);

    internal static JobFile? Read(string folder, RequestId request)
    {
        var path = PathOf(folder, request);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), JobFileJsonContext.Default.JobFile) : null;
    }

    internal void Write(string folder, RequestId request)
    {
        DurableFile.CreateDirectory(folder);
        DurableFile.Write(PathOf(folder, request), JsonSerializer.SerializeToUtf8Bytes(this, JobFileJsonContext.Default.JobFile));
    }

    /// <summary>Removes what was written; nothing when nothing was, also before the folder is made, where deleting would be an error.</summary>
    internal static void Delete(string folder, RequestId request)
    {
        var path = PathOf(folder, request);
        if (File.Exists(path)) File.Delete(path);
    }

    private static string PathOf(string folder, RequestId request) => Path.Combine(folder, $"{request}.json");
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)] // generated code writes an absent byte[] as ""
[JsonSerializable(typeof(JobFile))]
internal sealed partial class JobFileJsonContext : JsonSerializerContext;
