using Pyrsia.Node.Artifacts;

namespace Pyrsia.Node.Serving;

/// <summary>Says in an answer that it would be refused by default: <c>Pyrsia-Policy: warn; reason="..."</c>.</summary>
internal static class PolicyHeader
{
    internal const string Name = "Pyrsia-Policy";

    internal static void Write(HttpContext context, PolicyNote? note)
    {
        if (note is not null) context.Response.Headers[Name] = $"{note.Word}; reason=\"{Quotable(note.Reason)}\"";
    }

    /// <summary>A reason names what stands in log and network file: what would end the quoted text is replaced.</summary>
    private static string Quotable(string text) => string.Create(text.Length, text, (span, from) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = from[i] is >= ' ' and < '\x7f' and not ('"' or '\\') ? from[i] : '\'';
    });
}
