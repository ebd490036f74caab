using System.Text.Json.Serialization;

namespace Pyrsia.Contracts.NodeApi;

/// <summary>A piece of a build's log.</summary>
/// <param name="Authority">Whose builder wrote it.</param>
/// <param name="Offset">Where the piece begins, in bytes.</param>
/// <param name="Bytes">The piece; empty when there is nothing new.</param>
/// <param name="IsEnded">Whether the log ends with this piece.</param>
public sealed record BuildLogPiece(
    [property: JsonPropertyName("authority")] string Authority,
    [property: JsonPropertyName("offset")] long Offset,
    [property: JsonPropertyName("bytes")] byte[] Bytes,
    [property: JsonPropertyName("ended")] bool IsEnded)
{
    /// <summary>Longest piece in bytes: in base64 it fits a message of the build protocol.</summary>
    public const int MaxBytes = 48 * 1024;
}
