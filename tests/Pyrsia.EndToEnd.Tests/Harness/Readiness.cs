namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>What a program says on <c>/readyz</c>.</summary>
public static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits until the answer has a text in it; a program that has no port open yet is asked again.</summary>
    public static async Task SaysAsync(HttpClient client, Uri http, string text, CancellationToken cancellationToken)
    {
        var said = "nothing";
        try
        {
            await Wait.UntilAsync(
                async () =>
                {
                    try
                    {
                        said = await (await client.GetAsync(new Uri(http, "readyz"), cancellationToken)).Content.ReadAsStringAsync(cancellationToken);
                    }
                    catch (HttpRequestException)
                    {
                        return false;
                    }
                    return said.Contains(text, StringComparison.Ordinal);
                },
                Limit, $"{http} is not as expected", cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"/readyz does not say '{text}' but: {said}", e);
        }
    }
}
