using System.Text.Json;

namespace Pyrsia.Provenance.Formats;

/// <summary>Takes JSON that people wrote, in any spelling, into the canonical subset.</summary>
internal static class JsonValues
{
    /// <summary>Parses a document.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="MalformedDocumentException">A name is no Unicode text, which the search for duplicates stumbles over.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = CanonicalJson.MaxDepth, AllowDuplicateProperties = false });
        }
        catch (InvalidOperationException)
        {
            throw new MalformedDocumentException("a name is no Unicode text");
        }
    }

    public static CanonicalValue ToCanonical(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => CanonicalObject.Of([.. element.EnumerateObject().Select(p => (Text(() => p.Name), (CanonicalValue?)ToCanonical(p.Value)))]),
        JsonValueKind.Array => CanonicalArray.Of([.. element.EnumerateArray().Select(ToCanonical)]),
        JsonValueKind.String => new CanonicalString(Text(() => element.GetString()!)),
        JsonValueKind.Number when element.TryGetInt64(out var number) && number is <= CanonicalJson.MaxInteger and >= -CanonicalJson.MaxInteger => number,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new MalformedDocumentException("null, fractions and integers beyond 2^53 - 1 are not allowed"),
    };

    private static string Text(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw new MalformedDocumentException("a name or a string is no Unicode text");
        }
    }
}
