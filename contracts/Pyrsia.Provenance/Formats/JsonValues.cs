using System.Text.Json;

namespace Pyrsia.Provenance.Formats;

/// <summary>Takes JSON that people wrote, in any spelling, into the canonical subset.</summary>
internal static class JsonValues
{
    public static CanonicalValue ToCanonical(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => CanonicalObject.Of([.. element.EnumerateObject().Select(p => (p.Name, (CanonicalValue?)ToCanonical(p.Value)))]),
        JsonValueKind.Array => CanonicalArray.Of([.. element.EnumerateArray().Select(ToCanonical)]),
        JsonValueKind.String => Text(element),
        JsonValueKind.Number when element.TryGetInt64(out var number) && number is <= CanonicalJson.MaxInteger and >= -CanonicalJson.MaxInteger => number,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new MalformedDocumentException("null, fractions and integers beyond 2^53 - 1 are not allowed"),
    };

    private static CanonicalString Text(JsonElement element)
    {
        try
        {
            return new CanonicalString(element.GetString()!);
        }
        catch (InvalidOperationException)
        {
            throw new MalformedDocumentException("a string holds a lone surrogate");
        }
    }
}
