using Pyrsia.Content.Store;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Artifacts;
using Pyrsia.Node.Builds;
using Pyrsia.Node.Serving;

namespace Pyrsia.Node.Oci;

/// <summary>The pull side of an OCI registry on <c>/v2</c>.</summary>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pull"/>
internal sealed partial class OciEndpoints(ArtifactService artifacts, OciReferrers referrers, MissPolicy misses, ILogger<OciEndpoints> logger)
{
    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<OciEndpoints>(app.Services);
        app.MapMethods(ApiRoutes.Registry + "/{**path}", [HttpMethods.Get, HttpMethods.Head], endpoints.HandleAsync);
    }

    private async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers["Docker-Distribution-API-Version"] = "registry/2.0";
        var registry = context.Request.Query["ns"].FirstOrDefault();
        if (registry is not null) context.Response.Headers["OCI-Namespace"] = registry;
        if (!OciRoute.TryParse((string?)context.Request.RouteValues["path"] ?? "", out var route))
        {
            await OciAnswer.WriteAsync(context, StatusCodes.Status404NotFound, "NAME_INVALID", "No registry route has this path.");
            return;
        }
        try
        {
            await (route.Kind switch
            {
                OciRouteKind.Manifest => ManifestAsync(context, route, registry),
                OciRouteKind.Blob => BlobAsync(context, route),
                OciRouteKind.Tags => TagsAsync(context, route, registry),
                OciRouteKind.Referrers => ReferrersAsync(context, route),
                _ => PingAsync(context),
            });
        }
        catch (ContentStoreException e)
        {
            LogContentTrouble(route.Name, route.Reference, e.Message);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            await OciAnswer.UnavailableAsync(context, e.Message);
        }
    }

    private static Task PingAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync("{}");
    }

    private async Task ManifestAsync(HttpContext context, OciRoute route, string? registry)
    {
        if (!ImageReference.TryFromRoute(route.Name, route.Reference, registry, out var reference, out var error))
        {
            await OciAnswer.WriteAsync(context, StatusCodes.Status404NotFound, OciAnswer.ManifestUnknown, $"ManifestUnknown: {error}");
            return;
        }
        var outcome = artifacts.Resolve(reference);
        if (outcome.Result == ArtifactResult.Found && !MediaTypes.IsManifest(outcome.Output!.MediaType))
            outcome = new ArtifactOutcome(ArtifactResult.NotLogged, $"{reference} is a blob and no manifest", Age: outcome.Age);
        if (outcome.Output is null && reference.Digest is { } made && referrers.Find(made, isManifest: true) is { } document)
        {
            await SendAsync(context, document);
            return;
        }
        if (outcome.Output is null)
        {
            await OciAnswer.RefuseAsync(context, outcome, OciAnswer.ManifestUnknown, outcome.Result is ArtifactResult.NotLogged or ArtifactResult.NotVerified ? misses.WhatNext(reference) : null);
            return;
        }
        if (outcome.Age is { } age) context.Response.Headers["Pyrsia-Log-Age"] = ((long)age.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        PolicyHeader.Write(context, outcome.Note);
        await SendAsync(context, outcome.Output, outcome.Output.MediaType);
    }

    private async Task BlobAsync(HttpContext context, OciRoute route)
    {
        if (!Digest.TryParse(route.Reference, out var digest))
        {
            await OciAnswer.WriteAsync(context, StatusCodes.Status400BadRequest, "DIGEST_INVALID", $"'{route.Reference}' is no sha256 digest.");
            return;
        }
        var outcome = artifacts.Resolve(digest);
        if (outcome.Output is null && referrers.Find(digest, isManifest: false) is { } document)
        {
            await SendAsync(context, document);
            return;
        }
        if (outcome.Output is null)
        {
            await OciAnswer.RefuseAsync(context, outcome, OciAnswer.BlobUnknown, null);
            return;
        }
        PolicyHeader.Write(context, outcome.Note);
        await SendAsync(context, outcome.Output, MediaTypes.OctetStream);
    }

    private async Task SendAsync(HttpContext context, Provenance.Entries.ArtifactOutput output, string mediaType)
    {
        using var reader = await artifacts.OpenAsync(output, context.RequestAborted);
        var headers = context.Response.Headers;
        headers["Docker-Content-Digest"] = output.Digest.ToString();
        headers.ETag = $"\"{output.Digest}\"";
        headers.AcceptRanges = "bytes";
        context.Response.ContentType = mediaType;
        if (!ContentWriter.TryBegin(context, output.Size, out var range)) await OciAnswer.WriteAsync(context, context.Response.StatusCode, "RANGE_INVALID", $"The range lies outside the {output.Size} bytes.");
        else if (!HttpMethods.IsHead(context.Request.Method)) await ContentWriter.CopyAsync(context, reader, range, Timeout.InfiniteTimeSpan, context.RequestAborted);
    }

    private async Task TagsAsync(HttpContext context, OciRoute route, string? registry)
    {
        if (!ImageReference.TryFromRoute(route.Name, "latest", registry, out var reference, out var error))
        {
            await OciAnswer.WriteAsync(context, StatusCodes.Status404NotFound, "NAME_UNKNOWN", error);
            return;
        }
        IEnumerable<string> tags = artifacts.Tags(reference.Registry, reference.Repository);
        if (!tags.Any())
        {
            await OciAnswer.WriteAsync(context, StatusCodes.Status404NotFound, "NAME_UNKNOWN", $"{reference.Name} is not in the log.");
            return;
        }
        if (context.Request.Query["last"].FirstOrDefault() is { } last) tags = tags.Where(tag => string.CompareOrdinal(tag, last) > 0);
        string[] rest = [.. tags];
        if (int.TryParse(context.Request.Query["n"].FirstOrDefault(), out var count) && count >= 0 && count < rest.Length)
        {
            rest = rest[..count];
            if (count > 0) context.Response.Headers.Link = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"</v2/{route.Name}/tags/list?n={count}&last={rest[^1]}{(registry is null ? "" : $"&ns={Uri.EscapeDataString(registry)}")}>; rel=\"next\"");
        }
        await context.Response.WriteAsJsonAsync(new OciTagList(route.Name, rest), OciJsonContext.Default.OciTagList, "application/json");
    }

    private async Task ReferrersAsync(HttpContext context, OciRoute route)
    {
        if (!Digest.TryParse(route.Reference, out var image))
        {
            await OciAnswer.WriteAsync(context, StatusCodes.Status400BadRequest, "DIGEST_INVALID", $"'{route.Reference}' is no sha256 digest.");
            return;
        }
        var type = context.Request.Query["artifactType"].FirstOrDefault();
        if (type is not null) context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        context.Response.ContentType = MediaTypes.OciIndex;
        var index = referrers.IndexOf(image, type);
        context.Response.ContentLength = index.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(index, context.RequestAborted);
    }

    private static async Task SendAsync(HttpContext context, OciDocument document)
    {
        context.Response.Headers["Docker-Content-Digest"] = document.Digest.ToString();
        context.Response.ContentType = document.MediaType == MediaTypes.OciManifest ? document.MediaType : MediaTypes.OctetStream;
        context.Response.ContentLength = document.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(document.Bytes, context.RequestAborted);
    }

    [LoggerMessage(10, LogLevel.Warning, "{Name} {Reference}: {Trouble}")]
    private partial void LogContentTrouble(string name, string reference, string trouble);
}
