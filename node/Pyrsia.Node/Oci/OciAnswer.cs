using Pyrsia.Node.Artifacts;

namespace Pyrsia.Node.Oci;

/// <summary>Writes refusals as a registry does. Trouble that may pass is 503, never 429: dockerd ends a pull on a 429 (it does not retry).</summary>
internal static class OciAnswer
{
    internal const string ManifestUnknown = "MANIFEST_UNKNOWN";
    internal const string BlobUnknown = "BLOB_UNKNOWN";
    private const string RetryAfterSeconds = "2";

    internal static Task RefuseAsync(HttpContext context, ArtifactOutcome outcome, string unknownCode, string? whatNext) => outcome.Result switch
    {
        // The original's clients look for this word in the message.
        ArtifactResult.NotLogged when unknownCode == ManifestUnknown => WriteAsync(context, StatusCodes.Status404NotFound, unknownCode, $"ManifestUnknown: {outcome.Message}{whatNext}"),
        ArtifactResult.NotLogged => WriteAsync(context, StatusCodes.Status404NotFound, unknownCode, outcome.Message),
        ArtifactResult.NotVerified => WriteAsync(context, StatusCodes.Status404NotFound, unknownCode, $"ManifestUnknown: refused by policy: {outcome.Message}{whatNext}"),
        ArtifactResult.Refused => WriteAsync(context, StatusCodes.Status404NotFound, unknownCode, $"ManifestUnknown: refused by policy: {outcome.Message}"),
        ArtifactResult.Stale => WriteAsync(context, StatusCodes.Status404NotFound, unknownCode, $"ManifestUnknown: refused: {outcome.Message}"),
        _ => UnavailableAsync(context, outcome.Message),
    };

    internal static Task UnavailableAsync(HttpContext context, string message)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "UNAVAILABLE", message);
    }

    internal static Task WriteAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        if (HttpMethods.IsHead(context.Request.Method)) return Task.CompletedTask;
        return context.Response.WriteAsJsonAsync(new OciErrors([new OciError(code, message)]), OciJsonContext.Default.OciErrors, "application/json");
    }
}
