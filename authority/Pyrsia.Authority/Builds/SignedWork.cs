using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Authority.Builds;

/// <summary>What this builder has signed for a request.</summary>
/// <param name="Commitment">The leaf of the commitment; null for a failure.</param>
/// <param name="Result">The leaf of the result; null for a failure.</param>
/// <param name="Failure">The leaf of the failure; null for a result.</param>
/// <param name="Plan">The leaf of the plan; null for what is notarized.</param>
internal sealed record SignedWork(
    [property: JsonPropertyName("commitment")] byte[]? Commitment,
    [property: JsonPropertyName("result")] byte[]? Result,
    [property: JsonPropertyName("failure")] byte[]? Failure = null,
    [property: JsonPropertyName("plan")] byte[]? Plan = null)
{
    /// <summary>Nothing was signed yet.</summary>
    internal static SignedWork Nothing { get; } = new(null, null);

    /// <summary>The bytes that it was read from, as they are kept; null for what is not kept yet.</summary>
    internal byte[]? Kept { get; private init; }

    internal static SignedWork Parse(byte[] json) => JsonSerializer.Deserialize(json, SignedWorkJsonContext.Default.SignedWork)! with { Kept = json };

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, SignedWorkJsonContext.Default.SignedWork);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)] // generated code writes an absent byte[] as ""
[JsonSerializable(typeof(SignedWork))]
internal sealed partial class SignedWorkJsonContext : JsonSerializerContext;
