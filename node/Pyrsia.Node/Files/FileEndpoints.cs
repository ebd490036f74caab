using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Control;
using Pyrsia.Node.Serving;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Files;

/// <summary>Files that were built from source, such as <c>/generic/NAME/VERSION/FILE</c>, of every kind of package that has no protocol of its own.</summary>
internal sealed partial class FileEndpoints(ArtifactService artifacts, ILogger<FileEndpoints> logger)
{
    private const string RetryAfterSeconds = "2";

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<FileEndpoints>(app.Services);
        foreach (var names in PackageNames.All.Where(names => names.IsServedPlain))
            app.MapMethods($"/{names.Type}/{{**path}}", [HttpMethods.Get, HttpMethods.Head], context => endpoints.HandleAsync(names, context));
    }

    private async Task HandleAsync(IPackageNames names, HttpContext context)
    {
        if (names.Locate(context.Request.Path) is not { } file)
        {
            await JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "not-found", $"{context.Request.Path} is no path of a file.", $"Write it as {names.PathOf(new PackageFile(names.Example, names.OutputFolder(names.Example) + "FILE"))}");
            return;
        }
        var outcome = artifacts.ResolveFile(file.Output, names.IsImmutable(file.Name));
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
            LogContentTrouble(file.Output, e.Message);
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
