using Pyrsia.Contracts.NodeApi;
using Pyrsia.Node.Builds;

namespace Pyrsia.Node.Control;

/// <summary><c>/authorities…</c>: who sits, and who is to.</summary>
internal sealed class SetEndpoints(SetService sets)
{
    private const string HowToSee = "pyrsia-authority set show lists the authorities and what is proposed.";

    internal static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<SetEndpoints>(app.Services);
        app.MapGet(ApiRoutes.Authorities, endpoints.ShowAsync);
        app.MapPost(ApiRoutes.AuthoritiesSubmit, endpoints.SubmitAsync);
    }

    private Task ShowAsync(HttpContext context) => AnswerAsync(context, () => JsonAnswers.WriteAsync(context, sets.Show(), NodeApiJsonContext.Default.AuthoritiesAnswer));

    private async Task SubmitAsync(HttpContext context)
    {
        if (await JsonAnswers.ReadAsync(context, NodeApiJsonContext.Default.SetSubmitRequest) is { } request)
            await AnswerAsync(context, async () => await JsonAnswers.WriteAsync(context, await sets.SubmitAsync(request, context.RequestAborted), NodeApiJsonContext.Default.SetSubmitted));
    }

    private static Task AnswerAsync(HttpContext context, Func<Task> answer) => BuildAnswers.WriteAsync(context, answer, ("unknown-set", HowToSee), HowToSee);
}
