using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Control;
using Pyrsia.Node.Serving;

namespace Pyrsia.Node.Files;

/// <summary><c>/generic/NAME/VERSION/FILE</c>: plain files that were built from source, for what has no ecosystem.</summary>
internal sealed partial class FileEndpoints(ArtifactService artifacts, ILogger<FileEndpoints> logger)
{
    private const string RetryAfterSeconds = "2";

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<FileEndpoints>(app.Services);
        app.MapMethods(ApiRoutes.Generic + "/{**path}", [HttpMethods.Get, HttpMethods.Head], endpoints.HandleAsync);
    }

    private async Task HandleAsync(HttpContext context)
    {
        // The log's names are the paths, so a path that climbs or is spelt otherwise is simply none of them.
        var name = $"{ApiRoutes.Generic[1..]}/{context.Request.RouteValues["path"]}";
        var outcome = artifacts.ResolveFile(name);
        PolicyHeader.Write(context, outcome.Note);
        if (outcome.Output is null)
        {
            await RefuseAsync(context, outcome);
            return;
        }
        try
        {
            await SendAsync(context, outcome.Output);
        }
        catch (ContentStoreException e)
        {
            LogContentTrouble(name, e.Message);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            await UnavailableAsync(context, e.Message);
        }
    }

    private async Task SendAsync(HttpContext context, Provenance.Entries.ArtifactOutput output)
    {
        using var reader = await artifacts.OpenAsync(output, context.RequestAborted);
        var headers = context.Response.Headers;
        headers.ETag = $"\"{output.Digest}\"";
        headers.AcceptRanges = "bytes";
        // A stranger's page must not run with this node's origin.
        (headers.ContentDisposition, headers.XContentTypeOptions) = ("attachment", "nosniff");
        context.Response.ContentType = MediaTypes.OctetStream;
        if (ContentWriter.TryBegin(context, output.Size, out var range) && !HttpMethods.IsHead(context.Request.Method))
            await ContentWriter.CopyAsync(context, reader, range, Timeout.InfiniteTimeSpan, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, ArtifactOutcome outcome) => outcome.Result switch
    {
        ArtifactResult.NotLogged => JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "not-logged", outcome.Message, "Ask for it with: pyrsia build maven --spec FILE"),
        ArtifactResult.Refused or ArtifactResult.NotVerified => JsonAnswers.RefuseAsync(context, StatusCodes.Status403Forbidden, "refused", outcome.Message),
        _ => UnavailableAsync(context, outcome.Message),
    };

    private static Task UnavailableAsync(HttpContext context, string message)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return JsonAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "unavailable", message, "Try again soon.");
    }

    [LoggerMessage(70, LogLevel.Warning, "{Name}: {Trouble}")]
    private partial void LogContentTrouble(string name, string trouble);
}
