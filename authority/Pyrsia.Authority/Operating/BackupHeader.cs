using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Authority.Operating;

/// <summary>The first entry of a backup: whose it is and where it stands.</summary>
/// <param name="Format">The version of the format.</param>
/// <param name="ChainId">The network.</param>
/// <param name="Authority">The authority's name.</param>
/// <param name="MadeAt">When it was made.</param>
/// <param name="Height">Blocks in it.</param>
/// <param name="LogSize">Entries of the log in it.</param>
/// <param name="LogRoot">Root of the log of that size.</param>
internal sealed record BackupHeader(
    [property: JsonPropertyName("format")] int Format,
    [property: JsonPropertyName("chainId")] string ChainId,
    [property: JsonPropertyName("authority")] string Authority,
    [property: JsonPropertyName("madeAt")] DateTimeOffset MadeAt,
    [property: JsonPropertyName("height")] ulong Height,
    [property: JsonPropertyName("logSize")] long LogSize,
    [property: JsonPropertyName("logRoot")] string LogRoot)
{
    /// <summary>The format that this program writes, and the only one that there is.</summary>
    internal const int CurrentFormat = 1;

    internal byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, BackupJsonContext.Default.BackupHeader);

    /// <exception cref="InvalidDataException">These bytes are none, or of a later format.</exception>
    internal static BackupHeader Decode(byte[] bytes)
    {
        try
        {
            var header = JsonSerializer.Deserialize(bytes, BackupJsonContext.Default.BackupHeader) ?? throw new JsonException("it is null");
            return header.Format == CurrentFormat ? header : throw new InvalidDataException($"the backup has format {header.Format}; this program knows {CurrentFormat}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"its first entry is malformed: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BackupHeader))]
internal sealed partial class BackupJsonContext : JsonSerializerContext;
