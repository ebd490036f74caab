using System.Text.Json.Serialization;

namespace Pyrsia.Node.Builds;

/// <summary>What an authority says about a request.</summary>
/// <param name="Known">Whether it took the request, or has it.</param>
/// <param name="Quorum">Whether it hears a quorum of authorities, so that the request can be ordered now.</param>
/// <param name="Phase">Where the request stands: <c>waiting</c>, <c>committing</c>, <c>revealing</c> or <c>closed</c>.</param>
/// <param name="Error">Why it was refused; null when it was not.</param>
public sealed record BuildReply(
    [property: JsonPropertyName("known")] bool Known,
    [property: JsonPropertyName("quorum")] bool Quorum,
    [property: JsonPropertyName("phase")] string? Phase = null,
    [property: JsonPropertyName("error")] string? Error = null);

/// <summary>What an authority is asked: to take a signed request, or where one stands.</summary>
/// <param name="Entry">The leaf of a signed request; null when only its state is asked.</param>
/// <param name="Request">The id of a request, 64 hexadecimal digits; null when one is handed in.</param>
internal sealed record BuildMessage(
    [property: JsonPropertyName("entry")] byte[]? Entry = null,
    [property: JsonPropertyName("request")] string? Request = null);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BuildReply))]
[JsonSerializable(typeof(BuildMessage))]
internal sealed partial class BuildJsonContext : JsonSerializerContext;
