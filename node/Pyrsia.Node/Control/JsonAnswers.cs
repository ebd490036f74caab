using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Node.Control;

/// <summary>Reads and writes the API's JSON with generated code.</summary>
internal static class JsonAnswers
{
    /// <summary>Longest body that is read: references and lists of platforms are short.</summary>
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>Reads the request's body; answers 400 and returns null when it is not what the route takes.</summary>
    internal static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (context.Request.ContentLength is null or <= MaxBodyBytes)
            {
                var body = new byte[MaxBodyBytes + 1];
                var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
                if (length <= MaxBodyBytes && JsonSerializer.Deserialize(body.AsSpan(0, length), type) is { } value) return value;
            }
        }
        catch (JsonException)
        {
            // Answered below, like a body of another shape.
        }
        await RefuseAsync(context, StatusCodes.Status400BadRequest, "bad-request", "The body is not what this route takes.", "See docs/api.md for the routes and their bodies.");
        return null;
    }

    internal static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => context.Response.WriteAsJsonAsync(value, type);

    internal static Task RefuseAsync(HttpContext context, int status, string code, string error, string? advice = null)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ApiError(error, code, advice), NodeApiJsonContext.Default.ApiError);
    }
}
