using System.Text.Json.Serialization;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Node.Builds;

/// <summary>What an authority says about a request.</summary>
/// <param name="Known">Whether it took the request, or has it.</param>
/// <param name="Quorum">Whether it hears a quorum of authorities, so that the request can be ordered now.</param>
/// <param name="Phase">Where the request stands: <c>waiting</c>, <c>planning</c>, <c>committing</c>, <c>revealing</c> or <c>closed</c>.</param>
/// <param name="Done">How many builders have done their part of the phase.</param>
/// <param name="Of">How many are waited for.</param>
/// <param name="Error">Why it was refused; null when it was not.</param>
/// <param name="Refusal">The class of that: <c>too-many</c>, <c>not-allowed</c>, <c>not-the-asker</c>, <c>decided</c> or <c>unknown</c>; null for every other.</param>
/// <param name="Log">A piece of a log, where one was asked for.</param>
/// <param name="Offer">What the authority builds with, where that was asked for and it builds.</param>
public sealed record BuildReply(
    [property: JsonPropertyName("known")] bool Known,
    [property: JsonPropertyName("quorum")] bool Quorum,
    [property: JsonPropertyName("phase")] string? Phase = null,
    [property: JsonPropertyName("done")] int? Done = null,
    [property: JsonPropertyName("of")] int? Of = null,
    [property: JsonPropertyName("error")] string? Error = null,
    [property: JsonPropertyName("refusal")] string? Refusal = null,
    [property: JsonPropertyName("log")] BuildLogPiece? Log = null,
    [property: JsonPropertyName("offer")] BuildOffer? Offer = null)
{
    /// <summary>The phase of a request that has its verdict.</summary>
    public const string Closed = "closed";
}

/// <summary>What an authority is asked: to take a signed entry, where a request stands, for a piece of its log, or what the authority builds with.</summary>
/// <param name="Entry">The leaf of a signed request; null when only its state is asked.</param>
/// <param name="Request">The id of a request, 64 hexadecimal digits; null when one is handed in.</param>
/// <param name="LogOffset">Asks for a piece of the request's log from here on.</param>
/// <param name="Offer">Asks what the authority builds with.</param>
internal sealed record BuildMessage(
    [property: JsonPropertyName("entry")] byte[]? Entry = null,
    [property: JsonPropertyName("request")] string? Request = null,
    [property: JsonPropertyName("log_offset")] long? LogOffset = null,
    [property: JsonPropertyName("offer")] bool Offer = false);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BuildReply))]
[JsonSerializable(typeof(BuildMessage))]
internal sealed partial class BuildJsonContext : JsonSerializerContext;
