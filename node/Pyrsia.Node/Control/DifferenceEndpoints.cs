using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Builds;

namespace Pyrsia.Node.Control;

/// <summary><c>/build/differences</c>: in what the results of a build differ.</summary>
internal sealed class DifferenceEndpoints(DifferenceService differences)
{
    internal static void Map(WebApplication app) => app.MapPost(ApiRoutes.BuildDifferences, ActivatorUtilities.CreateInstance<DifferenceEndpoints>(app.Services).AnswerAsync);

    private async Task AnswerAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.BuildDifferencesRequest) is not { } request) return;
        if (await differences.FindAsync(request.BuildId, context.RequestAborted) is { } found) await JsonAnswers.WriteAsync(context, found, NodeApiJsonContext.Default.BuildDifferences);
        else await JsonAnswers.RefuseAsync(context, StatusCodes.Status404NotFound, "no-differences", $"The log has no verdict on the build '{request.BuildId}' with results that differ.", "See where it stands with: pyrsia build status --id ID");
    }
}
