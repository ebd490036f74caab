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

    internal static void Map(WebApplication app) => app.MapMethods("/log/{**path}", [HttpMethods.Get, HttpMethods.Head], AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        var path = (string?)context.Request.RouteValues["path"] ?? "";
        var bytes = context.RequestServices.GetService<LogView>() is { } log && LogProtocol.TryRead(log.Store, path, out var found) ? found : null;
        if (bytes is null)
        {
            await JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "not-found", $"The log has no {path}.", "The newest size is in /log/checkpoint.");
            return;
        }
        var isCheckpoint = path == TilePath.Checkpoint.ToString();
        context.Response.ContentType = isCheckpoint ? "text/plain; charset=utf-8" : MediaTypeNames.Application.Octet;
        context.Response.Headers.CacheControl = isCheckpoint ? Fresh : Immutable;
        context.Response.ContentLength = bytes.Value.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(bytes.Value, context.RequestAborted);
    }
}
