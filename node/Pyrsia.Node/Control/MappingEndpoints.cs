using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Builds;

namespace Pyrsia.Node.Control;

/// <summary><c>/mapping…</c>: what coordinates are built from.</summary>
internal sealed class MappingEndpoints(MappingService mappings, SourceHints hints)
{
    private const string HowToWrite = "A coordinate is written maven:G:A:V or generic:NAME:VERSION.";

    private const string HowToName = "Name the source yourself: pyrsia mapping propose --coordinate C --source URL --ref REF";

    private static readonly (string Code, string Advice) Unknown = ("unknown-mapping", "pyrsia mapping show lists the proposals that wait.");

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<MappingEndpoints>(app.Services);
        app.MapGet(ApiRoutes.Mapping, endpoints.ShowAsync);
        app.MapGet(ApiRoutes.MappingSuggest, endpoints.SuggestAsync);
        app.MapPost(ApiRoutes.MappingPropose, endpoints.ProposeAsync);
        app.MapPost(ApiRoutes.MappingSubmit, endpoints.SubmitAsync);
    }

    private Task ShowAsync(HttpContext context) => BuildAnswers.WriteAsync(
        context, () => JsonAnswers.WriteAsync(context, mappings.Show(Query(context, "coordinate"), Query(context, "id")), NodeApiJsonContext.Default.MappingAnswer), Unknown, HowToWrite);

    private Task SuggestAsync(HttpContext context) => BuildAnswers.WriteAsync(
        context,
        async () => await JsonAnswers.WriteAsync(context, await hints.FindAsync(Query(context, "coordinate") ?? "", context.RequestAborted), NodeApiJsonContext.Default.MappingSuggestion),
        ("no-suggestion", HowToName),
        HowToName);

    private async Task ProposeAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.MappingProposeRequest) is { } request)
            await AnswerAsync(context, () => mappings.ProposeAsync(request, context.RequestAborted));
    }

    private async Task SubmitAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.MappingSubmitRequest) is { } request)
            await AnswerAsync(context, () => mappings.SubmitAsync(request, context.RequestAborted));
    }

    private static Task AnswerAsync(HttpContext context, Func<Task<MappingSubmitted>> submit) => BuildAnswers.WriteAsync(
        context, async () => await JsonAnswers.WriteAsync(context, await submit(), NodeApiJsonContext.Default.MappingSubmitted), Unknown, HowToWrite);

    private static string? Query(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 } value] ? value : null;
}
