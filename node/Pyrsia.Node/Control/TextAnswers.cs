using System.Text;

namespace Pyrsia.Node.Control;

/// <summary>
/// Writes text. Routes are plain functions of the request for the sake of memory too: for any other kind of function the platform compiles one at the start, and keeps some
/// megabytes of types and code for it.
/// </summary>
internal static class TextAnswers
{
    internal static async Task WriteAsync(HttpContext context, string text, string mediaType)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
