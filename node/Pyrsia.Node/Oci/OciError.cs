using System.Text.Json.Serialization;

namespace Pyrsia.Node.Oci;

/// <summary>The body of a refused registry request.</summary>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes"/>
internal sealed record OciErrors([property: JsonPropertyName("errors")] IReadOnlyList<OciError> Errors);

/// <summary>One reason.</summary>
internal sealed record OciError(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("detail")] string? Detail = null);

/// <summary>The tags of a repository.</summary>
internal sealed record OciTagList([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OciErrors))]
[JsonSerializable(typeof(OciTagList))]
internal sealed partial class OciJsonContext : JsonSerializerContext;
