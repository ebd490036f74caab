using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Pyrsia.Content.Store;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Serving;

namespace Pyrsia.Node.Maven;

/// <summary>
/// A read-only Maven repository on <c>/maven2</c>. Maven keeps a wrong file for good and remembers a 404, so no byte leaves unverified, and a 404
/// is only what the log says; trouble that may pass is 503, never 429, at which Maven sleeps for minutes.
/// </summary>
internal sealed partial class MavenEndpoints(MavenRepository repository, TimeProvider time, ILogger<MavenEndpoints> logger)
{
    private const string Root = ApiRoutes.Maven;

    /// <summary>Largest file that is fetched whole before its first byte leaves, in bytes: its checksums then stand in the headers, which saves a request each.</summary>
    private const long MaxWholeBytes = 16 * 1024 * 1024;

    private const string Forever = "public, max-age=31536000, immutable";
    private const string RetryAfterSeconds = "2";

    /// <summary>How long a file may take to arrive whole before it is passed on while it arrives.</summary>
    private static readonly TimeSpan WholeWithin = TimeSpan.FromSeconds(3);

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<MavenEndpoints>(app.Services);
        app.Map(Root + "/{**path}", endpoints.HandleAsync);
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = $"{HttpMethods.Get}, {HttpMethods.Head}";
            context.Response.Headers.Connection = "close"; // the body of a deployment is not read
            await SayAsync(context, StatusCodes.Status405MethodNotAllowed, "This repository is read only: what it serves comes from the log. Ask for an artifact with: pyrsia build maven --gav GROUP:ARTIFACT:VERSION");
            return;
        }
        var path = PathOf(context);
        var answer = await repository.FindAsync(path, context.RequestAborted);
        try
        {
            PolicyHeader.Write(context, answer.Note);
            if (answer.Resource is { } resource) await SendAsync(context, resource);
            else await RefuseAsync(context, answer);
        }
        catch (Exception e) when (e is ContentStoreException or TimeoutException)
        {
            LogContentTrouble(path, e.Message);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            await RefuseAsync(context, new MavenAnswer(MavenResult.Unavailable, e.Message));
        }
    }

    /// <summary>The path as the client wrote it: the server has undone escapes and climbing in its own copy, and this one is to be judged.</summary>
    private static string PathOf(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0) target = target[..query];
        return target.StartsWith(Root + "/", StringComparison.Ordinal) ? target[(Root.Length + 1)..] : (string?)context.Request.RouteValues["path"] ?? "";
    }

    private async Task SendAsync(HttpContext context, MavenResource resource)
    {
        var response = context.Response;
        var conditions = context.Request.GetTypedHeaders();
        var tag = new EntityTagHeaderValue($"\"{resource.Tag}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers.LastModified = HeaderUtilities.FormatDate(resource.Modified);
        response.Headers.CacheControl = resource.IsImmutable ? Forever : "no-store";
        var precondition = Preconditions.Evaluate(conditions, tag, resource.Modified);
        if (precondition != PreconditionResult.Proceed)
        {
            response.StatusCode = precondition == PreconditionResult.NotModified ? StatusCodes.Status304NotModified : StatusCodes.Status412PreconditionFailed;
            return;
        }
        response.Headers.AcceptRanges = "bytes";
        response.ContentType = resource.MediaType;
        if (!Preconditions.RangeCounts(conditions, tag, resource.Modified)) context.Request.Headers.Remove(HeaderNames.Range);
        if (resource is MavenFile file) await SendFileAsync(context, file);
        else if (ContentWriter.TryBegin(context, resource.Size, out var range) && !HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(((MavenDocument)resource).Bytes.Slice((int)range.First, (int)range.Length), context.RequestAborted);
    }

    private async Task SendFileAsync(HttpContext context, MavenFile file)
    {
        var isHead = HttpMethods.IsHead(context.Request.Method);
        var began = time.GetTimestamp();
        using var reader = isHead ? null : await OpenAsync(file, context.RequestAborted);
        var checksums = isHead || file.Size > MaxWholeBytes ? repository.KnownChecksums(file) : await repository.ChecksumsSoonAsync(file, WholeWithin, context.RequestAborted);
        if (checksums is not null)
        {
            context.Response.Headers["x-checksum-sha1"] = checksums.Sha1;
            context.Response.Headers["x-checksum-md5"] = checksums.Md5;
        }
        if (ContentWriter.TryBegin(context, file.Size, out var range) && reader is not null)
            await ContentWriter.CopyAsync(context, reader, range, Left(began), context.RequestAborted);
    }

    /// <summary>What is left of the time within which an answer begins; never nothing, for a chunk that is there is read without waiting.</summary>
    private TimeSpan Left(long began) => MavenRepository.Patience - time.GetElapsedTime(began) is var left && left > WholeWithin ? left : WholeWithin;

    private async Task<IContentReader> OpenAsync(MavenFile file, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(MavenRepository.Patience);
        try
        {
            return await repository.OpenAsync(file, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No peer brings {file.Output.Digest} within {MavenRepository.Patience.TotalSeconds:0} s.", e);
        }
    }

    private static Task RefuseAsync(HttpContext context, MavenAnswer answer)
    {
        if (answer.Result == MavenResult.Unavailable) context.Response.Headers.RetryAfter = RetryAfterSeconds;
        context.Response.Headers.CacheControl = "no-store";
        return SayAsync(context, answer.Result switch
        {
            MavenResult.Malformed => StatusCodes.Status400BadRequest,
            MavenResult.Absent => StatusCodes.Status404NotFound,
            MavenResult.Refused => StatusCodes.Status403Forbidden,
            _ => StatusCodes.Status503ServiceUnavailable,
        }, answer.Message);
    }

    private static Task SayAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }

    [LoggerMessage(40, LogLevel.Warning, "{Path}: {Trouble}")]
    private partial void LogContentTrouble(string path, string trouble);
}
