using Pyrsia.Node.Builds;

namespace Pyrsia.Node.Control;

/// <summary>Turns a refusal of the build services into an answer of the API.</summary>
internal static class BuildAnswers
{
    /// <summary>Runs what answers, or says why it is refused.</summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">Does it and writes the answer.</param>
    /// <param name="unknown">Word and advice for what the upstream does not have.</param>
    /// <param name="howToWrite">Advice for what is malformed.</param>
    internal static async Task WriteAsync(HttpContext context, Func<Task> answer, (string Code, string Advice) unknown, string howToWrite)
    {
        try
        {
            await answer();
        }
        catch (BuildException e)
        {
            var (status, code, advice) = e.Refusal switch
            {
                BuildRefusal.Invalid => (StatusCodes.Status400BadRequest, "invalid-request", howToWrite),
                BuildRefusal.NotFound => (StatusCodes.Status404NotFound, unknown.Code, unknown.Advice),
                BuildRefusal.Upstream => (StatusCodes.Status502BadGateway, "upstream-unavailable", "Try again when the upstream answers."),
                BuildRefusal.NoAuthority => (StatusCodes.Status503ServiceUnavailable, "no-authority", "Check pyrsia list, and the network file's bootstrap addresses."),
                BuildRefusal.NoNetwork => (StatusCodes.Status503ServiceUnavailable, "no-network", "Get a network file from somebody you trust."),
                BuildRefusal.OtherSource => (StatusCodes.Status409Conflict, "other-source", "Build from the source that it is mapped to, or propose another: pyrsia mapping propose"),
                BuildRefusal.NoBuilder => (StatusCodes.Status503ServiceUnavailable, "no-builder", "Operators make builder images with: pyrsia-authority builder make. Name one of an authority that does not answer now with builder_image."),
                BuildRefusal.TooMany => (StatusCodes.Status429TooManyRequests, "too-many-requests", "Try again when some requests have their verdict."),
                BuildRefusal.NotAllowed => (StatusCodes.Status403Forbidden, "asker-not-allowed", "Ask an operator of the authorities to list your key."),
                BuildRefusal.NotTheAsker => (StatusCodes.Status403Forbidden, "not-the-asker", "Cancel it at the node that asked for it."),
                BuildRefusal.Decided => (StatusCodes.Status409Conflict, "already-decided", "See its verdict with: pyrsia build status --id ID"),
                BuildRefusal.Unknown => (StatusCodes.Status404NotFound, "unknown-build", "List requests with: pyrsia build list"),
                _ => throw new InvalidOperationException($"Unknown refusal {e.Refusal}."),
            };
            await JsonAnswers.RefuseAsync(context, status, code, e.Message, e.Advice ?? advice);
        }
    }
}
