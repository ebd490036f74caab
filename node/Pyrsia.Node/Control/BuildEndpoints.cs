using System.Net;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Builds;

namespace Pyrsia.Node.Control;

/// <summary><c>/build/…</c>: asks for artifacts, and says where a request stands.</summary>
internal sealed class BuildEndpoints(BuildService builds, SourceBuildService sources, TimeProvider time)
{
    private readonly RequestQuota<IPAddress> _quota = new(time);

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<BuildEndpoints>(app.Services);
        app.MapPost(ApiRoutes.BuildDocker, endpoints.StartDockerAsync);
        app.MapPost(ApiRoutes.BuildMaven, endpoints.StartMavenAsync);
        app.MapPost(ApiRoutes.BuildStatus, endpoints.StatusAsync);
        app.MapPost(ApiRoutes.BuildLogs, endpoints.LogsAsync);
        app.MapPost(ApiRoutes.BuildCancel, endpoints.CancelAsync);
        app.MapGet(ApiRoutes.BuildList, endpoints.ListAsync);
    }

    private async Task StartDockerAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.BuildDockerRequest) is { } request)
            await StartAsync(context, () => sources.Serves(request) ? sources.StartAsync(request, context.RequestAborted) : builds.StartDockerAsync(request, context.RequestAborted), ("unknown-image", "Check the name and the tag."), "Write the image as after docker pull, such as alpine:3.16.");
    }

    private async Task StartMavenAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.BuildMavenRequest) is { } request)
        {
            await StartAsync(
                context,
                () => sources.Serves(request) ? sources.StartAsync(request, context.RequestAborted) : builds.StartMavenAsync(request, context.RequestAborted),
                ("unknown-artifact", "Check group, artifact and version."),
                "Write the version as group:artifact:version, such as org.apache.commons:commons-lang3:3.12.0.");
        }
    }

    private Task StartAsync(HttpContext context, Func<Task<BuildStarted>> start, (string Code, string Advice) unknown, string howToWrite) => BuildAnswers.WriteAsync(
        context,
        async () =>
        {
            if (!_quota.TryTake(context.Connection.RemoteIpAddress ?? IPAddress.None)) throw new BuildException(BuildRefusal.TooMany, "Requests come from this address faster than a node hands them on; try again in a minute.");
            await JsonAnswers.WriteAsync(context, await start(), NodeApiJsonContext.Default.BuildStarted);
        },
        unknown, howToWrite);

    private async Task CancelAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.BuildCancelRequest) is { } request)
            await StartAsync(context, () => builds.CancelAsync(request, context.RequestAborted), ("unknown-build", ""), "Give the id that pyrsia build printed, 64 hexadecimal digits.");
    }

    private Task ListAsync(HttpContext context) => BuildAnswers.WriteAsync(
        context, () => JsonAnswers.WriteAsync(context, builds.List(), NodeApiJsonContext.Default.IReadOnlyListBuildListEntry), ("unknown-build", ""), "");

    private async Task LogsAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.BuildLogsRequest) is not { } request) return;
        if (await builds.ReadLogAsync(request, context.RequestAborted) is { } piece) await JsonAnswers.WriteAsync(context, piece, NodeApiJsonContext.Default.BuildLogPiece);
        else await JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "no-log", $"No authority that answers has a log of the build '{request.BuildId}'.", "Only builds from source have logs, those of the authorities that build them, and each keeps the newest ones.");
    }

    private async Task StatusAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.BuildStatusRequest) is not { } request) return;
        if (request.BuildId is null)
        {
            await JsonAnswers.RefuseAsync(context, StatusCodes.Status400BadRequest, "bad-request", "The body names no build_id.", "Give the id that pyrsia build docker printed.");
            return;
        }
        var state = await builds.StateAsync(request.BuildId, context.RequestAborted);
        if (state is null) await JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "unknown-build", $"Failed to fetch the build '{request.BuildId}': nobody knows it.", "List what is logged with: pyrsia inspect-log docker --image IMAGE");
        else if (state.Success is { } success) await JsonAnswers.WriteAsync(context, new Dictionary<string, BuildSuccess> { ["Success"] = success }, NodeApiJsonContext.Default.DictionaryStringBuildSuccess);
        else if (state.Failure is { } failure) await JsonAnswers.WriteAsync(context, new Dictionary<string, string> { ["Failure"] = failure }, NodeApiJsonContext.Default.DictionaryStringString);
        else
        {
            if (state.Step is { } step) context.Response.Headers["Pyrsia-Phase"] = step;
            if (state is { Done: { } done, Of: { } of }) context.Response.Headers["Pyrsia-Progress"] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{done}/{of}");
            if (state.Quorum is { } quorum) context.Response.Headers["Pyrsia-Quorum"] = quorum ? "true" : "false";
            await JsonAnswers.WriteAsync(context, "Running", NodeApiJsonContext.Default.String);
        }
    }
}
