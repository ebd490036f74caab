using System.Net.Mime;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Merkle;

namespace Pyrsia.Node.Control;

/// <summary><c>/log/…</c>: the log as C2SP tlog-tiles, and the payloads that it names by digest.</summary>
/// <seealso href="https://c2sp.org/tlog-tiles"/>
internal static class LogEndpoints
{
    private const string Immutable = "public, max-age=31536000, immutable";
    private const string Fresh = "public, max-age=1";

    /// <summary>Bytes that are handed to the connection at once: as many as it holds before it waits for the other end. A bundle as a whole would be copied for it, however slowly it is taken.</summary>
    private const int WriteBytes = 64 * 1024;

    internal static void Map(WebApplication app) => app.MapMethods("/log/{**path}", [HttpMethods.Get, HttpMethods.Head], AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        var path = (string?)context.Request.RouteValues["path"] ?? "";
        using var found = context.RequestServices.GetService<LogView>() is { } log ? LogProtocol.Lend(log.Store, path) : null;
        if (found is null)
        {
            await JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "not-found", $"The log has no {path}.", "The newest size is in /log/checkpoint.");
            return;
        }
        var isCheckpoint = path == TilePath.Checkpoint.ToString();
        context.Response.ContentType = isCheckpoint ? "text/plain; charset=utf-8" : MediaTypeNames.Application.Octet;
        context.Response.Headers.CacheControl = isCheckpoint ? Fresh : Immutable;
        var bytes = found.Bytes;
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsGet(context.Request.Method)) return;
        for (var at = 0; at < bytes.Length; at += WriteBytes)
            await context.Response.Body.WriteAsync(bytes.Slice(at, Math.Min(WriteBytes, bytes.Length - at)), context.RequestAborted);
    }
}
