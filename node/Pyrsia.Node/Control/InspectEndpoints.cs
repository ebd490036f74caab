using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Control;

/// <summary><c>/inspect/…</c>: what the log says about a package.</summary>
internal sealed class InspectEndpoints(IServiceProvider services)
{
    private const int MillisecondsPerSecond = 1000;

    private readonly LogView? _log = services.GetService<LogView>();

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<InspectEndpoints>(app.Services);
        app.MapPost(ApiRoutes.Inspect, endpoints.CoordinateAsync);
        app.MapPost(ApiRoutes.InspectDocker, endpoints.DockerAsync);
        app.MapPost(ApiRoutes.InspectMaven, endpoints.MavenAsync);
    }

    private async Task CoordinateAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.InspectRequest) is not { } request) return;
        if (_log is null) await RefuseAsync(context);
        else if (request.Coordinate is not { } coordinate || (!Coordinate.IsSource(coordinate) && PackageNames.Split(coordinate) is null))
            await JsonAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid-request", $"'{request.Coordinate}' is no coordinate.", $"Write it in full, such as {string.Join(", ", PackageNames.All.Select(names => $"{names.Type}:{names.Example}"))}, or src/DIGEST.");
        else await AnswerAsync(context, _log.Index.About(coordinate), request.Latest);
    }

    private async Task DockerAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.InspectDockerRequest) is not { } request) return;
        if (_log is null) await RefuseAsync(context);
        else if (!ImageReference.TryParse(request.Image, out var reference, out var error)) await JsonAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid-request", error, "Write the image as after docker pull, such as alpine:3.16.");
        else await AnswerAsync(context, Find(_log, reference), request.Latest);
    }

    private async Task MavenAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.InspectMavenRequest) is not { } request) return;
        if (_log is null) await RefuseAsync(context);
        else if (!MavenCoordinates.TryParse(request.Gav, out var coordinates, out var error)) await JsonAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "invalid-request", error, "Write the version as group:artifact:version.");
        else await AnswerAsync(context, _log.Index.About(Coordinate.Of(coordinates)), request.Latest);
    }

    private static Task RefuseAsync(HttpContext context) =>
        JsonAnswers.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "no-network", "This node has no network file, so it follows no log.", "Start it with --network FILE.");

    private static Task AnswerAsync(HttpContext context, IReadOnlyList<IndexedEntry> found, bool latest) =>
        JsonAnswers.WriteAsync(context, [.. found.Skip(latest ? Math.Max(0, found.Count - 1) : 0).Select(ToRecord)], NodeApiJsonContext.Default.IReadOnlyListInspectEntry);

    /// <summary>The entries about a reference; of a digest that was logged under a tag, those of the verdict that vouches for it.</summary>
    private static IReadOnlyList<IndexedEntry> Find(LogView log, ImageReference reference)
    {
        var entries = log.Index.About(Coordinate.Of(reference));
        if (entries.Count > 0 || reference.Digest is not { } digest || log.Index.FindOutput(digest) is not { } found) return entries;
        return EntryReader.Read(log.Store.ReadLeaf(found.Verdict), log.Store.ReadPayload) is VerdictEntry verdict ? log.Index.Of(verdict.Verdict.Request) : [];
    }

    private static InspectEntry ToRecord(IndexedEntry entry) => new(
        entry.Index, entry.Type.ToWord(), PackageType(entry.Coordinate), entry.Coordinate[(entry.Coordinate.IndexOf(':', StringComparison.Ordinal) + 1)..], entry.Request.ToString(), entry.Root?.ToString(), entry.Builder,
        entry.Type.IsVerdict() ? entry.Type.ToWord() + (entry.Reason is { } reason ? $": {reason.ToWord()}" : "") : null,
        entry.TimeMs / MillisecondsPerSecond, entry.Support);

    /// <summary>The words of the original network for its two kinds, and this one's own for the others.</summary>
    private static string PackageType(string coordinate) => PackageNames.Split(coordinate)?.Names.Type switch
    {
        Coordinate.Docker => "Docker",
        Coordinate.Maven => "Maven2",
        Coordinate.Generic => "Generic",
        _ => "Source",
    };
}
